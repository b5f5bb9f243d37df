/**
 * Fills appends with their entries: from the cache, and from the store for a follower that is far
 * behind.
 */
import type { Wire } from '../actors/wire.ts';
import { type LogIndex, logIndex } from '../base/brand.ts';
import type { DiskError } from '../base/ports.ts';
import type { LogCache } from './driver-cache.ts';
import { raftInbox, wireAppend } from './driver-messages.ts';
import type { Entry, LogStore } from './log-store.ts';
import type { SendAppend } from './types.ts';

export interface DriverAppendsOptions {
  readonly cache: LogCache;
  readonly store: LogStore;
  readonly wire: Wire;
  readonly maxAppendBytes: number;
  readonly maxEntryBytes: number;
  /** Whether this node still leads in the term of the append. */
  readonly isCurrent: (append: SendAppend) => boolean;
  readonly failed: (error: DiskError) => void;
}

export class DriverAppends {
  readonly #options: DriverAppendsOptions;

  constructor(options: DriverAppendsOptions) {
    this.#options = options;
  }

  send(append: SendAppend): void {
    const { cache, store, maxAppendBytes, maxEntryBytes } = this.#options;
    const maxBytes = append.cut ? maxAppendBytes : maxAppendBytes + maxEntryBytes;
    const range = { from: logIndex(append.prevIndex + 1), to: append.lastIndex, maxBytes };
    const cached = range.from > range.to ? [] : cache.range(range);
    if (cached !== undefined) {
      this.#transmit(append, cached);
      return;
    }
    store.read(range, (result) => {
      // Another term may have replaced the entries while they were read.
      if (!this.#options.isCurrent(append)) return;
      if (!result.ok) this.#options.failed(result.error);
      else if (follows(result.value, range.from)) this.#transmit(append, result.value);
    });
  }

  #transmit(append: SendAppend, entries: readonly Entry[]): void {
    const lane = entries.length === 0 ? 'control' : 'bulk';
    this.#options.wire.send(append.to, raftInbox, lane, wireAppend(append, entries));
  }
}

/** A purge that overtook the read leaves nothing: the core learns by the silence, and probes. */
const follows = (entries: readonly Entry[], from: LogIndex): boolean => entries[0]?.index === from;
