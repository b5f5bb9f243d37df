/**
 * A run's history: what was recorded of it, by whom, in order. It outlives the run's end and grows
 * with reruns; an event's position in it (1, 2, 3…) is the same on every node, as it only counts
 * facts.
 */
import type { LogIndex, WallMs } from '../base/brand.ts';
import type { Fact } from '../model/fact.ts';
import { runKeyOfTask } from '../model/keys.ts';
import type { RunEvent } from '../model/reading.ts';
import type { Decision } from '../model/record.ts';
import type { TaskRow } from '../model/task-instance.ts';

/** Events that one value of the history holds at most. */
export const eventsPerChunk = 256;

/** What a reader of the history is told of `fact`, or undefined when it is not about a run. */
export function eventOf(
  fact: Fact,
  said: { readonly index: LogIndex; readonly at: WallMs; readonly decision: Decision },
): { readonly run: string; readonly event: RunEvent } | undefined {
  const row = rowToKeep(fact);
  if (row === undefined) return undefined;
  const { by, what } = said.decision;
  return { run: runKeyOfTask(row), event: { index: said.index, at: said.at, by, what, row } };
}

function rowToKeep(fact: Fact): RunEvent['row'] | undefined {
  if (fact.row === null) return undefined;
  if (fact.table === 'run') return fact.row;
  if (fact.table === 'task') return withNewestAttempt(fact.row);
  // The items stand in the packed run; a history says how many they were.
  return fact.table === 'expansion' ? { ...fact.row, items: '' } : undefined;
}

/** Earlier attempts stand in earlier events; keeping them all would make a history quadratic. */
const withNewestAttempt = (row: TaskRow): TaskRow =>
  row.attempts.length < 2 ? row : { ...row, attempts: row.attempts.slice(-1) };
