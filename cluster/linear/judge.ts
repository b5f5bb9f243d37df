/**
 * Judges a whole history, key by key: a history is linearizable if the part on each key is (Herlihy
 * and Wing's locality), and small parts are what makes the search affordable.
 */
import { type History, partition } from './history.ts';
import type { Model } from './model.ts';
import { type Budget, defaultBudget, search, type Verdict } from './search.ts';

/** What came of the operations on one key. */
export interface Judged<Input, Output extends object> {
  readonly key: string;
  /** The verdict names operations by their place in here. */
  readonly history: History<Input, Output>;
  readonly verdict: Verdict;
}

export interface Case<State, Input, Output extends object> {
  readonly history: History<Input, Output>;
  readonly modelOf: (key: string, history: History<Input, Output>) => Model<State, Input, Output>;
  /** For each key. */
  readonly budget?: Budget;
}

/** Every key, in the order in which they first come up. */
export function judge<State, Input, Output extends object>({
  history,
  modelOf,
  budget = defaultBudget,
}: Case<State, Input, Output>): readonly Judged<Input, Output>[] {
  return [...partition(history)].map(([key, part]) => {
    const verdict = search(part, modelOf(key, part), budget);
    return { key, history: part, verdict };
  });
}
