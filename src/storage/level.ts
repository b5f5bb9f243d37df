/**
 * The real Disk: stores are LevelDB databases in folders of one data directory, files and slots are
 * plain files in it. This is the only file that knows `level`.
 *
 * It owns: the names below the directory, LevelDB's options, and the translation of every error
 * into a `DiskError` with its cause. It does not own what the bytes mean, and it heals nothing:
 * LevelDB hides lost records (log-rows.ts and durable-head.ts find them), and creates an empty
 * database where its CURRENT file is gone (refused here, also with `create`, when tables are left).
 *
 * A store that met an error stays in error by LevelDB's own doing; its owner stops the node.
 */
import { access, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Level } from 'level';
import { assert } from '../base/assert.ts';
import type {
  Disk,
  DiskError,
  OpenedSlots,
  OpenStoreOptions,
  ScanRange,
  Store,
  StoreOperation,
  StoreRow,
  StoreView,
} from '../base/ports.ts';
import { ok, type Result } from '../base/result.ts';
import { silentTrace, type Trace } from '../base/trace.ts';
import { DiskFailure } from './disk-failure.ts';
import { codeOf, settle } from './level-failure.ts';
import { replaceFile, syncFolder } from './replace-file.ts';
import { emptySlotFile, openSlotFile } from './slot-file.ts';
import { checkTables } from './table-check.ts';
import type { KeySpan } from './table-span.ts';
import { holdTables, type UnprovenTables } from './unproven-tables.ts';

/** Rows are read ahead in pieces of this size; larger pieces make long scans cheaper. */
const readAheadBytes = 256 * 1024;

type Database = Level<string, Uint8Array>;
type Done<T> = (result: Result<T, DiskError>) => void;

/** The Disk over `directory`, which is made when the first thing in it is. */
export const openLevelDisk = (directory: string, trace: Trace = silentTrace): Disk =>
  new LevelDisk(directory, trace);

class LevelDisk implements Disk {
  readonly #directory: string;
  readonly #trace: Trace;
  /** Replacements run one after the other, because those of one file may not overlap. */
  #replacing: Promise<unknown> = Promise.resolve();

  constructor(directory: string, trace: Trace) {
    this.#directory = directory;
    this.#trace = trace;
  }

  openStore(name: string, options: OpenStoreOptions, done: Done<Store>): void {
    const path = this.#path(name);
    settle(openDatabase(path, options), `the store ${path} could not be opened`, (opened) => {
      if (!opened.ok) {
        done(opened);
        return;
      }
      const { database, unproven } = opened.value;
      if (unproven !== undefined) this.#proveRest(path, unproven, options);
      done(ok(new LevelStore(path, database, unproven)));
    });
  }

  #proveRest(path: string, unproven: UnprovenTables, { damaged }: OpenStoreOptions): void {
    const { bytes, count: tables } = unproven;
    settle(unproven.proveRest(), `the tables of ${path} could not be read`, (proven) => {
      if (!proven.ok) damaged?.(proven.error);
      else if (unproven.count === 0) this.#trace('info', 'disk.proven', { path, tables, bytes });
    });
  }

  removeStore(name: string, done: (error: DiskError | undefined) => void): void {
    const path = this.#path(name);
    settle(this.#remove(path), `the store ${path} could not be removed`, (result) =>
      done(result.ok ? undefined : result.error),
    );
  }

  setAside(
    names: readonly string[],
    folder: string,
    done: (error: DiskError | undefined) => void,
  ): void {
    const target = this.#path(folder);
    const paths = names.map((name) => ({ from: this.#path(name), to: join(target, name) }));
    settle(this.#move(paths, target), `${target} could not be filled`, (result) =>
      done(result.ok ? undefined : result.error),
    );
  }

  readFile(name: string, done: Done<Uint8Array | undefined>): void {
    const path = this.#path(name);
    const bytes = readFile(path).catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    });
    settle<Uint8Array | undefined>(bytes, `the file ${path} could not be read`, done);
  }

  writeFile(name: string, bytes: Uint8Array, done: (error: DiskError | undefined) => void): void {
    const path = this.#path(name);
    const copy = new Uint8Array(bytes);
    settle(this.#replace(path, copy), `the file ${path} could not be written`, (result) =>
      done(result.ok ? undefined : result.error),
    );
  }

  openSlots(name: string, options: { readonly create: boolean }, done: Done<OpenedSlots>): void {
    const path = this.#path(name);
    const ready = options.create ? this.#makeSlots(path) : Promise.resolve();
    settle(ready, `the slot file ${path} could not be made`, (result) => {
      if (result.ok) openSlotFile(path, done);
      else done(result);
    });
  }

  async #makeSlots(path: string): Promise<void> {
    if (!(await isThere(path))) await this.#replace(path, emptySlotFile());
  }

  async #remove(path: string): Promise<void> {
    if (!(await isThere(path))) return;
    await rm(path, { recursive: true });
    await syncFolder(this.#directory);
  }

  /** What a crash leaves unmoved is moved by the next call. */
  async #move(
    paths: readonly { readonly from: string; readonly to: string }[],
    target: string,
  ): Promise<void> {
    await mkdir(target, { recursive: true });
    await syncFolder(this.#directory);
    for (const { from, to } of paths) {
      if (!(await isThere(from))) continue;
      if (await isThere(to)) throw new DiskFailure('io', `${to} is there already`);
      await rename(from, to);
    }
    await syncFolder(target);
    await syncFolder(this.#directory);
  }

  #replace(path: string, bytes: Uint8Array): Promise<void> {
    const replaced = this.#replacing.then(() => replaceFile(path, bytes));
    this.#replacing = replaced.catch(() => {});
    return replaced;
  }

  #path(name: string): string {
    assert(
      /^[a-z0-9][a-z0-9._-]*$/.test(name),
      `disk: "${name}" is not a name inside the directory`,
    );
    return join(this.#directory, name);
  }
}

