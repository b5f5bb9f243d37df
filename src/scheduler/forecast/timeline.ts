/**
 * The timeline: what the turns of a virtual leader mean for runs and task instances. Who began and
 * ended when and where, and what each start followed.
 *
 * Owns: a line for each run and each instance that was alive or came to be. Does not own: the state
 * or the board; it reads them while the turn that is told is the newest.
 *
 * Invariants:
 *   F1  A line's times are those of the turns that began and ended it; what had begun before has
 *       its real start.
 *   F2  `behind` leads to a line that had ended when this one began, so a chain of them ends.
 */
import type { NodeId, TaskId, WallMs } from '../../base/brand.ts';
import type { TaskSpec } from '../../model/dag.ts';
import { runKey, taskKey } from '../../model/keys.ts';
import type { ReadonlyState } from '../../model/readonly-state.ts';
import { type RunRow, runHasEnded } from '../../model/run.ts';
import { type TaskRow, taskHasEnded } from '../../model/task-instance.ts';
import type { Plan } from '../plan.ts';
import { isLive } from '../task-rows.ts';
import type { Turn } from '../turn.ts';
import { Rest } from './rest.ts';

/** One instance. Absent times: not yet. */
export interface TaskLine {
  readonly run: RunLine;
  readonly taskId: TaskId;
  readonly mapIndex: number;
  startsAt: WallMs | null;
  endsAt: WallMs | null;
  readyAt: WallMs | null;
  node: NodeId | null;
  /** Of the node's scarcest resource, 0 to 1. */
  share: number;
  behind: BehindLine | null;
}

/** `Behind`, by lines. */
export type BehindLine =
  | { readonly kind: 'past' | 'begin' | 'other' }
  | { readonly kind: 'upstream' | 'room'; readonly of: TaskLine }
  | { readonly kind: 'pool'; readonly pool: string; readonly of: TaskLine };

export interface RunLine {
  readonly key: string;
  /** As it was when it was heard of last. */
  row: RunRow;
  startsAt: WallMs | null;
  endsAt: WallMs | null;
  /** Whether it was alive when the forecast began. */
  readonly wasThere: boolean;
  /** By the keys of the instances. */
  readonly tasks: Map<string, TaskLine>;
  /** The instance of each task that ended last. */
  readonly lastEnds: Map<TaskId, TaskLine>;
}

/** Whose end has made room, and when. */
interface Freed {
  readonly line: TaskLine;
  readonly at: WallMs;
}

export interface TimelineSource {
  readonly state: ReadonlyState;
  readonly planOf: (run: RunRow) => Plan;
}

/** What starts within this time of what it depends on has not waited for anything else. */
const promptMs = 50;

export class Timeline {
  readonly runs = new Map<string, RunLine>();
  /** Instances that have started since the forecast began. */
  starts = 0;
  readonly #source: TimelineSource;
  readonly #freedOn = new Map<NodeId, Freed>();
  readonly #freedOfPool = new Map<string, Freed>();

  constructor(source: TimelineSource) {
    this.#source = source;
  }

  /** What is alive now. */
  *begin(): Generator<undefined, void> {
    const rest = new Rest();
    for (const live of this.#source.state.runs()) {
      const run = this.#addRun(live.run, true);
      for (const row of live.tasks.values()) {
        this.#past(run, row);
        if (rest.isDue()) yield;
      }
    }
  }

  /** A turn was committed. */
  committed({ applied, at }: Turn): void {
    for (const { change } of applied) {
      if (change.table === 'run' && change.fact.row !== null) this.#runChanged(change.fact.row, at);
      if (change.table !== 'task' || change.fact.row === null) continue;
      this.#taskChanged(change.before, change.fact.row, at);
    }
  }

  line({ namespace, runId, taskId, mapIndex }: TaskPlace): TaskLine | undefined {
    const key = taskKey(namespace, runId, taskId, mapIndex);
    return this.runs.get(runKey(namespace, runId))?.tasks.get(key);
  }

