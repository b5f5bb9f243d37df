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
import { access, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Level } from 'level';
import { assert } from '../base/assert.ts';
import type {
  Disk,
  DiskError,
  OpenedSlots,
  ScanRange,
  Store,
  StoreOperation,
  StoreRow,
} from '../base/ports.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { DiskFailure } from './disk-failure.ts';
import { replaceFile } from './replace-file.ts';
import { emptySlotFile, openSlotFile } from './slot-file.ts';

/** Rows are read ahead in pieces of this size; larger pieces make long scans cheaper. */
const readAheadBytes = 256 * 1024;

type Database = Level<string, Uint8Array>;
type Done<T> = (result: Result<T, DiskError>) => void;

/** The Disk over `directory`, which is made when the first thing in it is. */
export const openLevelDisk = (directory: string): Disk => new LevelDisk(directory);

class LevelDisk implements Disk {
  readonly #directory: string;
  /** Replacements run one after the other, because those of one file may not overlap. */
  #replacing: Promise<unknown> = Promise.resolve();

  constructor(directory: string) {
    this.#directory = directory;
  }

  openStore(name: string, options: { readonly create: boolean }, done: Done<Store>): void {
    const path = this.#path(name);
    settle(openDatabase(path, options.create), `the store ${path} could not be opened`, (opened) =>
      done(opened.ok ? ok(new LevelStore(path, opened.value)) : opened),
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
    try {
      await access(path);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
      await this.#replace(path, emptySlotFile());
    }
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

async function openDatabase(path: string, create: boolean): Promise<Database> {
  const names = await readdir(path).catch((error: unknown): string[] => {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  });
  if (!names.includes('CURRENT')) {
    // LevelDB would begin an empty database here, and delete these tables.
    const remains = names.some((name) => /^\d+\.(ldb|sst|log)$/.test(name));
    if (remains) throw new DiskFailure('missing', `the store ${path} has lost its CURRENT file`);
    if (!create) throw new DiskFailure('missing', `the store ${path} is not there`);
  }
  const database: Database = new Level<string, Uint8Array>(path, {
    createIfMissing: create,
    keyEncoding: 'utf8',
    valueEncoding: 'view',
  });
  await database.open();
  return database;
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
  #group: readonly Write[] = [];
  #waiting: Write[] = [];

  constructor(path: string, database: Database) {
    this.#path = path;
    this.#database = database;
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
    const batch = group.flatMap((write) => write.operations.map(levelOperation));
    settle(
      this.#database.batch(batch, { sync: group.some((write) => write.sync) }),
      `the store ${this.#path} could not be written`,
      (result) => {
        this.#group = [];
        if (this.#waiting.length > 0) this.#startGroup();
        for (const write of group) write.done(result.ok ? undefined : result.error);
      },
    );
  }

  get(key: string, done: Done<Uint8Array | undefined>): void {
    settle<Uint8Array | undefined>(this.#database.get(key), this.#unreadable(), done);
  }

  scan(range: ScanRange, done: Done<readonly StoreRow[]>): void {
    const iterator = this.#database.iterator({
      gte: range.from,
      lt: range.to,
      limit: range.limit,
      reverse: range.reverse ?? false,
      highWaterMarkBytes: readAheadBytes,
    });
    settle(iterator.all(), this.#unreadable(), (found) =>
      done(found.ok ? ok(found.value.map(([key, value]) => ({ key, value }))) : found),
    );
  }

  close(done: () => void): void {
    settle(this.#database.close(), `the store ${this.#path} could not be closed`, () => done());
  }

  #unreadable(): string {
    return `the store ${this.#path} could not be read`;
  }
}

const levelOperation = (operation: StoreOperation) =>
  operation.kind === 'put'
    ? ({ type: 'put', key: operation.key, value: operation.value } as const)
    : ({ type: 'del', key: operation.key } as const);

/**
 * Turns a promise into a callback. Both handlers stand in one `then`, so that what `done` throws is
 * not taken for a failure of the disk.
 */
function settle<T>(promise: Promise<T>, what: string, done: Done<T>): void {
  promise.then(
    (value) => done(ok(value)),
    (error: unknown) => done(fail(failureOf(error, what))),
  );
}

function failureOf(error: unknown, what: string): DiskFailure {
  if (error instanceof DiskFailure) return error;
  const cause = error instanceof Error ? error.cause : undefined;
  switch (codeOf(cause) ?? codeOf(error)) {
    case 'LEVEL_LOCKED':
      return new DiskFailure('locked', `${what}: another process uses this directory`, error);
    case 'LEVEL_CORRUPTION':
      return new DiskFailure('corrupt', `${what}: LevelDB finds it damaged`, error);
    default:
      return new DiskFailure('io', what, error);
  }
}

/** The `code` that Node and LevelDB put on their errors. */
function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
