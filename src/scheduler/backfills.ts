/**
 * Backfills go on: dates become runs, in their direction, never more of them alive than the
 * backfill allows. Everything that is needed stands in the backfill's row, so whoever leads goes on
 * where the last one stopped: the date that was taken up and its run are one entry (W13).
 *
 * The Board looks at a backfill whenever its row changes and room is left, by a deadline that is
 * due at once. So a long backfill is many short decisions.
 */
import { type RunId, runId, type WallMs, wallMs } from '../base/brand.ts';
import { type BackfillRow, backfillAlive } from '../model/backfill.ts';
import { type DateLine, dateLine } from '../model/backfill-dates.ts';
import { calendarsOf } from '../model/calendars.ts';
import type { VersionRow } from '../model/dag.ts';
import { backfillFact, runFact } from '../model/fact.ts';
import type { ReadonlyState } from '../model/readonly-state.ts';
import type { RunRow } from '../model/run.ts';
import type { Deadline } from './deadlines.ts';
import { noRoomForRuns } from './run-room.ts';
import type { Turn } from './turn.ts';

type BackfillDeadline = Extract<Deadline, { readonly kind: 'backfill' }>;

/** Runs that one decision starts; the next one goes on. */
const startsPerLookMax = 100;
/** Dates that one decision looks at. */
const datesPerLookMax = 500;
/** A backfill waits this long when the cluster has no room for more runs. */
const crowdedDelayMs = 1000;

export function advanceBackfill(turn: Turn, { namespace, backfillId }: BackfillDeadline): void {
  const row = turn.state.named('backfill', namespace, backfillId);
  if (row === undefined || row.status !== 'running') return;
  const version = turn.state.version(namespace, row.dagId, row.versionId);
  if (version === undefined) return;
  if (turn.board.disksFull || noRoomForRuns(turn, namespace) !== undefined) {
    const at = wallMs(turn.at + crowdedDelayMs);
    turn.board.deadlines.add({ kind: 'backfill', at, namespace, backfillId });
    return;
  }
  const line = linesOf(turn.state, version);
  const taken = row.only === 'all' ? noDates : liveDates(turn.state, row);
  let next = row;
  let starts = 0;
  let looks = 0;
  while (starts < startsPerLookMax && looks < datesPerLookMax) {
    if (backfillAlive(next) >= next.activeMax) break;
    if (noRoomForRuns(turn, namespace) !== undefined) break;
    const date = nextDate(next, line);
    if (date === undefined) {
      if (backfillAlive(next) === 0) next = { ...next, status: 'done', endedAt: turn.at };
      break;
    }
    looks += 1;
    next = behind({ ...next, at: date }, date);
    if (taken.has(date)) {
      next = { ...next, passedOver: next.passedOver + 1 };
      continue;
    }
    next = { ...next, started: next.started + 1 };
    turn.emit(runFact(runOf(turn, { row, version, line, date })));
    starts += 1;
  }
  if (next !== row) turn.emit(backfillFact(next));
}

/** The next date that is not passed over, in the direction of the backfill. */
function nextDate(row: BackfillRow, line: DateLine): WallMs | undefined {
  const isForward = row.direction === 'forward';
  let at = isForward
    ? line.next(row.at ?? wallMs(row.from - 1))
    : line.previous(row.at ?? wallMs(row.to + 1));
  for (;;) {
    if (at === undefined || at < row.from || at > row.to) return undefined;
    const date = at;
    const span = (row.passOver ?? []).find(({ from, to }) => from <= date && date <= to);
    if (span === undefined) return date;
    at = isForward ? line.next(span.to) : line.previous(span.from);
  }
}

/** The row without the spans that lie behind a date: they are not carried along any more. */
function behind(row: BackfillRow, date: WallMs): BackfillRow {
  const { passOver, ...rest } = row;
  if (passOver === undefined) return row;
  const isAhead =
    row.direction === 'forward'
      ? ({ to }: { readonly to: WallMs }) => to > date
      : ({ from }: { readonly from: WallMs }) => from < date;
  const ahead = passOver.filter(isAhead);
  if (ahead.length === passOver.length) return row;
  return ahead.length === 0 ? rest : { ...rest, passOver: ahead };
}

function runOf(
  turn: Turn,
  start: {
    readonly row: BackfillRow;
    readonly version: VersionRow;
    readonly line: DateLine;
    readonly date: WallMs;
  },
): RunRow {
  const { row, version, line, date } = start;
  const { namespace, dagId, versionId, params, backfillId } = row;
  const before = line.previous(date);
  return {
    ...{ namespace, dagId, versionId, params, backfillId },
    runId: backfillRunId(backfillId, date),
    logicalDate: date,
    trigger: 'backfill',
    priority: version.spec.priority,
    createdAt: turn.at,
    createdBy: row.createdBy,
    generation: 1,
    ...(before !== undefined && { dataInterval: { start: before, end: date } }),
    status: 'queued',
  };
}

/**
 * Made of the backfill and the date: a date is never run twice by one backfill, and its run is told
 * apart from the scheduled run of the same date.
 */
export const backfillRunId = (backfillId: string, date: WallMs): RunId =>
  runId(
    `${backfillId}-${new Date(date).toISOString().replaceAll(/[-:]/g, '').replace('.000', '')}`,
  );

/** Dates with a run that is alive, of whatever trigger. */
function liveDates(state: ReadonlyState, row: BackfillRow): ReadonlySet<WallMs> {
  const dates = new Set<WallMs>();
  for (const { run } of state.runs()) {
    if (run.namespace !== row.namespace || run.dagId !== row.dagId) continue;
    if (run.logicalDate !== null) dates.add(run.logicalDate);
  }
  return dates;
}

const noDates: ReadonlySet<WallMs> = new Set();

export function linesOf(state: ReadonlyState, { namespace, dagId, spec }: VersionRow): DateLine {
  const anchor = state.schedule(namespace, dagId)?.anchor ?? wallMs(0);
  return dateLine({ dagId, spec, anchor, calendars: calendarsOf(state, namespace) });
}

/** A run has ended: its backfill counts it, and has room for another one. */
export function backfillRunEnded(turn: Turn, run: RunRow): void {
  const row = rowOf(turn, run);
  if (row === undefined) return;
  const isSuccess = run.status === 'success';
  const succeeded = row.succeeded + (isSuccess ? 1 : 0);
  turn.emit(backfillFact({ ...row, succeeded, failed: row.failed + (isSuccess ? 0 : 1) }));
}

/** An ended run is taken up again: until it ends once more it is one of those that are alive. */
export function backfillRunTakenUp(turn: Turn, ended: RunRow): void {
  const row = rowOf(turn, ended);
  if (row === undefined) return;
  const isSuccess = ended.status === 'success';
  const succeeded = row.succeeded - (isSuccess ? 1 : 0);
  turn.emit(backfillFact({ ...row, succeeded, failed: row.failed - (isSuccess ? 0 : 1) }));
}

const rowOf = (turn: Turn, { namespace, backfillId }: RunRow): BackfillRow | undefined =>
  backfillId === undefined ? undefined : turn.state.named('backfill', namespace, backfillId);
