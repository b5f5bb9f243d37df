/** Committed entries for people who follow the log: from the cache, or from the store. */
import { type LogIndex, logIndex } from '../base/brand.ts';
import type { Clock, DiskError } from '../base/ports.ts';
import { fail, ok, type Result } from '../base/result.ts';
import type { LogCache } from './driver-cache.ts';
import type { Entry, LogStore } from './log-store.ts';
import type { CoreView } from './raft.ts';

export interface CommittedRange {
  readonly from: LogIndex;
  readonly maxBytes: number;
}

/** Empty when there are none yet; `gone` names the first entry when the log begins later. */
export type CommittedDone = (
  result: Result<readonly Entry[], DiskError | { readonly gone: LogIndex }>,
) => void;

interface Sources {
  readonly clock: Clock;
  readonly store: LogStore;
  readonly cache: LogCache;
  readonly view: Readonly<CoreView>;
}

export function readCommitted(sources: Sources, range: CommittedRange, done: CommittedDone): void {
  const { clock, store, cache, view } = sources;
  const { from, maxBytes } = range;
  const first = logIndex(view.log.base.index + 1);
  if (from < first) {
    clock.soon(() => done(fail({ gone: first })));
    return;
  }
  const wanted = { from, to: logIndex(Math.min(view.commit, view.durable)), maxBytes };
  const found = from > wanted.to ? [] : cache.range(wanted);
  if (found === undefined) store.read(wanted, done);
  else clock.soon(() => done(ok(found)));
}
