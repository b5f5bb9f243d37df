/**
 * What a due run does while others of its DAG are alive (`overlap`, `dependsOnPast`). Runs of a
 * backfill stand apart: they are about the past, and have limits of their own.
 *
 *   skip      the instant starts no run
 *   queue     its run waits until the others are gone; the queue has a limit, and keeps its order
 *   replace   scheduled runs that are alive are cancelled; the new one starts when they are gone
 *
 * Whether a run is held back is worked out from committed rows whenever its DAG may have room, so a
 * new leader holds the same runs (W27). `heldBy` in a run's row is a word for people.
 */
import type { WallMs } from '../base/brand.ts';
import type { DagRow, DagSpec, SkippedFires } from '../model/dag.ts';
import { dagKey } from '../model/keys.ts';
import type { RunRow } from '../model/run.ts';
import { skippedOnce } from '../model/schedule-skips.ts';
import type { Turn } from './turn.ts';

/** Scheduled runs of one DAG that `overlap: queue` lets wait; the next instants start none. */
export const overlapQueueMax = 100;

type Whose = Pick<DagRow, 'namespace' | 'dagId'>;

/** What becomes of the instants that are due. */
export interface Admitted {
  readonly starts: readonly WallMs[];
  readonly skips: readonly SkippedFires[];
  /** Runs that give way. */
  readonly replaced: readonly RunRow[];
}

export function admitFires(
  turn: Turn,
  dag: Whose,
  { spec, fires }: { readonly spec: DagSpec; readonly fires: readonly WallMs[] },
): Admitted {
  const { overlap } = spec;
  if (overlap === undefined || fires.length === 0) {
    return { starts: fires, skips: [], replaced: [] };
  }
  const others = othersOf(turn, dag);
  const split = (from: number, to: number, replaced: readonly RunRow[] = []): Admitted => ({
    starts: fires.slice(from, to),
    skips: [...fires.slice(0, from), ...fires.slice(to)].map((at) => skippedOnce(at, 'overlap')),
    replaced,
  });
  switch (overlap) {
    case 'skip':
      return split(0, others.length > 0 ? 0 : 1);
    case 'queue': {
      const waiting = others.filter((run) => run.status === 'queued' && isScheduled(run));
      return split(0, Math.max(0, overlapQueueMax - waiting.length));
    }
    case 'replace': {
      const replaced = others.filter((run) => isScheduled(run) && run.status !== 'cancelling');
      return split(fires.length - 1, fires.length, replaced);
    }
  }
}

/** Runs of the DAG that are alive, but for those of backfills; the ones that have begun first. */
export function othersOf({ board }: Turn, { namespace, dagId }: Whose): readonly RunRow[] {
  const key = dagKey(namespace, dagId);
  const all = [...board.runs.begun(key), ...board.runs.queued(key)];
  return all.filter(({ trigger }) => trigger !== 'backfill');
}

/**
 * Why a queued run may not start although its DAG has room; undefined: it may. `others` is asked
 * only where a rule needs it.
 */
export function heldBack(
  turn: Turn,
  run: RunRow,
  others: () => readonly RunRow[],
): string | undefined {
  for (const why of allHeldBack(turn, run, others)) return why;
  return undefined;
}

/** The same of every rule that holds it back. */
export function* allHeldBack(
  turn: Turn,
  run: RunRow,
  others: () => readonly RunRow[],
): Iterable<string> {
  const { logicalDate } = run;
  if (!isScheduled(run) || logicalDate === null) return;
  const { overlap, dependsOnPast = false } = turn.board.planOf(run).spec;
  if (overlap === 'queue' || overlap === 'replace') {
    const first = others().find((each) => each.runId !== run.runId && goesFirst(each, logicalDate));
    if (first !== undefined) yield `waits for the end of ${first.runId} (overlap: ${overlap})`;
  }
  const past = dependsOnPast ? heldByPast(turn, run, logicalDate, others) : undefined;
  if (past !== undefined) yield past;
}

/** A run that has begun, or a scheduled one for an earlier instant. */
const goesFirst = (run: RunRow, at: WallMs): boolean =>
  run.status !== 'queued' || (isScheduled(run) && run.logicalDate !== null && run.logicalDate < at);

/** The run of the fire before must have succeeded; the first one has no past. */
function heldByPast(
  turn: Turn,
  run: RunRow,
  at: WallMs,
  others: () => readonly RunRow[],
): string | undefined {
  const past = turn.state.schedule(run.namespace, run.dagId)?.past;
  // Runs that are made again are the past themselves.
  if (past !== undefined && at <= past.at) return undefined;
  if (past?.ok === false) {
    const when = new Date(past.at).toISOString();
    return `waits for the success of the run of ${when} (dependsOnPast)`;
  }
  const before = others().find(
    ({ logicalDate, ...each }) =>
      isScheduled(each) &&
      logicalDate !== null &&
      logicalDate < at &&
      (past === undefined || logicalDate >= past.at),
  );
  return before && `waits for the success of ${before.runId} (dependsOnPast)`;
}

const isScheduled = ({ trigger }: Pick<RunRow, 'trigger'>): boolean => trigger === 'schedule';
