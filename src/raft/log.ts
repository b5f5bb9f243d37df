/**
 * What the core knows of the log: its term boundaries and its length. Payloads pass by and are not
 * kept, so memory grows with the number of elections and not with the log.
 *
 * L1  Runs are in order of index and of term; two neighbours have different terms.
 * L2  The base, the place before the first entry that is kept, has a term: 0 at index 0. An entry
 *     behind the end has none, and one before the base has none either: unknown is not 0 (P27).
 * L3  Two logs with an entry of equal index and term are equal up to it (log matching, section
 *     3.5); so a term boundary says as much as the entries.
 * L4  Everything up to the base is committed, so it is equal in the log of every later leader.
 */
import { assert } from '../base/assert.ts';
import { type LogIndex, logIndex, type Term } from '../base/brand.ts';
import type { Entry, TermRun } from './log-store.ts';

/** An entry's identity: by L3 it names everything before it too. */
export interface Position {
  readonly index: LogIndex;
  readonly term: Term;
}

export class Log {
  #base: Position;
  #runs: TermRun[];
  #lastIndex: LogIndex;

  constructor(found: {
    readonly base: Position;
    readonly terms: readonly TermRun[];
    readonly lastIndex: LogIndex;
  }) {
    const { base, terms, lastIndex } = found;
    assert(lastIndex >= base.index, 'L2: the log does not end before its base');
    this.#base = { index: base.index, term: base.term };
    this.#runs = [...terms];
    this.#lastIndex = lastIndex;
  }

  /** The place right before the first entry that is kept. */
  get base(): Position {
    return this.#base;
  }

  get lastIndex(): LogIndex {
    return this.#lastIndex;
  }

  get lastTerm(): Term {
    return this.#runs.at(-1)?.term ?? this.#base.term;
  }

  /** By L2, undefined behind the end and before the base. */
  termAt(index: LogIndex): Term | undefined {
    if (index > this.#lastIndex || index < this.#base.index) return undefined;
    if (index === this.#base.index) return this.#base.term;
    return this.#runs[this.#runAt(index)]?.term;
  }

  append(entryTerm: Term): LogIndex {
    assert(entryTerm >= this.lastTerm, 'L1: terms never fall along the log');
    const index = logIndex(this.#lastIndex + 1);
    if (entryTerm !== this.#runs.at(-1)?.term) this.#runs.push({ first: index, term: entryTerm });
    this.#lastIndex = index;
    return index;
  }

  /** Drops `index` and everything behind it. */
  truncateFrom(index: LogIndex): void {
    const there = index > this.#base.index && index <= this.#lastIndex;
    assert(there, 'L2: only what is there is truncated');
    this.#lastIndex = logIndex(index - 1);
    while ((this.#runs.at(-1)?.first ?? 0) >= index) this.#runs.pop();
  }

  /** The base moves to `index`, and everything up to it is forgotten. */
  compact(index: LogIndex): void {
    const baseTerm = this.termAt(index);
    assert(baseTerm !== undefined, 'L2: the base moves to an entry that is there');
    this.#base = { index, term: baseTerm };
    const first = logIndex(index + 1);
    const runs = this.#runs.slice(Math.max(0, this.#runAt(first)));
    if (index === this.#lastIndex) runs.length = 0;
    this.#runs = runs.map((run) => (run.first < first ? { first, term: run.term } : run));
  }

  /** Whether a log that ends at `end` is at least as complete as this one (section 3.6.1). */
  isUpToDate(end: Position): boolean {
    if (end.term !== this.lastTerm) return end.term > this.lastTerm;
    return end.index >= this.#lastIndex;
  }

  /** The place in `entries` of the first that this log lacks or has with another term (L4). */
  firstNew(entries: readonly Entry[]): number {
    let at = 0;
    for (const { index, term: entryTerm } of entries) {
      if (index >= this.#base.index && this.termAt(index) !== entryTerm) break;
      at += 1;
    }
    return at;
  }

  /**
   * The last index at or below `bound.index` whose term is at most `bound.term`: everything above
   * it cannot be in a log that has `bound.term` at `bound.index`. Both sides of a rejected append
   * skip whole terms with it (section 3.5, the optimisation of the consistency check). Undefined
   * when it lies before the base: there is no telling where.
   */
  lastNotAbove(bound: Position): Position | undefined {
    if (bound.index < this.#base.index) return undefined;
    let end = Math.min(bound.index, this.#lastIndex);
    for (let at = this.#runAt(logIndex(end)); at >= 0; at--) {
      const run = this.#runs[at];
      if (run === undefined) break;
      if (run.term <= bound.term) return { index: logIndex(end), term: run.term };
      end = run.first - 1;
    }
    return this.#base.term <= bound.term ? this.#base : undefined;
  }

  /** The place of the run that holds `index`, -1 for the base. */
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
