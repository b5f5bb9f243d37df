/**
 * Which version a new run takes: the DAG's, or that of its canary. Whoever starts a run asks here,
 * and tells of the start in the same decision, so that a canary of N runs has exactly N.
 *
 * The choice is a function of the run's id, not of chance: asked again, the answer is the same.
 */
import type { RunId } from '../base/brand.ts';
import { hash32 } from '../base/random.ts';
import type { Canary, DagRow, VersionRow } from '../model/dag.ts';
import { dagFact } from '../model/fact.ts';
import type { ReadonlyState } from '../model/readonly-state.ts';
import type { RunRow } from '../model/run.ts';
import type { Turn } from './turn.ts';

/** The version for a new run of this id; undefined when the DAG has no version, which is no DAG. */
export function versionFor(
  state: ReadonlyState,
  dag: DagRow,
  runId: RunId,
): VersionRow | undefined {
  const { namespace, dagId, canary } = dag;
  if (canary !== undefined && takesCanary(canary, runId)) {
    const version = state.version(namespace, dagId, canary.versionId);
    if (version !== undefined) return version;
  }
  return state.version(namespace, dagId, dag.versionId);
}

function takesCanary({ share, runsLeft }: Canary, runId: RunId): boolean {
  if (runsLeft !== null) return runsLeft > 0;
  return share !== null && hash32(`canary ${runId}`) / 2 ** 32 < share;
}

/** Call behind the fact of a new run: a canary counts it if it took the canary's version. */
export function countCanaryStart(turn: Turn, run: RunRow): void {
  const dag = turn.state.dag(run.namespace, run.dagId);
  const canary = dag?.canary;
  if (dag === undefined || canary === undefined || run.versionId !== canary.versionId) return;
  const { started, runsLeft } = canary;
  const left = runsLeft === null ? null : Math.max(0, runsLeft - 1);
  turn.emit(dagFact({ ...dag, canary: { ...canary, started: started + 1, runsLeft: left } }));
}

/** A run has ended: it counts for the canary that it belongs to, which may end with it. */
export function canaryRunEnded(turn: Turn, run: RunRow): void {
  const dag = turn.state.dag(run.namespace, run.dagId);
  const canary = dag?.canary;
  if (dag === undefined || canary === undefined || !countsFor(dag, run)) return;
  const succeeded = canary.succeeded + (run.status === 'success' ? 1 : 0);
  const failed = canary.failed + (run.status === 'failed' ? 1 : 0);
  const ended = succeeded + failed;
  const { failureRateMax, runsMin } = canary;
  const returns = failureRateMax !== null && ended >= runsMin && failed / ended > failureRateMax;
  if (returns) turn.emit(dagFact({ ...withoutCanary(dag), updatedAt: turn.at }));
  else turn.emit(dagFact({ ...dag, canary: { ...canary, succeeded, failed } }));
}

/**
 * Each run of the canary counts once: not again when it is rerun, not for a backfill, which chose
 * its version itself, and not for having had the version before the canary began.
 */
function countsFor({ canary }: DagRow, run: RunRow): boolean {
  if (canary === undefined || run.versionId !== canary.versionId) return false;
  if (run.generation > 1 || run.backfillId !== undefined || run.status === 'cancelled')
    return false;
  return canary.succeeded + canary.failed < canary.started;
}

/** The DAG when a canary is over, or has never been. */
export function withoutCanary({ canary: _, ...dag }: DagRow): DagRow {
  return dag;
}
