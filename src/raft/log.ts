/**
 * What the core knows of the log: its term boundaries and its length. Payloads pass by and are not
 * kept, so memory grows with the number of elections and not with the log.
 *
 * L1  Runs are in order of index and of term; two neighbours have different terms.
 * L2  The entry at 0, before the log, has term 0; an entry behind the end has no term.
 * L3  Two logs with an entry of equal index and term are equal up to it (log matching, section
 *     3.5); so a term boundary says as much as the entries.
 */

import { assert } from '../base/assert.ts';
import { type LogIndex, logIndex, type Term, term } from '../base/brand.ts';
import type { Entry, TermRun } from './log-store.ts';

/** An entry's identity: by L3 it names everything before it too. */
export interface Position {
  readonly index: LogIndex;
  readonly term: Term;
}

export class Log {
  readonly #runs: TermRun[];
  #lastIndex: LogIndex;

  constructor(runs: readonly TermRun[], lastIndex: LogIndex) {
    this.#runs = [...runs];
    this.#lastIndex = lastIndex;
  }

  get lastIndex(): LogIndex {
    return this.#lastIndex;
  }

  get lastTerm(): Term {
    return this.#runs.at(-1)?.term ?? term(0);
  }

  /** By L2, undefined behind the end. */
  termAt(index: LogIndex): Term | undefined {
    if (index > this.#lastIndex || index < 0) return undefined;
    return this.#runs[this.#runAt(index)]?.term ?? term(0);
  }

  append(entryTerm: Term): LogIndex {
    assert(entryTerm >= this.lastTerm, 'L1: terms never fall along the log');
    const index = logIndex(this.#lastIndex + 1);
    if (entryTerm !== this.lastTerm) this.#runs.push({ first: index, term: entryTerm });
    this.#lastIndex = index;
    return index;
  }

  /** Drops `index` and everything behind it. */
  truncateFrom(index: LogIndex): void {
    assert(index > 0 && index <= this.#lastIndex, 'L2: only what is there is truncated');
    this.#lastIndex = logIndex(index - 1);
    while ((this.#runs.at(-1)?.first ?? 0) >= index) this.#runs.pop();
  }

  /** Whether a log that ends at `end` is at least as complete as this one (section 3.6.1). */
  isUpToDate(end: Position): boolean {
    if (end.term !== this.lastTerm) return end.term > this.lastTerm;
    return end.index >= this.#lastIndex;
  }

  /** The place in `entries` of the first that this log lacks or has with another term. */
  firstNew(entries: readonly Entry[]): number {
    let at = 0;
    for (const entry of entries) {
      if (entry.index > this.#lastIndex || this.termAt(entry.index) !== entry.term) break;
      at += 1;
    }
    return at;
  }

  /**
   * The last index at or below `bound.index` whose term is at most `bound.term`: everything above
   * it cannot be in a log that has `bound.term` at `bound.index`. Both sides of a rejected append
   * skip whole terms with it (section 3.5, the optimisation of the consistency check).
   */
  lastNotAbove(bound: Position): Position {
    let end = Math.min(bound.index, this.#lastIndex);
    for (let at = this.#runAt(logIndex(end)); at >= 0; at--) {
      const run = this.#runs[at];
      if (run === undefined) break;
      if (run.term <= bound.term) return { index: logIndex(end), term: run.term };
      end = run.first - 1;
    }
    return { index: logIndex(0), term: term(0) };
  }

  /** The place of the run that holds `index`, -1 for index 0. */
  #runAt(index: LogIndex): number {
    const runs = this.#runs;
    let low = -1;
    let high = runs.length - 1;
    if ((runs[high]?.first ?? 0) <= index) return high;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((runs[middle]?.first ?? 0) <= index) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
