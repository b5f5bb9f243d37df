/**
 * The horizon: turns proposed and not yet committed, oldest first. The state is ahead of the log by
 * exactly these, plus the turn that is open.
 *
 * Invariants:
 *   H1  Turns leave at the front when their index is committed in their term, or at the back by
 *       undo.
 *   H2  Effects leave with their turn, in order, and never before it.
 */
import { assert } from '../base/assert.ts';
import type { LogIndex, Term } from '../base/brand.ts';
import type { Turn } from './turn.ts';

export interface Proposed {
  readonly turn: Turn;
  /** State digest behind the turn, at multiples of 1,000. */
  readonly digest: string | undefined;
}

export class Horizon {
  readonly #turns: Proposed[] = [];

  get length(): number {
    return this.#turns.length;
  }

  newest(): Turn | undefined {
    return this.#turns.at(-1)?.turn;
  }

  push(proposed: Proposed): void {
    const newest = this.newest();
    const follows = newest === undefined || newest.index < proposed.turn.index;
    assert(follows, 'H1: turns are proposed in the order of the log');
    this.#turns.push(proposed);
  }

  /** Takes out the turn of the entry at `index`, if it is one of ours. */
  commit(index: LogIndex, term: Term): Proposed | undefined {
    const first = this.#turns[0];
    if (first === undefined || first.turn.index !== index) return undefined;
    assert(first.turn.term === term, 'H1: the committed entry is the one that was proposed');
    this.#turns.shift();
    return first;
  }

  /** Takes out every turn, newest first: the order of undo (law 8). */
  *unwind(): Iterable<Turn> {
    for (let last = this.#turns.pop(); last !== undefined; last = this.#turns.pop()) {
      yield last.turn;
    }
  }
}