interface Opened {
  readonly database: Database;
  /** What is left to be proven. */
  readonly unproven: UnprovenTables | undefined;
}

async function openDatabase(path: string, { create, damaged }: OpenStoreOptions): Promise<Opened> {
  const names = await readdir(path).catch((error: unknown): string[] => {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  });
  let unproven: UnprovenTables | undefined;
  if (!names.includes('CURRENT')) {
    // LevelDB would begin an empty database here, and delete these tables.
    const remains = names.some((name) => /^\d+\.(ldb|sst|log)$/.test(name));
    if (remains) throw new DiskFailure('missing', `the store ${path} has lost its CURRENT file`);
    if (!create) throw new DiskFailure('missing', `the store ${path} is not there`);
  } else if (damaged === undefined) {
    await checkTables(path);
  } else {
    unproven = await holdTables(path);
  }
  const database: Database = new Level<string, Uint8Array>(path, {
    createIfMissing: create,
    keyEncoding: 'utf8',
    valueEncoding: 'view',
  });
  await database.open();
  return { database, unproven };
}

interface Write {
  readonly operations: readonly StoreOperation[];
  readonly sync: boolean;
  readonly done: (error: DiskError | undefined) => void;
}

/**
 * Invariant D1: writes take effect and end in the order in which they were issued. LevelDB alone
 * does not promise that: writes that overlap run on several threads and overtake each other. So one
 * is under way at a time; the others gather, and are then written as one group.
 */
class LevelStore implements Store {
  readonly #path: string;
  readonly #database: Database;
  readonly #unproven: UnprovenTables | undefined;
  #group: readonly Write[] = [];
  #waiting: Write[] = [];
  /** Ends with the group that is under way, however that ends. */
  #underWay: Promise<unknown> = Promise.resolve();

  constructor(path: string, database: Database, unproven: UnprovenTables | undefined) {
    this.#path = path;
    this.#database = database;
    this.#unproven = unproven;
  }

