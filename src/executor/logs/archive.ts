/**
 * Puts the logs of ended attempts into an object store, so that they outlive the nodes and their
 * retention. Optional: without settings there is no archive.
 *
 * It owns the queue, the pauses, and the marks that stand beside logs that are archived. It does
 * not own the files, and decides nothing about their removal: what retention removes before the
 * store could take it is not archived.
 *
 * Invariants:
 *   A1  The index of an attempt is put after all of its pieces, its mark is written after that.
 *   A2  Keys are made of the attempt alone, so what is put twice is put over itself.
 *   A3  At most `attempts` wait and `uploads` are under way; each of these holds one piece.
 *   A4  While the store refuses, one attempt at a time is tried, with growing pauses.
 */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Cancellable, Clock } from '../../base/ports.ts';
import type { Trace } from '../../base/trace.ts';
import type { AttemptId } from '../../model/protocol.ts';
import type { Files } from '../files.ts';
import { type ObjectStore, storeFault } from '../object-store.ts';
import { workspaceIn, workspaceOf } from '../workspace.ts';
import {
  type ArchivedPiece,
  type ArchivedStream,
  archiveLimits,
  archivePlace,
  indexKey,
  pieceKey,
  type StreamName,
} from './archive-format.ts';
import type { AttemptFiles } from './run-files.ts';
import { readStream, type StreamPart } from './stream-file.ts';

export interface LogArchiveOptions {
  readonly clock: Clock;
  readonly files: Files;
  readonly dataDir: string;
  readonly trace: Trace;
  readonly prefix: string;
  readonly open: () => Promise<ObjectStore>;
}

export interface ArchiveStatus {
  readonly waiting: number;
  /** Since the start. */
  readonly archived: number;
  readonly failures: number;
  /** Left to the next sweep: there were too many, or one failed too often. */
  readonly dropped: number;
}

interface Waiting {
  readonly id: AttemptId;
  readonly attempt: number;
  readonly directory: string;
  tries: number;
}

/** Stands in the directory of an attempt that is archived. */
export const archivedName = 'archived';

const pack = promisify(gzip);

export class LogArchive {
  readonly #options: LogArchiveOptions;
  /** By directory; the oldest first. */
  readonly #waiting = new Map<string, Waiting>();
  readonly #underWay = new Set<string>();
  #store: Promise<ObjectStore> | undefined;
  #pauseMs = 0;
  #timer: Cancellable | undefined;
  #archived = 0;
  #failures = 0;
  #dropped = 0;
  #stopped = false;

  constructor(options: LogArchiveOptions) {
    this.#options = options;
  }

  status(): ArchiveStatus {
    const waiting = this.#waiting.size + this.#underWay.size;
    const counts = { archived: this.#archived, failures: this.#failures, dropped: this.#dropped };
    return { waiting, ...counts };
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#waiting.clear();
  }

  /** The attempt has ended: nothing more is written. */
  ended(id: AttemptId, attempt: number): void {
    const space = workspaceOf(this.#options.dataDir, { id, number: attempt });
    if (space.ok) this.#add({ id, attempt, directory: space.value.directory, tries: 0 });
  }

  /** An attempt of former days: archived, unless its mark is there. */
  check({ id, attempt, directory }: AttemptFiles, next: () => void): void {
    this.#options.files.stat(`${directory}/${archivedName}`, (mark) => {
      if (mark.ok && mark.value === undefined) this.#add({ id, attempt, directory, tries: 0 });
      next();
    });
  }

