/**
 * The Raft log on disk: term, vote and entries in one synced LevelDB batch, and a durable head
 * beside it. A batch is acknowledged when both are durable (F1), and nothing is sent before that.
 *
 * It owns: the store `log` and the slot file `head`, the proof at open that both are whole, and the
 * order of writes. It does not own what the entries mean, when they are committed or given up, or
 * whether this node may vote: a fault is a value, and the node decides to stop.
 *
 * Invariants:
 * L1. One write at a time; the driver gathers while one is under way.
 * L2. The log is contiguous from the entry behind its base, terms never fall, and each entry's CRC
 *     covers the CRC of the entry before it.
 * L3. The term never falls, and a vote never changes within a term (I7).
 * L4. After an error nothing is written any more: LevelDB may bring a rejected batch back (P37).
 * L5. The base only moves up, to an entry that is durable; its place and the configuration as of it
 *     are written by the batch that gives the entries up (P55).
 */
import { assert } from '../base/assert.ts';
import { type LogIndex, logIndex } from '../base/brand.ts';
import type { Clock, Disk, DiskError, Store } from '../base/ports.ts';
import { fail, ok, type Result } from '../base/result.ts';
import type { Entry, LogBase, LogBatch, LogStore, StoredLog } from '../raft/log-store.ts';
import type { Members } from '../raft/members.ts';
import { DiskFailure } from './disk-failure.ts';
import { type DurableHead, type HeadRecord, judge, openDurableHead } from './durable-head.ts';
import { entryKey } from './keyspace.ts';
import { adoptBase } from './log-adopt.ts';
import { membersAsOf } from './log-base.ts';
import { faultOf, type LogFault } from './log-fault.ts';
import { emptyMark, endOf, type LogMark, type LogPlace, placeOf } from './log-mark.ts';
import { type LogState, planBatch, purgeEntriesMax } from './log-plan.ts';
import { type ReadRange, readEntries } from './log-read.ts';
import { decodeEntry, placeOfEntry } from './log-rows.ts';
import { type ScannedLog, scanLog } from './log-scan.ts';

const storeName = 'log';
const headName = 'head';

/** What of a directory is the Raft log's: names of a `Disk`. */
export const logNames = [storeName, headName] as const;

export interface OpenLogOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  /** False as soon as the identity file says that the stores were made: then the log is there. */
  readonly create: boolean;
  /** The first configuration of the cluster: that of a log which begins at index 0. */
  readonly members: Members;
  /** Where the ledger stands since a snapshot was installed: the log begins there, or later. */
  readonly startAt?: LogBase | undefined;
}

/** A `LogStore` that can be closed in an orderly way, once no write is under way. */
export interface DurableLog extends LogStore {
  close(done: () => void): void;
}

type Opened = Result<DurableLog, LogFault>;
type Done = (error: DiskError | undefined) => void;

/** Opens the log, proves it, and has the head confirm what was found before `done` is called. */
export function openLogStore(options: OpenLogOptions, done: (result: Opened) => void): void {
  const { disk, clock, create } = options;
  // The store comes first: its lock keeps a second process from the head as well.
  disk.openStore(storeName, { create }, (opened) => {
    if (!opened.ok) {
      done(fail(faultOf(opened.error, 'its store')));
      return;
    }
    const store = opened.value;
    const refuse = (fault: LogFault): void => store.close(() => done(fail(fault)));
    scanLog({ store, first: options.members }, (scanned) => {
      if (!scanned.ok) {
        refuse(scanned.error);
        return;
      }
      openDurableHead({ disk, clock, name: headName, create }, (found) => {
        if (!found.ok) refuse(faultOf(found.error, 'its head'));
        else confirmOpen({ options, store, scanned: scanned.value, ...found.value }, done);
      });
    });
  });
}

