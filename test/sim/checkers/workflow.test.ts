/** Each checker of the workflow says what is broken when the log shows it. */
import { describe, expect, it } from 'vitest';
import { logIndex, wallMs } from '../../../src/base/brand.ts';
import {
  backfillFact,
  dagFact,
  type Fact,
  poolFact,
  runFact,
  scheduleFact,
  taskFact,
  versionFact,
} from '../../../src/model/fact.ts';
import { Chance } from '../chance.ts';
import { Chronicle } from '../chronicle.ts';
import { makeDag } from '../dag-maker.ts';
import { backfills } from './backfills.ts';
import type { MakeChecker, Scene } from './checker.ts';
import { compensations } from './compensations.ts';
import { events } from './events.ts';
import { gates } from './gates.ts';
import { hooks } from './hooks.ts';
import { room } from './room.ts';
import { schedules } from './schedules.ts';
import { verdicts } from './verdicts.ts';
import { versions } from './versions.ts';
import { waits } from './waits.ts';

const made = makeDag(new Chance(1, 'dag'), { name: 'd', tasksMax: 1, scheduled: false });
const [plain] = Object.values(made.spec.tasks);
const space = { namespace: 'default' } as const;

/** A task of the DAG: what is said of it, over a plain one. */
const task = (said: object = {}) => ({
  ...plain,
  dependsOn: [],
  triggerRule: 'all_success',
  ...said,
});

class Log {
  readonly found: string[] = [];
  readonly #chronicle = new Chronicle();
  readonly #checker;
  #index = 0;

