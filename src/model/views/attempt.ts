/** Attempts as people see them. */
import type { WallMs } from '../../base/brand.ts';
import type { Artifact } from '../artifact.ts';
import type { AttemptOutcome, AttemptUsage, EndedAttempt, LiveAttempt } from '../attempt.ts';
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
  /** Null while it goes on, and where nobody could tell. */
  readonly usage: UsageView | null;
  /** What a success has left. */
  readonly artifacts: readonly ArtifactView[];
}

export interface ArtifactView {
  readonly name: string;
  readonly kind: 'file' | 'folder';
  /** Of a folder: of the tar that it travels as. */
  readonly bytes: number;
  readonly sha256: string;
  /** Where it lay when the attempt ended. */
  readonly nodes: readonly string[];
}

/** What is null nobody could tell. */
export type UsageView = { readonly [K in keyof Required<AttemptUsage>]: number | null };

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
  usage: attempt.usage === undefined ? null : usageView(attempt.usage),
  artifacts: (attempt.artifacts ?? []).map(artifactView),
});

export const artifactView = ({ name, kind, bytes, sha256, nodes }: Artifact): ArtifactView => ({
  ...{ name, kind, bytes, sha256, nodes },
});

const usageView = (usage: AttemptUsage): UsageView => ({
  cpuMs: usage.cpuMs ?? null,
  memoryBytesMax: usage.memoryBytesMax ?? null,
  readBytes: usage.readBytes ?? null,
  writtenBytes: usage.writtenBytes ?? null,
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
  usage: null,
  artifacts: [],
});