  write(
    operations: readonly StoreOperation[],
    options: { readonly sync: boolean },
    done: (error: DiskError | undefined) => void,
  ): void {
    this.#waiting.push({ operations, sync: options.sync, done });
    if (this.#group.length === 0) this.#startGroup();
  }

  #startGroup(): void {
    const group = this.#waiting;
    this.#group = group;
    this.#waiting = [];
    const operations = group.flatMap((write) => write.operations);
    const sync = group.some((write) => write.sync);
    const written = writeBatch(this.#database, operations, { sync });
    this.#underWay = written.catch(() => {});
    settle(written, `the store ${this.#path} could not be written`, (result) => {
      this.#group = [];
      if (this.#waiting.length > 0) this.#startGroup();
      for (const write of group) write.done(result.ok ? undefined : result.error);
    });
  }

  get(key: string, done: Done<Uint8Array | undefined>): void {
    const found = this.#database.get(key);
    const span = { from: key, to: key, isPoint: true };
    const vouched = this.#unproven?.vouchedFor(found, () => span) ?? found;
    settle<Uint8Array | undefined>(vouched, unreadable(this.#path), done);
  }

  scan(range: ScanRange, done: Done<readonly StoreRow[]>): void {
    const rows = this.#database.iterator(iteratorOptions(range)).all();
    const vouched = vouchedRows(this.#unproven, range, rows);
    settle(vouched, unreadable(this.#path), (found) => done(rowsOf(found)));
  }

  view(): StoreView {
    return new LevelView(this.#path, this.#database, this.#unproven);
  }

  close(done: () => void): void {
    const closed = this.#underWay
      .then(() => this.#unproven?.stop().catch(() => {}))
      .then(() => this.#database.close());
    settle(closed, `the store ${this.#path} could not be closed`, () => done());
  }
}

/**
 * A LevelDB snapshot: it costs nothing to take, and keeps the rows of its time from compaction.
 * A write that is under way when it is taken is in it whole or not at all.
 */
class LevelView implements StoreView {
  readonly #path: string;
  readonly #database: Database;
  readonly #unproven: UnprovenTables | undefined;
  readonly #snapshot: ReturnType<Database['snapshot']>;
  #closed = false;

  constructor(path: string, database: Database, unproven: UnprovenTables | undefined) {
    this.#path = path;
    this.#database = database;
    this.#unproven = unproven;
    this.#snapshot = database.snapshot();
  }

  scan(range: ScanRange, done: Done<readonly StoreRow[]>): void {
    assert(!this.#closed, `disk: a scan of a closed view of ${this.#path}`);
    const iterator = this.#database.iterator({
      ...iteratorOptions(range),
      snapshot: this.#snapshot,
    });
    const vouched = vouchedRows(this.#unproven, range, iterator.all());
    settle(vouched, unreadable(this.#path), (found) => done(rowsOf(found)));
  }

  /** Scans that are under way end first, and well. */
  close(): void {
    this.#closed = true;
    settle(this.#snapshot.close(), `a view of ${this.#path} could not be closed`, () => {});
  }
}

const unreadable = (path: string): string => `the store ${path} could not be read`;

const iteratorOptions = (range: ScanRange) => ({
  gte: range.from,
  lt: range.to,
  limit: range.limit,
  reverse: range.reverse ?? false,
  highWaterMarkBytes: readAheadBytes,
});

type FoundRows = readonly (readonly [string, Uint8Array])[];

/** A page that is full says nothing of what is behind its last row. */
function vouchedRows(
  unproven: UnprovenTables | undefined,
  { from, to, limit, reverse = false }: ScanRange,
  rows: Promise<FoundRows>,
): Promise<FoundRows> {
  const spanOf = (found: FoundRows | undefined): KeySpan => {
    const end = found !== undefined && found.length >= limit ? found.at(-1)?.[0] : undefined;
    const [first, last] = reverse ? [end ?? from, to] : [from, end ?? to];
    return { from: first, to: last, isPoint: false };
  };
  return unproven?.vouchedFor(rows, spanOf) ?? rows;
}

const rowsOf = (found: Result<FoundRows, DiskError>): Result<readonly StoreRow[], DiskError> =>
  found.ok ? ok(found.value.map(([key, value]) => ({ key, value }))) : found;

/** Handing an operation over takes some 4 µs, so large batches are handed over in slices. */
const operationsPerSlice = 1_000;

async function writeBatch(
  database: Database,
  operations: readonly StoreOperation[],
  options: { readonly sync: boolean },
): Promise<void> {
  if (operations.length <= operationsPerSlice) {
    return database.batch(operations.map(levelOperation), options);
  }
  const batch = database.batch();
  for (const [at, operation] of operations.entries()) {
    if (operation.kind === 'put') batch.put(operation.key, operation.value);
    else batch.del(operation.key);
    const isSlice = (at + 1) % operationsPerSlice === 0;
    if (isSlice) await new Promise((resolve) => setImmediate(resolve));
  }
  return batch.write(options);
}

const levelOperation = (operation: StoreOperation) =>
  operation.kind === 'put'
    ? ({ type: 'put', key: operation.key, value: operation.value } as const)
    : ({ type: 'del', key: operation.key } as const);

async function isThere(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    return false;
  }
}
