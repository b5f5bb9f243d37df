/**
 * A window: what was committed since the last batch, coalesced. A row that changed three times
 * stands in it once; a row that came and went within it does not stand in it at all.
 *
 * Owns: references to rows, packed runs and events that are not yet on disk. Readers look here
 * first.
 * Does not own: keys of values on disk, positions in a history: those are found when it is written.
 *
 * Invariants:
 *   D1  Applied over what was there before the window, `live` gives the live rows after it.
 *   D2  A run's verdict and `forgotten` say all that the window did to the packed run.
 *   D3  Events are whole records: no record's events are split over two windows.
 */
import { assert, present } from '../base/assert.ts';
import { type LogIndex, logIndex, type WallMs, wallMs } from '../base/brand.ts';
import type { EndedRun } from '../model/ended-run.ts';
import { mapKey, taskKey } from '../model/keys.ts';
import type { ExpansionRow } from '../model/map.ts';
import type { OutputRow } from '../model/output.ts';
import type { RunEvent } from '../model/reading.ts';
import type { Decision } from '../model/record.ts';
import type { RunRow } from '../model/run.ts';
import type { Applied } from '../model/state.ts';
import type { TaskRow } from '../model/task-instance.ts';
import { eventOf } from './ledger-history.ts';
import { liveKey } from './ledger-keys.ts';

/** One committed record and what applying its facts, in their order, did to the state. */
export interface LedgerCommit {
  readonly index: LogIndex;
  readonly at: WallMs;
  /** Of the record; 1 unless said. */
  readonly version?: number;
  readonly decisions: readonly Decision[];
  readonly applied: readonly Applied[];
}

export interface LiveEntry {
  /** Null: gone. */
  readonly row: unknown;
  /** There was no such row before the window: its end within the window leaves no trace. */
  readonly born: boolean;
}

/** What became of a packed run. `restarted`: a rerun put its rows back among the live ones. */
export type Verdict =
  | { readonly kind: 'ended'; readonly packed: EndedRun }
  | { readonly kind: 'restarted'; readonly run: RunRow };

export class LedgerWindow {
  /** By key of the store. */
  readonly live = new Map<string, LiveEntry>();
  /** By run key, like the three below. */
  readonly verdicts = new Map<string, Verdict>();
  /** Runs whose packed value and history must go before anything else of the window is written. */
  readonly forgotten = new Set<string>();
  /** Runs that have no history before this window. */
  readonly fresh = new Set<string>();
  readonly events = new Map<string, RunEvent[]>();
  #eventCount = 0;
  #index = logIndex(0);
  #at = wallMs(0);
  #format = 1;

  /** The last record in it; 0 while there is none. */
  get index(): LogIndex {
    return this.#index;
  }

  /** When the last record was made. */
  get at(): WallMs {
    return this.#at;
  }

  /** The newest version among its records. */
  get format(): number {
    return this.#format;
  }

  /** Rows, runs and events that it holds: what its memory and its batch grow with. */
  get size(): number {
    return this.live.size + this.verdicts.size + this.forgotten.size + this.#eventCount;
  }

  add(commit: LedgerCommit): void {
    assert(commit.index > this.#index, 'records are handed over in order of index');
    this.#index = commit.index;
    this.#at = commit.at;
    this.#format = Math.max(this.#format, commit.version ?? 1);
    let position = 0;
    for (const decision of commit.decisions) {
      for (const fact of decision.facts) {
        const applied = present(commit.applied[position++], 'every fact was applied');
        this.#note(applied);
        const told = eventOf(fact, { index: commit.index, at: commit.at, decision });
        if (told !== undefined) this.#remember(told.run, told.event);
      }
    }
    assert(position === commit.applied.length, 'what was applied is what was decided');
  }

  /** The packed run, null when the window took it away, undefined when the window says nothing. */
  packed(run: string): EndedRun | null | undefined {
    const verdict = this.verdicts.get(run);
    if (verdict !== undefined) return verdict.kind === 'ended' ? verdict.packed : null;
    return this.forgotten.has(run) ? null : undefined;
  }

  #note({ change, ended }: Applied): void {
    const { fact } = change;
    const isNew = change.before === null;
    if (fact.table !== 'run') this.#put(liveKey(fact.table, fact.key), fact.row, isNew);
    else if (fact.row === null) this.#forget(fact.key, isNew);
    else if (ended !== undefined) this.#archive(fact.key, ended, isNew);
    else this.#putRun(fact.key, fact.row, isNew);
  }

  /** `isNew`: there was no such row before this fact. */
  #put(key: string, row: unknown, isNew: boolean): void {
    const born = this.live.get(key)?.born ?? isNew;
    if (row === null && born) this.live.delete(key);
    else this.live.set(key, { row, born });
  }

  /** A run that was not live is a new one, or a rerun, which ends the packed value's time. */
  #putRun(key: string, row: RunRow, isNew: boolean): void {
    this.#put(liveKey('run', key), row, isNew);
    if (!isNew) return;
    if (row.generation === 1) this.fresh.add(key);
    else this.verdicts.set(key, { kind: 'restarted', run: row });
  }

  #archive(key: string, ended: EndedRun, isNew: boolean): void {
    this.#put(liveKey('run', key), null, isNew);
    for (const row of ended.tasks) this.#put(liveKey('task', keyOfTaskRow(row)), null, false);
    for (const row of ended.outputs) this.#put(liveKey('output', keyOfTaskRow(row)), null, false);
    for (const row of ended.expansions ?? []) {
      this.#put(liveKey('expansion', mapKey(row.namespace, row.runId, row.mapId)), null, false);
    }
    this.verdicts.set(key, { kind: 'ended', packed: inOrder(ended) });
  }

  #forget(key: string, isNew: boolean): void {
    this.#put(liveKey('run', key), null, isNew);
    this.verdicts.delete(key);
    this.#eventCount -= this.events.get(key)?.length ?? 0;
    this.events.delete(key);
    this.forgotten.add(key);
    this.fresh.add(key);
  }

  #remember(run: string, event: RunEvent): void {
    const events = this.events.get(run);
    if (events === undefined) this.events.set(run, [event]);
    else events.push(event);
    this.#eventCount++;
  }
}

const keyOfTaskRow = (row: TaskRow | OutputRow): string =>
  taskKey(row.namespace, row.runId, row.taskId, row.mapIndex);

/**
 * The state keeps rows in the order in which they came, and a restart changes that order; packed,
 * they are the same on every node.
 */
const inOrder = ({ run, tasks, outputs, expansions }: EndedRun): EndedRun => ({
  run,
  tasks: tasks.toSorted(byTask),
  outputs: outputs.toSorted(byTask),
  ...(expansions && { expansions: expansions.toSorted(byMap) }),
});

const byMap = (a: ExpansionRow, b: ExpansionRow): number => (a.mapId < b.mapId ? -1 : 1);

function byTask(a: TaskRow | OutputRow, b: TaskRow | OutputRow): number {
  if (a.taskId === b.taskId) return a.mapIndex - b.mapIndex;
  return a.taskId < b.taskId ? -1 : 1;
}
