import { describe, expect, it } from 'vitest';
import { taskId } from '../../base/brand.ts';
import type { DagSpec, TaskAction, TaskSpec } from '../../model/dag.ts';
import {
  type Fact,
  namespaceFact,
  nodeFact,
  poolFact,
  rateFact,
  runFact,
} from '../../model/fact.ts';
import type { Quota } from '../../model/namespace-row.ts';
import { termNames } from '../score.ts';
import { Decider } from '../testing/decider.ts';
import { codesOf, gatesOf, lookAt, whyOf } from '../testing/looks.ts';
import {
  asks,
  behind,
  cancelRun,
  here,
  later,
  node,
  nodes,
  queuedRun,
  runningRun,
  spec,
  start,
  startRun,
  task,
} from '../testing/rows.ts';

const gib = 2 ** 30;

const big = (differs: Partial<TaskSpec> = {}) =>
  task({ resources: { memory: 8 * gib }, ...differs });

const poolOf = (name: string, slots: number): Fact => {
  const said = { description: '', updatedAt: start, updatedBy: 'test' };
  return poolFact({ namespace: here, name, slots, ...said });
};

const quotaOf = (quota: Quota): Fact => {
  const said = { description: '', updatedAt: start, updatedBy: 'test' };
  return namespaceFact({ namespace: here, weight: 1, quota, ...said });
};

/** One run of these tasks, on these nodes, after a pass. */
function story(tasks: Readonly<Record<string, TaskSpec>>, ...facts: readonly Fact[]): Decider {
  const made = new Decider(...runningRun(spec(tasks)), ...facts);
  made.assign();
  return made;
}

const [one = nodeFact(node('n1'))] = nodes('n1');

describe('why: what an answer is', () => {
  it('a task that runs says where, and why there', () => {
    const made = story({ a: task() }, ...nodes('n1', 'n2'));
    const { summary, gates, placement, state } = whyOf(made, 'a');
    expect({ summary, gates, state }).toEqual({
      summary: 'it is assigned to n1',
      gates: [],
      state: 'queued',
    });
    expect(placement).toMatchObject({ attempt: 1, node: 'n1', chosen: { nodes: 2, fitting: 2 } });
    expect(Object.keys(placement?.chosen?.terms ?? {})).toEqual([...termNames]);
    expect(placement?.chosen?.next?.node).toBe('n2');
  });

  it('a task that has ended says how', () => {
    const made = story({ a: task(), b: task() }, one);
    made.when(made.ends('a', 'failed'));
    expect(whyOf(made, 'a').summary).toBe('a has ended: failed: it was failed');
  });

  it('a task that could start starts with the next turn', () => {
    const made = new Decider(...runningRun(spec({ a: task() })), one);
    const { summary, gates } = whyOf(made, 'a');
    expect(gates).toEqual([]);
    expect(summary).toBe('nothing is in its way: it starts with the next turn');
  });

  it('names every gate that is closed, and not only the first', () => {
    const asked = big({ pool: 'mysql', concurrency: { key: 'lock', max: 1 } });
    const lock = task({ concurrency: { key: 'lock', max: 1 } });
    const made = story({ a: lock, b: { ...asked, dependsOn: [taskId('a')] } }, one);
    expect(codesOf(made, 'b')).toBe('UPSTREAM, NO_POOL, KEY_HELD, NO_NODE');
  });
});