  constructor(make: MakeChecker, spec: object) {
    const scene = {
      ...{ options: { faults: [] }, nodes: [], chronicle: this.#chronicle, nowMs: 0 },
      violate: (invariant: string, text: string) => this.found.push(`${invariant}: ${text}`),
      saw: () => {},
    };
    this.#checker = make(scene as unknown as Scene);
    const base = { ...made.spec, activeRunsMax: 2, ...spec };
    const at = { createdAt: wallMs(0), createdBy: 'ann' };
    const version = { ...space, dagId: 'd', versionId: 'v1', spec: base, ...at };
    const dag = { ...space, dagId: 'd', versionId: 'v1', paused: false, updatedAt: 0, ...at };
    const schedule = { ...space, dagId: 'd', anchor: 0, doneUntil: 0, skipped: 0, onceDone: false };
    this.says('apply-dag', 0, versionFact(version as never), scheduleFact(schedule as never));
    this.says('apply-dag', 0, dagFact(dag as never));
  }

  says(what: string, at: number, ...facts: readonly Fact[]): this {
    this.#index += 1;
    const decisions = [{ what, by: 'ann', facts }];
    const record = { version: 1, at: wallMs(at), decisions };
    const turn = { index: logIndex(this.#index), record };
    this.#chronicle.enter(turn as never, (decision) => this.#checker.recorded?.(decision));
    return this;
  }

  over(): readonly string[] {
    this.#checker.over?.();
    return this.found;
  }
}

const run = (runId: string, status: string, more: object = {}): Fact =>
  runFact({
    ...{ ...space, runId, dagId: 'd', versionId: 'v1', logicalDate: null, trigger: 'manual' },
    ...{ params: { n: 3 }, priority: 0, createdAt: 0, createdBy: 'ann', generation: 1 },
    ...{ status, startedAt: 0, endedAt: 0, reason: '' },
    ...more,
  } as never);

const row = (taskId: string, status: string, more: object = {}): Fact =>
  taskFact({
    ...{ ...space, runId: 'r', taskId, mapIndex: 0, attempts: [], tries: 0 },
    ...{ status, endedAt: 1, reason: '' },
    ...more,
  } as never);

const attempt = (token: number) => ({ attempt: { token, number: 1, node: 'n1' } });
const scheduled = (at: number) => ({ trigger: 'schedule', logicalDate: at });

describe('checkers of the workflow', () => {
  it('W02, T01: a task that is assigned, or has ended, against its trigger rule', () => {
    const tasks = { a: task(), b: task({ dependsOn: ['a'] }) };
    const log = new Log(verdicts, { tasks }).says('start-run', 0, run('r', 'running'));
    log.says('assign', 0, row('b', 'queued', attempt(1)));
    expect(log.found).toEqual(['W02: r/b[0] is assigned, and its parents say wait']);
    const ends = [row('a', 'failed'), row('b', 'success'), run('r', 'success')];
    expect(log.says('attempts-ended', 1, ...ends).found.slice(1)).toEqual([
      'T01: r/b[0] is success, and its parents say upstream_failed',
    ]);
  });

  it('T01: an instance that was forgotten; T02: a run that is not what its leaves are', () => {
    const log = new Log(verdicts, { tasks: { a: task(), b: task() } });
    log.says('start-run', 0, run('r', 'running'));
    log.says('attempts-ended', 1, row('a', 'failed'), run('r', 'success'));
    expect(log.found).toEqual(['T01: r/b[0] has no end', 'T02: r is success: a']);
  });

  it('W28: a wait that ends before its time, and one that nobody decided', () => {
    const log = new Log(waits, { tasks: { a: task() } }).says('start-run', 0, run('r', 'running'));
    const wait = { since: 0, until: 50, waitsFor: { kind: 'time', goal: 'succeed' } };
    log.says('start-run', 0, row('a', 'deferred', wait), row('b', 'deferred', approval));
    log.says('task-wake', 49, row('a', 'success')).says('task-wake', 49, row('b', 'success'));
    expect(log.found).toEqual([
      'W28: r/a[0], which waits for time, goes on at 49, before 50',
      'W28: r/b[0], which waits for approval, was decided by nobody (task-wake)',
    ]);
  });

  it('W29: a failure that nobody was told of, and a hook that nothing called', () => {
    const tasks = {
      ...{ a: task(), h: task({ role: { kind: 'hook', on: 'failure', of: 'a' } }) },
    };
    const start = (log: Log): Log => log.says('start-run', 0, run('r', 'running'));
    const silent = start(new Log(hooks, { tasks }));
    silent.says('attempts-ended', 1, row('a', 'failed'), run('r', 'failed'));
    expect(silent.found).toEqual([
      'W29: r/h was told 0 times of failure of a[0], which came 1 times',
    ]);
    const cause = { on: 'failure', taskId: 'a', mapIndex: 0, state: 'failed', reason: null };
    const loud = start(new Log(hooks, { tasks }));
    expect(loud.says('assign', 1, row('h', 'pending', { cause })).found).toEqual([
      'W29: r/h[0] is told of failure of a[0]: it was not',
    ]);
  });

  it('saga: what is undone in the wrong order, or not at all', () => {
    const tasks = {
      ...{ a: task({ compensate: 'ua' }), b: task({ compensate: 'ub' }) },
      ...{ ua: task({ role: { kind: 'compensation', of: 'a' } }) },
      ...{ ub: task({ role: { kind: 'compensation', of: 'b' } }) },
    };
    const undo = (id: string, of: string, status: string): Fact =>
      row(id, status, { cause: { on: 'compensate', taskId: of, mapIndex: 0 } });
    const log = new Log(compensations, { tasks }).says('start-run', 0, run('r', 'running'));
    log.says('x', 2, row('a', 'success', { endedAt: 1 }), row('b', 'success', { endedAt: 2 }));
    log.says('x', 3, undo('ua', 'a', 'pending'), undo('ua', 'a', 'success'));
    log.says('x', 4, undo('ub', 'b', 'pending'));
    expect(log.found).toEqual(['saga: r/ub[0] undoes b after a[0], which came earlier']);
    const lazy = new Log(compensations, { tasks }).says('start-run', 0, run('r', 'running'));
    lazy.says('x', 1, row('a', 'success'), run('r', 'failed'));
    expect(lazy.found).toEqual(['saga: r (failed) undid , not a[0]']);
  });

  it('W27: a pool, a key and a rate that are exceeded', () => {
    const limits = { concurrency: { key: 'k-{{ params.n }}', max: 1 } };
    const rate = { key: 'x', max: 1, perMs: 1000 };
    const tasks = { a: task({ pool: 'p', poolSlots: 2 }), b: task(limits), c: task({ rate }) };
    const log = new Log(gates, { tasks }).says('start-run', 0, run('r', 'running'));
    log.says('put-pool', 0, poolFact({ ...space, name: 'p', slots: 1 } as never));
    log.says('assign', 1, row('a', 'queued', attempt(1)));
    log.says('assign', 2, row('b', 'queued', attempt(2)), other('b', attempt(3)));
    log.says('assign', 3, row('c', 'queued', attempt(4)), row('c', 'success'));
    log.says('assign', 999, other('c', attempt(5)));
    expect(log.found).toEqual([
      'W27: default/r/a/0 takes 2 of 1 slots of pool p',
      'W27: default/r/b/1 is the 2th with the key k-3',
      'W27: default/r/c/1 is the 2th start within x 1000 ms',
    ]);
  });

  it('W17, W27: too many runs, and one that starts before its past has succeeded', () => {
    const log = new Log(room, { dependsOnPast: true, activeRunsMax: 1 });
    log.says('schedule', 0, run('r1', 'queued', scheduled(1)), run('r2', 'queued', scheduled(2)));
    log.says('schedule', 0, run('r1', 'running', scheduled(1)));
    log.says('schedule', 0, run('r2', 'running', scheduled(2)));
    expect(log.found).toEqual([
      'W17: r2 is the 2th run, allowed 1',
      'W27: r2 starts before r1 has ended',
    ]);
  });

  it('W27: a fire that overlap should have skipped', () => {
    const log = new Log(room, { overlap: 'skip' }).says('start-run', 0, run('r1', 'queued'));
    log.says('schedule', 0, run('r2', 'queued', scheduled(2)));
    expect(log.found).toEqual(['W27: r2 is made (overlap: skip) beside r1']);
  });

  it('W26: a run that goes over to another version by itself', () => {
    const log = new Log(versions, {}).says('start-run', 0, run('r', 'queued'));
    log.says('edit-run', 0, run('r', 'running', { versionId: 'v2' }));
    expect(log.found).toEqual([]);
    log.says('assign', 0, run('r', 'running', { versionId: 'v3' }));
    expect(log.found).toEqual(['W26: run default/r goes from version v2 to v3 by assign']);
  });

  it('W13: an instant that fires twice, and an event that starts two runs', () => {
    const log = new Log(schedules, {}).says('schedule', 0, run('r1', 'queued', scheduled(7)));
    log.says('schedule', 0, run('r2', 'queued', scheduled(7)));
    expect(log.found).toEqual(['W13: d at 7 fires twice']);
    const said = { trigger: 'event', createdBy: 'trigger:t', payload: '{"key":"k"}' };
    const told = new Log(events, {}).says('outside-events', 0, run('e1', 'queued', said));
    told.says('outside-events', 0, run('e2', 'queued', said));
    expect(told.found).toEqual(['W13: d trigger:t 0 k starts e2, and started e1']);
  });

  it('W14: an instant that is passed over without a word, and one with a reason', () => {
    const every = { kind: 'every', everyMs: 1000, jitterMs: 0 };
    const log = new Log(schedules, { schedules: [every] });
    log.says('schedule', 1000, run('r1', 'queued', scheduled(1000)));
    const skips = [{ from: 2000, to: 2000, count: 1, reason: 'catchup' }];
    const after = { ...space, dagId: 'd', anchor: 0, doneUntil: 3000, skipped: 1, skips };
    log.says('schedule', 3000, scheduleFact(after as never));
    expect(log.over()[0]).toBe('W14: d has passed over 3000 without a word (3000 ms)');
  });

  it('W29: the end of a run that a listening DAG was not told of', () => {
    const source = { kind: 'dag', dagId: 'd', states: ['failed'] };
    const log = new Log(events, { triggers: [{ name: 't', sources: [source] }] });
    log.says('start-run', 0, run('r', 'running')).says('attempts-ended', 1, run('r', 'failed'));
    expect(log.found).toEqual(['W29: r ended (failed), and d was not told']);
  });

  it('W13, W14, W17: a backfill that makes a date twice, too many, and miscounts', () => {
    const every = { kind: 'every', everyMs: 1000, jitterMs: 0 };
    const log = new Log(backfills, { schedules: [every] });
    const backfill = (more: object): Fact =>
      backfillFact({
        ...{ ...space, backfillId: 'b', dagId: 'd', versionId: 'v1', from: 1000, to: 3000 },
        ...{ createdAt: 9000, activeMax: 1, total: 3, started: 0, passedOver: 0 },
        ...more,
      } as never);
    log.says('start-backfill', 0, backfill({ total: 4 }));
    const of = { trigger: 'backfill', backfillId: 'b', logicalDate: 1000 };
    log.says('backfill', 0, run('b1', 'queued', of), run('b2', 'queued', of), backfill({}));
    log.says('backfill', 0, backfill({ status: 'done', started: 2 }));
    expect(log.found).toEqual([
      'W14: b counts 4 dates, there are 3',
      'W13: b makes 1000 twice: b2',
      'W17: b has 2 runs alive, allowed 1',
      'W14: b is done: 2 started (1 made) and 0 passed over, of 3',
    ]);
  });
});

const approval = { since: 0, until: null, waitsFor: { kind: 'approval' } };
const other = (taskId: string, more: object): Fact =>
  row(taskId, 'queued', { mapIndex: 1, ...more });
