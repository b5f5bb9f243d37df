/**
 * One subscription: a bounded queue, and the index up to which it was filled (`tail`). While the
 * tail is the newest record, new records are queued as they come. When the queue is full they are
 * not, the tail falls behind, and once the queue is empty the log fills it again.
 *
 * Invariants: W1 and W2 of watch.ts, and
 *   Q1  The queue holds every event in (last delivered, tail], and none other.
 *   Q2  At most one delivery and one read of the log are under way, never both.
 */
import { assert } from '../base/assert.ts';
import { type LogIndex, logIndex } from '../base/brand.ts';
import type { Cancellable, Clock } from '../base/ports.ts';
import type { WatchEvent } from '../model/reading.ts';
import type { Backlog, ReadCommitted, Subscriber, WatchEnd, WatchSettings } from './watch-types.ts';

export class Watcher implements Cancellable {
  readonly #clock: Clock;
  readonly #readCommitted: ReadCommitted;
  readonly #settings: WatchSettings;
  readonly #subscriber: Subscriber;
  readonly #newest: () => LogIndex;
  readonly #left: () => void;
  #queue: WatchEvent[] = [];
  #tail: LogIndex;
  #busy = false;
  #over = false;

  constructor(given: {
    readonly clock: Clock;
    readonly readCommitted: ReadCommitted;
    readonly settings: WatchSettings;
    readonly subscriber: Subscriber;
    readonly after: LogIndex;
    /** The newest record that was published. */
    readonly newest: () => LogIndex;
    /** The subscription is over, for whatever reason. */
    readonly left: () => void;
  }) {
    this.#clock = given.clock;
    this.#readCommitted = given.readCommitted;
    this.#settings = given.settings;
    this.#subscriber = given.subscriber;
    this.#tail = given.after;
    this.#newest = given.newest;
    this.#left = given.left;
  }

  start(): void {
    this.#later();
  }

  cancel(): void {
    if (this.#over) return;
    this.#over = true;
    this.#queue = [];
    this.#left();
  }

  /** Nothing comes any more, without the subscriber's wish. */
  end(why: WatchEnd): void {
    if (this.#over) return;
    this.cancel();
    this.#subscriber.ended(why);
  }

  /** A new record; `before` is the one before it. It is queued if the queue reaches up to there. */
  offer(event: WatchEvent, before: LogIndex): void {
    if (this.#tail < before || event.index <= this.#tail) return;
    if (this.#queue.length >= this.#settings.queueMax) return;
    this.#queue.push(event);
    this.#tail = event.index;
    this.#later();
  }

  /** Goes on after the present call stack: nobody is called from within `publish` or `next`. */
  #later(): void {
    if (this.#busy || this.#over) return;
    this.#busy = true;
    this.#clock.soon(() => {
      this.#busy = false;
      this.#advance();
    });
  }

  #advance(): void {
    if (this.#over) return;
    const event = this.#queue.shift();
    if (event !== undefined) this.#deliver(event);
    else if (this.#tail < this.#newest()) this.#readLog();
  }

  #deliver(event: WatchEvent): void {
    this.#busy = true;
    let asked = false;
    this.#subscriber.receive(event, () => {
      assert(!asked, 'W2: a subscriber asks once for the next event');
      asked = true;
      this.#busy = false;
      this.#later();
    });
  }

  #readLog(): void {
    this.#busy = true;
    const from = logIndex(this.#tail + 1);
    this.#readCommitted(from, this.#settings.backlogBytes, (read) => {
      this.#busy = false;
      if (this.#over) return;
      if (!read.ok) {
        this.end(read.error);
        return;
      }
      this.#fill(read.value);
    });
  }

  /** The log may be ahead of what this node has applied: that part comes by `offer` (W3). */
  #fill({ events, through }: Backlog): void {
    const newest = this.#newest();
    const last = through < newest ? through : newest;
    assert(last > this.#tail, 'W1: what was published can be read');
    this.#queue = events.filter(({ index }) => index <= last);
    this.#tail = last;
    this.#later();
  }
}