describe('why: the run', () => {
  const content = spec({ a: task() }, { activeRunsMax: 1 });
  const queued = (name: string, ms: number) =>
    runFact({ ...queuedRun(name, { name: 'd', content }), createdAt: later(ms) });

  it('a queued run names the runs that have its place, and those that go first', () => {
    const made = new Decider(...runningRun(content), queued('r2', 1), queued('r3', 2), one);
    made.assign();
    expect(gatesOf(made, 'a', 'r2').map(({ text }) => text)).toEqual([
      'DAG d has 1 of 1 active runs: r1',
    ]);
    expect(gatesOf(made, 'a', 'r3').map(({ text }) => text)).toEqual([
      'DAG d has 1 of 1 active runs: r1',
      '1 run that waits too begins first: r2',
    ]);
  });

  it('the quota of active runs, and that of runs in a minute', () => {
    const free = spec({ a: task() });
    const minute = rateFact({
      ...{ namespace: here, name: 'runs', perMs: 60_000 },
      slices: [{ at: start, count: 2 }],
    });
    const made = new Decider(
      ...runningRun(free),
      quotaOf({ activeRuns: 1, runsPerMinute: 2 }),
      minute,
    );
    made.when(asks(startRun('d', 'r2')));
    made.assign();
    expect(codesOf(made, 'a', 'r2')).toBe(
      'QUOTA_ACTIVE_RUNS, QUOTA_RUNS_PER_MINUTE, NO_NODE, OTHERS_FIRST',
    );
  });

  it('a paused run says who lets it go on', () => {
    const made = new Decider(...runningRun(spec({ a: task() })), one);
    const { run } = [...made.state.runs()][0]!;
    made.when(asks({ kind: 'pause-run', namespace: here, runId: run.runId, paused: true }));
    made.assign();
    const [gate, ...others] = gatesOf(made, 'a');
    expect(others).toEqual([]);
    expect(gate).toMatchObject({
      code: 'RUN_PAUSED',
      kind: 'run',
      text: 'run r1 is paused',
      opens: { by: 'person', command: 'skein resume r1' },
    });
  });

  it('a run that is being stopped begins nothing more', () => {
    const made = story({ a: task(), b: behind(['a']) }, one);
    made.when(asks(cancelRun('r1')));
    expect(made.status('b')).toBe('cancelled');
    expect(whyOf(made, 'b').summary).toContain('has ended: cancelled');
  });
});

describe('why: the graph', () => {
  it('names the parents that have not ended, the state of each, and the rule', () => {
    const made = story({ a: task(), b: task({ pool: 'no' }), c: behind(['a', 'b']) }, one);
    const [gate] = gatesOf(made, 'c');
    expect(gate?.text).toBe('it waits for a (queued) and b (scheduled), rule all_success');
    expect(gate?.values).toEqual({
      rule: 'all_success',
      count: 2,
      parents: [
        { taskId: 'a', mapIndex: 0, state: 'queued' },
        { taskId: 'b', mapIndex: 0, state: 'scheduled' },
      ],
      choosing: [],
    });
  });

  it('a map that is not expanded, and an item that is not admitted', () => {
    const map = {
      over: { item: 'tasks.a.output' },
      members: [taskId('m')],
      dependsOn: [taskId('a')],
      triggerRule: 'all_success',
      activeMax: 1,
    } as const;
    const tasks = { a: task(), m: task({ map: 'm', dependsOn: [] }) };
    const content: DagSpec = spec(tasks, { maps: { m: map } });
    const made = new Decider(...runningRun(content), one);
    made.assign();
    expect(codesOf(made, 'm')).toBe('MAP_NOT_EXPANDED');
    made.when(made.ends('a', 'success', { output: '[1, 2, 3]' }));
    made.assign();
    expect(made.status('m[0]')).toBe('queued');
    const [gate, ...others] = gatesOf(made, 'm[2]');
    expect(others).toEqual([]);
    expect(gate?.code).toBe('ITEM_NOT_ADMITTED');
    expect(gate?.text).toBe('map m works on 1 item at a time, now on 0; 1 other first');
  });

  it('a hook runs when it is called', () => {
    const hook = task({ role: { kind: 'hook', on: 'failure', of: null } });
    const made = story({ a: task(), h: hook }, one);
    expect(gatesOf(made, 'h')[0]).toMatchObject({
      code: 'NOT_CALLED',
      text: 'it is a hook: it runs when the run comes to "failure"',
    });
  });
});

