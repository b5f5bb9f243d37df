/**
 * Queries: what people read of the ledger. Every query sees what was committed before it was asked,
 * on disk or not: it looks into the ledger's windows, then at the disk, and lets the window speak
 * where both know something. Pages may be shorter than asked; a cursor of null says that it is
 * over.
 */
import type { Namespace, RunId } from '../base/brand.ts';
import type { DiskError } from '../base/ports.ts';
import { ok, type Result } from '../base/result.ts';
import type { EndedRun } from '../model/ended-run.ts';
import { runKey } from '../model/keys.ts';
import type { Page, RunQuery } from '../model/reading.ts';
import { type RunRow, runHasEnded } from '../model/run.ts';
import type { Ledger } from './ledger.ts';
import { endedKey, pad, runKeyOfRow, runPosition, runsPrefix } from './ledger-keys.ts';
import type { LedgerStore, ValueRow } from './ledger-store.ts';
import type { LedgerWindow } from './ledger-window.ts';

type Done<T> = (result: Result<T, DiskError>) => void;

const rowsPerScan = 256;

/** Rows that one page may read to find runs of the wanted statuses; then it ends where it is. */
export const rowsReadPerPageMax = 4_096;

/** The packed run, or undefined when it is live, or was never there, or is forgotten. */
export function endedRun(
  ledger: Ledger,
  which: { readonly namespace: Namespace; readonly runId: RunId },
  done: Done<EndedRun | undefined>,
): void {
  const key = runKey(which.namespace, which.runId);
  const said = newestWord(ledger.windows(), key);
  if (said === undefined) ledger.store.read<EndedRun>(endedKey(key), done);
  else ledger.soon(() => done(ok(said ?? undefined)));
}

/**
 * Runs from the newest (by creation) to the oldest: the ended ones of the ledger and `liveRuns`,
 * the rows of all runs that are live at the asker's applied index. Where both have a run, it is
 * live.
 */
export function listRuns(
  ledger: Ledger,
  query: RunQuery,
  liveRuns: Iterable<RunRow>,
  done: Done<Page<RunRow>>,
): void {
  const near = nearRuns(ledger.windows(), query, liveRuns);
  const wantsEnded = query.statuses === null || query.statuses.some(runHasEnded);
  if (!wantsEnded) {
    ledger.soon(() => done(ok(pageOf(query, near.runs, undefined))));
    return;
  }
  farRuns({ store: ledger.store, query, known: near.known }, (far) =>
    done(far.ok ? ok(pageOf(query, [...near.runs, ...far.value.runs], far.value.stoppedAt)) : far),
  );
}

/** What the newest window that knows of the run says: packed, null for "not there", or nothing. */
function newestWord(windows: readonly LedgerWindow[], run: string): EndedRun | null | undefined {
  for (const window of windows.toReversed()) {
    const said = window.packed(run);
    if (said !== undefined) return said;
  }
  return undefined;
}

interface NearRuns {
  readonly runs: readonly RunRow[];
  /** Keys of runs of which memory has the last word: what the disk says of them is old. */
  readonly known: ReadonlySet<string>;
}

/** Runs that are in memory: live, or ended in a window that is not on disk yet. */
function nearRuns(
  windows: readonly LedgerWindow[],
  query: RunQuery,
  liveRuns: Iterable<RunRow>,
): NearRuns {
  const known = new Set<string>();
  const runs: RunRow[] = [];
  for (const run of liveRuns) {
    if (run.namespace !== query.namespace) continue;
    known.add(runKeyOfRow(run));
    if (matches(query, run)) runs.push(run);
  }
  for (const window of windows.toReversed()) {
    for (const key of [...window.verdicts.keys(), ...window.forgotten]) {
      if (known.has(key)) continue;
      known.add(key);
      const packed = window.packed(key);
      if (packed && matches(query, packed.run)) runs.push(packed.run);
    }
  }
  return { runs, known };
}

function matches(query: RunQuery, run: RunRow): boolean {
  if (run.namespace !== query.namespace) return false;
  if (query.dagId !== null && run.dagId !== query.dagId) return false;
  if (query.statuses !== null && !query.statuses.includes(run.status)) return false;
  if (query.since !== null && run.createdAt < query.since) return false;
  return query.cursor === null || runPosition(run) < query.cursor;
}

interface FarRuns {
  readonly runs: readonly RunRow[];
  /** Position up to which rows were read, when there may be more behind it. */
  readonly stoppedAt: string | undefined;
}

/** Ended runs of the disk: one more than the page holds, or all, or as many as a page may read. */
function farRuns(
  given: {
    readonly store: LedgerStore;
    readonly query: RunQuery;
    readonly known: ReadonlySet<string>;
  },
  done: Done<FarRuns>,
): void {
  const { store, query, known } = given;
  const prefix = runsPrefix(query.namespace, query.dagId);
  const from = `${prefix}/${query.since === null ? '' : pad(query.since)}`;
  const runs: RunRow[] = [];
  let rowsRead = 0;
  const next = (to: string): void =>
    store.scan<RunRow>({ from, to, limit: rowsPerScan, reverse: true }, (found) => {
      if (!found.ok) {
        done(found);
        return;
      }
      runs.push(...wanted(found.value, query, known));
      rowsRead += found.value.length;
      const last = found.value[rowsPerScan - 1];
      if (last === undefined) done(ok({ runs, stoppedAt: undefined }));
      else if (runs.length <= query.limit && rowsRead < rowsReadPerPageMax) next(last.key);
      else done(ok({ runs, stoppedAt: last.key.slice(prefix.length + 1) }));
    });
  next(query.cursor === null ? `${prefix}0` : `${prefix}/${query.cursor}`);
}

const wanted = (
  rows: readonly ValueRow<RunRow>[],
  query: RunQuery,
  known: ReadonlySet<string>,
): readonly RunRow[] =>
  rows.map((row) => row.value).filter((run) => !known.has(runKeyOfRow(run)) && matches(query, run));

/** Runs below `stoppedAt` may have company that was not read: they wait for the next page. */
function pageOf(
  query: RunQuery,
  runs: readonly RunRow[],
  stoppedAt: string | undefined,
): Page<RunRow> {
  const sorted = runs
    .map((run) => ({ run, position: runPosition(run) }))
    .filter(({ position }) => stoppedAt === undefined || position >= stoppedAt)
    .sort((a, b) => (a.position < b.position ? 1 : -1));
  const page = sorted.slice(0, query.limit);
  const items = page.map(({ run }) => run);
  if (sorted.length > page.length) return { items, cursor: page.at(-1)?.position ?? query.cursor };
  return { items, cursor: stoppedAt ?? null };
}
