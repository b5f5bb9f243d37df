import { describe, expect, it } from 'vitest';
import { dagId, runId, taskId } from '../../base/brand.ts';
import type { DagSpec, LeaderAction, ParamSpec, TaskSpec } from '../../model/dag.ts';
import { type Fact, runFact } from '../../model/fact.ts';
import { idPattern, taskKey } from '../../model/keys.ts';
import type { LiveRun } from '../../model/readonly-state.ts';
import type { RunRow } from '../../model/run.ts';
import { begun } from '../testing/begun.ts';
import { type Decider, runsIn, tasksIn } from '../testing/decider.ts';
import {
  asks,
  cancelRun,
  dagFacts,
  here,
  later,
  queuedRun,
  spec,
  start,
  task,
} from '../testing/rows.ts';
import type { ActionOf } from './action-of.ts';
import { nestingMax } from './subdag.ts';

const text: ParamSpec = { type: 'string', default: 'x', enum: null };
const childSpec = spec({ c: task() }, { params: { day: text } });
const child = dagFacts('child', childSpec);

const subdag = (differs: Partial<ActionOf<'subdag'>> = {}): LeaderAction => ({
  ...{ kind: 'subdag', dagId: dagId('child'), params: {}, wait: true },
  ...differs,
});

const parent = (
  action: LeaderAction = subdag(),
  more: {
    task?: Partial<TaskSpec>;
    dag?: Partial<DagSpec>;
    run?: Partial<RunRow>;
    past?: Fact[];
  } = {},
): Decider =>
  begun({ a: task({ action, ...more.task }) }, { ...more, past: [...child, ...(more.past ?? [])] });

/** The runs that tasks of `r1` have started, newest last. */
const children = (story: Decider): readonly LiveRun[] =>
  [...story.state.runs()].filter(({ run }) => run.trigger === 'task');

const onlyChild = (story: Decider): RunRow => {
  const [first, ...others] = children(story);
  expect(others).toEqual([]);
  return first!.run;
};

const outputOf = (story: Decider): unknown => {
  const run = story.state.run(here, runId('r1'));
  return JSON.parse(run?.outputs.get(taskKey(here, runId('r1'), taskId('a'), 0))?.json ?? 'null');
};

const endChild = (story: Decider, outcome: 'success' | 'failed'): readonly Fact[] => {
  story.assign();
  const { runId: id } = onlyChild(story);
  return story.when(story.ends('c', outcome, { run: id, output: '{"rows":1}' })).facts;
};

describe('subdag', () => {
  it('starts a run of the other DAG, and waits for it without a slot', () => {
    const story = parent(subdag(), { run: { logicalDate: start } });
    const run = onlyChild(story);
    expect(run).toMatchObject({
      ...{ dagId: 'child', status: 'running', trigger: 'task', logicalDate: start },
      ...{ params: { day: 'x' }, createdBy: 'task:r1/a' },
      parent: { runId: 'r1', taskId: 'a', mapIndex: 0, generation: 1, waits: true, depth: 1 },
    });
    expect(story.row('a')).toMatchObject({
      ...{ status: 'deferred', until: null },
      waitsFor: { kind: 'run', dagId: 'child', runId: run.runId },
    });
  });

  it('ends with its run, in the same turn, and has its outputs', () => {
    const story = parent();
    const { runId: id } = onlyChild(story);
    expect(tasksIn(endChild(story, 'success'))).toEqual(['c: success', 'a: success']);
    expect(outputOf(story)).toMatchObject({ runId: id, state: 'success' });
  });

  it('fails with its run, and says why', () => {
    const story = parent();
    const { runId: id } = onlyChild(story);
    endChild(story, 'failed');
    expect(story.row('a')).toMatchObject({
      ...{ status: 'failed', tries: 1 },
      reason: `its run ${id} failed: failed at its end: c`,
    });
  });

  it('fails when its run was cancelled, and does not start another one', () => {
    const story = parent(subdag(), { task: { retries: 3 } });
    const { runId: id } = onlyChild(story);
    story.when(asks(cancelRun(id)));
    expect(story.row('a')).toMatchObject({
      ...{ status: 'failed', reason: `its run ${id} was cancelled: cancelled by ada` },
    });
  });

  it('a retry is another run, started when it is due', () => {
    const story = parent(subdag(), { task: { retries: 1, retryDelayMs: 5000 } });
    const first = onlyChild(story).runId;
    endChild(story, 'failed');
    expect(story.row('a')).toMatchObject({ status: 'up_for_retry', retryAt: later(5000) });
    expect(children(story)).toEqual([]);
    story.wait(5000).wake();
    expect(story.status('a')).toBe('deferred');
    expect(onlyChild(story).runId).not.toBe(first);
    endChild(story, 'failed');
    expect(story.status('a')).toBe('failed');
  });

  it('without wait it succeeds at once and names the run; nobody waits for that', () => {
    const story = parent(subdag({ wait: false }));
    const run = onlyChild(story);
    expect(run.parent?.waits).toBe(false);
    expect(story.status('a')).toBe('success');
    expect(outputOf(story)).toEqual({ runId: run.runId, dagId: 'child' });
    expect(tasksIn(endChild(story, 'failed'))).toEqual(['c: failed']);
  });

  it('renders its params, keeps their types, and checks them', () => {
    const story = parent(subdag({ params: { day: 'd-{{ 1 + 1 }}' } }));
    expect(onlyChild(story).params).toEqual({ day: 'd-2' });
    const reasonOf = (params: Record<string, string>): unknown =>
      Object(parent(subdag({ params })).row('a')).reason;
    expect(reasonOf({ day: '{{ 1 + 1 }}' })).toContain('does not take its params: param day must');
    expect(reasonOf({ other: 'x' })).toContain('unknown param other');
    expect(reasonOf({ day: '{{ params.no }}' })).toContain('param day cannot be rendered: ');
  });

  it('fails where there is no such DAG, or its id is taken', () => {
    const gone = parent(subdag({ dagId: dagId('gone') }));
    expect(gone.row('a')).toMatchObject({
      ...{ status: 'failed', reason: 'there is no DAG gone in namespace default' },
    });
    const taken = queuedRun('sub-r1-a-0-1-1', { name: 'child', content: childSpec });
    const story = parent(subdag(), { past: [runFact(taken)] });
    expect(story.row('a')).toMatchObject({
      ...{
        status: 'failed',
        reason: expect.stringContaining('there is a run sub-r1-a-0-1-1 already'),
      },
    });
  });

  it('time is up: its run is stopped, and it fails with it', () => {
    const story = parent(subdag(), { task: { timeoutMs: 60_000 } });
    const { runId: id } = onlyChild(story);
    story.assign();
    story.wait(60_000).wake();
    expect(story.state.run(here, id)?.run).toMatchObject({ status: 'cancelling' });
    expect(story.status('a')).toBe('deferred');
    story.when(story.ends('c', 'cancelled', { run: id }));
    expect(story.row('a')).toMatchObject({
      ...{ status: 'failed', reason: `its run ${id} failed: task a of run r1 waits at most 1m00s` },
    });
  });

  it('a cancelled parent stops its run first, and ends with it', () => {
    const story = parent();
    const { runId: id } = onlyChild(story);
    story.assign();
    story.when(asks(cancelRun('r1')));
    expect(story.status('a')).toBe('deferred');
    const { facts } = story.when(story.ends('c', 'cancelled', { run: id }));
    expect(tasksIn(facts)).toEqual(['c: cancelled', 'a: cancelled']);
    expect(runsIn(facts)).toContain('r1: cancelled');
  });

  it('the run of an older generation of the parent ends nothing', () => {
    const story = parent(subdag({ wait: true }));
    const run = onlyChild(story);
    const other = { ...run, runId: runId('sub-old') };
    story.state.apply(runFact(other));
    story.board.rebuild();
    story.when(asks(cancelRun('sub-old')));
    expect(story.status('a')).toBe('deferred');
  });

  it('a new leader starts no second run', () => {
    const story = parent();
    story.board.rebuild();
    expect(runsIn(story.wake().facts)).toEqual([]);
    onlyChild(story);
  });
});

