/**
 * Opens gates that `why` has named, one by one: by changing the rows that close them as little as
 * can be. Rows go into a story of its own, so that one story can be opened in many ways.
 */
import { assert, present } from '../../base/assert.ts';
import { runId, taskId, wallMs } from '../../base/brand.ts';
import type { DagSpec } from '../../model/dag.ts';
import {
  type Fact,
  type FactOf,
  nodeFact,
  poolFact,
  type TableName,
  taskFact,
} from '../../model/fact.ts';
import type { Json } from '../../model/json.ts';
import { startsWithin } from '../../model/rate.ts';
import type { LiveRun } from '../../model/readonly-state.ts';
import type { GateView, WhyView } from '../../model/views/why.ts';
import { taskBase } from '../task-rows.ts';
import { askingOf } from '../why/asking.ts';
import { nodeFor } from '../why/order-gates.ts';
import { isWaitingRow } from '../why/why.ts';
import { Decider } from './decider.ts';
import { lookAt, whyOf } from './looks.ts';
import { here, node, start } from './rows.ts';

interface Named {
  readonly runId: string;
  readonly taskId: string;
  readonly mapIndex: number;
}

/** Turns after which no fork takes a token that the story has given. */
const turnsMax = 400;

export class Opening {
  #facts: Fact[];
  readonly #ended = new Set<string>();
  readonly #story: Decider;
  readonly #why: WhyView;

  constructor(story: Decider, why: WhyView) {
    this.#story = story;
    this.#why = why;
    this.#facts = [...story.state.facts()];
  }

  /** The story as it would be with the gates open; nothing was decided yet. */
  fork(): Decider {
    const fork = new Decider(...this.#facts);
    for (let turn = 0; turn < turnsMax; turn++) fork.when();
    fork.now = this.#story.now;
    return fork;
  }

  open(gate: GateView): void {
    const isDone = this.#openRun(gate) || this.#openShared(gate) || this.#openOrder(gate);
    assert(isDone, `there is a way to open ${gate.code}`);
  }

  /** What is before a task asks for room. */
  #openRun({ code, values }: GateView): boolean {
    const { runId } = this.#why;
    switch (code) {
      case 'DAG_RUNS_FULL':
        this.#respec((spec) => ({ ...spec, activeRunsMax: oneMore(values) }));
        break;
      case 'QUOTA_ACTIVE_RUNS':
        this.#quota('activeRuns', oneMore(values));
        break;
      case 'QUOTA_RUNS_PER_MINUTE':
        this.#quota('runsPerMinute', Number(values.most) + 1);
        break;
      case 'RUN_PAUSED':
        this.#change('run', (row) => (row.runId === runId ? { ...row, isPaused: false } : row));
        break;
      case 'UPSTREAM':
        for (const parent of namesIn(values.parents)) this.#succeed({ ...parent, runId });
        break;
      case 'RUNS_FIRST':
        this.#dropRuns(listOf(values.runs));
        return true;
      case 'DELAY':
      case 'RETRY_DELAY':
        this.#delayIsOver();
        return true;
      default:
        return false;
    }
    this.#sideline();
    return true;
  }

