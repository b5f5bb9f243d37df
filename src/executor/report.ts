/** Reports: how an attempt ended, in the words that the leader records. */
import { unreachable } from '../base/assert.ts';
import type { WallMs } from '../base/brand.ts';
import { formatDuration } from '../base/duration.ts';
import type { AttemptId, AttemptReport, Dispatch } from '../model/protocol.ts';
import type { LiveAttempt, StopReason } from './attempts.ts';
import { errorText } from './error-text.ts';
import type { RunResult } from './runner.ts';

/** The report of an attempt whose runner has ended it. */
export function reportOf(attempt: LiveAttempt, result: RunResult, endedAt: WallMs): AttemptReport {
  const { dispatch, started, stopping } = attempt;
  const common = {
    id: dispatch.id,
    startedAt: started?.at ?? null,
    endedAt,
    exitCode: result.exitCode,
    signal: result.signal,
    ...(result.usage && { usage: result.usage }),
  };
  if (stopping === undefined) {
    const { outcome, retryable, output } = result;
    const error = result.error === null ? null : errorText(result.error, result.stderrTail);
    const { errorClass, retryAfterMs, artifacts } = result;
    return {
      ...{ ...common, outcome, retryable, error, output },
      ...(errorClass && { errorClass }),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
      ...(artifacts && outcome === 'success' && { artifacts }),
    };
  }
  // A task that was told to stop has not done its work, whatever it says at its end.
  return {
    ...common,
    outcome: stopping === 'timeout' ? 'timed_out' : 'cancelled',
    retryable: true,
    error: errorText(stopSentence(stopping, dispatch), result.stderrTail),
    ...(stopping === 'timeout' && { errorClass: 'timeout' }),
    output: null,
  };
}

/** A revoked attempt that is not here: it never started, and from now on it cannot. */
export const neverStarted = (id: AttemptId, endedAt: WallMs): AttemptReport => ({
  id,
  outcome: 'cancelled',
  retryable: true,
  startedAt: null,
  endedAt,
  exitCode: null,
  signal: null,
  error: 'cancelled before it started',
  output: null,
});

/** A dispatch that came when nothing was offered any more. */
export const handedBack = (id: AttemptId, endedAt: WallMs): AttemptReport => ({
  ...neverStarted(id, endedAt),
  error: 'not started: the executor of its node is about to be replaced',
});

/** A dispatch that this node cannot run, now or later. */
export const unrunnable = (id: AttemptId, error: string, endedAt: WallMs): AttemptReport => ({
  ...neverStarted(id, endedAt),
  outcome: 'failed',
  retryable: false,
  error,
});

function stopSentence(reason: StopReason, dispatch: Dispatch): string {
  switch (reason) {
    case 'cancel':
      return 'cancelled while it was running';
    case 'timeout':
      return `timed out after ${formatDuration(dispatch.timeoutMs ?? 0)}`;
    case 'lease':
      return 'killed because its node had lost touch with the leader';
    case 'superseded':
      return 'killed because a newer attempt was assigned';
    case 'shutdown':
      return 'stopped because its node was shut down';
    default:
      return unreachable(reason);
  }
}
