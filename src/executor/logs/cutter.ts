/**
 * Keeps streams within their limit: the first half and the newest half stay, what lies between is
 * given back to the file system as a hole. Writers notice nothing, offsets stay what they were.
 *
 * It owns the holes that are being made. It does not own the streams, and never reads one.
 *
 * Invariants:
 *   Q1  The gap stands in its file before the hole is made.
 *   Q2  At most one hole is being made at a time: each is a short process of its own.
 *   Q3  A gap only grows.
 */
import type { Trace } from '../../base/trace.ts';
import type { Files } from '../files.ts';
import { type Gap, gapLine, gapPath, readGap } from './stream-file.ts';

/** Of a file system: holes in other units would not free anything. */
const blockBytes = 4096;

/** A stream may pass its limit by this share before its middle is cut out again. */
const slack = 0.25;

/** Streams that wait to be cut; one more is cut when it is looked at again. */
const waitingMax = 1_000;

/** Streams of which is known where they were cut; of one that is forgotten its gap is read. */
const knownMax = 10_000;

export class LogCutter {
  readonly #files: Files;
  readonly #trace: Trace;
  readonly #limitBytes: number;
  /** Stream and its size, in the order in which they came. */
  readonly #waiting = new Map<string, number>();
  /** What was cut, so that a stream is not looked at again for every line. */
  readonly #cutAt = new Map<string, number>();
  #busy = false;
  #failures = 0;
  #cutBytes = 0;

  constructor(options: {
    readonly files: Files;
    readonly trace: Trace;
    readonly limitBytes: number;
  }) {
    this.#files = options.files;
    this.#trace = options.trace;
    this.#limitBytes = options.limitBytes;
  }

  get limitBytes(): number {
    return this.#limitBytes;
  }

  /** Bytes given back, and how often that was not possible. */
  get counters(): { readonly cutBytes: number; readonly failures: number } {
    return { cutBytes: this.#cutBytes, failures: this.#failures };
  }

  /** A stream has this size now: cuts it if it is too long. To be asked again as it grows. */
  consider(stream: string, sizeBytes: number): void {
    const cutAt = this.#cutAt.get(stream) ?? this.#limitBytes;
    if (sizeBytes <= cutAt + this.#limitBytes * slack) return;
    if (this.#waiting.size >= waitingMax && !this.#waiting.has(stream)) return;
    this.#waiting.set(stream, sizeBytes);
    this.#next();
  }

  /** Nothing is written to it any more. */
  forget(stream: string): void {
    this.#cutAt.delete(stream);
  }

  #know(stream: string, sizeBytes: number): void {
    this.#cutAt.set(stream, sizeBytes);
    const [oldest] = this.#cutAt.keys();
    if (this.#cutAt.size > knownMax && oldest !== undefined) this.#cutAt.delete(oldest);
  }

  #next(): void {
    if (this.#busy) return;
    for (const [stream, sizeBytes] of this.#waiting) {
      this.#waiting.delete(stream);
      this.#busy = true;
      this.#know(stream, sizeBytes);
      this.#cut(stream, sizeBytes);
      return;
    }
  }

  #cut(stream: string, sizeBytes: number): void {
    readGap(this.#files, stream, (read) => {
      if (!read.ok) return this.#failed(stream, read.error);
      const before = read.value;
      const half = this.#limitBytes / 2;
      const from = before?.from ?? Math.ceil(half / blockBytes) * blockBytes;
      const to = Math.floor((sizeBytes - half) / blockBytes) * blockBytes;
      if (to <= (before?.to ?? from)) return this.#ended();
      this.#files.append(gapPath(stream), gapLine({ from, to }), (error) => {
        if (error !== undefined) return this.#failed(stream, error);
        this.#punch(stream, { from: before?.to ?? from, to });
      });
    });
  }

  #punch(stream: string, { from, to }: Gap): void {
    const bytes = to - from;
    this.#files.punchHole(stream, { offset: from, bytes }, (error) => {
      if (error !== undefined) return this.#failed(stream, error);
      this.#cutBytes += bytes;
      this.#ended();
    });
  }

  /** The gap hides the bytes from readers all the same; what they take on the disk, they keep. */
  #failed(stream: string, error: string): void {
    this.#failures += 1;
    this.#trace('warn', 'executor.log_not_cut', { stream, error });
    this.#ended();
  }

  #ended(): void {
    this.#busy = false;
    this.#next();
  }
}
