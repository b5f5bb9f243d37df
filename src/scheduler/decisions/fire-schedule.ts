/**
 * A schedule is due. The schedule advances and its runs are created in one entry, and a run's id is
 * made of DAG and due time: no fire is lost and none happens twice, whoever leads (W13, W14, L073).
 * Every instant that starts no run is written down with the reason.
 */
import { type DagId, type RunId, runId, type WallMs } from '../../base/brand.ts';
import { hash32 } from '../../base/random.ts';
import { calendarsOf } from '../../model/calendars.ts';
import type { DagRow, DagSpec, ScheduleRow, SkippedFires } from '../../model/dag.ts';
import { dataIntervalOf } from '../../model/data-interval.ts';
import { runFact, scheduleFact } from '../../model/fact.ts';
import { dagKey } from '../../model/keys.ts';
import { resolveParams } from '../../model/params.ts';
import type { RunRow } from '../../model/run.ts';
import { lookAtSchedule } from '../../model/schedule.ts';
import type { Timetable } from '../../model/schedule-fires.ts';
import { skippedOnce, withSkips } from '../../model/schedule-skips.ts';
import { firesPerLookMax } from '../../model/schedule-take.ts';
import { countCanaryStart, versionFor } from '../choose-version.ts';
import { deadLetter } from '../dead-letters.ts';
import type { Deadline } from '../deadlines.ts';
import { admitFires, heldBack, othersOf } from '../overlap.ts';
import { noRoomForRuns, roomForRuns } from '../run-room.ts';
import type { Turn } from '../turn.ts';
import { stopRun } from './cancel-run.ts';

type ScheduleDeadline = Extract<Deadline, { readonly kind: 'schedule' }>;

/** A schedule waits this long when there is no room for more runs. */
const crowdedDelayMs = 1000;
/** Runs of one DAG that its schedule lets wait; later instants stay with the schedule. */
const backlogMax = 1000;

export function fireSchedule(turn: Turn, { namespace, dagId }: ScheduleDeadline): void {
  const dag = turn.state.dag(namespace, dagId);
  const row = turn.state.schedule(namespace, dagId);
  const version = dag && turn.state.version(namespace, dagId, dag.versionId);
  if (dag === undefined || dag.paused || row === undefined || version === undefined) return;
  if (isCrowded(turn, dag)) {
    turn.board.lookAgain(dag, turn.at + crowdedDelayMs);
    return;
  }
  const { spec } = version;
  const calendars = calendarsOf(turn.state, namespace);
  const most = Math.min(firesPerLookMax, roomForRuns(turn, namespace));
  const due = lookAtSchedule(spec, row, turn.at, calendars, most);
  if (due.row === row) return;
  const admitted = startable(turn, dag, spec, due.fires);
  const skips = admitted.skips;
  const after = withSkips({ spec, row: due.row, calendars }, skips);
  turn.emit(scheduleFact(goneOn(after, skips, turn.at)));
  for (const run of admitted.replaced) giveWay(turn, run);
  for (const at of admitted.starts) startRun(turn, dag, { spec, row, calendars }, at);
}

function isCrowded(turn: Turn, { namespace, dagId }: DagRow): boolean {
  if (turn.board.disksFull || noRoomForRuns(turn, namespace) !== undefined) return true;
  let waiting = 0;
  for (const _ of turn.board.runs.queued(dagKey(namespace, dagId))) waiting += 1;
  return waiting >= backlogMax;
}

/** Without its params no run can start, whatever else the rules say. */
function startable(turn: Turn, dag: DagRow, spec: DagSpec, fires: readonly WallMs[]) {
  const params = resolveParams(spec, {});
  if (params.ok) return admitFires(turn, dag, { spec, fires });
  for (const at of fires) bury(turn, dag, at, params.error.detail);
  return { starts: [], skips: fires.map((at) => skippedOnce(at, 'params')), replaced: [] };
}

/** Once the DAG says what its params are, a person may have the run all the same. */
function bury(turn: Turn, { namespace, dagId }: DagRow, at: WallMs, reason: string): void {
  const id = scheduledRunId(dagId, at);
  const whose = { namespace, dagId };
  const what = { runId: id, logicalDate: at, params: {}, priority: null };
  const replay = { kind: 'start-run', ...whose, ...what } as const;
  deadLetter(turn, { ...whose, kind: 'schedule', reason, replay });
}

/** Where the run of an `after` did not come to be, its delay begins anew. */
function goneOn(row: ScheduleRow, skips: readonly SkippedFires[], now: WallMs): ScheduleRow {
  const isSkipped = row.lastEndedAt === null && skips.some(({ from }) => from === row.afterAt);
  return isSkipped ? { ...row, lastEndedAt: now } : row;
}

function giveWay(turn: Turn, run: RunRow): void {
  const live = turn.state.run(run.namespace, run.runId);
  if (live === undefined) return;
  stopRun(turn, live, { becoming: 'cancelled', reason: 'replaced by the next one (overlap)' });
}

function startRun(turn: Turn, dag: DagRow, table: Timetable, at: WallMs): void {
  const { namespace, dagId } = dag;
  const id = scheduledRunId(dagId, at);
  const version = versionFor(turn.state, dag, id);
  const isThere =
    turn.state.run(namespace, id) !== undefined ||
    turn.state.endedLately(namespace, id) !== undefined;
  if (version === undefined || isThere) return;
  const params = resolveParams(version.spec, {});
  const dataInterval = dataIntervalOf(table, at);
  const run: RunRow = {
    namespace,
    runId: id,
    dagId,
    versionId: version.versionId,
    logicalDate: at,
    ...(dataInterval !== undefined && { dataInterval }),
    trigger: 'schedule',
    params: params.ok ? params.value : {},
    priority: version.spec.priority,
    createdAt: turn.at,
    createdBy: 'scheduler',
    generation: 1,
    status: 'queued',
  };
  const heldBy = heldBack(turn, run, () => othersOf(turn, dag));
  turn.emit(runFact(heldBy === undefined ? run : { ...run, heldBy }));
  countCanaryStart(turn, run);
}

/** Ids are at most 250 characters long; a very long DAG id is told apart by its hash. */
export function scheduledRunId(dagId: DagId, at: WallMs): RunId {
  const isLong = dagId.length > dagIdKept;
  const name = isLong ? `${dagId.slice(0, dagIdKept)}-${hash32(dagId).toString(36)}` : dagId;
  return runId(`scheduled-${name}-${stamp(at)}`);
}

const dagIdKept = 200;

/** `2026-11-21T03:00:00.000Z` -> `20261121T030000Z`, with milliseconds only where there are any. */
function stamp(at: number): string {
  const iso = new Date(at).toISOString().replaceAll(/[-:]/g, '');
  return iso.replace('.000Z', 'Z').replace('.', '-');
}
