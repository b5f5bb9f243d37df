/**
 * Sends what long streams gather to the disk in small steps, while they are written. A kernel keeps
 * written pages for half a minute and then writes them all; whoever syncs a file on that disk
 * meanwhile waits for them, and the consensus log syncs before every answer.
 *
 * It owns the order of the flushes. It does not own the streams: what it cannot flush, the kernel
 * writes in its own time.
 *
 * Invariants:
 *   F1  At most one flush is under way: side by side they would be a burst again.
 */
import type { Files } from '../files.ts';

/** A stream is flushed when it has grown by so much. */
export const flushStepBytes = 4 * 1024 * 1024;

/** Streams of which is known how far they are flushed; one that is forgotten is flushed again. */
const knownMax = 10_000;

export class EarlyFlush {
  readonly #files: Files;
  readonly #flushedTo = new Map<string, number>();
  /** Stream and its size, in the order in which they came. */
  readonly #waiting = new Map<string, number>();
  /** Of those that wait or are flushed: nothing more is written to them. */
  readonly #over = new Set<string>();
  #flushing: string | undefined;
  #flushedBytes = 0;

  constructor(files: Files) {
    this.#files = files;
  }

  /** Since the start. */
  get flushedBytes(): number {
    return this.#flushedBytes;
  }

  stop(): void {
    this.#waiting.clear();
  }

  /** A stream has this size now. */
  reaches(stream: string, sizeBytes: number): void {
    if (sizeBytes - (this.#flushedTo.get(stream) ?? 0) < flushStepBytes) return;
    this.#waiting.set(stream, sizeBytes);
    this.#next();
  }

  /** Nothing is written to it any more. */
  over(stream: string): void {
    if (this.#waiting.has(stream) || this.#flushing === stream) this.#over.add(stream);
    else this.#flushedTo.delete(stream);
  }

  #next(): void {
    if (this.#flushing !== undefined) return;
    for (const [stream, sizeBytes] of this.#waiting) {
      this.#waiting.delete(stream);
      this.#flushing = stream;
      this.#flush(stream, sizeBytes);
      return;
    }
  }

  #flush(stream: string, sizeBytes: number): void {
    const from = this.#flushedTo.get(stream) ?? 0;
    this.#know(stream, sizeBytes);
    this.#files.flush(stream, (error) => {
      this.#flushing = undefined;
      if (error === undefined) this.#flushedBytes += sizeBytes - from;
      if (!this.#waiting.has(stream) && this.#over.delete(stream)) this.#flushedTo.delete(stream);
      this.#next();
    });
  }

  #know(stream: string, sizeBytes: number): void {
    this.#flushedTo.delete(stream);
    this.#flushedTo.set(stream, sizeBytes);
    const [oldest] = this.#flushedTo.keys();
    if (this.#flushedTo.size > knownMax && oldest !== undefined) this.#flushedTo.delete(oldest);
  }
}
