/** The events of a run, oldest first: the chunks of the disk, then what the windows hold. */
import type { Namespace, RunId } from '../base/brand.ts';
import type { DiskError } from '../base/ports.ts';
import { ok, type Result } from '../base/result.ts';
import { runKey } from '../model/keys.ts';
import type { Page, RunEvent } from '../model/reading.ts';
import type { Ledger } from './ledger.ts';
import { historyKey, positionOfHistoryKey, under } from './ledger-keys.ts';
import type { LedgerStore, ValueRow } from './ledger-store.ts';
import type { LedgerWindow } from './ledger-window.ts';

type Done<T> = (result: Result<T, DiskError>) => void;

export interface EventsQuery {
  readonly namespace: Namespace;
  readonly runId: RunId;
  /** Position of the last event that is already known; 0 for the begin. */
  readonly after: number;
  readonly limit: number;
}

/** Events with consecutive positions; `last` is that of the last one. */
interface Stretch {
  readonly events: readonly RunEvent[];
  readonly last: number;
}

/** Chunks that one page reads at most: its memory. The page ends there, with a cursor. */
const chunksPerPageMax = 64;

/**
 * The events behind `after`. The item with offset k has the position `after + 1 + k`; the cursor is
 * the position to go on behind, and null when there are no more events now.
 */
export function runEvents(ledger: Ledger, query: EventsQuery, done: Done<Page<RunEvent>>): void {
  const run = runKey(query.namespace, query.runId);
  const near = nearEvents(ledger.windows(), run);
  if (near.fromTheBegin) {
    const all = { events: near.events, last: near.events.length };
    ledger.soon(() => done(ok(pageOf(query, all, 'all'))));
    return;
  }
  const from = historyKey(run, query.after + 1);
  const limit = Math.min(query.limit, chunksPerPageMax);
  ledger.store.scan<readonly RunEvent[]>({ ...under(`history/${run}`), from, limit }, (found) => {
    if (!found.ok) {
      done(found);
      return;
    }
    const far = stretchOf(found.value);
    if (far !== undefined && found.value.length === limit) {
      done(ok(pageOf(query, far, 'more')));
    } else if (far !== undefined) {
      done(ok(pageOf(query, joined(far, near.events), 'all')));
    } else {
      endOfHistory(ledger.store, run, (end) =>
        done(end.ok ? ok(pageOf(query, joined(end.value, near.events), 'all')) : end),
      );
    }
  });
}

interface NearEvents {
  readonly events: readonly RunEvent[];
  /** The run was forgotten or made in a window: what the disk has is another run's. */
  readonly fromTheBegin: boolean;
}

function nearEvents(windows: readonly LedgerWindow[], run: string): NearEvents {
  let events: readonly RunEvent[] = [];
  let fromTheBegin = false;
  for (const window of windows) {
    const fresh = window.fresh.has(run);
    events = [...(fresh ? [] : events), ...(window.events.get(run) ?? [])];
    fromTheBegin ||= fresh;
  }
  return { events, fromTheBegin };
}

/** Chunks of consecutive positions; the first may begin before the position that was asked for. */
function stretchOf(chunks: readonly ValueRow<readonly RunEvent[]>[]): Stretch | undefined {
  const last = chunks.at(-1);
  if (last === undefined) return undefined;
  return {
    events: chunks.flatMap((chunk) => chunk.value),
    last: positionOfHistoryKey(last.key),
  };
}

/** The newest chunk on disk, which may be what the asker already knows. */
function endOfHistory(store: LedgerStore, run: string, done: Done<Stretch>): void {
  const range = { ...under(`history/${run}`), limit: 1, reverse: true };
  store.scan<readonly RunEvent[]>(range, (found) =>
    done(found.ok ? ok(stretchOf(found.value) ?? { events: [], last: 0 }) : found),
  );
}

/**
 * What the disk has and what the windows had when the question came; a window that was written in
 * between is in both. Windows hold whole records (D3), so the log index tells.
 */
function joined(far: Stretch, near: readonly RunEvent[]): Stretch {
  const newest = far.events.at(-1)?.index ?? 0;
  const more = near.filter((event) => event.index > newest);
  return { events: [...far.events, ...more], last: far.last + more.length };
}

function pageOf(query: EventsQuery, stretch: Stretch, extent: 'more' | 'all'): Page<RunEvent> {
  const first = stretch.last - stretch.events.length + 1;
  const skipped = Math.max(0, query.after + 1 - first);
  const items = stretch.events.slice(skipped, skipped + query.limit);
  const end = query.after + items.length;
  return { items, cursor: extent === 'more' || end < stretch.last ? String(end) : null };
}