describe('subdag: nesting', () => {
  it('a DAG does not start itself', () => {
    const story = parent(subdag({ dagId: dagId('d') }));
    expect(story.row('a')).toMatchObject({
      ...{ status: 'failed', reason: 'DAG d would start itself: d -> d' },
    });
  });

  it('nor does it through another one', () => {
    const back = spec({ b: task({ action: subdag({ dagId: dagId('d') }) }) });
    const story = parent(subdag({ dagId: dagId('back') }), { past: [...dagFacts('back', back)] });
    expect(story.row('a')).toMatchObject({ status: 'failed' });
    const tasks = { a: task({ action: subdag({ dagId: dagId('back'), wait: false }) }) };
    const loose = begun(tasks, { past: dagFacts('back', back) });
    expect(loose.status('a')).toBe('success');
  });

  it('runs that do not wait for each other cannot start each other for ever', () => {
    const on = (next: string): DagSpec =>
      spec({ a: task({ action: subdag({ dagId: dagId(next), wait: false }) }) });
    const past = [...dagFacts('ping', on('pong')), ...dagFacts('pong', on('ping'))];
    const story = begun(
      { a: task({ action: subdag({ dagId: dagId('ping'), wait: false }) }) },
      { past },
    );
    expect(children(story)).toEqual([]);
    expect(story.state.count('run')).toBe(1);
  });

  it('there is a limit of depth', () => {
    const above = { runId: runId('r0'), taskId: taskId('a'), mapIndex: 0, generation: 1 };
    const at = (depth: number) => ({ run: { parent: { ...above, waits: true, depth } } });
    expect(parent(subdag(), at(nestingMax - 1)).status('a')).toBe('deferred');
    expect(parent(subdag(), at(nestingMax)).row('a')).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining(`at most ${nestingMax} deep`),
    });
  });

  it('ids of runs are ids, however long the names are', () => {
    const long = 'n'.repeat(240);
    const action = subdag();
    const ids = ['x', 'y'].map((last) => {
      const content = spec({ [`${long}${last}`]: task({ action }), keep: task() });
      const row = { ...queuedRun(long, { name: 'd', content }), startedAt: start };
      const story = begun({}, { past: [...child, ...dagFacts('d2', content)] });
      story.state.apply(runFact({ ...row, dagId: dagId('d2'), status: 'running' }));
      story.board.rebuild();
      story.wake();
      return onlyChild(story).runId;
    });
    expect(ids[0]).toMatch(idPattern);
    expect(ids[0]).not.toBe(ids[1]);
  });

  it('a task that is marked while it waits stops its child', () => {
    const story = parent();
    story.when(asks({ ...mark, note: 'done by hand' }));
    expect(story.status('a')).toBe('success');
    expect(children(story)).toEqual([]);
  });
});

const mark = {
  kind: 'mark-tasks',
  namespace: here,
  runId: runId('r1'),
  tasks: [taskId('a')],
  mapIndex: null,
  as: 'success',
  force: true,
} as const;