/** The last steps of opening: what was found, or adopted, becomes what the head vouches for. */
function confirmOpen(
  parts: {
    readonly options: OpenLogOptions;
    readonly store: Store;
    readonly scanned: ScannedLog;
    readonly head: DurableHead;
    readonly found: HeadRecord | undefined;
  },
  done: (result: Opened) => void,
): void {
  const { store, scanned, head } = parts;
  const { clock, startAt } = parts.options;
  const refuse = (fault: LogFault): void => head.close(() => store.close(() => done(fail(fault))));
  const finish = (log: ScannedLog): void => done(ok(new LevelLog({ store, clock, head, log })));
  const fault = headFault(parts.found, scanned.mark);
  if (fault !== undefined) {
    refuse(fault);
    return;
  }
  head.confirm(scanned.mark, (error) => {
    if (error !== undefined) {
      refuse(faultOf(error, 'its head'));
    } else if (startAt === undefined) {
      finish(scanned);
    } else {
      adoptBase({ store, head, log: scanned, startAt }, (adopted) => {
        if (adopted.ok) finish(adopted.value);
        else refuse(adopted.error);
      });
    }
  });
}

function headFault(head: HeadRecord | undefined, log: LogMark): LogFault | undefined {
  const verdict = judge(head, log);
  if (verdict.kind === 'agrees') return undefined;
  if (verdict.kind === 'corrupt') return { kind: 'corrupt', where: 'its head', what: verdict.what };
  return { kind: 'rolled-back', head: head?.acknowledged ?? emptyMark, log };
}

class LevelLog implements DurableLog {
  readonly found: StoredLog;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #head: DurableHead;
  #state: LogState;
  #writing = false;
  #whenWritten: (() => void) | undefined;
  #closed = false;
  /** Counts truncations, so that a read can tell that one has overtaken it. */
  #truncations = 0;
  #truncating = false;
  /** Entries up to here are given up, or are being given up. */
  #purging: LogIndex;
  #failure: DiskError | undefined;

  constructor(parts: {
    readonly store: Store;
    readonly clock: Clock;
    readonly head: DurableHead;
    readonly log: ScannedLog;
  }) {
    const { mark, base, terms, members } = parts.log;
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#head = parts.head;
    this.#state = { mark, base, members };
    this.#purging = base.index;
    const { term, vote, lastIndex } = mark;
    this.found = { hardState: { term, vote }, base, lastIndex, terms, members };
  }

  get baseIndex(): LogIndex {
    return this.#state.base.index;
  }

