/**
 * Watch: committed records to whoever wants to hear them, in order, without a gap, from any log
 * index on. New records are handed over from memory; whoever falls behind, or begins in the past,
 * is fed from the Raft log until it has caught up. So nobody is dropped, and nobody costs memory.
 *
 * Owns: a bounded queue per subscriber.
 * Does not own: the log (`readCommitted`), or how a subscriber gets its bytes.
 *
 * Invariants:
 *   W1  A subscriber gets every record behind the index where it began, once, in order of index.
 *   W2  It gets the next one only after it has asked for it.
 *   W3  Nobody hears of a record that this node has not applied yet.
 */
import { assert } from '../base/assert.ts';
import type { LogIndex } from '../base/brand.ts';
import type { Cancellable, Clock } from '../base/ports.ts';
import { fail, ok, type Result } from '../base/result.ts';
import type { WatchEvent } from '../model/reading.ts';
import type { ReadCommitted, Subscriber, WatchSettings } from './watch-types.ts';
import { Watcher } from './watch-watcher.ts';

export const watchDefaults: WatchSettings = {
  subscribersMax: 1_000,
  queueMax: 256,
  backlogBytes: 256 * 1024,
};

export class Watch {
  readonly #watchers = new Set<Watcher>();
  readonly #options: {
    readonly clock: Clock;
    readonly readCommitted: ReadCommitted;
    readonly settings: WatchSettings;
  };
  #newest: LogIndex;

  /** `appliedIndex`: what this node has applied by now; records up to it are in the log. */
  constructor(options: {
    readonly clock: Clock;
    readonly readCommitted: ReadCommitted;
    readonly settings: WatchSettings;
    readonly appliedIndex: LogIndex;
  }) {
    this.#options = options;
    this.#newest = options.appliedIndex;
  }

  get subscribers(): number {
    return this.#watchers.size;
  }

  /** The log is closed: everybody comes again, and finds whoever serves then. */
  close(): void {
    for (const watcher of [...this.#watchers]) watcher.end({ kind: 'closed' });
  }

  /** Every applied record, in order of index, as soon as it is applied. */
  publish(event: WatchEvent): void {
    assert(event.index > this.#newest, 'W1: records are published in order of index');
    const before = this.#newest;
    this.#newest = event.index;
    for (const watcher of this.#watchers) watcher.offer(event, before);
  }

  /** Records behind `after`, which may lie in the future. Refused when there are too many. */
  subscribe(
    after: LogIndex,
    subscriber: Subscriber,
  ): Result<Cancellable, { readonly kind: 'too-many'; readonly subscribersMax: number }> {
    const { clock, readCommitted, settings } = this.#options;
    const { subscribersMax } = settings;
    if (this.#watchers.size >= subscribersMax) return fail({ kind: 'too-many', subscribersMax });
    const watcher = new Watcher({
      clock,
      readCommitted,
      settings,
      after,
      subscriber,
      newest: () => this.#newest,
      left: () => this.#watchers.delete(watcher),
    });
    this.#watchers.add(watcher);
    watcher.start();
    return ok(watcher);
  }
}
