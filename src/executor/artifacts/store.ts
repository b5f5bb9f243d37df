/**
 * The objects of this node: `artifacts/objects/ab/<sha256>` below its data directory, and what they
 * are kept for: `artifacts/refs/<namespace>/<run>/<task>~<index>~<token>`: one line an object.
 *
 * It owns the files and the room that they take. It does not know which runs there are, nor who has
 * other copies.
 *
 * Invariants:
 *   A1  A file in `objects` was whole, synced and of the digest of its name when it came there.
 *   A2  Objects take no more than `capacityBytes`, and nothing is taken where the disk is nearly
 *       full; what is being written counts.
 *   A3  What is held is recorded before anybody relies on it, and a sweep that began before does
 *       not remove it.
 */
import { createHash } from 'node:crypto';
import {
  type FileHandle,
  mkdir,
  open,
  readdir,
  rename,
  rm,
  stat,
  statfs,
  unlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { formatSize } from '../../base/duration.ts';
import type { Clock } from '../../base/ports.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import type { Trace } from '../../base/trace.ts';
import { sha256Pattern } from '../../model/artifact.ts';
import type { AttemptId } from '../../model/protocol.ts';
import { type ArtifactSettings, storeLimits } from './limits.ts';
import { piecesOf, TarFault } from './tar.ts';
import { Turns } from './turns.ts';

export interface ArtifactStoreOptions {
  readonly dataDir: string;
  readonly settings: ArtifactSettings;
  readonly clock: Pick<Clock, 'wallMs' | 'monotonicMs'>;
  readonly trace: Trace;
}

export interface StoredObject {
  readonly sha256: string;
  readonly bytes: number;
}

export interface KeepOptions {
  readonly bytesMax: number;
  /** What it must turn out to be. */
  readonly expected?: StoredObject;
  readonly signal: AbortSignal;
  /** Told with each step how many bytes there are. */
  readonly progress?: (bytes: number) => void;
}

/** Between two looks at the free space of the disk while an object is written. */
const lookBytes = 64 * 1024 * 1024;

export class ArtifactStore {
  readonly root: string;
  readonly #options: ArtifactStoreOptions;
  readonly #writing = new Turns(storeLimits.atATime);
  /** Two that turn out to be the same must not both count (A2). */
  readonly #movingIn = new Turns(1);
  /** Apart: an object that is fetched waits for another node that looks through it. */
  readonly #reading = new Turns(storeLimits.atATime);
  /** When an object was looked through last, by our monotonic clock. */
  readonly #believed = new Map<string, number>();
  /** Held since the sweep before the last one began (A3). */
  #held = new Set<string>();
  #heldBefore = new Set<string>();
  #bytes = 0;
  #counted: Promise<void> | undefined;
  #temporary = 0;

  constructor(options: ArtifactStoreOptions) {
    this.#options = options;
    this.root = join(options.dataDir, 'artifacts');
  }

  pathOf(sha256: string): string {
    return join(this.root, 'objects', sha256.slice(0, 2), sha256);
  }

  /** What the objects take; 0 until they have been counted. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes an object in; the error is a sentence. Throws only what `source` throws. */
  async keep(
    source: AsyncIterable<Uint8Array>,
    options: KeepOptions,
  ): Promise<Result<StoredObject, string>> {
    return this.#writing.take(async () => {
      await this.count();
      const folder = join(this.root, 'temp');
      await mkdir(folder, { recursive: true });
      const { wallMs } = this.#options.clock;
      const path = join(folder, `${wallMs()}-${process.pid}-${++this.#temporary}`);
      const file = await open(path, 'wx', 0o600);
      let reserved = 0;
      try {
        const written = await this.#write(file, source, {
          ...options,
          reserve: (bytes) => {
            reserved += bytes;
            return this.#reserve(bytes);
          },
        });
        if (!written.ok) return written;
        const { value } = written;
        const isNew = await this.#movingIn.take(() => this.#moveIn(path, value));
        if (isNew) reserved = 0;
        return written;
      } finally {
        await file.close();
        this.#bytes -= reserved;
        await rm(path, { force: true });
      }
    });
  }

  async #write(
    file: FileHandle,
    source: AsyncIterable<Uint8Array>,
    {
      bytesMax,
      expected,
      signal,
      progress,
      reserve,
    }: KeepOptions & {
      readonly reserve: (bytes: number) => string | undefined;
    },
  ): Promise<Result<StoredObject, string>> {
    const hash = createHash('sha256');
    let bytes = 0;
    let lookAt = 0;
    for await (const piece of source) {
      if (signal.aborted) return fail('stopped');
      bytes += piece.length;
      if (bytes > bytesMax) return fail(`is larger than ${formatSize(bytesMax)}`);
      const problem = reserve(piece.length) ?? (bytes > lookAt ? await this.#lowDisk() : undefined);
      if (problem !== undefined) return fail(problem);
      if (bytes > lookAt) lookAt += lookBytes;
      hash.update(piece);
      await file.writeFile(piece);
      progress?.(bytes);
    }
    const object = { sha256: hash.digest('hex'), bytes };
    if (expected !== undefined && expected.sha256 !== object.sha256) {
      return fail('is not what its digest says');
    }
    await file.sync();
    return ok(object);
  }

  /** Whether it takes room that nothing took before. */
  async #moveIn(from: string, object: StoredObject): Promise<boolean> {
    const { sha256, bytes } = object;
    const path = this.pathOf(sha256);
    if (await this.#isBelieved(object)) {
      // Younger than the grace of a sweep again.
      const now = new Date(this.#options.clock.wallMs());
      await utimes(path, now, now);
      return false;
    }
    // What has lain here unseen may be damaged, and this is not.
    const isReplaced = (await this.sizeOf(sha256)) === bytes;
    if (!isReplaced) await this.remove(sha256);
    await mkdir(dirname(path), { recursive: true });
    await rename(from, path);
    await syncFolder(dirname(path));
    this.#believe(sha256);
    return !isReplaced;
  }

  /** A2. */
  #reserve(bytes: number): string | undefined {
    const { capacityBytes } = this.#options.settings;
    this.#bytes += bytes;
    if (this.#bytes <= capacityBytes) return undefined;
    return `does not fit: the artifact store of this node is full (${formatSize(capacityBytes)})`;
  }

  async #lowDisk(): Promise<string | undefined> {
    const space = await statfs(this.root).catch(() => undefined);
    const { minFreeBytes } = this.#options.settings;
    if (space === undefined || space.bavail * space.bsize >= minFreeBytes) return undefined;
    return 'does not fit: the disk of this node is nearly full';
  }

  /** Undefined: it is not here. */
  async sizeOf(sha256: string): Promise<number | undefined> {
    const stats = await stat(this.pathOf(sha256)).catch(() => undefined);
    return stats?.size;
  }

  /** Whether it is here and whole; one that is damaged is removed, so that it comes anew. */
  async isWhole(object: StoredObject): Promise<boolean> {
    if (await this.#isBelieved(object)) return true;
    const { sha256, bytes } = object;
    const size = await this.sizeOf(sha256);
    if (size === undefined) return false;
    const found = size === bytes ? await this.#reading.take(() => this.#digestOf(sha256)) : '';
    if (found === sha256) {
      this.#believe(sha256);
      return true;
    }
    return this.#movingIn.take(async () => {
      // A task may have left it anew while we looked.
      if (await this.#isBelieved(object)) return true;
      this.#options.trace('warn', 'executor.artifact_damaged', { sha256 });
      await this.remove(sha256);
      return false;
    });
  }

  /** Whether it is here, and was whole a moment ago. */
  async #isBelieved({ sha256, bytes }: StoredObject): Promise<boolean> {
    const since = this.#believed.get(sha256);
    const isFresh =
      since !== undefined && this.#options.clock.monotonicMs() - since < storeLimits.believedMs;
    return isFresh && (await this.sizeOf(sha256)) === bytes;
  }

  async #digestOf(sha256: string): Promise<string> {
    try {
      const hash = createHash('sha256');
      for await (const piece of this.bytesOf(sha256)) hash.update(piece);
      return hash.digest('hex');
    } catch {
      // A disk that cannot be read has damaged it as well.
      return '';
    }
  }

  #believe(sha256: string): void {
    this.#believed.delete(sha256);
    this.#believed.set(sha256, this.#options.clock.monotonicMs());
    const [oldest] = this.#believed.keys();
    if (this.#believed.size > storeLimits.believed && oldest) this.#believed.delete(oldest);
  }

  /** Empty behind the end, and where it is not here. */
  async read(sha256: string, offset: number, bytesMax: number): Promise<Uint8Array> {
    const file = await open(this.pathOf(sha256), 'r').catch(() => undefined);
    if (file === undefined) return new Uint8Array();
    try {
      const into = new Uint8Array(bytesMax);
      const { bytesRead } = await file.read(into, 0, bytesMax, offset);
      return into.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  }

  /** All of an object. Throws where it is not here. */
  async *bytesOf(sha256: string): AsyncGenerator<Uint8Array> {
    const file = await open(this.pathOf(sha256), 'r');
    try {
      yield* piecesOf(file);
    } finally {
      await file.close();
    }
  }

  /** Keeps objects for an attempt, as long as its run is (A3). */
  async hold(id: AttemptId, digests: readonly string[]): Promise<void> {
    for (const sha256 of digests) this.#held.add(sha256);
    const folder = join(this.root, 'refs', id.namespace, id.runId);
    await mkdir(folder, { recursive: true });
    const name = `${id.taskId}~${id.mapIndex}~${id.token}`;
    // Added to: what the attempt was given stands there before what it leaves.
    await writeFile(join(folder, name), digests.map((each) => `${each}\n`).join(''), { flag: 'a' });
  }

  /** From now on `isHeld` tells what was held since the begin of this sweep, or shortly before. */
  async beginSweep(): Promise<void> {
    await this.count();
    this.#heldBefore = this.#held;
    this.#held = new Set();
  }

  isHeld(sha256: string): boolean {
    return this.#held.has(sha256) || this.#heldBefore.has(sha256);
  }

  async remove(sha256: string): Promise<void> {
    const size = await this.sizeOf(sha256);
    if (size === undefined) return;
    this.#believed.delete(sha256);
    const gone = await unlink(this.pathOf(sha256)).then(
      () => true,
      () => false,
    );
    if (gone) this.#bytes = Math.max(0, this.#bytes - size);
  }

  /** Every object with its size and age; those that go meanwhile are left out. */
  async *objects(): AsyncGenerator<StoredObject & { readonly changedAt: number }> {
    const folders = await readdir(join(this.root, 'objects')).catch(() => []);
    for (const folder of folders) {
      const names = await readdir(join(this.root, 'objects', folder)).catch(() => []);
      for (const sha256 of names) {
        if (!sha256Pattern.test(sha256)) continue;
        const stats = await stat(this.pathOf(sha256)).catch(() => undefined);
        if (stats !== undefined) yield { sha256, bytes: stats.size, changedAt: stats.mtimeMs };
      }
    }
  }

  /** Once, before anything is written; what comes and goes is added then. Never rejects. */
  count(): Promise<void> {
    this.#counted ??= this.#begin();
    return this.#counted;
  }

  async #begin(): Promise<void> {
    // Of a life that ended while it wrote.
    await rm(join(this.root, 'temp'), { recursive: true, force: true }).catch(() => {});
    let bytes = 0;
    for await (const object of this.objects()) bytes += object.bytes;
    this.#bytes = bytes;
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** What went wrong with a source, as a sentence about the artifact. */
export function faultText(error: unknown): string {
  if (error instanceof TarFault) return error.message;
  return `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
}