  /** A3. */
  #add(waiting: Waiting): void {
    const { directory } = waiting;
    if (this.#stopped || this.#underWay.has(directory)) return;
    if (this.#waiting.size >= archiveLimits.attempts) this.#dropped += 1;
    else this.#waiting.set(directory, waiting);
    this.#begin();
  }

  /** A4. */
  #begin(): void {
    const uploads = this.#pauseMs > 0 ? 1 : archiveLimits.uploads;
    while (!this.#stopped && this.#timer === undefined && this.#underWay.size < uploads) {
      const [next] = this.#waiting.values();
      if (next === undefined) return;
      this.#waiting.delete(next.directory);
      this.#underWay.add(next.directory);
      this.#archive(next).then(
        () => this.#done(next, undefined),
        (error: unknown) => this.#done(next, error),
      );
    }
  }

  #done(waiting: Waiting, error: unknown): void {
    this.#underWay.delete(waiting.directory);
    if (this.#stopped) return;
    if (error === undefined) {
      this.#archived += 1;
      this.#pauseMs = 0;
    } else this.#failed(waiting, error);
    this.#begin();
  }

  #failed(waiting: Waiting, error: unknown): void {
    const { clock, trace } = this.#options;
    this.#failures += 1;
    waiting.tries += 1;
    if (waiting.tries >= archiveLimits.tries) this.#dropped += 1;
    else this.#waiting.set(waiting.directory, waiting);
    const { backOffMs, backOffMsMax } = archiveLimits;
    this.#pauseMs = Math.min(Math.max(backOffMs, this.#pauseMs * 2), backOffMsMax);
    trace('warn', 'executor.log_not_archived', {
      error: storeFault(error),
      pauseMs: this.#pauseMs,
    });
    this.#timer ??= clock.after(this.#pauseMs, () => {
      this.#timer = undefined;
      this.#begin();
    });
  }

  /** A1. */
  async #archive({ id, attempt, directory }: Waiting): Promise<void> {
    const place = archivePlace(this.#options.prefix, id, attempt);
    const stdout = await this.#stream({ directory, place, stream: 'stdout' });
    const stderr = await this.#stream({ directory, place, stream: 'stderr' });
    // Nobody misses what was never written, and its files may be gone already.
    if (stdout.sizeBytes + stderr.sizeBytes === 0) return;
    const index = new TextEncoder().encode(JSON.stringify({ stdout, stderr }));
    await (await this.#open()).put(indexKey(place), index, 'application/json');
    await this.#mark(directory);
  }

  async #stream(of: {
    readonly directory: string;
    readonly place: string;
    readonly stream: StreamName;
  }): Promise<ArchivedStream> {
    const { directory, place, stream } = of;
    const path = workspaceIn(directory)[stream];
    const pieces: ArchivedPiece[] = [];
    let offset = 0;
    for (;;) {
      const part = await this.#read(path, offset);
      if (part === undefined && offset > 0) throw new Error(`${path} is gone`);
      if (part === undefined) return { sizeBytes: 0, pieces: [] };
      const { bytes, sizeBytes, gap } = part;
      if (gap !== undefined) {
        offset = gap.to;
        continue;
      }
      if (bytes.length === 0) return { sizeBytes, pieces };
      await (await this.#open()).put(pieceKey(place, stream, offset), await pack(bytes));
      pieces.push({ offset, bytes: bytes.length });
      offset += bytes.length;
    }
  }

  #read(path: string, offset: number): Promise<StreamPart | undefined> {
    const range = { offset, bytesMax: archiveLimits.pieceBytes };
    return new Promise((done, failed) => {
      readStream(this.#options.files, path, range, (read) => {
        if (read.ok) done(read.value);
        else failed(new Error(read.error));
      });
    });
  }

  #mark(directory: string): Promise<void> {
    return new Promise((done, failed) => {
      this.#options.files.writeFile(`${directory}/${archivedName}`, '', (error) => {
        // Removed by retention meanwhile: there is nothing left to mark.
        if (error === undefined || /ENOENT|no such/i.test(error)) done();
        else failed(new Error(error));
      });
    });
  }

  /** One that could not be opened is opened anew. */
  async #open(): Promise<ObjectStore> {
    this.#store ??= this.#options.open();
    try {
      return await this.#store;
    } catch (error) {
      this.#store = undefined;
      throw error;
    }
  }
}