  /** What tasks share: so much more of it as the task asks for. */
  #openShared({ code, values }: GateView): boolean {
    const { used, asked, max, key } = values;
    switch (code) {
      case 'NO_POOL':
        this.#facts.push(poolOf(String(values.pool), Number(asked)));
        return true;
      case 'POOL_TOO_SMALL':
      case 'POOL_FULL':
        this.#change('pool', (row) => ({ ...row, slots: Number(used) + Number(asked) }));
        return true;
      case 'KEY_HELD':
        this.#freeKey(String(key), Number(used) - Number(max) + 1);
        return true;
      case 'DAG_MAX':
        this.#respec((spec) => ({ ...spec, maxConcurrency: oneMore(values) }));
        return true;
      case 'TASK_MAX':
        this.#respec((spec) => withMax(spec, String(values.taskId), oneMore(values)));
        return true;
      case 'RATE':
        this.#lessStarts(String(key), Number(max));
        return true;
      case 'QUOTA':
        this.#quota(String(values.of), Number(used) + Number(asked));
        return true;
      case 'NO_NODE':
      case 'NO_ROOM':
        this.#addNode();
        return true;
      default:
        return false;
    }
  }

  #openOrder({ kind, values }: GateView): boolean {
    const others = [...namesIn(values.first), ...namesIn([values.keptFor ?? null])];
    for (const other of others) this.#putAside(other);
    return kind === 'order';
  }

  #dropRuns(runs: readonly Json[]): void {
    this.#facts = this.#facts.filter(({ row }) => {
      return row === null || !('runId' in row) || !runs.includes(row.runId);
    });
  }

  #change<T extends TableName>(
    table: T,
    change: (row: NonNullable<FactOf<T>['row']>) => NonNullable<FactOf<T>['row']>,
  ): void {
    this.#facts = this.#facts.map((fact) => {
      if (fact.table !== table || fact.row === null) return fact;
      return { ...fact, row: change(fact.row as NonNullable<FactOf<T>['row']>) } as Fact;
    });
  }

  #respec(change: (spec: DagSpec) => DagSpec): void {
    this.#change('version', (row) => ({ ...row, spec: change(row.spec) }));
  }

  #quota(name: string, amount: number): void {
    this.#change('namespace', (row) => ({ ...row, quota: { ...row.quota, [name]: amount } }));
  }

  /** What begins as this one begins stays away: it is not this one's gate. */
  #sideline(): void {
    const { runId, taskId: own } = this.#why;
    const live = this.#liveRun(runId);
    for (const other of Object.keys(this.#story.board.planOf(live.run).spec.tasks)) {
      const row = this.#story.row(other, runId);
      if (other === own || !isWaitingRow(row)) continue;
      const { gates } = whyOf(this.#story, other, runId);
      const waits = gates.some(({ kind, code }) => isBeforeRoom(kind) || code.startsWith('QUOTA_'));
      if (waits) this.#putAside({ runId, taskId: other, mapIndex: 0 });
    }
  }

  /** It waits for something that never comes. */
  #putAside(name: Named): void {
    if (this.#ended.has(keyOf(name))) return;
    const waitsFor = { kind: 'event' } as const;
    const deferred = { status: 'deferred', since: start, until: null, waitsFor } as const;
    this.#put(name, (base) => taskFact({ ...base, ...deferred }));
  }

  #succeed(name: Named): void {
    this.#ended.add(keyOf(name));
    this.#put(name, (base) => taskFact({ ...base, status: 'success', endedAt: this.#story.now }));
  }

  #put(name: Named, make: (base: ReturnType<typeof taskBase>) => Fact): void {
    const { run } = this.#liveRun(name.runId);
    const row = this.#story.row(name.taskId, name.runId);
    this.#facts = this.#facts.filter((fact) => !isRowOf(fact, name));
    this.#facts.push(make(taskBase(run, taskId(name.taskId), row, name.mapIndex)));
  }

  #delayIsOver(): void {
    const { runId, taskId: own } = this.#why;
    const { now } = this.#story;
    this.#change('task', (row) => {
      if (row.runId !== runId || row.taskId !== own) return row;
      if (row.status === 'deferred') return { ...row, until: now };
      return row.status === 'up_for_retry' ? { ...row, retryAt: now } : row;
    });
  }

  #freeKey(key: string, count: number): void {
    let left = count;
    this.#change('task', (row) => {
      if (left === 0 || !('attempt' in row) || row.attempt.holds?.key !== key) return row;
      left -= 1;
      const { pool } = row.attempt.holds;
      return { ...row, attempt: { ...row.attempt, holds: { ...(pool && { pool }) } } };
    });
  }

  #lessStarts(key: string, max: number): void {
    this.#change('rate', (row) => {
      if (!row.name.endsWith(`/${key}`) || startsWithin(row, this.#story.now) < max) return row;
      const slices = max === 1 ? [] : [{ at: this.#story.now, count: max - 1 }];
      return { ...row, slices };
    });
  }

  #addNode(): void {
    const look = lookAt(this.#story);
    const { runId, taskId: own } = this.#why;
    const live = this.#liveRun(runId);
    const asking = askingOf(look, look.subject(live, { taskId: taskId(own), mapIndex: 0 }));
    const { demand } = present(asking, 'its keys are known').shape;
    this.#facts.push(nodeFact({ ...node('zz'), ...nodeFor(demand), ...nameOfNew }));
  }

  #liveRun(id: string): LiveRun {
    return present(this.#story.state.run(here, runId(id)), `run ${id} is live`);
  }
}

const { nodeId, incarnation } = node('zz');
const nameOfNew = { nodeId, incarnation };

const isBeforeRoom = (kind: string): boolean => kind === 'run' || kind === 'graph';

const keyOf = ({ runId, taskId: task }: Named): string => `${runId} ${task}`;

const isRowOf = ({ table, row }: Fact, { runId, taskId: task }: Named): boolean =>
  table === 'task' && row?.runId === runId && row.taskId === task;

/** One more than is in use. */
const oneMore = ({ used }: GateView['values']): number => Number(used) + 1;

function withMax(spec: DagSpec, name: string, maxConcurrency: number): DagSpec {
  const task = present(spec.tasks[taskId(name)], `there is a task ${name}`);
  return { ...spec, tasks: { ...spec.tasks, [name]: { ...task, maxConcurrency } } };
}

const listOf = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);

const namesIn = (value: Json | undefined): readonly Named[] =>
  listOf(value).flatMap((each) => (each === null ? [] : [each as unknown as Named]));

const poolOf = (name: string, slots: number): Fact =>
  poolFact({
    ...{ namespace: here, name, slots, description: '' },
    ...{ updatedAt: wallMs(start), updatedBy: 'test' },
  });
