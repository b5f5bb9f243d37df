/**
 * A digest of a set of rows that is kept up by adding and taking away: the xor of two 32-bit hashes
 * of every (table, key, row). Equal sets have equal digests whatever the order of changes (S4).
 *
 * Most rows change again, or are gone, before anybody asks for the digest: a row that has changed
 * waits, and is hashed when the digest is asked for, or when too many wait. A definition may have
 * megabytes, and hashing it takes longer than a turn may: it is done in parts, by `catchUp` or at
 * the latest when the digest is asked for.
 */
import { encode, encodePieces } from '../base/codec.ts';

/** The rows of one live run. */
interface RunRows {
  readonly run: object;
  readonly tasks: ReadonlyMap<string, object>;
  readonly outputs: ReadonlyMap<string, object>;
  readonly expansions: ReadonlyMap<string, object>;
}

/** Bytes that one part of the work hashes, or a little more: about 3 ms. */
const bytesPerPart = 128 * 1024;

/**
 * Rows that may have changed since they were last hashed. Hashing all of them takes some 15 ms, and
 * may be asked for within one turn.
 */
export const changedMax = 4_096;
/** So many are hashed at once when that is reached. */
const settledAtOnce = 256;

interface PutOff {
  readonly table: string;
  readonly key: string;
  readonly row: object;
}

/** `counted` is in the digest, and `row` is to take its place. */
interface Changed {
  readonly table: string;
  readonly key: string;
  readonly counted: object | null;
  row: object | null;
}

export class RowDigest {
  #low = 0;
  #high = 0;
  /** Rows are immutable and stand under one key, so what was hashed once need not be again. */
  readonly #hashes = new WeakMap<object, RowHash>();
  readonly #putOff: PutOff[] = [];
  /** By table and key, the one that has waited longest first. */
  readonly #changed = new Map<string, Changed>();
  /** Of the first that was put off. */
  #under: { readonly pieces: Iterator<Uint8Array, void>; hash: RowHash } | undefined;

  replace(key: string, table: string, before: object | null, after: object | null): void {
    if (table === 'version') {
      if (before !== null) this.#toggle(table, key, before);
      if (after !== null) this.#toggle(table, key, after);
      return;
    }
    const name = `${table} ${key}`;
    const known = this.#changed.get(name);
    if (known === undefined) {
      this.#changed.set(name, { table, key, counted: before, row: after });
      if (this.#changed.size > changedMax) this.#settleOldest();
    } else if (known.counted === after) {
      this.#changed.delete(name);
    } else {
      known.row = after;
    }
  }

  addRun(key: string, open: RunRows): void {
    this.#replaceRun(key, open, (...[rowKey, table, row]) =>
      this.replace(rowKey, table, null, row),
    );
  }

  removeRun(key: string, open: RunRows): void {
    this.#replaceRun(key, open, (...[rowKey, table, row]) =>
      this.replace(rowKey, table, row, null),
    );
  }

  #replaceRun(
    key: string,
    open: RunRows,
    replace: (key: string, table: string, row: object) => void,
  ): void {
    replace(key, 'run', open.run);
    for (const [taskId, row] of open.tasks) replace(taskId, 'task', row);
    for (const [taskId, row] of open.outputs) replace(taskId, 'output', row);
    for (const [mapId, row] of open.expansions) replace(mapId, 'expansion', row);
  }

  get isBehind(): boolean {
    return this.#putOff.length > 0;
  }

  /** Does a part of what was put off. */
  catchUp(): void {
    for (let bytes = 0; bytes < bytesPerPart; ) {
      const [first] = this.#putOff;
      if (first === undefined) return;
      bytes += this.#goOn(first);
    }
  }

  toString(): string {
    while (this.isBehind) this.catchUp();
    for (const changed of this.#changed.values()) this.#settle(changed);
    this.#changed.clear();
    const hex = (value: number): string => (value >>> 0).toString(16).padStart(8, '0');
    return hex(this.#high) + hex(this.#low);
  }

  #toggle(table: string, key: string, row: object): void {
    const known = this.#hashes.get(row);
    if (known === undefined && table === 'version') this.#putOff.push({ table, key, row });
    else this.#flip(row, known ?? hashOf(encode([table, key, row]), emptyHash));
  }

  #settleOldest(): void {
    let left = settledAtOnce;
    for (const [name, changed] of this.#changed) {
      this.#changed.delete(name);
      this.#settle(changed);
      if (--left === 0) return;
    }
  }

  #settle({ table, key, counted, row }: Changed): void {
    if (counted !== null) this.#toggle(table, key, counted);
    if (row !== null) this.#toggle(table, key, row);
  }

  /** Adds a row, or takes it away again: xor is its own inverse. */
  #flip(row: object, hash: RowHash): void {
    this.#hashes.set(row, hash);
    this.#low ^= hash.low;
    this.#high ^= hash.high;
  }

  /** Hashes one piece of a row that was put off; returns its bytes. */
  #goOn({ table, key, row }: PutOff): number {
    const known = this.#hashes.get(row);
    this.#under ??= { pieces: encodePieces([table, key, row], levelsTakenApart), hash: emptyHash };
    const piece =
      known === undefined ? this.#under.pieces.next() : { done: true, value: undefined };
    if (piece.value !== undefined) {
      this.#under.hash = hashOf(piece.value, this.#under.hash);
      return piece.value.length;
    }
    this.#flip(row, known ?? this.#under.hash);
    this.#under = undefined;
    this.#putOff.shift();
    return 0;
  }
}

/** Down to the tasks of a version: `[table, key, { spec: { tasks: {…} } }]`. */
const levelsTakenApart = 4;

interface RowHash {
  readonly low: number;
  readonly high: number;
}

/** What a state needs of its digest. */
export type Digest = Pick<
  RowDigest,
  'replace' | 'addRun' | 'removeRun' | 'isBehind' | 'catchUp' | 'toString'
>;

/** Of a state that nobody compares with another: hashing is most of what a change costs. */
export const noDigest: Digest = {
  replace: () => {},
  addRun: () => {},
  removeRun: () => {},
  isBehind: false,
  catchUp: () => {},
  toString: () => '',
};

const emptyHash: RowHash = { low: 0x811c9dc5, high: 0x9747b28c };

/** The hash of what was hashed before and these bytes. */
function hashOf(bytes: Uint8Array, before: RowHash): RowHash {
  let { low, high } = before;
  for (const byte of bytes) {
    low = Math.imul(low ^ byte, 0x01000193);
    high = Math.imul(high + byte, 0x5bd1e995) ^ (high >>> 13);
  }
  return { low, high };
}