  #addRun(row: RunRow, wasThere: boolean): RunLine {
    const key = runKey(row.namespace, row.runId);
    const startsAt = row.status === 'queued' ? null : row.startedAt;
    const maps = { tasks: new Map(), lastEnds: new Map() };
    const run: RunLine = { key, row, startsAt, endsAt: null, wasThere, ...maps };
    this.runs.set(key, run);
    return run;
  }

  #runChanged(row: RunRow, at: WallMs): void {
    const run = this.runs.get(runKey(row.namespace, row.runId)) ?? this.#addRun(row, false);
    run.row = row;
    if (row.status !== 'queued') run.startsAt ??= row.startedAt;
    run.endsAt = runHasEnded(row.status) ? at : null;
  }

  #addTask(run: RunLine, { namespace, runId, taskId, mapIndex }: TaskRow): TaskLine {
    const key = taskKey(namespace, runId, taskId, mapIndex);
    const known = run.tasks.get(key);
    if (known !== undefined) return known;
    const times = { startsAt: null, endsAt: null, readyAt: null };
    const line: TaskLine = { run, taskId, mapIndex, ...times, node: null, share: 0, behind: null };
    run.tasks.set(key, line);
    return line;
  }

  #past(run: RunLine, row: TaskRow): void {
    if (row.status === 'pending') return;
    const line = this.#addTask(run, row);
    const last = row.attempts.at(-1);
    if (isLive(row)) {
      line.startsAt = row.status === 'running' ? row.startedAt : row.attempt.assignedAt;
      line.node = row.attempt.node;
      line.share = this.#shareOf(run.row, row.taskId, line.node);
    } else if (row.status === 'deferred' && !isForStart(row)) {
      line.startsAt = row.since;
    } else if (last !== undefined) {
      line.startsAt = taskHasEnded(row.status) ? (last.startedAt ?? last.assignedAt) : null;
      line.node = last.node;
    }
    if (line.startsAt !== null) line.behind = { kind: 'past' };
    if (taskHasEnded(row.status) && 'endedAt' in row) this.#end(line, row.endedAt);
  }

  #taskChanged(before: TaskRow | null, row: TaskRow, at: WallMs): void {
    const run = this.runs.get(runKey(row.namespace, row.runId));
    if (run === undefined) return;
    const line = this.#addTask(run, row);
    if (before !== null && isLive(before) && !isLive(row)) this.#free(line, at);
    if (isLive(row)) {
      const isNew =
        before === null || !isLive(before) || before.attempt.token !== row.attempt.token;
      if (!isNew) return;
      line.node = row.attempt.node;
      line.share = this.#shareOf(run.row, row.taskId, line.node);
      this.#start(line, at);
    } else if (taskHasEnded(row.status)) {
      // What succeeds without an attempt has begun and ended at once.
      if (row.status === 'success') this.#start(line, at);
      this.#end(line, at);
    } else if (row.status === 'deferred' && !isForStart(row)) {
      this.#start(line, at);
    } else if (row.status === 'pending') {
      line.endsAt = null;
    }
  }

  #start(line: TaskLine, at: WallMs): void {
    if (line.startsAt !== null) return;
    line.startsAt = at;
    this.starts += 1;
    const upstream = this.#upstreamOf(line);
    const { startsAt: begin, row } = line.run;
    line.readyAt = later(upstream?.endsAt ?? null, begin ?? row.createdAt);
    const waited = at - line.readyAt > promptMs;
    if (waited) line.behind = this.#roomMaker(line, line.readyAt);
    else
      line.behind = upstream === undefined ? { kind: 'begin' } : { kind: 'upstream', of: upstream };
  }

  #end(line: TaskLine, at: WallMs): void {
    line.endsAt = at;
    const { lastEnds } = line.run;
    const last = lastEnds.get(line.taskId)?.endsAt ?? null;
    if (last === null || at >= last) lastEnds.set(line.taskId, line);
  }

  /** An attempt is gone, whatever becomes of its task. */
  #free(line: TaskLine, at: WallMs): void {
    if (line.node !== null) this.#freedOn.set(line.node, { line, at });
    const { row } = line.run;
    const { pool } = this.#specOf(row, line.taskId) ?? {};
    if (pool !== undefined) this.#freedOfPool.set(`${row.namespace}/${pool}`, { line, at });
  }

  /** The parent that ended last; undefined: it has none, or none that ran. */
  #upstreamOf({ run, taskId, mapIndex }: TaskLine): TaskLine | undefined {
    const { shape } = this.#source.planOf(run.row);
    const task = shape.tasks.get(taskId);
    if (task === undefined) return undefined;
    const { namespace, runId } = run.row;
    let newest: TaskLine | undefined;
    const offer = (line: TaskLine | undefined): void => {
      if (line === undefined || line.endsAt === null) return;
      if (newest?.endsAt == null || line.endsAt > newest.endsAt) newest = line;
    };
    for (const id of task.inner) offer(run.tasks.get(taskKey(namespace, runId, id, mapIndex)));
    for (const id of task.outer) offer(run.lastEnds.get(id));
    const lists = task.mapId === null ? [] : (shape.maps.get(task.mapId)?.parents ?? []);
    for (const id of lists) offer(run.lastEnds.get(id));
    return newest;
  }

  /** Who held what the instance waited for since `readyAt`, and gave it back last. */
  #roomMaker(line: TaskLine, readyAt: WallMs): BehindLine {
    const { row } = line.run;
    const { pool } = this.#specOf(row, line.taskId) ?? {};
    const ofNode = line.node === null ? undefined : this.#freedOn.get(line.node);
    const ofPool =
      pool === undefined ? undefined : this.#freedOfPool.get(`${row.namespace}/${pool}`);
    const poolAt = ofPool?.at ?? 0;
    const nodeAt = ofNode?.at ?? 0;
    if (ofPool !== undefined && pool !== undefined && poolAt > readyAt && poolAt >= nodeAt) {
      return { kind: 'pool', pool, of: ofPool.line };
    }
    if (ofNode !== undefined && nodeAt > readyAt) return { kind: 'room', of: ofNode.line };
    return { kind: 'other' };
  }

  #shareOf(run: RunRow, taskId: TaskId, node: NodeId): number {
    const capacity = this.#source.state.node(node)?.capacity ?? {};
    const resources = this.#specOf(run, taskId)?.resources ?? {};
    let share = 0;
    for (const [name, amount] of Object.entries(resources)) {
      const most = capacity[name] ?? 0;
      if (most > 0) share = Math.max(share, amount / most);
    }
    return Math.min(1, share);
  }

  #specOf(run: RunRow, taskId: TaskId): TaskSpec | undefined {
    return this.#source.planOf(run).spec.tasks[taskId];
  }
}

type TaskPlace = Pick<TaskRow, 'namespace' | 'runId' | 'taskId' | 'mapIndex'>;

/** Whether it waits before its first start. */
const isForStart = (row: Extract<TaskRow, { readonly status: 'deferred' }>): boolean =>
  row.waitsFor.kind === 'time' && row.waitsFor.goal === 'start';

const later = (left: WallMs | null, right: WallMs): WallMs =>
  left === null || right > left ? right : left;
