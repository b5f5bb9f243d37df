import { describe, expect, it } from 'vitest';
import { dagId, taskId } from '../base/brand.ts';
import type { DagSpec, TaskSpec } from '../model/dag.ts';
import { estimateFact, type Fact, nodeFact } from '../model/fact.ts';
import { Decider } from './testing/decider.ts';
import {
  asks,
  cancelRun,
  dagFacts,
  here,
  later,
  node,
  spec,
  startRun,
  task,
} from './testing/rows.ts';

const small = (differs: Partial<TaskSpec> = {}): TaskSpec =>
  task({ resources: { cpu: 1 }, preemptible: true, ...differs });

/** `low` has a task that gives way for each core of both nodes; `high` asks for what it says. */
function storyOf(low: DagSpec, high: DagSpec, ...more: readonly Fact[]): Decider {
  const room = ['n1', 'n2'].map((name) => nodeFact(node(name, { capacity: { cpu: 2 } })));
  const story = new Decider(...dagFacts('low', low), ...dagFacts('high', high), ...room, ...more);
  story.when(asks(startRun('low', 'l')));
  story.assign();
  story.when(asks(startRun('high', 'h')));
  return story;
}

const four = (differs: Partial<TaskSpec> = {}): DagSpec =>
  spec({ a: small(differs), b: small(differs), c: small(differs), d: small(differs) });

const givingWay = (story: Decider): readonly string[] =>
  ['a', 'b', 'c', 'd'].filter((name) => {
    const row = story.row(name, 'l');
    return row !== undefined && 'attempt' in row && row.attempt.givesWay?.to === 'preempted';
  });

const firm = task({ resources: { cpu: 1 } });

describe('preemption', () => {
  const wide = task({ resources: { cpu: 2 }, priorityClass: 'high' });

  it('the fewest and youngest attempts of a lower class make room on one node', () => {
    const story = storyOf(four(), spec({ big: wide }));
    story.assign();
    const victims = givingWay(story);
    expect(victims).toHaveLength(2);
    const nodesOf = new Set(victims.map((name) => story.live(name, 'l').attempt.node));
    expect(nodesOf.size).toBe(1);
    expect(story.status('big', 'h')).toBeUndefined();
  });

  it('nobody is asked twice, and the room is taken when all of them are gone (W11)', () => {
    const story = storyOf(four(), spec({ big: wide }));
    story.assign();
    const [first = '', second = ''] = givingWay(story);
    story.assign();
    expect(givingWay(story)).toEqual([first, second]);
    story.when(story.ends(first, 'cancelled', { run: 'l' }));
    story.assign();
    expect(story.status('big', 'h')).toBeUndefined();
    story.when(story.ends(second, 'cancelled', { run: 'l' }));
    story.assign();
    expect(story.status('big', 'h')).toBe('queued');
  });

  it('what gave way uses up no try and begins again when there is room', () => {
    const story = storyOf(four(), spec({ big: wide }));
    story.assign();
    const [first = ''] = givingWay(story);
    story.when(story.ends(first, 'cancelled', { run: 'l' }));
    const row = story.row(first, 'l');
    expect(row).toMatchObject({ status: 'up_for_retry', tries: 0 });
    expect(row?.attempts.map(({ outcome }) => outcome)).toEqual(['preempted']);
  });

  it('an attempt that succeeds before it is stopped has succeeded', () => {
    const story = storyOf(four(), spec({ big: wide }));
    story.assign();
    const [first = ''] = givingWay(story);
    story.when(story.ends(first, 'success', { run: 'l' }));
    expect(story.status(first, 'l')).toBe('success');
  });

  it.each([
    ['the same class', four(), { priorityClass: 'normal' }],
    ['what may not give way', spec({ a: firm, b: firm, c: firm, d: firm }), {}],
    ['what must not be begun twice', four({ idempotent: false }), {}],
    ['more than could ever fit', four(), { resources: { cpu: 3 } }],
  ] as const)('nothing gives way: %s', (_, low, high) => {
    const story = storyOf(low, spec({ big: { ...wide, ...high } }));
    story.assign();
    expect(givingWay(story)).toEqual([]);
  });

  it('a point of priority is enough within a class', () => {
    const same = task({ resources: { cpu: 1 }, priority: 1 });
    const story = storyOf(four(), spec({ big: same }));
    story.assign();
    expect(givingWay(story)).toHaveLength(1);
  });

  it('srtf: what is expected to take much longer gives way to something short', () => {
    const learnt = (name: string, ms: number, dag: string) =>
      estimateFact({
        ...{ namespace: here, dagId: dagId(dag), taskId: taskId(name) },
        ...{ samples: [ms], at: later(0) },
      });
    const longer = ['a', 'b', 'c', 'd'].map((name) => learnt(name, 3_600_000, 'low'));
    const short = learnt('big', 1_000, 'high');
    const quick = spec({ big: task({ resources: { cpu: 1 } }) }, { order: 'srtf' });
    const story = storyOf(four(), quick, ...longer, short);
    story.assign();
    expect(givingWay(story)).toHaveLength(1);
    const none = storyOf(four(), spec({ big: task({ resources: { cpu: 1 } }) }), ...longer, short);
    none.assign();
    expect(givingWay(none)).toEqual([]);
  });

  it('nobody gives way on a node where the task must not be', () => {
    const at = (zone: string) => small({ labels: { zone } });
    const room = [node('n1', { labels: { zone: 'x' } }), node('n2', { labels: { zone: 'y' } })];
    const away = { affinity: { apart: [taskId('other')] }, dependsOn: [taskId('gate')] };
    const high = spec({
      other: task({ labels: { zone: 'x' }, resources: { cpu: 1 } }),
      gate: task({ labels: { zone: 'y' }, resources: {} }),
      big: task({ resources: { cpu: 1 }, priorityClass: 'high', ...away }),
    });
    const low = spec({ a: at('y'), b: at('y'), c: at('x') });
    const facts = room.map((row) => nodeFact({ ...row, capacity: { cpu: 2 } }));
    const story = new Decider(...dagFacts('low', low), ...dagFacts('high', high), ...facts);
    for (const [dag, run] of [
      ['high', 'h'],
      ['low', 'l'],
    ] as const) {
      story.when(asks(startRun(dag, run)));
      story.assign();
    }
    story.when(story.ends('gate', 'success', { run: 'h' }));
    story.assign();
    const [victim = ''] = givingWay(story);
    expect(story.live(victim, 'l').attempt.node).toBe('n2');
  });

  it('a run that is cancelled while its attempts give way is cancelled', () => {
    const story = storyOf(four(), spec({ big: wide }));
    story.assign();
    const [first = ''] = givingWay(story);
    story.when(asks(cancelRun('l')));
    story.when(story.ends(first, 'cancelled', { run: 'l' }));
    expect(story.status(first, 'l')).toBe('cancelled');
  });
});
