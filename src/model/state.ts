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
import type { DagRow, ScheduleRow, VersionRow } from './dag.ts';
import type { TriggerRow } from './dag-trigger.ts';
import type { EndedRun } from './ended-run.ts';
import type { EstimateRow } from './estimate.ts';
import type { Change, Fact, TableName, Tables } from './fact.ts';
import { dagKey, estimateKey, mapKey, namedKey, runKey, taskKey, versionKey } from './keys.ts';
import type { ExpansionRow } from './map.ts';
import type { NamespaceRow } from './namespace-row.ts';
import type { NodeRow } from './node.ts';
import type { NodePoolRow } from './node-pool.ts';
import type { OutputRow } from './output.ts';
import type { LiveRun, NamedTable, ReadonlyState } from './readonly-state.ts';
import type { RequestRow } from './request.ts';
import { type Digest, RowDigest } from './row-digest.ts';
import { type RunRow, runHasEnded } from './run.ts';
import { type SchedulingRow, schedulingKey } from './scheduling.ts';
import type { TaskRow } from './task-instance.ts';

/** What applying one fact did. `ended` is set when the fact ended its run, which left memory. */
export interface Applied {
  readonly change: Change;
  readonly ended: EndedRun | undefined;
}

/** Runs remembered by `endedLately`. */
const endedLatelyMax = 10_000;

interface OpenRun {
  run: RunRow;
  readonly tasks: Map<string, TaskRow>;
  readonly outputs: Map<string, OutputRow>;
  readonly expansions: Map<string, ExpansionRow>;
}

type FlatTable = Exclude<TableName, 'run' | 'task' | 'output' | 'expansion'>;