describe('why: times and persons', () => {
  it('a delay before the start, and one before a retry', () => {
    const made = story({ a: task({ delayMs: 5_000 }) }, one);
    made.wake();
    expect(codesOf(made, 'a')).toBe('DELAY');
    expect(gatesOf(made, 'a')[0]?.opens).toMatchObject({ by: 'time', text: 'in 5.0s' });
    made.wait(5_000).wake();
    made.assign();
    expect(made.status('a')).toBe('queued');
    const retried = story({ a: task({ retries: 1, retryDelayMs: 9_000 }) }, one);
    retried.when(retried.ends('a', 'failed'));
    expect(codesOf(retried, 'a')).toBe('RETRY_DELAY');
  });

  it('an approval names what a person can do', () => {
    const action: TaskAction = {
      kind: 'approval',
      message: 'go?',
      fields: {},
      onReject: 'fail',
      onTimeout: 'fail',
    };
    const made = new Decider(...runningRun(spec({ a: task({ action }), b: behind(['a']) })), one);
    made.wake();
    made.assign();
    expect(gatesOf(made, 'a')[0]).toMatchObject({
      code: 'APPROVAL',
      opens: { by: 'person', command: 'skein approve r1 a' },
    });
  });
});

describe('why: what tasks share', () => {
  const mysql = task({ pool: 'mysql', poolSlots: 6 });

  it('a pool names how much is taken, by whom, and what would make room', () => {
    const made = story({ a: mysql, b: mysql, c: mysql }, one, poolOf('mysql', 12));
    const [gate, first] = gatesOf(made, 'c');
    expect(gate?.text).toBe(
      'pool mysql has no room: 12 of 12 slots are taken, it asks for 6; ' +
        'held by a of run r1 and b of run r1',
    );
    expect(gate?.opens.command).toBe('skein pool set mysql --slots 18');
    expect(first).toBeUndefined();
  });

  it('slots that are free are kept for the most urgent one', () => {
    const small = task({ pool: 'mysql', poolSlots: 1 });
    const wide = task({ pool: 'mysql', poolSlots: 6, priority: 5 });
    const first = task({ pool: 'mysql', poolSlots: 8, priority: 9 });
    const made = story({ a: first, b: wide, c: small }, one, poolOf('mysql', 12));
    expect(codesOf(made, 'b')).toBe('POOL_FULL');
    expect(gatesOf(made, 'c')[0]).toMatchObject({
      code: 'POOL_KEPT',
      text: 'the free slots of pool mysql are kept for b of run r1',
    });
  });

  it('a pool that is not there, and one that is too small', () => {
    const made = story({ a: mysql }, one, poolOf('mysql', 5));
    expect(gatesOf(made, 'a')[0]).toMatchObject({
      code: 'POOL_TOO_SMALL',
      opens: { by: 'person' },
    });
    const none = story({ a: mysql }, one);
    expect(gatesOf(none, 'a')[0]?.text).toBe('there is no pool "mysql"');
  });

  it('a key, the limits of a DAG and of a task, a rate and a quota', () => {
    const key = task({ concurrency: { key: 'k', max: 1 } });
    const held = story({ a: key, b: key, c: key }, one);
    expect(codesOf(held, 'b')).toBe('KEY_HELD');
    expect(codesOf(held, 'c')).toBe('KEY_HELD, OTHERS_FIRST');
    const single = task({ maxConcurrency: 1 });
    const dag = new Decider(
      ...runningRun(spec({ a: task(), b: task() }, { maxConcurrency: 1 })),
      one,
    );
    dag.assign();
    expect(codesOf(dag, 'b')).toBe('DAG_MAX');
    const two = new Decider(...runningRun(spec({ a: single })), one);
    two.when(asks(startRun('d', 'r2')));
    two.assign();
    expect(codesOf(two, 'a', 'r2')).toBe('TASK_MAX');
    const rated = task({ rate: { key: 'crm', max: 1, perMs: 60_000 } });
    const rate = story({ a: rated, b: rated }, one);
    expect(gatesOf(rate, 'b')[0]).toMatchObject({
      code: 'RATE',
      opens: { by: 'time', text: 'in 1m00s' },
    });
    const cpu = task({ resources: { cpu: 2_000 } });
    const room = nodeFact(node('n1', { capacity: { cpu: 64_000 } }));
    const quota = story({ a: cpu, b: cpu, c: cpu }, room, quotaOf({ cpu: 3_000, runningTasks: 1 }));
    expect(gatesOf(quota, 'b').map(({ text }) => text)).toEqual([
      'the quota of namespace default has 1 of 1 runningTasks in use, and it asks for 1',
      'the quota of namespace default has 2 of 3 cpu in use, and it asks for 2',
    ]);
  });
});

