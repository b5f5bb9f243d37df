/**
 * A backfill is started, or only counted. Which of its dates have runs already is found out once,
 * now: what has ended is asked of the ledger by whoever brings the command (`dated-runs.ts`), what
 * lives stands in the state.
 */
import { type WallMs, wallMs } from '../../base/brand.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import {
  type BackfillRow,
  type DatedRun,
  type DateSpan,
  passOverMax,
} from '../../model/backfill.ts';
import { datesWithin } from '../../model/backfill-dates.ts';
import type { CommandReply, OperatorCommand } from '../../model/command.ts';
import { backfillFact } from '../../model/fact.ts';
import { namedKey } from '../../model/keys.ts';
import { objectLimits } from '../../model/object-limits.ts';
import { resolveParams } from '../../model/params.ts';
import { type Refusal, refusal } from '../../model/refusal.ts';
import { linesOf } from '../backfills.ts';
import { livingRuns } from '../named-run.ts';
import type { OperatorContext } from '../operator-context.ts';
import type { Turn } from '../turn.ts';

type StartBackfill = Extract<OperatorCommand, { readonly kind: 'start-backfill' }>;

/** Dates that the answer to a dry run lists. */
const datesShownMax = 100;

export function startBackfill(
  turn: Turn,
  command: StartBackfill,
  { by, past }: OperatorContext,
): Result<CommandReply, Refusal> {
  const { namespace, dagId, from, only } = command;
  const dag = turn.state.dag(namespace, dagId);
  const version = dag && turn.state.version(namespace, dagId, dag.versionId);
  if (dag === undefined || version === undefined) {
    return fail(refusal('DAG_NOT_FOUND', `there is no DAG ${dagId} in namespace ${namespace}`));
  }
  const params = resolveParams(version.spec, command.params);
  if (!params.ok) return params;
  // What lies ahead is the schedule's.
  const to = wallMs(Math.min(command.to, turn.at));
  const most = objectLimits.backfillDates;
  const dates = datesWithin(linesOf(turn.state, version), { from, to, most: most + 1 });
  const wrong = rangeFault(dates, most) ?? crowdFault(turn, command);
  if (wrong !== undefined) return fail(wrong);
  const passed =
    only === 'all'
      ? noDates
      : passedDates(dates, only, [...past, ...livingRuns(turn.state, { ...command, to })]);
  const passOver = spansOf(dates, passed);
  if (passOver.length > passOverMax) {
    const detail = `its dates lie scattered in ${passOver.length} stretches; split the range`;
    return fail(refusal('BACKFILL_INVALID', detail));
  }
  const counts = { total: dates.length, passedOver: passed.size };
  if (command.dryRun) {
    const todo = dates.filter((date) => !passed.has(date));
    const shown = command.direction === 'forward' ? todo : todo.toReversed();
    const reply = { ...counts, dates: shown.slice(0, datesShownMax) };
    return ok({ kind: 'backfill-started', backfillId: null, ...reply });
  }
  const { direction, activeMax } = command;
  const row: BackfillRow = {
    ...{ namespace, dagId, from, to, direction, activeMax, only, params: params.value },
    backfillId: turn.generateId('backfill'),
    versionId: version.versionId,
    status: 'running',
    at: null,
    ...{ ...counts, started: 0, succeeded: 0, failed: 0 },
    ...(passOver.length > 0 && { passOver }),
    ...{ createdAt: turn.at, createdBy: by, endedAt: null },
  };
  makeRoom(turn);
  turn.emit(backfillFact(row));
  return ok({ kind: 'backfill-started', backfillId: row.backfillId, ...counts, dates: [] });
}

function rangeFault(dates: readonly WallMs[], most: number): Refusal | undefined {
  if (dates.length === 0) {
    const detail = 'the range has no logical date of this DAG that is not in the future';
    return refusal('BACKFILL_INVALID', detail);
  }
  if (dates.length <= most) return undefined;
  return refusal('BACKFILL_INVALID', `the range has more than ${most} logical dates; split it`);
}

function crowdFault(turn: Turn, { dryRun }: StartBackfill): Refusal | undefined {
  const open = [...turn.state.allNamed('backfill')].filter(({ endedAt }) => endedAt === null);
  if (dryRun || open.length < objectLimits.backfillsOpen) return undefined;
  const detail = `${objectLimits.backfillsOpen} backfills are not over; wait or cancel one`;
  return refusal('LIMIT_REACHED', detail);
}

/** The oldest one that is over gives way to a new one. */
function makeRoom(turn: Turn): void {
  if (turn.state.count('backfill') < objectLimits.backfillsKept) return;
  let oldest: BackfillRow | undefined;
  for (const row of turn.state.allNamed('backfill')) {
    const isOlder = oldest === undefined || (row.endedAt ?? 0) < (oldest.endedAt ?? 0);
    if (row.endedAt !== null && isOlder) oldest = row;
  }
  if (oldest === undefined) return;
  const key = namedKey(oldest.namespace, oldest.backfillId);
  turn.emit({ table: 'backfill', key, row: null });
}

/** `missing`: dates with any run are passed over; `failed`: all but those whose runs failed. */
function passedDates(
  dates: readonly WallMs[],
  only: 'missing' | 'failed',
  runs: readonly DatedRun[],
): ReadonlySet<WallMs> {
  const any = new Set(runs.map(({ logicalDate }) => logicalDate));
  if (only === 'missing') return new Set(dates.filter((date) => any.has(date)));
  const good = new Set<WallMs>();
  for (const { logicalDate, status } of runs) {
    if (status === 'success' || status === null) good.add(logicalDate);
  }
  return new Set(dates.filter((date) => good.has(date) || !any.has(date)));
}

/** Stretches of neighbours in `dates` that are all passed over. */
function spansOf(dates: readonly WallMs[], passed: ReadonlySet<WallMs>): readonly DateSpan[] {
  const spans: { from: WallMs; to: WallMs }[] = [];
  let open: { from: WallMs; to: WallMs } | undefined;
  for (const date of dates) {
    if (!passed.has(date)) open = undefined;
    else if (open !== undefined) open.to = date;
    else {
      open = { from: date, to: date };
      spans.push(open);
    }
  }
  return spans;
}

const noDates: ReadonlySet<WallMs> = new Set();
