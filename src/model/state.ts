/**
 * State: the live rows in memory, the same on every node at the same log index.
 *
 * Owns: the rows of every table that decisions read. A run lives here with its task instances and
 * outputs until it ends; then the three leave together, packed, and the ledger keeps them.
 * Does not own: what can be derived from rows (the Board), or what people read (the ledger).
 *
 * Invariants:
 *   S1  Rows are immutable; a change replaces the row.
 *   S2  `undo` of a change list, in reverse order, restores rows, packed runs and digest exactly.
 *   S3  A task or output row exists only while its run is live.
 *   S4  `digest` depends on the rows alone, not on the way they came (etcd 3.5.0, P35, W37).
 *
 * This is one of the four files where `as` is allowed: a fact's table decides its row's type.
 */
import { assert, present } from '../base/assert.ts';
import type { DagId, Namespace, RunId, TaskId, VersionId } from '../base/brand.ts';
import { encode } from '../base/codec.ts';
import type { DagRow, ScheduleRow, VersionRow } from './dag.ts';
import type { EndedRun } from './ended-run.ts';
import type { Change, Fact, TableName } from './fact.ts';
import { dagKey, runKey, taskKey, versionKey } from './keys.ts';
import type { NodeRow } from './node.ts';
import type { OutputRow } from './output.ts';
import type { RequestRow } from './request.ts';
import { type RunRow, runHasEnded } from './run.ts';
import type { TaskRow } from './task-instance.ts';

/** A run that has not ended, with its rows. */
export interface LiveRun {
  readonly run: RunRow;
  readonly tasks: ReadonlyMap<string, TaskRow>;
  readonly outputs: ReadonlyMap<string, OutputRow>;
}

/** What applying one fact did. `ended` is set when the fact ended its run, which left memory. */
export interface Applied {
  readonly change: Change;
  readonly ended: EndedRun | undefined;
}

/** What decisions may see (law 2). */
export interface ReadonlyState {
  dag(namespace: Namespace, dagId: DagId): DagRow | undefined;
  dags(): Iterable<DagRow>;
  version(namespace: Namespace, dagId: DagId, versionId: VersionId): VersionRow | undefined;
  versionsOf(namespace: Namespace, dagId: DagId): readonly VersionRow[];
  schedule(namespace: Namespace, dagId: DagId): ScheduleRow | undefined;
  run(namespace: Namespace, runId: RunId): LiveRun | undefined;
  runs(): Iterable<LiveRun>;
  task(namespace: Namespace, runId: RunId, taskId: TaskId, mapIndex: number): TaskRow | undefined;
  node(nodeId: string): NodeRow | undefined;
  nodes(): Iterable<NodeRow>;
  request(requestId: string): RequestRow | undefined;
  requests(): Iterable<RequestRow>;
  count(table: TableName): number;
  /**
   * The generation in which the run ended, if that was lately: newer than what a ledger may say.
   */
  endedLately(namespace: Namespace, runId: RunId): number | undefined;
  digest(): string;
}

/** Runs remembered by `endedLately`. */
const endedLatelyMax = 10_000;

interface OpenRun {
  run: RunRow;
  readonly tasks: Map<string, TaskRow>;
  readonly outputs: Map<string, OutputRow>;
}

type FlatTable = Exclude<TableName, 'run' | 'task' | 'output'>;

