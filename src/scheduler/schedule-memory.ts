/**
 * What a schedule remembers of the runs that it started: when the last one ended, for `after`, and
 * whether the newest one succeeded, for `dependsOnPast`. It stands in the schedule's row, because
 * ended runs are not in memory, and a new leader must decide alike (W27).
 */
import { scheduleFact } from '../model/fact.ts';
import type { RunRow } from '../model/run.ts';
import type { Turn } from './turn.ts';

/** Call behind the fact that ends a run. */
export function rememberEnd(turn: Turn, run: RunRow): void {
  const { namespace, dagId, logicalDate: at } = run;
  const row = turn.state.schedule(namespace, dagId);
  if (row === undefined || run.trigger !== 'schedule' || at === null) return;
  let next = row;
  if (row.afterAt === at && row.lastEndedAt === null) next = { ...next, lastEndedAt: turn.at };
  const { dependsOnPast = false } = turn.board.planOf(run).spec;
  if (dependsOnPast && (row.past === undefined || row.past.at <= at)) {
    next = { ...next, past: { at, ok: run.status === 'success' } };
  }
  if (next !== row) turn.emit(scheduleFact(next));
}
