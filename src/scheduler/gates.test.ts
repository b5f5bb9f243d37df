import { describe, expect, it } from 'vitest';
import { taskId } from '../base/brand.ts';
import type { DagSpec, TaskSpec } from '../model/dag.ts';
import { type Fact, nodeFact, poolFact, runFact } from '../model/fact.ts';
import type { PoolRow } from '../model/pool.ts';
import type { RunRow } from '../model/run.ts';
import { Decider, rowsOf } from './testing/decider.ts';
import { ready, wish } from './testing/queue-kit.ts';
import { dagFacts, here, node, queuedRun, spec, start, task } from './testing/rows.ts';

const pool = (name: string, slots: number): Fact => {
  const row: PoolRow = {
    namespace: here,
    name,
    slots,
    description: '',
    updatedAt: start,
    updatedBy: 'ada',
  };
  return poolFact(row);
};

const room = nodeFact(node('n1', { capacity: { slots: 100 } }));

const running = (name: string, content: DagSpec, differs: Partial<RunRow> = {}): Fact => {
  const queued = queuedRun(name, { name: 'd', content });
  return runFact({ ...queued, status: 'running', startedAt: start, ...differs } as RunRow);
};

/** A story with a node that has room for everything, and a run `r1`. */
const storyOf = (tasks: Readonly<Record<string, TaskSpec>>, ...more: readonly Fact[]): Decider => {
  const content = spec(tasks);
  return new Decider(...dagFacts('d', content), running('r1', content), room, ...more);
};

/** Places what may start; `run/task` of each, in order. */
const started = (story: Decider): readonly string[] =>
  rowsOf('task', story.assign().facts)
    .filter((row) => row?.status === 'queued')
    .map((row) => `${row?.runId}/${row?.taskId}`);

describe('pools', () => {
  const of = (slots: number, differs: Partial<TaskSpec> = {}): TaskSpec =>
    task({ pool: 'mysql', poolSlots: slots, ...differs });

  it('no more slots are taken than there are, and an end gives them back', () => {
    const story = storyOf({ a: of(1), b: of(1), c: of(1), free: task() }, pool('mysql', 2));
    expect(started(story)).toEqual(['r1/a', 'r1/b', 'r1/free']);
    expect(started(story)).toEqual([]);
    story.when(story.ends('a'));
    expect(started(story)).toEqual(['r1/c']);
    expect(story.board.gates.slotsUsed(here, 'mysql')).toBe(2);
  });

  it('a pool that is not there blocks its tasks alone, until it is there', () => {
    const story = storyOf({ a: of(1), b: task() });
    expect(started(story)).toEqual(['r1/b']);
    story.state.apply(pool('mysql', 1));
    expect(started(story)).toEqual(['r1/a']);
  });

  it('a pool that was made smaller lets nobody in until enough have ended', () => {
    const story = storyOf({ a: of(1), b: of(1), c: of(1) }, pool('mysql', 2));
    expect(started(story)).toEqual(['r1/a', 'r1/b']);
    story.state.apply(pool('mysql', 1));
    story.when(story.ends('a'));
    expect(started(story)).toEqual([]);
    story.when(story.ends('b'));
    expect(started(story)).toEqual(['r1/c']);
  });

  it('slots are kept for an urgent task that needs many, not given away one by one', () => {
    const small = { s1: of(1), s2: of(1), s3: of(1), s4: of(1) };
    const story = storyOf({ ...small, big: of(3, { priority: 9 }) }, pool('mysql', 4));
    expect(started(story)).toEqual(['r1/big', 'r1/s1']);
    const late = storyOf({ ...small, big: of(3) }, pool('mysql', 3));
    expect(started(late)).toEqual(['r1/big']);
    late.when(late.ends('big'));
    expect(started(late)).toEqual(['r1/s1', 'r1/s2', 'r1/s3']);
  });

  it('slots that come free one by one are kept until they are enough', () => {
    const early = { a: of(1, { priority: 9 }), b: of(1, { priority: 9 }) };
    const small = { s1: of(1), s2: of(1) };
    const story = storyOf({ ...early, big: of(2, { priority: 5 }), ...small }, pool('mysql', 2));
    expect(started(story)).toEqual(['r1/a', 'r1/b']);
    story.when(story.ends('a'));
    expect(started(story)).toEqual([]);
    story.when(story.ends('b'));
    expect(started(story)).toEqual(['r1/big']);
  });

  it('one that asks for more slots than the pool has keeps none from the others', () => {
    const story = storyOf({ huge: of(9, { priority: 9 }), a: of(1) }, pool('mysql', 2));
    expect(started(story)).toEqual(['r1/a']);
  });
});

