/**
 * An attempt has failed, or was too slow. A sensor looks again later; another task may have retries
 * left for this kind of failure. A retry and a failure are one transition: nobody sees `failed` in
 * between (T06).
 */
import { wallMs } from '../../base/brand.ts';
import type { SensorSpec } from '../../model/dag-flow.ts';
import { taskFact } from '../../model/fact.ts';
import type { TaskRow } from '../../model/task-instance.ts';
import { dropOutput } from '../outputs.ts';
import { classesOf, hasRetryLeft, isRetried, notBefore, retryAt } from '../retry.ts';
import { gaveUp } from '../sensor.ts';
import { withEndedAttempt } from '../task-rows.ts';
import type { Turn } from '../turn.ts';
import type { Ending } from './ending.ts';

/** A sensor may look for weeks: its row remembers only the newest looks. */
const looksKept = 10;

export function afterFailure(turn: Turn, ending: Ending): void {
  const { instance, row, report, isStopping } = ending;
  const { spec } = instance;
  const endedAt = turn.at;
  const reason = report.error ?? 'failed';
  const base = withEndedAttempt(row, report, true);
  const { exitCode, retryable } = report;
  const mayRetry = retryable && isRetried(spec, { exitCode, classes: classesOf(report) });
  if (isStopping) {
    turn.emit(taskFact({ ...base, status: 'cancelled', endedAt, reason }));
  } else if (mayRetry && spec.sensor !== undefined) {
    turn.emit(taskFact(afterLook(turn, ending, spec.sensor)));
  } else if (mayRetry && hasRetryLeft(spec, base.tries)) {
    const seed = `${row.runId} ${row.taskId} ${row.attempt.number}`;
    const at = notBefore(retryAt(spec, base.tries, seed, turn.at), report, turn.at);
    turn.emit(taskFact({ ...base, status: 'up_for_retry', retryAt: at, reason }));
  } else {
    dropOutput(turn, row);
    turn.emit(taskFact({ ...base, status: 'failed', endedAt, reason }));
  }
}

/** "Not yet": no try is used up by it. The time to give up counts from the first look. */
function afterLook(turn: Turn, { row, report }: Ending, sensor: SensorSpec): TaskRow {
  const whole = withEndedAttempt(row, report, false);
  const base = { ...whole, attempts: whole.attempts.slice(-looksKept) };
  const { giveUpMs, everyMs } = sensor;
  const firstGiveUp = giveUpMs === null ? null : wallMs(row.attempt.assignedAt + giveUpMs);
  const giveUpAt = row.looked === undefined ? firstGiveUp : row.looked.giveUpAt;
  const looked = { looks: (row.looked?.looks ?? 0) + 1, giveUpAt };
  if (giveUpAt !== null && giveUpAt <= turn.at) {
    const { status, reason } = gaveUp(sensor);
    return { ...base, looked, status, endedAt: turn.at, reason };
  }
  const until = wallMs(Math.min(turn.at + everyMs, giveUpAt ?? Number.MAX_SAFE_INTEGER));
  const waitsFor = { kind: 'look', ...looked } as const;
  return { ...base, looked, status: 'deferred', since: turn.at, until, waitsFor };
}
