/** Each checker of placement says what is broken when the log shows it. */
import { describe, expect, it } from 'vitest';
import { logIndex, nodeId, wallMs } from '../../../src/base/brand.ts';
import {
  dagFact,
  estimateFact,
  expansionFact,
  type Fact,
  namespaceFact,
  nodeFact,
  runFact,
  taskFact,
  versionFact,
} from '../../../src/model/fact.ts';
import { Chance } from '../chance.ts';
import { Chronicle } from '../chronicle.ts';
import { makeDag } from '../dag-maker.ts';
import { capacity } from './capacity.ts';
import type { MakeChecker, Scene } from './checker.ts';
import { couldHold, objectionTo } from './fitting.ts';
import { gates } from './gates.ts';
import { givingWay } from './giving-way.ts';
import { hooks } from './hooks.ts';
import { lessons } from './lessons.ts';
import { quotas } from './quotas.ts';
import { starvation } from './starvation.ts';

const made = makeDag(new Chance(1, 'dag'), { name: 'd', tasksMax: 1, scheduled: false });
const [plain] = Object.values(made.spec.tasks);

/** A task of the DAG: what is said of it, over a plain one. */
const task = (said: object = {}) => ({
  ...{ ...plain, dependsOn: [], triggerRule: 'all_success', idempotent: true },
  ...{ action: { kind: 'noop' }, resources: { slots: 1 }, labels: {} },
  ...said,
});

/** A log with one DAG, told to one checker. */
class Log {
  readonly found: string[] = [];
  readonly seen = new Set<string>();
  readonly #chronicle = new Chronicle();
  readonly #scene;
  readonly #checker;
  #index = 0;

  constructor(make: MakeChecker, tasks: object, dag: object = {}, namespaces = ['default']) {
    this.#scene = {
      ...{ options: { faults: [] }, nodes: [] as object[], chronicle: this.#chronicle, nowMs: 0 },
      violate: (invariant: string, text: string) => this.found.push(`${invariant}: ${text}`),
      saw: (sight: string) => this.seen.add(sight),
    };
    this.#checker = make(this.#scene as unknown as Scene);
    const spec = { ...made.spec, activeRunsMax: 9, ...dag, tasks };
    for (const namespace of namespaces) {
      const of = { namespace, dagId: 'd', versionId: 'v1', createdAt: 0, createdBy: 'ann' };
      this.says('apply-dag', 0, versionFact({ ...of, spec } as never));
      this.says('apply-dag', 0, dagFact({ ...of, paused: false, updatedAt: 0 } as never));
    }
  }

