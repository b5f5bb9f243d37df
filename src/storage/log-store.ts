/**
 * The Raft log on disk: term, vote and entries in one synced LevelDB batch, and a durable head
 * beside it. A batch is acknowledged when both are durable (F1), and nothing is sent before that.
 *
 * It owns: the store `log` and the slot file `head`, the proof at open that both are whole, and the
 * order of writes. It does not own what the entries mean, when they are committed, or whether this
 * node may vote: a fault is a value, and the node decides to stop.
 *
 * Invariants:
 * L1. One write at a time; the driver gathers while one is under way.
 * L2. The log is contiguous from index 1, terms never fall, and each entry's CRC covers the CRC of
 *     the entry before it.
 * L3. The term never falls, and a vote never changes within a term (I7).
 * L4. After an error nothing is written any more: LevelDB may bring a rejected batch back (P37).
 */
import { assert } from '../base/assert.ts';
import { type LogIndex, logIndex } from '../base/brand.ts';
import type { Clock, Disk, DiskError, Store, StoreOperation } from '../base/ports.ts';
import { fail, ok, type Result } from '../base/result.ts';
import type { Entry, LogBatch, LogStore, StoredLog } from '../raft/log-store.ts';
import { DiskFailure } from './disk-failure.ts';
import { type DurableHead, type HeadRecord, judge, openDurableHead } from './durable-head.ts';
import { entryKey, markKey } from './keyspace.ts';
import { faultOf, type LogFault } from './log-fault.ts';
import { emptyMark, type LogMark } from './log-mark.ts';
import { type ReadRange, readEntries } from './log-read.ts';
import { decodeEntry, encodeEntry } from './log-rows.ts';
import { type ScannedLog, scanLog } from './log-scan.ts';
import { seal } from './seal.ts';

const storeName = 'log';
const headName = 'head';

export interface OpenLogOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  /** False as soon as the identity file names a formed cluster: then the log must be there. */
  readonly create: boolean;
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
    scanLog(store, (scanned) => {
      if (!scanned.ok) {
        refuse(scanned.error);
        return;
      }
      openDurableHead({ disk, clock, name: headName, create }, (found) => {
        if (found.ok) confirmOpen({ store, clock, scanned: scanned.value, ...found.value }, done);
        else refuse(faultOf(found.error, 'its head'));
      });
    });
  });
}

/** The last step of opening: what was found becomes what the head vouches for. */
function confirmOpen(
  parts: {
    readonly store: Store;
    readonly clock: Clock;
    readonly scanned: ScannedLog;
    readonly head: DurableHead;
    readonly found: HeadRecord | undefined;
  },
  done: (result: Opened) => void,
): void {
  const { store, clock, scanned, head } = parts;
  const refuse = (fault: LogFault): void => head.close(() => store.close(() => done(fail(fault))));
  const fault = headFault(parts.found, scanned.mark);
  if (fault !== undefined) {
    refuse(fault);
    return;
  }
  head.confirm(scanned.mark, (error) => {
    if (error === undefined) done(ok(new LevelLog({ store, clock, head, scanned })));
    else refuse(faultOf(error, 'its head'));
  });
}

function headFault(head: HeadRecord | undefined, log: LogMark): LogFault | undefined {
  const verdict = judge(head, log);
  if (verdict.kind === 'agrees') return undefined;
  if (verdict.kind === 'corrupt') return { kind: 'corrupt', where: 'its head', what: verdict.what };
  return { kind: 'rolled-back', head: head?.acknowledged ?? emptyMark, log };
}

/** The end of the log that an append builds upon. */
type Tail = Pick<LogMark, 'lastIndex' | 'lastTerm' | 'chain'>;

class LevelLog implements DurableLog {
  readonly found: StoredLog;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #head: DurableHead;
  #mark: LogMark;
  #writing = false;
  #closed = false;
  /** Counts truncations, so that a read can tell that one has overtaken it. */
  #truncations = 0;
  #truncating = false;
  #failure: DiskError | undefined;