  write(batch: LogBatch, done: Done): void {
    assert(!this.#writing && !this.#closed, 'L1: log writes overlap, or follow the close');
    const failure = this.#failure;
    if (failure !== undefined) {
      this.#clock.soon(() => done(failure));
      return;
    }
    const ends = this.#endsOf(batch);
    this.#writing = true;
    this.#truncating = batch.truncateFrom !== undefined;
    this.#purging = ends.base;
    this.#place(ends.tail, (tail) => {
      if (!tail.ok) {
        this.#end(tail.error, done);
        return;
      }
      this.#place(ends.base, (base) => {
        if (base.ok) this.#commit(batch, { tail: tail.value, base: base.value }, done);
        else this.#end(base.error, done);
      });
    });
  }

  /** The head alone is written: it lies beside the store, and says nothing that is not so. */
  touch(done: Done): void {
    assert(!this.#writing && !this.#closed, 'L1: log writes overlap, or follow the close');
    this.#writing = true;
    const ended: Done = (error) => this.#end(error, done);
    if (this.#failure === undefined) this.#head.confirm(this.#state.mark, ended);
    else this.#clock.soon(() => ended(this.#failure));
  }

  /** Entries that are not durable yet are not read: beyond them the answer is short or empty. */
  read(range: ReadRange, done: (result: Result<readonly Entry[], DiskError>) => void): void {
    const to = logIndex(Math.min(range.to, this.#state.mark.lastIndex));
    assert(range.from >= 1, 'L2: the first entry has index 1');
    if (range.from > to || range.from <= this.#purging) {
      this.#clock.soon(() => done(ok([])));
      return;
    }
    const truncated = this.#watchTruncations();
    const overtaken = (index: LogIndex): boolean => truncated() || index <= this.#purging;
    readEntries({ store: this.#store, range: { ...range, to }, overtaken }, done);
  }

  positionAt(
    index: LogIndex,
    done: (result: Result<LogBase | undefined, DiskError>) => void,
  ): void {
    const { base, mark } = this.#state;
    if (index < base.index || index > mark.lastIndex) {
      this.#clock.soon(() => done(ok(undefined)));
      return;
    }
    const members = membersAsOf(this.#state, index);
    const known = this.#knownPlace(index);
    if (known !== undefined) {
      this.#clock.soon(() => done(ok({ ...placeOf(known), members })));
      return;
    }
    const truncated = this.#watchTruncations();
    this.#place(index, (place) => {
      // After a truncation the entry may be of another history than the members.
      const isGone = truncated() || (!place.ok && index <= this.#purging);
      if (isGone) done(ok(undefined));
      else done(place.ok ? ok({ ...place.value, members }) : place);
    });
  }

  close(done: () => void): void {
    if (this.#writing) {
      // A peer that stops to open anew does not know what its disk is at.
      this.#whenWritten = () => this.close(done);
      return;
    }
    this.#closed = true;
    const { mark } = this.#state;
    this.#head.confirm(mark, () => this.#head.close(() => this.#store.close(done)));
  }

  /** The last entry that `batch` keeps, and the one that it makes the base. */
  #endsOf(batch: LogBatch): { readonly tail: LogIndex; readonly base: LogIndex } {
    const { mark, base } = this.#state;
    const truncateFrom = batch.truncateFrom ?? mark.lastIndex + 1;
    const tail = logIndex(Math.min(mark.lastIndex, truncateFrom - 1));
    assert(tail >= base.index, `L5: what was given up until ${base.index} is cut at ${tail}`);
    const purgeTo = Math.min(batch.purgeTo ?? base.index, mark.lastIndex);
    assert(purgeTo <= tail, `L5: entries up to ${purgeTo} are given up, and cut behind ${tail}`);
    const to = Math.max(base.index, Math.min(purgeTo, base.index + purgeEntriesMax));
    return { tail, base: logIndex(to) };
  }

  /**
   * The place of a durable entry. Both ends of the log are known: then `done` is called at once.
   */
  #place(index: LogIndex, done: (place: Result<LogPlace, DiskError>) => void): void {
    const known = this.#knownPlace(index);
    if (known !== undefined) {
      done(ok(known));
      return;
    }
    const key = entryKey(index);
    this.#store.get(key, (found) => {
      if (!found.ok) {
        done(fail(found.error));
        return;
      }
      const row = decodeEntry({ key, value: found.value ?? new Uint8Array() });
      if (row.ok) done(ok(placeOfEntry(row.value)));
      else done(fail(new DiskFailure('corrupt', `log: ${key} is damaged: ${row.error}`)));
    });
  }

  #knownPlace(index: LogIndex): LogPlace | undefined {
    const { mark, base } = this.#state;
    if (index === mark.lastIndex) return endOf(mark);
    return index === base.index ? base : undefined;
  }

  /** Tells whether a truncation is under way, or has ended since now. */
  #watchTruncations(): () => boolean {
    const before = this.#truncations;
    return () => this.#truncating || this.#truncations !== before;
  }

  /** Writes log and head at once, and ends when both are durable or one has failed. */
  #commit(
    batch: LogBatch,
    ends: { readonly tail: LogPlace; readonly base: LogPlace },
    done: Done,
  ): void {
    const { operations, state } = planBatch(batch, { state: this.#state, ...ends });
    const acknowledged = this.#state.mark;
    let missing = 2;
    const settle = (error: DiskError | undefined): void => {
      missing -= 1;
      if (!this.#writing) return;
      if (error !== undefined) {
        this.#end(error, done);
      } else if (missing === 0) {
        this.#state = state;
        this.#end(undefined, done);
        if (!this.#writing && !this.#closed) this.#head.confirmLater(state.mark);
      }
    };
    this.#store.write(operations, { sync: true }, settle);
    this.#head.begin(acknowledged, settle);
  }

  #end(error: DiskError | undefined, done: Done): void {
    this.#failure = error;
    this.#writing = false;
    if (this.#truncating) this.#truncations += 1;
    this.#truncating = false;
    done(error);
    const close = this.#whenWritten;
    this.#whenWritten = undefined;
    close?.();
  }
}