export class State implements ReadonlyState {
  readonly #flat: { readonly [T in FlatTable]: Map<string, object> } = {
    dag: new Map(),
    version: new Map(),
    schedule: new Map(),
    node: new Map(),
    request: new Map(),
  };
  /** Versions of each DAG, by the DAG's key. */
  readonly #versions = new Map<string, Map<string, VersionRow>>();
  readonly #runs = new Map<string, OpenRun>();
  readonly #endedLately = new Map<string, number>();
  #taskCount = 0;
  #outputCount = 0;
  readonly #digest = new RowDigest();

  /** Applies one fact and says what stood there before. Throws when S3 would break. */
  apply(fact: Fact): Applied {
    const before = this.#put(fact.table, fact.key, fact.row);
    this.#digest.replace(fact.key, fact.table, before, fact.row);
    const change = { table: fact.table, fact, before } as Change;
    return { change, ended: this.#archive(fact) };
  }

  /** Takes back what `apply` did; call in reverse order (S2). */
  undo(applied: Applied): void {
    const { fact, before } = applied.change;
    if (applied.ended !== undefined) this.#restore(fact.key, applied.ended);
    this.#digest.replace(fact.key, fact.table, fact.row, before);
    this.#put(fact.table, fact.key, before);
  }

  /** Rows of a packed run come back to memory; used by `undo` and when a ledger is loaded. */
  #restore(key: string, ended: EndedRun): void {
    const open: OpenRun = { run: ended.run, tasks: new Map(), outputs: new Map() };
    for (const row of ended.tasks) open.tasks.set(taskKeyOf(row), row);
    for (const row of ended.outputs) open.outputs.set(taskKeyOf(row), row);
    this.#taskCount += open.tasks.size;
    this.#outputCount += open.outputs.size;
    this.#runs.set(key, open);
    this.#endedLately.delete(key);
    this.#digest.addRun(key, open);
  }

  #archive(fact: Fact): EndedRun | undefined {
    if (fact.table !== 'run' || fact.row === null || !runHasEnded(fact.row.status))
      return undefined;
    const open = present(this.#runs.get(fact.key), 'S3: an ending run is live');
    this.#digest.removeRun(fact.key, open);
    this.#runs.delete(fact.key);
    this.#taskCount -= open.tasks.size;
    this.#outputCount -= open.outputs.size;
    this.#rememberEnded(fact.key, fact.row.generation);
    return { run: fact.row, tasks: [...open.tasks.values()], outputs: [...open.outputs.values()] };
  }

  #rememberEnded(key: string, generation: number): void {
    this.#endedLately.set(key, generation);
    if (this.#endedLately.size <= endedLatelyMax) return;
    for (const oldest of this.#endedLately.keys()) {
      this.#endedLately.delete(oldest);
      return;
    }
  }

  #put(table: TableName, key: string, row: object | null): object | null {
    switch (table) {
      case 'run':
        return this.#putRun(key, row as RunRow | null);
      case 'task':
        return this.#putTask(key, row as TaskRow | null);
      case 'output':
        return this.#putOutput(key, row as OutputRow | null);
      default: {
        const rows = this.#flat[table];
        const before = rows.get(key) ?? null;
        if (row === null) rows.delete(key);
        else rows.set(key, row);
        if (table === 'version') this.#putVersion(key, (row ?? before) as VersionRow, row !== null);
        return before;
      }
    }
  }

  #putVersion(key: string, row: VersionRow, isThere: boolean): void {
    const dag = dagKey(row.namespace, row.dagId);
    const versions = this.#versions.get(dag) ?? new Map<string, VersionRow>();
    this.#versions.set(dag, versions);
    if (isThere) versions.set(key, row);
    else versions.delete(key);
  }

  #putRun(key: string, row: RunRow | null): RunRow | null {
    const open = this.#runs.get(key);
    if (row === null) {
      const rowsLeft = open === undefined ? 0 : open.tasks.size + open.outputs.size;
      assert(rowsLeft === 0, 'S3: a run leaves after its tasks and outputs');
      this.#runs.delete(key);
    } else if (open === undefined) {
      this.#runs.set(key, { run: row, tasks: new Map(), outputs: new Map() });
      this.#endedLately.delete(key);
    } else {
      const before = open.run;
      open.run = row;
      return before;
    }
    return open?.run ?? null;
  }

  #putTask(key: string, row: TaskRow | null): TaskRow | null {
    const open = present(this.#runs.get(runKeyOfTaskKey(key)), `S3: the run of ${key} is live`);
    const before = open.tasks.get(key) ?? null;
    if (row === null) open.tasks.delete(key);
    else open.tasks.set(key, row);
    this.#taskCount += (row === null ? 0 : 1) - (before === null ? 0 : 1);
    return before;
  }

  #putOutput(key: string, row: OutputRow | null): OutputRow | null {
    const open = present(this.#runs.get(runKeyOfTaskKey(key)), `S3: the run of ${key} is live`);
    const before = open.outputs.get(key) ?? null;
    if (row === null) open.outputs.delete(key);
    else open.outputs.set(key, row);
    this.#outputCount += (row === null ? 0 : 1) - (before === null ? 0 : 1);
    return before;
  }

  dag(namespace: Namespace, dagId: DagId): DagRow | undefined {
    return this.#flat.dag.get(dagKey(namespace, dagId)) as DagRow | undefined;
  }

  dags(): Iterable<DagRow> {
    return this.#flat.dag.values() as Iterable<DagRow>;
  }

  version(namespace: Namespace, dagId: DagId, versionId: VersionId): VersionRow | undefined {
    const key = versionKey(namespace, dagId, versionId);
    return this.#flat.version.get(key) as VersionRow | undefined;
  }

  versionsOf(namespace: Namespace, dagId: DagId): readonly VersionRow[] {
    return [...(this.#versions.get(dagKey(namespace, dagId))?.values() ?? [])];
  }

  schedule(namespace: Namespace, dagId: DagId): ScheduleRow | undefined {
    return this.#flat.schedule.get(dagKey(namespace, dagId)) as ScheduleRow | undefined;
  }

  run(namespace: Namespace, runId: RunId): LiveRun | undefined {
    return this.#runs.get(runKey(namespace, runId));
  }

  runs(): Iterable<LiveRun> {
    return this.#runs.values();
  }

  task(ns: Namespace, runId: RunId, taskId: TaskId, mapIndex: number): TaskRow | undefined {
    return this.#runs.get(runKey(ns, runId))?.tasks.get(taskKey(ns, runId, taskId, mapIndex));
  }

  node(nodeId: string): NodeRow | undefined {
    return this.#flat.node.get(nodeId) as NodeRow | undefined;
  }

  nodes(): Iterable<NodeRow> {
    return this.#flat.node.values() as Iterable<NodeRow>;
  }

  request(requestId: string): RequestRow | undefined {
    return this.#flat.request.get(requestId) as RequestRow | undefined;
  }

  requests(): Iterable<RequestRow> {
    return this.#flat.request.values() as Iterable<RequestRow>;
  }

  count(table: TableName): number {
    if (table === 'run') return this.#runs.size;
    if (table === 'task') return this.#taskCount;
    if (table === 'output') return this.#outputCount;
    return this.#flat[table].size;
  }

  endedLately(namespace: Namespace, runId: RunId): number | undefined {
    return this.#endedLately.get(runKey(namespace, runId));
  }

  /** 16 hex digits over all live rows. */
  digest(): string {
    return this.#digest.toString();
  }

  /** Every live row as a fact, in the order in which they can be applied to an empty state. */
  *facts(): Iterable<Fact> {
    for (const table of ['dag', 'version', 'schedule', 'node', 'request'] as const) {
      for (const [key, row] of this.#flat[table]) yield { table, key, row } as Fact;
    }
    for (const [key, open] of this.#runs) {
      yield { table: 'run', key, row: open.run };
      for (const [taskKeyText, row] of open.tasks) yield { table: 'task', key: taskKeyText, row };
      for (const [outKey, row] of open.outputs) yield { table: 'output', key: outKey, row };
    }
  }
}

const taskKeyOf = (row: TaskRow | OutputRow): string =>
  taskKey(row.namespace, row.runId, row.taskId, row.mapIndex);

/** `ns/run/task/0` -> `ns/run`. */
function runKeyOfTaskKey(key: string): string {
  const afterNamespace = key.indexOf('/') + 1;
  return key.slice(0, key.indexOf('/', afterNamespace));
}

/**
 * A digest of a set of rows that is kept up by adding and taking away: the xor of two 32-bit hashes
 * of every (table, key, row). Equal sets have equal digests whatever the order of changes (S4).
 */
class RowDigest {
  #low = 0;
  #high = 0;
  /** Rows are immutable and stand under one key, so what was hashed once need not be again. */
  readonly #hashes = new WeakMap<object, RowHash>();

  replace(key: string, table: string, before: object | null, after: object | null): void {
    if (before !== null) this.#toggle(table, key, before);
    if (after !== null) this.#toggle(table, key, after);
  }

  addRun(key: string, open: OpenRun): void {
    this.#toggle('run', key, open.run);
    for (const [taskId, row] of open.tasks) this.#toggle('task', taskId, row);
    for (const [taskId, row] of open.outputs) this.#toggle('output', taskId, row);
  }

  /** The same toggles take the rows away again: xor is its own inverse. */
  removeRun(key: string, open: OpenRun): void {
    this.addRun(key, open);
  }

  #toggle(table: string, key: string, row: object): void {
    const hash = this.#hashes.get(row) ?? hashOf(table, key, row);
    this.#hashes.set(row, hash);
    this.#low ^= hash.low;
    this.#high ^= hash.high;
  }

  toString(): string {
    const hex = (value: number): string => (value >>> 0).toString(16).padStart(8, '0');
    return hex(this.#high) + hex(this.#low);
  }
}

interface RowHash {
  readonly low: number;
  readonly high: number;
}

function hashOf(table: string, key: string, row: object): RowHash {
  let low = 0x811c9dc5;
  let high = 0x9747b28c;
  for (const byte of encode([table, key, row])) {
    low = Math.imul(low ^ byte, 0x01000193);
    high = Math.imul(high + byte, 0x5bd1e995) ^ (high >>> 13);
  }
  return { low, high };
}