  constructor(parts: {
    readonly store: Store;
    readonly clock: Clock;
    readonly head: DurableHead;
    readonly scanned: ScannedLog;
  }) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#head = parts.head;
    this.#mark = parts.scanned.mark;
    const { term, vote, lastIndex } = this.#mark;
    this.found = { hardState: { term, vote }, lastIndex, terms: parts.scanned.terms };
  }

  write(batch: LogBatch, done: Done): void {
    assert(!this.#writing && !this.#closed, 'L1: log writes overlap, or follow the close');
    const failure = this.#failure;
    if (failure !== undefined) {
      this.#clock.soon(() => done(failure));
      return;
    }
    this.#writing = true;
    this.#truncating = batch.truncateFrom !== undefined;
    this.#findTail(batch.truncateFrom, (tail) => {
      if (tail.ok) this.#commit(batch, tail.value, done);
      else this.#end(tail.error, done);
    });
  }

  /** Entries that are not durable yet are not read: beyond them the answer is short or empty. */
  read(range: ReadRange, done: (result: Result<readonly Entry[], DiskError>) => void): void {
    const to = logIndex(Math.min(range.to, this.#mark.lastIndex));
    assert(range.from >= 1, 'L2: the first entry has index 1');
    if (range.from > to) {
      this.#clock.soon(() => done(ok([])));
      return;
    }
    const before = this.#truncations;
    const overtaken = (): boolean => this.#truncating || this.#truncations !== before;
    readEntries({ store: this.#store, range: { ...range, to }, overtaken }, done);
  }

  close(done: () => void): void {
    assert(!this.#writing, 'L1: the log is closed during a write');
    this.#closed = true;
    this.#head.confirm(this.#mark, () => this.#head.close(() => this.#store.close(done)));
  }

  /** What is left of the log when `truncateFrom` and all behind it is dropped. */
  #findTail(
    truncateFrom: LogIndex | undefined,
    done: (tail: Result<Tail, DiskError>) => void,
  ): void {
    const { lastIndex } = this.#mark;
    if (truncateFrom === undefined || truncateFrom > lastIndex) {
      done(ok(this.#mark));
      return;
    }
    if (truncateFrom === 1) {
      done(ok(emptyMark));
      return;
    }
    const index = logIndex(truncateFrom - 1);
    const key = entryKey(index);
    this.#store.get(key, (found) => {
      if (!found.ok) {
        done(fail(found.error));
        return;
      }
      const value = found.value ?? new Uint8Array();
      const row = decodeEntry({ key, value });
      if (row.ok) {
        done(ok({ lastIndex: index, lastTerm: row.value.entry.term, chain: row.value.chain }));
      } else {
        done(fail(new DiskFailure('corrupt', `log: ${key} is damaged: ${row.error}`)));
      }
    });
  }

  /** Writes log and head at once, and ends when both are durable or one has failed. */
  #commit(batch: LogBatch, tail: Tail, done: Done): void {
    const { operations, mark } = this.#plan(batch, tail);
    const acknowledged = this.#mark;
    let missing = 2;
    const settle = (error: DiskError | undefined): void => {
      missing -= 1;
      if (!this.#writing) return;
      if (error !== undefined) {
        this.#end(error, done);
      } else if (missing === 0) {
        this.#mark = mark;
        this.#end(undefined, done);
        if (!this.#writing && !this.#closed) this.#head.confirmLater(mark);
      }
    };
    this.#store.write(operations, { sync: true }, settle);
    this.#head.begin(acknowledged, settle);
  }

  /** The operations of one batch, and the mark that it leaves. */
  #plan(
    batch: LogBatch,
    tail: Tail,
  ): { readonly operations: readonly StoreOperation[]; readonly mark: LogMark } {
    const { generation, term, vote, lastIndex: oldLast } = this.#mark;
    const hardState = batch.hardState ?? { term, vote };
    assert(hardState.term >= term, `L3: the term falls from ${term} to ${hardState.term}`);
    assert(
      hardState.term > term || vote === undefined || hardState.vote === vote,
      `L3: the vote of term ${term} changes from ${vote} to ${hardState.vote}`,
    );
    const operations: StoreOperation[] = [];
    let { lastIndex, lastTerm, chain } = tail;
    for (const entry of batch.append) {
      assert(entry.index === lastIndex + 1, `L2: entry ${entry.index} behind ${lastIndex}`);
      assert(entry.term >= lastTerm, `L2: term ${entry.term} behind term ${lastTerm}`);
      const encoded = encodeEntry(entry, chain);
      operations.push({ kind: 'put', key: entryKey(entry.index), value: encoded.row });
      ({ index: lastIndex, term: lastTerm } = entry);
      chain = encoded.chain;
    }
    for (let index = lastIndex + 1; index <= oldLast; index++) {
      operations.push({ kind: 'delete', key: entryKey(logIndex(index)) });
    }
    const mark = { generation: generation + 1, ...hardState, lastIndex, lastTerm, chain };
    operations.push({ kind: 'put', key: markKey, value: seal(mark) });
    return { operations, mark };
  }

  #end(error: DiskError | undefined, done: Done): void {
    this.#failure = error;
    this.#writing = false;
    if (this.#truncating) this.#truncations += 1;
    this.#truncating = false;
    done(error);
  }
}
