/** Attempts as people see them. */
import type { WallMs } from '../../base/brand.ts';
import type { AttemptOutcome, EndedAttempt, LiveAttempt } from '../attempt.ts';
import type { TaskRow } from '../task-instance.ts';
import { timeText, timeTextOrNull } from './time.ts';

export interface AttemptView {
  readonly attempt: number;
  readonly node: string;
  readonly token: number;
  readonly state: 'queued' | 'running' | AttemptOutcome;
  readonly assignedAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  /** From the start (or the assignment) to the end, in milliseconds. */
  readonly durationMs: number | null;
  readonly exitCode: number | null;
  readonly signal: number | null;
  readonly error: string | null;
}

/** Oldest first, the live one last. */
export function attemptViews(row: TaskRow): readonly AttemptView[] {
  const ended = row.attempts.map(endedView);
  if (row.status === 'queued') return [...ended, liveView(row.attempt, 'queued', null)];
  if (row.status === 'running') return [...ended, liveView(row.attempt, 'running', row.startedAt)];
  return ended;
}

const endedView = (attempt: EndedAttempt): AttemptView => ({
  attempt: attempt.number,
  node: attempt.node,
  token: attempt.token,
  state: attempt.outcome,
  assignedAt: timeText(attempt.assignedAt),
  startedAt: timeTextOrNull(attempt.startedAt),
  endedAt: timeText(attempt.endedAt),
  // Two clocks are compared here, so a negative difference means "too short to see".
  durationMs: Math.max(0, attempt.endedAt - (attempt.startedAt ?? attempt.assignedAt)),
  exitCode: attempt.exitCode,
  signal: attempt.signal,
  error: attempt.error,
});

const liveView = (
  attempt: LiveAttempt,
  state: 'queued' | 'running',
  startedAt: WallMs | null,
): AttemptView => ({
  attempt: attempt.number,
  node: attempt.node,
  token: attempt.token,
  state,
  assignedAt: timeText(attempt.assignedAt),
  startedAt: timeTextOrNull(startedAt),
  endedAt: null,
  durationMs: null,
  exitCode: null,
  signal: null,
  error: null,
});
