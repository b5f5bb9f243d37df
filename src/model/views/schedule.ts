/** Schedules as people see them: what fires next, and what became of every due instant. */
import type { DagSpec, SkipReason } from '../dag.ts';
import type { FireRecord } from '../fire-history.ts';
import type { RunStatus } from '../run.ts';
import { localText, type PreviewLine } from '../schedule-preview.ts';
import { scheduleText } from './dag.ts';
import { timeText, timeTextOrNull } from './time.ts';

export interface PreviewView {
  /** The instant, which is the logical date of the run. */
  readonly at: string;
  /** Of a range of instants that do not fire: its last one. */
  readonly to: string;
  readonly count: number;
  /** When the run starts, jitter included; null where none starts. */
  readonly startsAt: string | null;
  /** The instant on the clock of the schedule's zone, with its offset. */
  readonly local: string;
  readonly timezone: string;
  readonly schedule: string;
  /** What a change of clocks, a calendar or jitter does to it. */
  readonly notes: readonly string[];
}

export function previewView(spec: Pick<DagSpec, 'schedules'>, line: PreviewLine): PreviewView {
  const schedule = spec.schedules[line.schedule];
  return {
    at: timeText(line.at),
    to: timeText(line.to),
    count: line.count,
    startsAt: timeTextOrNull(line.dueAt),
    local: localText(line.at, line.offsetMs),
    timezone: line.zone,
    schedule: schedule === undefined ? '' : scheduleText(schedule),
    notes: line.notes,
  };
}

export interface FireView {
  readonly at: string;
  /** The last instant of a range; `at` unless it stands for several. */
  readonly to: string;
  readonly count: number;
  readonly state: FireRecord['state'];
  /** Why it started no run. */
  readonly reason: SkipReason | null;
  readonly runId: string | null;
  readonly runState: RunStatus | null;
  /** From when its run should have begun to when it did; null while it has not. */
  readonly lateMs: number | null;
  /** Why its run has not begun although the DAG has room. */
  readonly heldBy: string | null;
}

const nothing = { reason: null, runId: null, runState: null, lateMs: null, heldBy: null };

export function fireView(fire: FireRecord): FireView {
  const common = { ...nothing, at: timeText(fire.at), to: timeText(fire.at), count: 1 };
  switch (fire.state) {
    case 'pending':
      return { ...common, state: fire.state };
    case 'skipped': {
      const { to, count, reason, state } = fire;
      return { ...common, to: timeText(to), count, state, reason };
    }
    case 'ran': {
      const { run, dueAt, state } = fire;
      const startedAt = 'startedAt' in run ? run.startedAt : null;
      const lateMs = startedAt === null ? null : Math.max(0, startedAt - dueAt);
      const heldBy = run.heldBy ?? null;
      return { ...common, state, runId: run.runId, runState: run.status, lateMs, heldBy };
    }
  }
}