export class State implements ReadonlyState {
  readonly #flat: { readonly [T in FlatTable]: Map<string, object> } = {
    dag: new Map(),
    version: new Map(),
    schedule: new Map(),
    node: new Map(),
    request: new Map(),
    trigger: new Map(),
    pool: new Map(),
    calendar: new Map(),
    variable: new Map(),
    backfill: new Map(),
    letter: new Map(),
    rate: new Map(),
    namespace: new Map(),
    scheduling: new Map(),
    estimate: new Map(),
    'node-pool': new Map(),
    connection: new Map(),
  };
  /** Versions of each DAG, by the DAG's key. */
  readonly #versions = new Map<string, Map<string, VersionRow>>();
  readonly #runs = new Map<string, OpenRun>();
  readonly #endedLately = new Map<string, number>();
  #taskCount = 0;
  #outputCount = 0;
  #expansionCount = 0;
  readonly #digest: Digest;

  constructor(digest: Digest = new RowDigest()) {
    this.#digest = digest;
  }

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
    const open = emptyRun(ended.run);
    for (const row of ended.expansions ?? []) open.expansions.set(mapKeyOf(row), row);
    for (const row of ended.tasks) open.tasks.set(taskKeyOf(row), row);
    for (const row of ended.outputs) open.outputs.set(taskKeyOf(row), row);
    this.#taskCount += open.tasks.size;
    this.#outputCount += open.outputs.size;
    this.#expansionCount += open.expansions.size;
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
    this.#expansionCount -= open.expansions.size;
    this.#rememberEnded(fact.key, fact.row.generation);
    const tasks = [...open.tasks.values()];
    const packed = { run: fact.row, tasks, outputs: [...open.outputs.values()] };
    const expansions = [...open.expansions.values()];
    return expansions.length === 0 ? packed : { ...packed, expansions };
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
      case 'expansion':
        return this.#putExpansion(key, row as ExpansionRow | null);
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
      const rowsLeft = open === undefined ? 0 : rowsOf(open);
      assert(rowsLeft === 0, 'S3: a run leaves after its tasks, outputs and maps');
      this.#runs.delete(key);
    } else if (open === undefined) {
      this.#runs.set(key, emptyRun(row));
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

  #putExpansion(key: string, row: ExpansionRow | null): ExpansionRow | null {
    const open = present(this.#runs.get(runKeyOfTaskKey(key)), `S3: the run of ${key} is live`);
    const before = open.expansions.get(key) ?? null;
    if (row === null) open.expansions.delete(key);
    else open.expansions.set(key, row);
    this.#expansionCount += (row === null ? 0 : 1) - (before === null ? 0 : 1);
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

  trigger(namespace: Namespace, dagId: DagId): TriggerRow | undefined {
    return this.#flat.trigger.get(dagKey(namespace, dagId)) as TriggerRow | undefined;
  }

  namespace(namespace: Namespace): NamespaceRow | undefined {
    return this.#flat.namespace.get(namespace) as NamespaceRow | undefined;
  }

  namespaces(): Iterable<NamespaceRow> {
    return this.#flat.namespace.values() as Iterable<NamespaceRow>;
  }

  scheduling(): SchedulingRow | undefined {
    return this.#flat.scheduling.get(schedulingKey) as SchedulingRow | undefined;
  }

  estimate(namespace: Namespace, dagId: DagId, taskId: TaskId): EstimateRow | undefined {
    const key = estimateKey(namespace, dagId, taskId);
    return this.#flat.estimate.get(key) as EstimateRow | undefined;
  }

  estimates(): Iterable<EstimateRow> {
    return this.#flat.estimate.values() as Iterable<EstimateRow>;
  }

  nodePool(name: string): NodePoolRow | undefined {
    return this.#flat['node-pool'].get(name) as NodePoolRow | undefined;
  }

  nodePools(): Iterable<NodePoolRow> {
    return this.#flat['node-pool'].values() as Iterable<NodePoolRow>;
  }

  named<T extends NamedTable>(table: T, ns: Namespace, name: string): Tables[T] | undefined {
    return this.#flat[table].get(namedKey(ns, name)) as Tables[T] | undefined;
  }

  allNamed<T extends NamedTable>(table: T): Iterable<Tables[T]> {
    return this.#flat[table].values() as Iterable<Tables[T]>;
  }

  count(table: TableName): number {
    if (table === 'run') return this.#runs.size;
    if (table === 'task') return this.#taskCount;
    if (table === 'output') return this.#outputCount;
    if (table === 'expansion') return this.#expansionCount;
    return this.#flat[table].size;
  }

  endedLately(namespace: Namespace, runId: RunId): number | undefined {
    return this.#endedLately.get(runKey(namespace, runId));
  }

  /** 16 hex digits over all live rows. */
  digest(): string {
    return this.#digest.toString();
  }

  /** Whether the digest has put something off. */
  get isDigestBehind(): boolean {
    return this.#digest.isBehind;
  }

  /** Works ahead on the digest, for a few milliseconds. */
  digestAhead(): void {
    this.#digest.catchUp();
  }

  /** Every live row as a fact, in the order in which they can be applied to an empty state. */
  *facts(): Iterable<Fact> {
    for (const table of flatTables) {
      for (const [key, row] of this.#flat[table]) yield { table, key, row } as Fact;
    }
    for (const [key, open] of this.#runs) {
      yield { table: 'run', key, row: open.run };
      for (const [taskKeyText, row] of open.tasks) yield { table: 'task', key: taskKeyText, row };
      for (const [outKey, row] of open.outputs) yield { table: 'output', key: outKey, row };
      for (const [mapKeyText, row] of open.expansions) {
        yield { table: 'expansion', key: mapKeyText, row };
      }
    }
  }
}

const flatTables = [
  'dag',
  'version',
  'schedule',
  'node',
  'request',
  'trigger',
  'pool',
  'calendar',
  'variable',
  'backfill',
  'letter',
  'rate',
  'namespace',
  'scheduling',
  'estimate',
  'node-pool',
  'connection',
] as const satisfies readonly FlatTable[];

const emptyRun = (run: RunRow): OpenRun => ({
  run,
  tasks: new Map(),
  outputs: new Map(),
  expansions: new Map(),
});

const rowsOf = ({ tasks, outputs, expansions }: OpenRun): number =>
  tasks.size + outputs.size + expansions.size;

const mapKeyOf = (row: ExpansionRow): string => mapKey(row.namespace, row.runId, row.mapId);

const taskKeyOf = (row: TaskRow | OutputRow): string =>
  taskKey(row.namespace, row.runId, row.taskId, row.mapIndex);

/** `ns/run/task/0` -> `ns/run`. */
function runKeyOfTaskKey(key: string): string {
  const afterNamespace = key.indexOf('/') + 1;
  return key.slice(0, key.indexOf('/', afterNamespace));
}
