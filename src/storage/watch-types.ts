/** What a watch says to its subscribers, and what it asks of the log. */
import type { LogIndex } from '../base/brand.ts';
import type { DiskError } from '../base/ports.ts';
import type { Result } from '../base/result.ts';
import type { WatchEvent } from '../model/reading.ts';

/** Why a subscription ended without its subscriber's wish. `gone`: the log begins later by now. */
export type WatchEnd =
  | { readonly kind: 'closed' }
  | { readonly kind: 'gone'; readonly firstIndex: LogIndex }
  | { readonly kind: 'failed'; readonly error: DiskError };

export interface Subscriber {
  /** Takes one event; call `next` for the one after it. */
  receive(event: WatchEvent, next: () => void): void;
  /** Nothing comes any more. Not called after `cancel`. */
  ended(end: WatchEnd): void;
}

export interface Backlog {
  readonly events: readonly WatchEvent[];
  /** Read up to here: entries without a record (no-ops) are no events. */
  readonly through: LogIndex;
}

/**
 * Committed records of the log from index `from` on, as many as make `maxBytes` but at least one,
 * if there is one entry. It is asked only for what was published, so there is.
 */
export type ReadCommitted = (
  from: LogIndex,
  maxBytes: number,
  done: (result: Result<Backlog, WatchEnd>) => void,
) => void;

export interface WatchSettings {
  readonly subscribersMax: number;
  /** Events that wait for one subscriber in memory; further ones it reads from the log. */
  readonly queueMax: number;
  /** Payload of the log that one subscriber reads at a time. */
  readonly backlogBytes: number;
}