  says(what: string, at: number, ...facts: readonly Fact[]): this {
    this.#index += 1;
    const record = { version: 3, at: wallMs(at), decisions: [{ what, by: 'ann', facts }] };
    const turn = { index: logIndex(this.#index), record };
    this.#chronicle.enter(turn as never, (decision) => this.#checker.recorded?.(decision));
    return this;
  }

  /** These nodes' executors are up. */
  up(...ids: readonly string[]): this {
    for (const id of ids) this.#scene.nodes.push({ id, executorProcess: { paused: false } });
    return this;
  }

  leads(): this {
    this.#checker.leads?.({} as never, 1);
    return this;
  }

  takesOver(): this {
    this.#checker.takesOver?.();
    return this;
  }

  passes(untilMs: number): this {
    for (; this.#scene.nowMs < untilMs; this.#scene.nowMs += 1000) this.#checker.settled?.();
    return this;
  }
}

const run = (runId: string, status: string, more: object = {}): Fact =>
  runFact({
    ...{ namespace: 'default', runId, dagId: 'd', versionId: 'v1', logicalDate: null },
    ...{ trigger: 'manual', params: {}, priority: 0, createdAt: 0, createdBy: 'ann' },
    ...{ generation: 1, status, startedAt: 0, endedAt: 0, reason: '', ...more },
  } as never);

const row = (taskId: string, status: string, more: object = {}): Fact =>
  taskFact({
    ...{ namespace: 'default', runId: 'r', taskId, mapIndex: 0, attempts: [], tries: 0 },
    ...{ status, endedAt: 1, reason: '', ...more },
  } as never);

const attempt = (token: number, more: object = {}) => ({
  attempt: { token, number: 1, node: 'n1', incarnation: 'x1', revoked: false, ...more },
});

const node = (id: string, more: object = {}): Fact =>
  nodeFact({
    ...{ nodeId: nodeId(id), incarnation: 'x1', capacity: { slots: 2 }, labels: {} },
    ...{ address: '', status: 'alive', since: 0, ...more },
  } as never);

const quota = (said: object, more: object = {}): Fact =>
  namespaceFact({ namespace: 'default', weight: 1, quota: said, ...more } as never);

const begun = (make: MakeChecker, tasks: object, dag: object = {}): Log =>
  new Log(make, tasks, dag).says('start-run', 0, run('r', 'running'));

describe('which nodes may hold a task', () => {
  const bare = { capacity: { slots: 2, cpu: 2000 }, labels: { zone: 'a' } };
  const says = (said: object, more: object = {}): string | undefined =>
    objectionTo({ ...bare, ...more } as never, task(said) as never);

  it('is a matter of labels, pools, queues and taints', () => {
    const only = { key: 'only', value: 'x', effect: 'refuse' };
    expect(says({})).toBeUndefined();
    expect(says({ labels: { zone: 'b' } })).toBe('its label zone is not b');
    expect(says({ affinity: { require: { zone: ['b'] } } })).toBe('its label zone is none of b');
    expect(says({ affinity: { forbid: { zone: ['a'] } } })).toBe('its label zone is one of a');
    expect(says({ nodePool: 'burst' })).toBe('it is of pool default');
    expect(says({ queue: 'q0' })).toBe('it serves no queue');
    expect(says({}, { queues: ['q0'] })).toBe('it serves q0');
    expect(says({}, { taints: [only] })).toBe('its taint only=x');
    expect(says({}, { taints: [{ ...only, effect: 'avoid' }] })).toBeUndefined();
    const any = { tolerations: [{ key: 'only', value: null }] };
    expect(says(any, { taints: [only] })).toBeUndefined();
    const other = { tolerations: [{ key: 'only', value: 'y' }] };
    expect(says(other, { taints: [only] })).toBe('its taint only=x');
  });

  it('and of room', () => {
    const wide = { resources: { cpu: 3000 } };
    expect(couldHold(bare as never, task(wide) as never)).toBe(false);
    expect(couldHold(bare as never, task() as never)).toBe(true);
  });
});

describe('checkers of placement', () => {
  it('W11: a node that is given more than it has, of any dimension', () => {
    const log = begun(capacity, { a: task({ resources: { gpu: 600 } }), b: task() });
    log.says('node-seen', 0, node('n1', { capacity: { slots: 1, gpu: 1000 } }));
    log.says('assign', 1, row('a', 'queued', attempt(1)), row('b', 'queued', attempt(2)));
    expect(log.found).toEqual([]);
    const second = { mapIndex: 1, ...attempt(3) };
    log.says(
      'assign',
      2,
      row('a', 'queued', second),
      row('b', 'queued', { ...second, ...attempt(4) }),
    );
    expect(log.found).toEqual([
      'W11: n1 is given 1200 gpu of 1000',
      'W11: n1 is given 1200 gpu of 1000',
      'W11: n1 is given 2 slots of 1',
    ]);
  });

  it('W11: room that a victim has not given back is not given away', () => {
    const log = begun(capacity, { a: task(), b: task() });
    log.says('node-seen', 0, node('n1', { capacity: { slots: 1 } }));
    log.says('assign', 1, row('a', 'running', attempt(1)));
    const givesWay = { revoked: true, givesWay: { to: 'preempted', reason: '' } };
    log.says(
      'assign',
      2,
      row('a', 'running', attempt(1, givesWay)),
      row('b', 'queued', attempt(2)),
    );
    expect(log.found).toEqual(['W11: n1 is given 2 slots of 1']);
  });

  it('W11: a node that is drained, lost or another one by now, and what it does not take', () => {
    const log = begun(capacity, { a: task({ nodePool: 'burst' }), b: task() });
    const drain = { drain: { since: 0, until: null, by: 'ann' } };
    log.says('node-seen', 0, node('n1', { status: 'lost' }), node('n2', drain));
    log.says('assign', 1, row('a', 'queued', attempt(1, { incarnation: 'x0' })));
    log.says('assign', 2, row('b', 'queued', attempt(2, { node: 'n2' })));
    expect(log.found).toEqual([
      'W11: default/r/a/0 is assigned to n1, which is lost',
      'W11: default/r/a/0 is assigned to n1 of x0: it is gone',
      'W11: default/r/a/0 may not be on n1: it is of pool default',
      'W11: default/r/b/0 is assigned to n2, which is drained',
    ]);
  });

  it('W11: a task that is beside one that it is to be apart from', () => {
    const log = begun(capacity, { a: task(), b: task({ affinity: { apart: ['a'] } }) });
    log.says('node-seen', 0, node('n1')).says('assign', 1, row('a', 'queued', attempt(1)));
    log.says('assign', 2, row('b', 'queued', attempt(2)));
    expect(log.found).toEqual([
      'W11: default/r/b/0 is on n1 beside default/r/a/0, and is to be apart from it',
    ]);
  });

  it('W11: an instance of a broadcast that is not on its own node', () => {
    const map = { over: {}, spread: { kind: 'broadcast' }, members: ['a'], dependsOn: [] };
    const maps = { maps: { m: { ...map, triggerRule: 'all_success', activeMax: null } } };
    const log = begun(capacity, { a: task({ map: 'm' }) }, maps);
    const items = { namespace: 'default', runId: 'r', mapId: 'm', size: 2, items: '["n1","n2"]' };
    log
      .says('node-seen', 0, node('n1'), node('n2'))
      .says('expand', 0, expansionFact(items as never));
    log.says('assign', 1, row('a', 'queued', attempt(1)));
    expect(log.found).toEqual([]);
    expect(log.seen).toContain('pinned placement');
    log.says('assign', 2, row('a', 'queued', { mapIndex: 1, ...attempt(2) }));
    expect(log.found).toContain('W11: default/r/a/1 is on n1, and is pinned to n2');
  });

  it('W24: more attempts, or more of a resource, than the quota allows', () => {
    const log = begun(quotas, { a: task({ resources: { cpu: 300 } }), b: task() });
    log.says('put-namespace', 0, quota({ cpu: 500, runningTasks: 2 }));
    log.says('assign', 1, row('a', 'queued', attempt(1)), row('b', 'queued', attempt(2)));
    expect(log.found).toEqual([]);
    expect(log.seen).toEqual(new Set(['quota full']));
    log.says('assign', 2, row('a', 'queued', { mapIndex: 1, ...attempt(3) }));
    expect(log.found).toEqual([
      'W24: default/r/a/1 takes 600 of 500 cpu of default',
      'W24: default/r/a/1 takes 3 of 2 runningTasks of default',
    ]);
  });

  it('W24: what is beyond a quota that was lowered is not taken back', () => {
    const log = begun(quotas, { a: task({ resources: { cpu: 300 } }), b: task() });
    log.says('assign', 1, row('a', 'queued', attempt(1)));
    log
      .says('put-namespace', 2, quota({ cpu: 100 }))
      .says('assign', 3, row('b', 'queued', attempt(2)));
    expect(log.found).toEqual([]);
  });

  it('W24: runs and DAGs beyond the quota', () => {
    const log = new Log(quotas, { a: task() });
    const most = { activeRuns: 1, runsPerMinute: 2, queuedRuns: 1, dags: 1 };
    log.says('put-namespace', 0, quota(most));
    log.says('start-run', 0, run('r1', 'queued'), run('r1', 'running'), run('r2', 'queued'));
    log.says('start-run', 0, run('r3', 'queued'));
    log.says('end', 1, run('r2', 'running'), run('r1', 'success'), run('r2', 'success'));
    log.says('end', 59_999, run('r3', 'running'), run('r3', 'success'));
    log.says('start-run', 60_000, run('r4', 'queued'), run('r4', 'running'));
    const of = { namespace: 'default', dagId: 'e', versionId: 'v1', createdAt: 0 };
    log.says('apply-dag', 60_000, dagFact({ ...of, paused: false, updatedAt: 0 } as never));
    expect(log.found).toEqual([
      'W24: r3 makes 2 waiting runs of default, allowed 1',
      'W24: r2 makes 2 active runs of default, allowed 1',
      'W24: r3 makes 3 runs within a minute of default, allowed 2',
      'W24: r4 makes 3 runs within a minute of default, allowed 2',
      'W24: default/e is DAG 2 of default, allowed 1',
    ]);
  });

  it('W27: more attempts of a DAG and of a task than it says', () => {
    const tasks = { a: task({ maxConcurrency: 1 }), b: task() };
    const log = begun(gates, tasks, { maxConcurrency: 2 });
    log.says('assign', 1, row('a', 'queued', attempt(1)), row('b', 'queued', attempt(2)));
    log.says('assign', 2, row('a', 'queued', { runId: 'r', mapIndex: 1, ...attempt(3) }));
    expect(log.found).toEqual([
      'W27: default/r/a/1 is one of 3 attempts of its DAG, allowed 2',
      'W27: default/r/a/1 is one of 2 attempts of its task, allowed 1',
    ]);
  });
});

const ended = (token: number, outcome: string, more: object = {}) => ({
  attempts: [{ token, number: 1, outcome, startedAt: 0, endedAt: 1, node: 'n1', ...more }],
});
const leaving = (to: string) => ({ revoked: true, givesWay: { to, reason: '' } });

describe('checkers of what gives way', () => {
  it('an attempt that may not be preempted, or must not be begun twice', () => {
    const log = begun(givingWay, { a: task(), b: task({ idempotent: false, preemptible: true }) });
    log.says('assign', 1, row('a', 'running', attempt(1)), row('b', 'running', attempt(2)));
    log.says('assign', 2, row('a', 'running', attempt(1, leaving('preempted'))));
    log.says('assign', 2, row('b', 'running', attempt(2, leaving('preempted'))));
    expect(log.found).toEqual([
      'gives way: default/r/a/0 is preempted, and may not be',
      'gives way: default/r/b/0 is preempted, and must not be begun twice',
    ]);
  });

  it('an attempt that is drained before the time of its node is over', () => {
    const log = begun(givingWay, { a: task() });
    log.says('drain-node', 0, node('n1', { drain: { since: 0, until: 10, by: 'ann' } }));
    log.says('assign', 1, row('a', 'running', attempt(1)));
    log.says('drain', 9, row('a', 'running', attempt(1, leaving('drained'))));
    expect(log.found).toEqual(['gives way: default/r/a/0 is drained at 9, before 10']);
  });

  it('an attempt that ends so unasked, uses up a try, or ends its task', () => {
    const log = begun(givingWay, { a: task({ preemptible: true }) });
    log.says('assign', 1, row('a', 'running', attempt(1)));
    log.says('ended', 2, row('a', 'failed', { tries: 1, ...ended(1, 'preempted') }));
    expect(log.found).toEqual([
      'gives way: default/r/a/0 is preempted unasked',
      'gives way: default/r/a/0 has used up a try by being preempted',
      'gives way: default/r/a/0 is failed behind being preempted',
    ]);
  });

  it('W25: a task that is preempted again and again, with no pause that grows', () => {
    const log = begun(givingWay, { a: task({ preemptible: true }) });
    const preempts = (token: number, at: number): void => {
      log.says('assign', at, row('a', 'running', attempt(token)));
      log.says('assign', at, row('a', 'running', attempt(token, leaving('preempted'))));
      log.says(
        'ended',
        at,
        row('a', 'up_for_retry', { retryAt: at, ...ended(token, 'preempted') }),
      );
    };
    for (let token = 1; token < 10; token++) preempts(token, token);
    expect(log.found).toEqual([]);
    preempts(10, 10);
    expect(log.found).toEqual(['W25: default/r/a/0 was preempted 10 times in 0 ms']);
  });

  it('a hook that hears of a retry where an attempt gave way', () => {
    const tasks = { a: task(), h: task({ role: { kind: 'hook', on: 'retry', of: 'a' } }) };
    const log = begun(hooks, tasks).says('assign', 1, row('a', 'running', attempt(1)));
    const cause = { on: 'retry', taskId: 'a', mapIndex: 0, state: 'up_for_retry', reason: null };
    const gone = row('a', 'up_for_retry', { retryAt: 2, ...ended(1, 'drained') });
    log.says('ended', 2, gone, row('h', 'pending', { cause }));
    expect(log.found).toEqual(['W29: r/h[0] is told of retry of a[0]: it was not']);
  });
});

describe('checkers of what is learnt and of who waits', () => {
  it('a sample that no success took, and more of them than are kept', () => {
    const log = begun(lessons, { a: task() });
    const learnt = (samples: readonly number[]): Fact =>
      estimateFact({ namespace: 'default', dagId: 'd', taskId: 'a', samples, at: 5 } as never);
    const success = row('a', 'success', ended(1, 'success', { startedAt: 10, endedAt: 17 }));
    log.says('attempts-ended', 5, learnt([7]), success);
    expect(log.found).toEqual([]);
    log.says('attempts-ended', 5, learnt([7, 8]), success);
    log.says('attempts-ended', 5, learnt(Array.from({ length: 16 }, () => 7)), success);
    expect(log.found).toEqual([
      'lessons: d/a is said to take 8 ms, it took 7',
      'lessons: d/a has 16 samples',
      'lessons: d/a learns more than one thing at once',
    ]);
  });

  it('W25: a namespace that has less and waits while another one is served', () => {
    const team = { namespace: 'team' };
    const log = new Log(starvation, { a: task(), b: task() }, {}, ['default', 'team']);
    log.says('start-run', 0, run('r', 'running'), run('q', 'running', team));
    log.says('assign', 1, row('a', 'queued', attempt(1)));
    log.passes(12_000).says('assign', 2, row('b', 'queued', attempt(2)));
    expect(log.found).toEqual(
      ['a', 'b'].map((id) => {
        const waits = `team/q/${id}/0, which waits for 11000 ms`;
        return `W25: default/r/b/0 is placed before ${waits}, and whose namespace has less`;
      }),
    );
  });

  it('W25: for a while a namespace may have to wait for what it had before', () => {
    const team = { namespace: 'team' };
    const log = new Log(starvation, { a: task(), b: task() }, {}, ['default', 'team']);
    log.says('put-namespace', 0, quota({}, { weight: 9 }));
    log.says('start-run', 0, run('r', 'running'), run('q', 'running', team));
    log.says('assign', 1, row('a', 'queued', attempt(1))).passes(9_000);
    log.says('assign', 2, row('b', 'queued', attempt(2)));
    expect(log.found).toEqual([]);
    log.passes(12_000).says('assign', 3, row('b', 'queued', { mapIndex: 1, ...attempt(3) }));
    expect(log.found[0]).toContain('team/q/a/0, which waits for');
  });

  it('W25: what an earlier leader had decided was fair by then', () => {
    const team = { namespace: 'team' };
    const log = new Log(starvation, { a: task(), b: task() }, {}, ['default', 'team']);
    log.says('start-run', 0, run('r', 'running'), run('q', 'running', team));
    log.says('assign', 1, row('a', 'queued', attempt(1))).passes(12_000);
    log.leads().says('assign', 2, row('b', 'queued', attempt(2)));
    log.takesOver().passes(21_000);
    log.says('assign', 3, row('b', 'queued', { mapIndex: 1, ...attempt(3) }));
    expect(log.found).toEqual([]);
    log.passes(23_000).says('assign', 4, row('b', 'queued', { mapIndex: 2, ...attempt(4) }));
    expect(log.found[0]).toContain('team/q/a/0, which waits for');
  });

  it('W25: by its weight it may have more', () => {
    const team = { namespace: 'team' };
    const log = new Log(starvation, { a: task(), b: task() }, {}, ['default', 'team']);
    log.says('put-namespace', 0, quota({}, { weight: 3 }));
    log.says('start-run', 0, run('r', 'running'), run('q', 'running', team));
    log.says('assign', 1, row('a', 'queued', { ...team, runId: 'q', ...attempt(1) }));
    log.says('assign', 1, row('a', 'queued', attempt(2)));
    log.passes(12_000).says('assign', 2, row('b', 'queued', attempt(3)));
    expect(log.found).toEqual([]);
  });

  it('W25: room that stays empty before somebody who waits for it', () => {
    const log = begun(starvation, { a: task() }).up('n1', 'n2');
    log.says('node-seen', 0, node('n1'), node('n2')).passes(29_000);
    log.says('anything', 29_000).passes(31_000);
    expect(log.found).toEqual([]);
    log.says('anything', 31_000).passes(33_000);
    expect(log.found[0]).toBe(
      'W25: default/r/a/0 waits since 1000, and n1, n2 have had room all the time',
    );
  });
});
