/**
 * Custody: which peer an executor belongs to, and what it does while there is none. The peer may be
 * restarted without its tasks (`docs/protocol/adoption.md`).
 *
 * It owns when the executor offers work, and when it ends for want of a peer or of tasks. It does
 * not own the link, the tasks, or the lease: that ends tasks in any case (E2).
 *
 * Invariants:
 *   C1  At most one peer at a time: while one is there, no other is let in.
 *   C2  Without a peer, and while it retires, no work is offered.
 *   C3  Without a peer it ends: after `leaseMs`, or after `handOverMs` if the peer had said that
 *       another one will come; at once when no peer could find it any more.
 *   C4  What retires never offers work again, and ends when it has nothing left to do or to say.
 */
import type { Cancellable, Clock } from '../base/ports.ts';
import type { Offer } from '../executor/messages.ts';
import type { Papers } from './adoption-proof.ts';

/** How long a peer that hands over may take to come back: a new version may have to be started. */
export const handOverMs = 60_000;

/** How often it looks whether it can still be found, and whether it has retired. */
const lookEveryMs = 200;

/** As who an executor goes on under another peer. */
export type Fit = 'same' | 'retiring';

export interface CustodyOptions {
  readonly clock: Clock;
  readonly papers: Papers;
  readonly leaseMs: number;
  readonly offer: (offer: Offer) => void;
  /** No task is alive, and all that is to be said has been heard. */
  readonly isIdle: () => boolean;
  /** Whether its socket is where a peer looks for it. */
  readonly isFindable: () => boolean;
  /** Called once. `abandoned`: nothing may be waited for. */
  readonly end: (how: 'retired' | 'abandoned', why: string) => void;
}

export class Custody {
  readonly #options: CustodyOptions;
  #hasPeer = true;
  #handsOver = false;
  #retires = false;
  #ended = false;
  #looks = false;
  #deadline: Cancellable | undefined;

  constructor(options: CustodyOptions) {
    this.#options = options;
  }

  /** The peer says that it will be followed by another one. */
  handsOver(): void {
    this.#handsOver = true;
    this.#offer();
  }

  /** The link has ended. */
  lost(): void {
    if (!this.#hasPeer) return;
    this.#hasPeer = false;
    this.#offer();
    const { clock, leaseMs } = this.#options;
    const waitsMs = this.#handsOver ? handOverMs : leaseMs;
    this.#deadline = clock.after(waitsMs, () => this.#end('abandoned', 'no peer has come'));
    this.#look();
  }

  /** Says anew what is offered: nobody may have heard it. */
  offerAgain(): void {
    this.#offer();
  }

  /** Whether the executor is adopted, and as what; it was proven already that it may be. */
  claimed(papers: Papers): Fit | 'busy' {
    if (this.#hasPeer || this.#ended) return 'busy';
    this.#hasPeer = true;
    this.#handsOver = false;
    this.#deadline?.cancel();
    const { version, digest } = this.#options.papers;
    if (papers.version !== version || papers.digest !== digest) this.#retires = true;
    this.#offer();
    this.#look();
    return this.#retires ? 'retiring' : 'same';
  }

  /** C2 */
  #offer(): void {
    const awaits = !this.#hasPeer || this.#handsOver;
    this.#options.offer(this.#retires ? 'nothing' : awaits ? 'pause' : 'work');
  }

  /** As long as there is something to look for. */
  #look(): void {
    if (this.#looks || this.#ended || (this.#hasPeer && !this.#retires)) return;
    this.#looks = true;
    const { clock, isIdle, isFindable } = this.#options;
    clock.after(lookEveryMs, () => {
      this.#looks = false;
      if (this.#retires && isIdle()) this.#end('retired', 'another one takes its place');
      else if (!this.#hasPeer && !isFindable())
        this.#end('abandoned', 'its data directory is gone');
      else this.#look();
    });
  }

  #end(how: 'retired' | 'abandoned', why: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#deadline?.cancel();
    this.#options.end(how, why);
  }
}
