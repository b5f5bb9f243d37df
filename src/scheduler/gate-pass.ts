/**
 * The gates during one pass over the ready queue: who is let through, and what that changes for the
 * next one.
 *
 * Owns: the starts that rates count in this pass, written as one fact for each key at its end; the
 * pools whose slots are kept for somebody more urgent. Does not own: what is in use (`Gates`).
 */
import type { Namespace } from '../base/brand.ts';
import { rateFact } from '../model/fact.ts';
import { namedKey } from '../model/keys.ts';
import { opensAt, type RateRow, rateKeysMax, startsWithin, withStart } from '../model/rate.ts';
import type { Closed, Demands } from './gates.ts';
import type { Turn } from './turn.ts';

export class GatePass {
  readonly #turn: Turn;
  readonly #started = new Map<string, RateRow>();
  readonly #keptPools = new Set<string>();

  constructor(turn: Turn) {
    this.#turn = turn;
  }

  /** Whether one of those who ask for this may come through, leaving aside who is first. */
  isOpen(demands: Demands): boolean {
    const closed = this.closedBy(demands);
    if (closed === null) return true;
    if (closed.kind === 'rate') this.#wakeFor(demands, closed.opensAt);
    return closed.kind === 'pool' && isBetterKept(closed);
  }

  /**
   * Asks for the most urgent one. A pool that has slots, but not enough of them, is kept for it:
   * otherwise tasks that ask for less would take every slot as it comes free.
   */
  admits(demands: Demands): boolean {
    const { namespace, pool } = demands;
    const name = pool === null ? null : namedKey(namespace, pool.name);
    if (name !== null && this.#keptPools.has(name)) return false;
    const closed = this.closedBy(demands);
    if (name !== null && closed?.kind === 'pool' && isBetterKept(closed)) {
      this.#keptPools.add(name);
    }
    return closed === null;
  }

  /** An attempt has been assigned; pool and key have been counted with its fact. */
  started({ namespace, rate }: Demands): void {
    if (rate === null) return;
    const row = withStart(
      this.#rateRow(namespace, rate.name),
      { namespace, ...rate },
      this.#turn.at,
    );
    this.#started.set(namedKey(namespace, row.name), row);
  }

  /** Records the starts of this pass (G3). */
  finish(): void {
    for (const row of this.#started.values()) this.#turn.emit(rateFact(row));
  }

  /** The first gate that is closed, if one is. */
  closedBy(demands: Demands): Closed | null {
    if (demands.name === '') return null;
    return this.#poolIn(demands) ?? this.#keyIn(demands) ?? this.#rateIn(demands);
  }

  #poolIn({ namespace, pool }: Demands): Closed | null {
    if (pool === null) return null;
    const { state, board } = this.#turn;
    const slots = state.named('pool', namespace, pool.name)?.slots;
    if (slots === undefined) return { kind: 'no-pool' };
    const used = board.gates.slotsUsed(namespace, pool.name);
    if (used + pool.slots <= slots) return null;
    return { kind: 'pool', asked: pool.slots, used, slots };
  }

  #keyIn({ namespace, concurrency }: Demands): Closed | null {
    if (concurrency === null) return null;
    const { key, max } = concurrency;
    const alive = this.#turn.board.gates.alive(namespace, key);
    return alive < max ? null : { kind: 'concurrency' };
  }

  #rateIn({ namespace, rate }: Demands): Closed | null {
    if (rate === null) return null;
    const { state, at } = this.#turn;
    const row = this.#rateRow(namespace, rate.name);
    if (row === undefined && state.count('rate') + this.#started.size >= rateKeysMax) {
      return { kind: 'rate-keys' };
    }
    if (startsWithin(row, at) < rate.max) return null;
    return { kind: 'rate', opensAt: opensAt(row, rate.max, at) };
  }

  #rateRow(namespace: Namespace, name: string): RateRow | undefined {
    const { state } = this.#turn;
    return this.#started.get(namedKey(namespace, name)) ?? state.named('rate', namespace, name);
  }

  #wakeFor({ namespace, rate }: Demands, at: number): void {
    if (rate === null || !Number.isFinite(at)) return;
    this.#turn.board.gates.lookAt({ namespace, name: rate.name }, at);
  }
}

/** Whether waiting helps: some slots are free, and there are enough of them altogether. */
const isBetterKept = (closed: Extract<Closed, { readonly kind: 'pool' }>): boolean =>
  closed.used < closed.slots && closed.asked <= closed.slots;
