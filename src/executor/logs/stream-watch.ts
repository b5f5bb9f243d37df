/**
 * Looks at the streams of attempts while they are written, and tells how they grow: to those who
 * keep one task's output from holding up everybody's disk.
 *
 * It owns the order of the looks. What it cannot look at has not grown.
 *
 * Invariants:
 *   SW1 An attempt that lives for less than a look is not looked at: there may be a thousand of
 *       them a second.
 *   SW2 `over` is told once of each stream that was told to have grown.
 */
import type { Cancellable, Clock } from '../../base/ports.ts';
import type { Files } from '../files.ts';

/** Between two looks, while somebody is new or writes much: the fastest write twenty megabytes. */
const lookSoonMs = 20;
/** And while nobody is. */
const lookEveryMs = 100;
/** Who is new, or has written much at a look, may do so for as long. */
const restlessMs = 200;
const muchBytes = 256 * 1024;

/** Attempts of one look; of more, each is looked at in turn. */
const looksMax = 32;

export interface GrowthListener {
  /** A stream has this size now. */
  reaches(stream: string, sizeBytes: number): void;
  /** Nothing is written to it any more. */
  over(stream: string): void;
  /** An attempt has written so much to one of its streams since the last look; perhaps nothing. */
  grew(attempt: string, bytes: number): void;
}

interface Watched {
  /** Path and size. */
  readonly streams: Map<string, number>;
  isLookedAt: boolean;
}

export class StreamWatch {
  readonly #clock: Clock;
  readonly #files: Files;
  readonly #listener: GrowthListener;
  /** By attempt, in the order in which they are looked at. */
  readonly #watched = new Map<string, Watched>();
  #timer: Cancellable | undefined;
  #isSoon = false;
  #restlessUntil = 0;

  constructor(options: {
    readonly clock: Clock;
    readonly files: Files;
    readonly listener: GrowthListener;
  }) {
    this.#clock = options.clock;
    this.#files = options.files;
    this.#listener = options.listener;
  }

  stop(): void {
    this.#timer?.cancel();
    this.#watched.clear();
  }

  /** An attempt may write to these from now on. */
  began(attempt: string, streams: readonly string[]): void {
    this.#watched.set(attempt, {
      streams: new Map(streams.map((stream) => [stream, 0])),
      isLookedAt: false,
    });
    this.#beRestless();
  }

  ended(attempt: string): void {
    const watched = this.#watched.get(attempt);
    this.#watched.delete(attempt);
    for (const [stream, before] of watched?.streams ?? []) {
      if (before === 0) continue;
      this.#sizeOf(stream, (sizeBytes) => {
        if (sizeBytes > before) this.#listener.reaches(stream, sizeBytes);
        this.#listener.over(stream);
      });
    }
  }

  #beRestless(): void {
    this.#restlessUntil = this.#clock.monotonicMs() + restlessMs;
    if (this.#timer !== undefined && this.#isSoon) return;
    this.#timer?.cancel();
    this.#arm();
  }

  #arm(): void {
    this.#isSoon = this.#clock.monotonicMs() < this.#restlessUntil;
    this.#timer = this.#clock.after(this.#isSoon ? lookSoonMs : lookEveryMs, () => {
      this.#timer = undefined;
      this.#lookAround();
      if (this.#watched.size > 0) this.#arm();
    });
  }

  #lookAround(): void {
    let left = Math.min(looksMax, this.#watched.size);
    for (const [attempt, watched] of this.#watched) {
      if (left-- === 0) return;
      // To the end of the line.
      this.#watched.delete(attempt);
      this.#watched.set(attempt, watched);
      // SW1. Whoever is here for the second time has lived for as long as a look lasts.
      if (watched.isLookedAt) this.#look(attempt, watched);
      watched.isLookedAt = true;
    }
  }

  #look(attempt: string, watched: Watched): void {
    for (const stream of watched.streams.keys()) {
      this.#sizeOf(stream, (sizeBytes) => {
        // It has ended meanwhile: its end looks for itself.
        if (this.#watched.get(attempt) !== watched) return;
        const grown = Math.max(0, sizeBytes - (watched.streams.get(stream) ?? 0));
        this.#listener.grew(attempt, grown);
        if (grown === 0) return;
        watched.streams.set(stream, sizeBytes);
        this.#listener.reaches(stream, sizeBytes);
        if (grown >= muchBytes) this.#beRestless();
      });
    }
  }

  #sizeOf(stream: string, done: (sizeBytes: number) => void): void {
    this.#files.stat(stream, (found) => done((found.ok && found.value?.sizeBytes) || 0));
  }
}
