/**
 * Past run: a question about runs that have ended and left memory, which only a ledger can answer.
 */
import type { DagId, Namespace, WallMs } from '../base/brand.ts';
import type { RunRow } from './run.ts';

export interface PastRunAsked {
  readonly namespace: Namespace;
  readonly dagId: DagId;
  /** How it ended. */
  readonly states: readonly ('success' | 'failed' | 'cancelled')[];
  /** Null: whatever date it has. */
  readonly logicalDate: WallMs | null;
  /** The run ended then or later. */
  readonly endedSince: WallMs;
}

/** Whether the run has ended, and is one of those that are asked for. */
export function isPastRun(run: RunRow, asked: PastRunAsked): boolean {
  if (run.namespace !== asked.namespace || run.dagId !== asked.dagId) return false;
  if (!('endedAt' in run) || run.endedAt < asked.endedSince) return false;
  if (!asked.states.some((state) => state === run.status)) return false;
  return asked.logicalDate === null || run.logicalDate === asked.logicalDate;
}