describe('why: nodes', () => {
  const host = (name: string, memory: number, differs = {}) =>
    nodeFact(node(name, { capacity: { memory: memory * gib, slots: 8 }, ...differs }));

  it('says which node comes nearest, and what it lacks', () => {
    const made = story({ a: big(), b: big() }, host('n1', 10), host('n2', 4));
    expect(gatesOf(made, 'b').map(({ code, text }) => [code, text])).toEqual([
      ['NO_ROOM', 'no node has room for memory 8Gi; n1: it lacks 6Gi memory (2Gi of 10Gi is free)'],
    ]);
    expect(gatesOf(made, 'b')[0]?.values).toMatchObject({ keptFor: 'n1' });
  });

  it('says that no node takes it, and what is wrong with each', () => {
    const picky = big({ labels: { zone: 'a' }, nodePool: 'gpu' });
    const taint = { key: 'dedicated', value: '', effect: 'refuse' } as const;
    const made = story({ a: picky }, host('n1', 4), host('n2', 16, { taints: [taint] }));
    const [gate] = gatesOf(made, 'a');
    expect(gate?.code).toBe('NO_NODE');
    expect(gate?.opens.text).toBe('add a node with memory 8Gi, labels zone=a, node pool gpu');
    expect(gate?.values.nodes).toMatchObject([
      { node: 'n1', obstacles: ['label', 'pool', 'room'] },
      { node: 'n2', obstacles: ['label', 'pool', 'taint'] },
    ]);
  });

  it('a drained node and a lost one take nothing', () => {
    const drain = { since: start, until: null, by: 'ada' };
    const made = story({ a: task() }, host('n1', 4, { drain }), host('n2', 4, { status: 'lost' }));
    expect(gatesOf(made, 'a')[0]?.values.nodes).toMatchObject([
      { node: 'n1', text: 'it is drained by ada' },
      { node: 'n2', text: 'it is lost' },
    ]);
  });

  it('a node that is kept for a bigger one is not given away', () => {
    const wide = task({ resources: { slots: 8 }, priority: 9 });
    const first = task({ resources: { slots: 4 }, priority: 20 });
    const made = story({ a: first, b: wide, c: task() }, host('n1', 4));
    expect(codesOf(made, 'b')).toBe('NO_ROOM');
    expect(gatesOf(made, 'c')[0]).toMatchObject({
      code: 'NODE_KEPT',
      text: 'node n1 is kept for b of run r1, which it would hold up',
    });
  });

  it('tasks that ask for the same and go first are counted', () => {
    const made = story({ a: big(), b: big(), c: big(), d: big() }, host('n1', 10));
    expect(gatesOf(made, 'd').at(-1)?.text).toBe(
      '2 tasks that wait for the same go first: b of run r1 and c of run r1',
    );
  });
});

it('why: looking changes nothing', () => {
  const made = story({ a: big(), b: behind(['a']) }, one);
  const before = [made.state.digest(), made.board.ready.size];
  const look = lookAt(made);
  expect(look.ahead.placeable).toEqual([]);
  whyOf(made, 'a');
  whyOf(made, 'b');
  expect([made.state.digest(), made.board.ready.size]).toEqual(before);
});
