/**
 * The graph of one run under way: which instances of its tasks may run, and which never will. Made
 * of the shape of the version and the rows of the run; kept up to date by the ends of instances.
 *
 * Instances are (task, map index). Before its map is expanded a member has one *template* instance,
 * index 0, which stands for all that will come. After that, instance i depends on instance i of the
 * members of its map and on every instance of the parents outside.
 *
 * Owns: counters. Does not own: rows, or what is done about them. Pure: the scheduler and the views
 * ask the same thing and get the same answer.
 *
 * Invariants:
 *   G1  No more instances have ended than there are.
 *   G2  An instance is told once that it may run, and once that it will not; the latter may follow
 *       the former (a branch leaves it), never the other way round.
 *   G3  What is told depends on the rows, not on the order in which they came.
 */
import { assert, present } from '../base/assert.ts';
import type { TaskId } from '../base/brand.ts';
import { followedBy, isShortCircuit } from './branch.ts';
import { descendantsOf, leftBy } from './branch-marks.ts';
import type { ExpansionRow } from './map.ts';
import { type Because, bits, MapState, TaskState } from './run-graph-state.ts';
import type { RunShape } from './run-shape.ts';
import { type End, endOf } from './tally.ts';
import { type TaskRow, taskHasEnded } from './task-instance.ts';
import { judge, type Verdict } from './trigger-rule.ts';

export interface Instance {
  readonly taskId: TaskId;
  readonly mapIndex: number;
}

/** What follows from the rows, once it does. */
export type Settled =
  | (Instance & { readonly kind: 'run' })
  | (Instance & {
      readonly kind: 'close';
      readonly verdict: 'skip' | 'upstream_failed';
      readonly because: Because;
    })
  /** The lists of the map can be evaluated; `expanded` tells what comes of it. */
  | { readonly kind: 'expand'; readonly mapId: string };

/** The rows that it is made of. Rows of tasks outside the graph are passed over. */
export interface GraphRows {
  readonly tasks: Iterable<TaskRow>;
  readonly expansions: Iterable<ExpansionRow>;
  /** The output of an instance that has succeeded, as JSON text. */
  readonly outputOf: (taskId: TaskId, mapIndex: number) => string | undefined;
}

const waits = { verdict: 'wait', because: 'rule' } as const;

interface Judged {
  readonly verdict: Verdict;
  readonly because: Because;
}

export class RunGraph {
  readonly shape: RunShape;
  readonly #outputOf: GraphRows['outputOf'];
  readonly #tasks = new Map<TaskId, TaskState>();
  readonly #maps = new Map<string, MapState>();
  #instances: number;
  #ended = 0;
  /** What to judge again: a map, an instance, or (-1) all that are admitted. */
  #touched: (MapState | { readonly task: TaskState; readonly at: number })[] = [];
  #isMade = false;

