/**
 * Keeps some entries in flight on the leader of a log, and times each from its proposal to its
 * commit. It owns what is in flight and the times; it does not know who replicates.
 */
import { assert } from '../src/base/assert.ts';
import type { LogIndex } from '../src/base/brand.ts';
import type { Result } from '../src/base/result.ts';
import { percentile } from './figures.ts';
import type { LogOrder } from './log-messages.ts';

export interface LogMeasured {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

interface Hands {
  readonly propose: (payload: Uint8Array) => Result<LogIndex, string>;
  readonly ended: (measured: LogMeasured) => void;
}

interface Round {
  readonly order: LogOrder;
  readonly hands: Hands;
  readonly payload: Uint8Array;
  readonly beganMs: number;
  readonly timesMs: number[];
}

export class LogLoad {
  /** When each entry that is not committed yet was proposed. */
  readonly #open = new Map<LogIndex, number>();
  #round: Round | undefined;

  begin(order: LogOrder, hands: Hands): void {
    assert(this.#round === undefined, 'one measurement at a time');
    // Not empty, and no configuration: those begin with a byte of their own.
    const payload = new Uint8Array(order.bytes).fill(0x78);
    this.#round = { order, hands, payload, beganMs: performance.now(), timesMs: [] };
    for (let line = 0; line < order.inFlight; line++) this.#propose(this.#round);
  }

  committed(index: LogIndex): void {
    const sentMs = this.#open.get(index);
    const round = this.#round;
    if (sentMs === undefined || round === undefined) return;
    const nowMs = performance.now();
    this.#open.delete(index);
    round.timesMs.push(nowMs - sentMs);
    if (nowMs - round.beganMs < round.order.seconds * 1000) this.#propose(round);
    else if (this.#open.size === 0) this.#end(round, nowMs);
  }

  #propose(round: Round): void {
    const proposed = round.hands.propose(round.payload);
    // A new leader in the middle would make the figure worthless; none is expected.
    if (!proposed.ok) throw new Error(`the log refused an entry: ${proposed.error}`);
    this.#open.set(proposed.value, performance.now());
  }

  #end({ timesMs, beganMs, hands }: Round, nowMs: number): void {
    this.#round = undefined;
    hands.ended({
      perSecond: (timesMs.length * 1000) / (nowMs - beganMs),
      p50Ms: percentile(timesMs, 0.5),
      p99Ms: percentile(timesMs, 0.99),
    });
  }
}
