/**
 * What was made of all rows of one task, kept for a turn until one of them changes. Long lists are
 * made of mapped tasks, and hundreds of instances may ask for the same one in a turn.
 */
import type { TaskId } from '../base/brand.ts';
import { runKey } from '../model/keys.ts';
import type { RunRow } from '../model/run.ts';
import type { Applied } from '../model/state.ts';

interface Kept<T> {
  readonly made: Map<string, T>;
  /** Changes of the turn that have been looked at, and the last of them. */
  looked: number;
  last: Applied | undefined;
}

export class RowsMemo<T> {
  /** By the list of a turn's changes, which is there as long as the turn. */
  readonly #turns = new WeakMap<readonly Applied[], Kept<T>>();

  get(
    applied: readonly Applied[],
    of: { readonly run: RunRow; readonly taskId: TaskId },
    make: () => T,
  ): T {
    const kept = this.#keptIn(applied);
    const key = `${runKey(of.run.namespace, of.run.runId)}/${of.taskId}`;
    const known = kept.get(key);
    if (known !== undefined) return known;
    const made = make();
    kept.set(key, made);
    return made;
  }

  /** What was made in this turn and is still true. */
  #keptIn(applied: readonly Applied[]): Map<string, T> {
    const kept = this.#turns.get(applied) ?? { made: new Map(), looked: 0, last: undefined };
    this.#turns.set(applied, kept);
    // A decision that failed was undone; what was made meanwhile may have seen it.
    if (applied[kept.looked - 1] !== kept.last) kept.made.clear();
    for (let at = Math.min(kept.looked, applied.length); at < applied.length; at += 1) {
      const change = applied[at]?.change;
      if (change?.table === 'task' || change?.table === 'output') {
        const { key } = change.fact;
        kept.made.delete(key.slice(0, key.lastIndexOf('/')));
      } else if (change?.table === 'expansion' || change?.table === 'run') kept.made.clear();
    }
    kept.looked = applied.length;
    kept.last = applied.at(-1);
    return kept.made;
  }
}