  /** Counts what the rows say; `settleAll` then tells what follows. */
  constructor(shape: RunShape, rows: GraphRows) {
    this.shape = shape;
    this.#outputOf = rows.outputOf;
    this.#instances = shape.tasks.size;
    for (const task of shape.tasks.values()) {
      const state = new TaskState(task);
      state.outer.total = task.outer.length;
      this.#tasks.set(task.taskId, state);
    }
    for (const map of shape.maps.values()) {
      const state = new MapState(map);
      state.parents.total = map.parents.length;
      this.#maps.set(map.mapId, state);
    }
    for (const row of rows.expansions) this.#grow(row);
    for (const row of rows.tasks) this.#note(row);
    for (const map of this.#maps.values()) this.#admit(map);
    this.#isMade = true;
  }

  /** Every instance has ended, and no map is left to be expanded. */
  get isComplete(): boolean {
    return this.#ended === this.#instances;
  }

  /** Instances of a task: 1 unless its map was expanded to more. */
  sizeOf(taskId: TaskId): number {
    return this.#tasks.get(taskId)?.size ?? 1;
  }

  /** `asked`: its lists can be evaluated. `closed`: it will have no items. */
  phaseOf(mapId: string): MapState['phase'] {
    return this.#maps.get(mapId)?.phase ?? 'closed';
  }

  /** Items 0 to so many of the map may flow. */
  admittedOf(mapId: string): number {
    return this.#maps.get(mapId)?.admitted ?? 0;
  }

  /** How many instances of the task have ended in one way. */
  count(taskId: TaskId, end: End): number {
    return this.#tasks.get(taskId)?.own[end] ?? 0;
  }

  /** What its parents say about an instance that has no row, or one that is `pending`. */
  verdictOf({ taskId, mapIndex }: Instance): Verdict {
    const task = this.#tasks.get(taskId);
    return task === undefined ? 'wait' : this.#judge(task, mapIndex).verdict;
  }

  /** Tasks that fail the run (T02), in the order of the graph. */
  failures(): readonly TaskId[] {
    return this.shape.decisive.filter((id) => this.count(id, 'failed') > 0);
  }

  /** Every instance that has not ended, in the order of the graph; sees changes as it goes. */
  *open(): Generator<Instance, undefined> {
    for (const taskId of this.shape.graph.order) {
      const task = this.#taskOf(taskId);
      for (let mapIndex = 0; mapIndex < task.size; mapIndex++) {
        if (!task.hasEnded(mapIndex)) yield { taskId, mapIndex };
      }
    }
  }

  /** Everything that is settled, at the begin of this object's life. */
  settleAll(): readonly Settled[] {
    for (const map of this.#maps.values()) this.#touched.push(map);
    for (const task of this.#tasks.values()) this.#touched.push({ task, at: -1 });
    return this.#settle();
  }

  /** A row of the graph has changed, but for an end that is taken back: that needs a new graph. */
  changed(row: TaskRow): readonly Settled[] {
    this.#note(row);
    return this.#settle();
  }

  /** The lists of a map are known. */
  expanded(row: ExpansionRow): readonly Settled[] {
    const map = this.#grow(row);
    if (map !== undefined) this.#admit(map);
    return this.#settle();
  }

  #taskOf(taskId: TaskId): TaskState {
    return present(this.#tasks.get(taskId), `the graph has task ${taskId}`);
  }

  #note(row: TaskRow): void {
    const { taskId, mapIndex, status } = row;
    const task = this.#tasks.get(taskId);
    if (task === undefined || mapIndex >= task.size || status === 'pending') return;
    if (!taskHasEnded(status)) task.set(mapIndex, bits.begun);
    else if (!task.hasEnded(mapIndex)) this.#countEnd(task, mapIndex, endOf(status));
  }

  #countEnd(task: TaskState, mapIndex: number, end: End): void {
    const { shape } = task;
    task.setEnd(mapIndex, end);
    task.own.add(end);
    this.#ended += 1;
    assert(this.#ended <= this.#instances, 'G1: no more ends than instances');
    for (const id of shape.innerChildren) {
      const child = this.#taskOf(id);
      child.addInner(mapIndex, end);
      this.#touch({ task: child, at: mapIndex });
    }
    const isLast = shape.isBranching && task.own.isDone;
    const leaves = this.#leavesOf(task, mapIndex, end);
    for (const id of shape.outerChildren) {
      const child = this.#taskOf(id);
      const isNews = child.outer.add(leaves?.tasks.has(id) ? 'skipped' : end);
      if (isNews || isLast) this.#touch({ task: child, at: -1 });
    }
    for (const { mapId } of this.shape.mapsAfter.get(shape.taskId) ?? []) {
      const map = present(this.#maps.get(mapId), `the graph has map ${mapId}`);
      const isNews = map.parents.add(leaves?.maps.has(mapId) ? 'skipped' : end);
      if (isNews || isLast) this.#touch(map);
    }
    this.#countItem(task, mapIndex, end);
  }

  /** Keeps the map of an instance that has ended. */
  #countItem({ shape: { mapId } }: TaskState, mapIndex: number, end: End): void {
    const map = mapId === null ? undefined : this.#maps.get(mapId);
    if (map === undefined) return;
    if (map.phase === 'open') {
      map.countEnd(mapIndex);
      if (this.#isMade) this.#admit(map);
      return;
    }
    // A template has ended without a list: the other members have nothing to wait for.
    if (map.phase !== 'closed') this.#close(map, { verdict: 'skip', because: 'rule' });
    if (end === 'failed') map.closedAs = { verdict: 'upstream_failed', because: 'rule' };
  }

  /**
   * Marks what a branch leaves aside. Inside a map that is said per item; a task outside the map
   * counts the items that do not follow it as skipped, which is what this returns.
   */
  #leavesOf(task: TaskState, mapIndex: number, end: End) {
    const { shape } = task;
    if (!shape.isBranching || end !== 'success') return undefined;
    const followed = followedBy(this.#outputOf(shape.taskId, mapIndex) ?? 'true') ?? 'all';
    if (followed === 'all') return undefined;
    const left = leftBy(this.shape, shape, followed);
    const isMapped = shape.mapId !== null;
    const isAll = isShortCircuit(shape.spec) && !left.followsAny;
    const { tasks, maps } = isAll ? descendantsOf(this.shape, shape) : left;
    for (const id of tasks) {
      const child = this.#taskOf(id);
      if (isMapped && child.shape.mapId === shape.mapId) {
        child.set(mapIndex, bits.left);
        this.#touch({ task: child, at: mapIndex });
      } else if (!isMapped) {
        child.isLeft = true;
        this.#touch({ task: child, at: -1 });
      }
    }
    if (isMapped) return left;
    for (const id of maps) {
      const map = present(this.#maps.get(id), `the graph has map ${id}`);
      map.isLeft = true;
      this.#touch(map);
    }
    return undefined;
  }

  /** Gives the members their instances. */
  #grow({ mapId, size }: ExpansionRow): MapState | undefined {
    const map = this.#maps.get(mapId);
    if (map === undefined || map.phase === 'open') return undefined;
    if (size === 0) {
      this.#close(map, { verdict: 'skip', because: 'empty' });
      return map;
    }
    map.open(size);
    for (const id of map.shape.members) {
      const task = this.#taskOf(id);
      this.#instances += size - task.size;
      task.grow(size);
      for (const child of task.shape.outerChildren) this.#taskOf(child).outer.total += size - 1;
      for (const after of this.shape.mapsAfter.get(id) ?? []) {
        const waiting = present(this.#maps.get(after.mapId), `the graph has map ${after.mapId}`);
        waiting.parents.total += size - 1;
      }
    }
    return map;
  }

  #close(map: MapState, as: MapState['closedAs']): void {
    map.phase = 'closed';
    map.closedAs = as;
    for (const id of map.shape.members) this.#touch({ task: this.#taskOf(id), at: 0 });
  }

  #admit(map: MapState): void {
    while (map.admit()) {
      const at = map.admitted - 1;
      for (const id of map.shape.members) this.#touch({ task: this.#taskOf(id), at });
    }
  }

  #touch(what: MapState | { readonly task: TaskState; readonly at: number }): void {
    if (this.#isMade) this.#touched.push(what);
  }

  #settle(): readonly Settled[] {
    const news: Settled[] = [];
    // Closing a map touches its members: the list grows while it is walked.
    for (const what of this.#touched) {
      if (what instanceof MapState) this.#settleMap(what, news);
      else if (what.at !== -1) this.#settleOne(what.task, what.at, news);
      else {
        const { mapId } = what.task.shape;
        const map = mapId === null ? undefined : this.#maps.get(mapId);
        const size = map?.phase === 'open' ? map.admitted : 1;
        for (let at = 0; at < size; at++) this.#settleOne(what.task, at, news);
      }
    }
    this.#touched = [];
    return news;
  }

  #settleMap(map: MapState, news: Settled[]): void {
    const { mapId } = map.shape;
    if (map.phase !== 'waits' && !(map.phase === 'asked' && map.isLeft)) return;
    const { verdict, because } = this.#judgeMap(map);
    if (verdict === 'wait') return;
    if (verdict !== 'run') this.#close(map, { verdict, because });
    else {
      map.phase = 'asked';
      news.push({ kind: 'expand', mapId });
    }
  }

