/**
 * The ground of a window: the few things that must be read from disk before the window can be
 * written. Where a run's history ends, if that is not in memory (a rerun, or the first event after
 * a restart); and which keys a forgotten run has.
 */
import type { DiskError } from '../base/ports.ts';
import { ok, type Result } from '../base/result.ts';
import type { EndedRun } from '../model/ended-run.ts';
import { endedKey, positionOfHistoryKey, runIndexKeys, under } from './ledger-keys.ts';
import type { LedgerStore } from './ledger-store.ts';
import type { LedgerWindow } from './ledger-window.ts';

export interface Ground {
  /** By run key: how many events the run's history has on disk. */
  readonly historyLengths: ReadonlyMap<string, number>;
  /** Keys to delete before anything of the window is written. */
  readonly staleKeys: readonly string[];
}

type Done<T> = (result: Result<T, DiskError>) => void;

/** Keys that one scan of a forgotten run's history gathers. */
const stalePageRows = 64;

export function findGround(
  given: {
    readonly store: LedgerStore;
    readonly window: LedgerWindow;
    /** Lengths known from earlier windows. */
    readonly known: ReadonlyMap<string, number>;
  },
  done: Done<Ground>,
): void {
  const { store, window, known } = given;
  const historyLengths = new Map<string, number>();
  const staleKeys: string[] = [];
  const unknown: string[] = [];
  for (const run of window.events.keys()) {
    const length = window.fresh.has(run) ? 0 : known.get(run);
    if (length === undefined) unknown.push(run);
    else historyLengths.set(run, length);
  }
  const measure = (run: string, next: Done<void>): void =>
    historyLength(store, run, (length) => {
      if (length.ok) historyLengths.set(run, length.value);
      next(length.ok ? ok(undefined) : length);
    });
  const forget = (run: string, next: Done<void>): void => gatherStale(store, run, staleKeys, next);
  eachInTurn([...window.forgotten], forget, (forgotten) => {
    if (!forgotten.ok) done(forgotten);
    else
      eachInTurn(unknown, measure, (measured) =>
        done(measured.ok ? ok({ historyLengths, staleKeys }) : measured),
      );
  });
}

/** The position of a run's last event on disk; 0 when it has none. */
function historyLength(store: LedgerStore, run: string, done: Done<number>): void {
  const range = { ...under(`history/${run}`), limit: 1, reverse: true };
  store.scan<unknown>(range, (found) => {
    if (!found.ok) done(found);
    else done(ok(positionOfHistoryKey(found.value[0]?.key ?? '0')));
  });
}

/** Adds to `keys` every key of `run` outside the live rows. */
function gatherStale(store: LedgerStore, run: string, keys: string[], done: Done<void>): void {
  const history = (from: string): void =>
    store.scan<unknown>({ ...under(`history/${run}`), from, limit: stalePageRows }, (page) => {
      if (!page.ok) {
        done(page);
        return;
      }
      for (const row of page.value) keys.push(row.key);
      const last = page.value[stalePageRows - 1];
      if (last === undefined) done(ok(undefined));
      else history(`${last.key}~`);
    });
  store.read<EndedRun>(endedKey(run), (packed) => {
    if (!packed.ok) {
      done(packed);
      return;
    }
    if (packed.value !== undefined) keys.push(endedKey(run), ...runIndexKeys(packed.value.run));
    history(under(`history/${run}`).from);
  });
}

/** Does `step` for each item, one after the other, and stops at the first error. */
function eachInTurn<T>(
  items: readonly T[],
  step: (item: T, next: Done<void>) => void,
  done: Done<void>,
  at = 0,
): void {
  const item = items[at];
  if (item === undefined) {
    done(ok(undefined));
    return;
  }
  step(item, (result) => (result.ok ? eachInTurn(items, step, done, at + 1) : done(result)));
}
