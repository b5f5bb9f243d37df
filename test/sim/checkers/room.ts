/**
 * Which runs of a DAG may be under way together, across fail-over:
 *   W17  never more than the DAG allows, backfills and made-up fires included;
 *   W27  `overlap` and `dependsOnPast` hold whenever a scheduled run is made or starts.
 */
import type { DagSpec } from '../../../src/model/dag.ts';
import { type RunRow, runHasEnded } from '../../../src/model/run.ts';
import type { Recorded } from '../chronicle.ts';
import type { Checker, MakeChecker, Scene } from './checker.ts';

interface Past {
  readonly at: number;
  readonly ok: boolean;
  readonly runId: string;
}

class RoomChecker implements Checker {
  readonly #scene: Scene;
  /** Runs under way and queued, by key. */
  readonly #alive = new Map<string, RunRow>();
  /** Of each DAG: how the scheduled runs ended that depend on their past. */
  readonly #past = new Map<string, Past>();

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  recorded({ what, applied }: Recorded): void {
    for (const { change } of applied) {
      if (change.table !== 'run' || change.fact.row === null) continue;
      const { key, row } = change.fact;
      const { before } = change;
      if (before === null && what === 'schedule') this.#made(row);
      const starts = before?.status === 'queued' && row.status === 'running';
      if (starts && what !== 'compensate-run') this.#starts(row);
      if (runHasEnded(row.status)) this.#ends(key, row);
      else this.#alive.set(key, row);
    }
  }

  #othersOf({ runId, dagId }: RunRow): readonly RunRow[] {
    return [...this.#alive.values()].filter(
      (each) => each.dagId === dagId && each.runId !== runId && each.trigger !== 'backfill',
    );
  }

  #made(row: RunRow): void {
    const { state } = this.#scene.chronicle;
    const dag = state.dag(row.namespace, row.dagId);
    const spec = dag && state.version(row.namespace, row.dagId, dag.versionId)?.spec;
    if (spec?.overlap !== 'skip' || row.trigger !== 'schedule') return;
    const [other] = this.#othersOf(row);
    if (other !== undefined)
      this.#violate('W27', row, `is made (overlap: skip) beside ${other.runId}`);
  }

  #starts(row: RunRow): void {
    const spec = this.#specOf(row);
    if (spec === undefined) return;
    const begun = [...this.#alive.values()].filter(
      (each) => each.dagId === row.dagId && each.runId !== row.runId && each.status !== 'queued',
    );
    if (begun.length >= spec.activeRunsMax) {
      this.#violate('W17', row, `is the ${begun.length + 1}th run, allowed ${spec.activeRunsMax}`);
    }
    if (row.trigger !== 'schedule' || row.logicalDate === null) return;
    if (spec.overlap === 'queue' || spec.overlap === 'replace') {
      const other = begun.find(({ trigger }) => trigger !== 'backfill');
      if (other === undefined) return;
      this.#violate('W27', row, `starts (overlap: ${spec.overlap}) beside ${other.runId}`);
    }
    if (spec.dependsOnPast === true) this.#afterPast(row, row.logicalDate);
  }

  #afterPast(row: RunRow, at: number): void {
    const past = this.#past.get(row.dagId);
    // Runs that are made again are the past themselves.
    if (past !== undefined && at <= past.at) return;
    if (past?.ok === false)
      this.#violate('W27', row, `starts though ${past.runId} did not succeed`);
    const before = this.#othersOf(row).find(
      ({ trigger, logicalDate }) =>
        trigger === 'schedule' &&
        logicalDate !== null &&
        logicalDate < at &&
        logicalDate >= (past?.at ?? 0),
    );
    if (before !== undefined) this.#violate('W27', row, `starts before ${before.runId} has ended`);
  }

  #ends(key: string, row: RunRow): void {
    this.#alive.delete(key);
    const { dagId, logicalDate: at, runId } = row;
    if (row.trigger !== 'schedule' || at === null || !this.#specOf(row)?.dependsOnPast) return;
    const known = this.#past.get(dagId);
    if (known !== undefined && known.at > at) return;
    this.#past.set(dagId, { at, ok: row.status === 'success', runId });
  }

  #specOf({ namespace, dagId, versionId }: RunRow): DagSpec | undefined {
    return this.#scene.chronicle.state.version(namespace, dagId, versionId)?.spec;
  }

  #violate(invariant: string, { runId }: RunRow, text: string): void {
    this.#scene.violate(invariant, `${runId} ${text}`);
  }
}

export const room: MakeChecker = (scene) => new RoomChecker(scene);