describe('concurrency keys', () => {
  const keyed = (key: string, max = 1): TaskSpec => task({ concurrency: { key, max } });

  it('at most `max` attempts with a key are alive, in all runs and tasks of a namespace', () => {
    const content = spec({ a: keyed('db', 2), b: keyed('db', 2), c: keyed('other') });
    const story = new Decider(
      ...dagFacts('d', content),
      running('r1', content),
      running('r2', content),
      room,
    );
    expect(started(story)).toEqual(['r1/a', 'r1/b', 'r1/c']);
    story.when(story.ends('c'), story.ends('a'));
    expect(started(story)).toEqual(['r2/a', 'r2/c']);
  });

  it('a key may be a template: each value has its own limit, and none waits for another', () => {
    const content = spec({ a: keyed('{{ params.customer }}') });
    const of = (name: string, customer: string): Fact =>
      running(name, content, { params: { customer } });
    const runs = [of('r1', 'x'), of('r2', 'x'), of('r3', 'y'), of('r4', 'x')];
    const story = new Decider(...dagFacts('d', content), ...runs, room);
    expect(started(story)).toEqual(['r1/a', 'r3/a']);
    story.when(story.ends('a', 'success', { run: 'r1' }));
    expect(started(story)).toEqual(['r2/a']);
  });

  it('what an attempt gives back is what it took, although the run was edited since', () => {
    const content = spec({ a: keyed('{{ params.customer }}'), b: task() });
    const of = (customer: string): Fact => running('r1', content, { params: { customer } });
    const story = new Decider(...dagFacts('d', content), of('x'), room);
    started(story);
    story.state.apply(of('y'));
    expect(story.board.gates.alive(here, 'x')).toBe(1);
    story.when(story.ends('a'));
    expect(story.board.gates.picture()).toEqual([]);
  });

  it('a key that cannot be rendered fails the task without an attempt', () => {
    const story = storyOf({ a: keyed('{{ params.nobody.said }}'), b: keyed('{{ run.id }}') });
    expect(started(story)).toEqual(['r1/b']);
    const row = story.row('a');
    expect(row).toMatchObject({ status: 'failed', attempts: [] });
    expect(row).toHaveProperty('reason', expect.stringMatching(/^its concurrency key cannot be/));
  });
});

describe('rates', () => {
  const paced = task({ rate: { key: 'api', max: 2, perMs: 1000 } });
  const tasks = { a: paced, b: paced, c: paced, d: task() };

  it('at most `max` begin within the window; the others begin when it has moved on', () => {
    const story = storyOf(tasks);
    expect(started(story)).toEqual(['r1/a', 'r1/b', 'r1/d']);
    expect(story.board.deadlines.next()).toBe(start + 1000);
    story.wait(999).wake();
    expect(started(story)).toEqual([]);
    story.wait(1).wake();
    expect(started(story)).toEqual(['r1/c']);
  });

  it('a new leader keeps the limit, also for starts of runs that have ended since (W11)', () => {
    const story = storyOf({ a: paced, b: paced });
    started(story);
    story.when(story.ends('a'), story.ends('b'));
    expect(story.state.count('run')).toBe(0);
    const next = new Decider(...story.state.facts(), running('r2', spec({ a: paced, b: paced })));
    expect(started(next.wait(500))).toEqual([]);
    next.wait(500).wake();
    expect(started(next)).toEqual(['r2/a', 'r2/b']);
  });

  it('one fact a turn counts all starts of a key, and goes when they are too old', () => {
    const story = storyOf(tasks);
    const { facts } = story.assign();
    expect(rowsOf('rate', facts)).toMatchObject([{ name: '1000/api', slices: [{ count: 2 }] }]);
    story.wait(1000).wake();
    started(story);
    story.wait(2000).wake();
    expect(story.state.count('rate')).toBe(0);
  });
});

it('G1: whoever counts anew counts the same slots and keys', () => {
  const keyed = { concurrency: { key: 'db', max: 9 } };
  const story = storyOf({ a: task({ pool: 'mysql', ...keyed }), b: task(keyed) }, pool('mysql', 2));
  story.assign();
  const before = story.board.gates.picture();
  expect(before).toEqual(['key default/db 2', 'pool default/mysql 1']);
  story.board.rebuild();
  expect(story.board.gates.picture()).toEqual(before);
});

describe('runs that hold their tasks back', () => {
  it('a paused run starts nothing and stands in nobody’s way', () => {
    const content = spec({ a: task(), b: task() });
    const paused = running('r1', content, { isPaused: true, priority: 9 });
    const story = new Decider(...dagFacts('d', content), paused, running('r2', content), room);
    expect(started(story)).toEqual(['r2/a', 'r2/b']);
    expect(started(story)).toEqual([]);
    story.state.apply(running('r1', content, { priority: 9 }));
    expect(started(story)).toEqual(['r1/a', 'r1/b']);
  });

  it('while a run is being cancelled, only what cleans up behind it is started', () => {
    const teardown = task({ role: { kind: 'teardown', setups: [], failsRun: false } });
    const content = spec({ a: task(), clean: teardown });
    const ends = { status: 'cancelling', becoming: 'cancelled', reason: 'by ada' } as const;
    const story = new Decider(...dagFacts('d', content), running('r1', content), room);
    story.state.apply(running('r1', content, ends));
    expect(started(story)).toEqual(['r1/clean']);
  });
});

it('a hook instance waits at the gates like any other task', () => {
  const hook = task({
    role: { kind: 'hook', on: 'failure', of: taskId('a') },
    concurrency: { key: 'pager', max: 1 },
  });
  const story = storyOf({ a: task(), call: hook });
  for (const mapIndex of [0, 1]) story.board.ready.push(ready('call', { mapIndex }), wish(hook));
  expect(started(story)).toEqual(['r1/a', 'r1/call']);
});