  #settleOne(task: TaskState, mapIndex: number, news: Settled[]): void {
    if (task.hasEnded(mapIndex) || task.has(mapIndex, bits.begun | bits.toldEnd)) return;
    const { verdict, because } = this.#judge(task, mapIndex);
    const { taskId } = task.shape;
    if (verdict === 'wait') return;
    if (verdict !== 'run') {
      task.set(mapIndex, bits.toldEnd);
      news.push({ kind: 'close', taskId, mapIndex, verdict, because });
    } else if (!task.has(mapIndex, bits.toldRun)) {
      task.set(mapIndex, bits.toldRun);
      news.push({ kind: 'run', taskId, mapIndex });
    }
  }

  #judge(task: TaskState, mapIndex: number): Judged {
    const { spec, teardown, mapId, gates } = task.shape;
    const map = mapId === null ? undefined : this.#maps.get(mapId);
    if (map?.phase === 'closed') return map.closedAs;
    if (map !== undefined && (map.phase !== 'open' || mapIndex >= map.admitted)) return waits;
    if (teardown !== null) return this.#judgeTeardown(task, mapIndex, teardown.setups);
    if (task.isLeft || task.has(mapIndex, bits.left)) return { verdict: 'skip', because: 'branch' };
    const verdict = judge(spec.triggerRule, task.parents(mapIndex));
    if (verdict === 'run' && !gates.every((id) => this.#hasEnded(task, id, mapIndex))) return waits;
    return { verdict, because: 'rule' };
  }

  #judgeMap(map: MapState): Judged {
    const { spec, gates } = map.shape;
    if (map.isLeft) return { verdict: 'skip', because: 'branch' };
    const verdict = judge(spec.triggerRule, map.parents);
    if (verdict === 'run' && !gates.every((id) => this.#taskOf(id).own.isDone)) return waits;
    return { verdict, because: 'rule' };
  }

  /** Whatever happened, once something was set up and everything is over. */
  #judgeTeardown(task: TaskState, mapIndex: number, setups: readonly TaskId[]): Judged {
    const { total, success, failed, skipped } = task.parents(mapIndex);
    if (success + failed + skipped < total) return waits;
    const isSetUp = setups.length === 0 || setups.some((id) => this.#isSetUp(task, id, mapIndex));
    return { verdict: isSetUp ? 'run' : 'skip', because: 'not-set-up' };
  }

  #isSetUp({ shape: { mapId } }: TaskState, setup: TaskId, mapIndex: number): boolean {
    const task = this.#tasks.get(setup);
    if (task === undefined) return false;
    const isInner = mapId !== null && task.shape.mapId === mapId;
    return isInner ? task.endOf(mapIndex) === 'success' : task.own.success > 0;
  }

  /** Whether a parent of an instance has ended: in the same map that of the same item. */
  #hasEnded({ shape: { mapId } }: TaskState, parent: TaskId, mapIndex: number): boolean {
    const task = this.#taskOf(parent);
    const isInner = mapId !== null && task.shape.mapId === mapId;
    return isInner ? task.hasEnded(mapIndex) : task.own.isDone;
  }
}
