/**
 * What the medium under one simulated store holds, whether or not a process has it open. Its job is
 * to lose what LevelDB would lose: batches stand in one journal file in the order in which they
 * were written, so a sync makes every earlier batch durable too, and a power loss takes a suffix of
 * what came after the last sync.
 *
 * The newest batches are kept apart even when they are durable, because the silent faults measured
 * on LevelDB (a hole, a roll-back, a wrong value) strike at them.
 *
 * Invariant M1: the durable batches are a prefix of all batches.
 */
import { assert } from '../base/assert.ts';
import type { Random, StoreOperation } from '../base/ports.ts';
import { below } from '../base/random.ts';
import { SortedRows } from './sorted-rows.ts';

type Batch = readonly StoreOperation[];

/** A copy that shares nothing; `slice` of a Buffer would share its memory. */
export const copied = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes);

/** So many durable batches can be damaged afterwards; older ones are folded into the base. */
const historyBatchesMax = 64;

export class StoreImage {
  #base: Batch = [];
  #batches: Batch[] = [];
  /** So many of `#batches`, from the front, are durable. */
  #durable = 0;

  /** A copy for keeping: a backup, or the medium of a cloned node. */
  clone(): StoreImage {
    const copy = new StoreImage();
    copy.#base = this.#base;
    copy.#batches = [...this.#batches];
    copy.#durable = this.#durable;
    return copy;
  }

  /** What a process reads that opens the store now. */
  rows(): SortedRows {
    const rows = new SortedRows();
    for (const batch of [this.#base, ...this.#batches]) rows.apply(batch);
    return rows;
  }

  append(batch: Batch): void {
    this.#batches.push(batch);
  }

  /** Makes all batches durable. Opening does so too: LevelDB writes what it recovers to a table. */
  sync(): void {
    this.#durable = this.#batches.length;
    if (this.#durable < 2 * historyBatchesMax) return;
    const rows = new SortedRows();
    rows.apply(this.#base);
    for (const batch of this.#batches.splice(0, historyBatchesMax)) rows.apply(batch);
    this.#durable -= historyBatchesMax;
    this.#base = allRows(rows);
  }

  /**
   * The process ended while `inFlight` was being written: some first part of it reached the file.
   * With `loseUnsynced` the power failed too: some first part of everything unsynced is left.
   */
  crash(inFlight: readonly Batch[], random: Random, loseUnsynced: boolean): void {
    const certain = loseUnsynced ? this.#durable : this.#batches.length;
    this.#batches.push(...inFlight);
    this.#batches.length = certain + below(random, this.#batches.length - certain + 1);
    assert(this.#durable <= this.#batches.length, 'M1: a crash took a durable batch');
  }

  /** Silent fault: the newest `count` batches are gone, durable or not (a cut journal). */
  rollBack(count: number): void {
    this.dropBatches(count, count);
  }

  /** Silent fault: `count` batches are gone, the first being the `fromEnd`-th newest (a hole). */
  dropBatches(fromEnd: number, count: number): void {
    assert(fromEnd <= this.#batches.length && count <= fromEnd, 'memory: no such batches');
    const from = this.#batches.length - fromEnd;
    this.#batches.splice(from, count);
    this.#durable -= Math.max(0, Math.min(this.#durable - from, count));
  }

  /** How many batches stand apart from the base: what the faults above can strike at. */
  get batches(): number {
    return this.#batches.length;
  }

  /** Silent fault: the value of `key` comes back with one bit changed. */
  flipBit(key: string, bit: number): void {
    const before = this.rows().get(key);
    assert(before !== undefined && bit < before.length * 8, `memory: ${key} has no bit ${bit}`);
    const value = copied(before);
    value[bit >> 3] = (value[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    this.setValue(key, value);
  }

  /** Silent fault: `key` comes back with bytes that nobody wrote there, another key's perhaps. */
  setValue(key: string, value: Uint8Array): void {
    this.append([{ kind: 'put', key, value: copied(value) }]);
    this.#durable = this.#batches.length;
  }

  /** Silent fault: the store opens without an error, and nothing is in it (a lost CURRENT). */
  empty(): void {
    this.#base = [];
    this.#batches = [];
    this.#durable = 0;
  }
}

/** Every row as a put. Keys are ASCII, so all of them sort below the last 7-bit character. */
export const allRows = (rows: SortedRows): Batch =>
  rows
    .scan({ from: '', to: '\u007f', limit: Number.MAX_SAFE_INTEGER })
    .map((row) => ({ kind: 'put', ...row }));
