/**
 * Paces attempts whose output together is more than the disk should take: who writes too fast gets
 * less processor time, step by step, until all of them write as fast as is allowed. Nobody loses a
 * byte. As congestion control does, it goes down by what is too much and up a little at a time.
 *
 * It owns the pace of each attempt. What a pace means is the attempt's.
 *
 * Invariants:
 *   BR1 Nobody is slowed down while all together write less than is allowed, as smoothed: paces
 *       only grow then, and end.
 *   BR2 Who is found to have written less than a step's worth of `innocentBytesPerMs`, or of half
 *       an equal share where that is less, is not slowed down.
 */
import { type MonotonicMs, monotonicMs } from '../../base/brand.ts';
import type { Cancellable, Clock } from '../../base/ports.ts';

/** More than people or chatty programs write. */
const innocentBytesPerMs = 2048;

/** Between two steps. */
const stepMs = 20;

/** A pace is changed by no more than this in one step. */
const downMin = 0.1;
const up = 1.15;
/** Of who writes nothing at all. */
const upIdle = 1.5;

/** A pace of more than so much is none: in thousandths of a core. */
const freeMilli = 2000;
/** Enough to end, and to be no zombie in anybody's eyes. */
const slowestMilli = 10;

/** Gives an attempt so many thousandths of a core; undefined: as many as its limits say. */
export type SetPace = (cpuMilli: number | undefined) => void;

interface Writer {
  readonly setPace: SetPace;
  milli: number | undefined;
  /** Since the last step; undefined: nobody has looked. */
  bytes: number | undefined;
}

export class LogBrake {
  readonly #clock: Clock;
  readonly #bytesPerMs: number;
  readonly #writers = new Map<string, Writer>();
  /** Attempts that are paced, or have written something since the last step. */
  readonly #active = new Map<string, Writer>();
  #steppedAt: MonotonicMs;
  /** Smoothed, of all together: what is seen in one step comes in lumps. */
  #rate = 0;
  #timer: Cancellable | undefined;
  #pacedMs = 0;

  /** `bytesPerSecond` of all attempts together; 0: nobody is paced. */
  constructor(clock: Clock, bytesPerSecond: number) {
    this.#clock = clock;
    this.#bytesPerMs = bytesPerSecond / 1000;
    this.#steppedAt = clock.monotonicMs();
  }

  /** For how long somebody was paced since the start. */
  get pacedMs(): number {
    return this.#pacedMs;
  }

  stop(): void {
    this.#timer?.cancel();
    for (const { milli, setPace } of this.#active.values())
      if (milli !== undefined) setPace(undefined);
    this.#active.clear();
    this.#writers.clear();
  }

  began(attempt: string, setPace: SetPace | undefined): void {
    if (setPace === undefined || this.#bytesPerMs === 0) return;
    this.#writers.set(attempt, { setPace, milli: undefined, bytes: undefined });
  }

  ended(attempt: string): void {
    this.#writers.delete(attempt);
    this.#active.delete(attempt);
  }

  /** An attempt has written so much since it was told last. */
  grew(attempt: string, bytes: number): void {
    const writer = this.#writers.get(attempt);
    if (writer === undefined || (bytes === 0 && writer.milli === undefined)) return;
    writer.bytes = (writer.bytes ?? 0) + bytes;
    this.#active.set(attempt, writer);
    if (this.#timer !== undefined) return;
    // After a silence: what comes first counts as the work of one step. Too much of it does not
    // wait for the end of another: the fastest programs write a hundred megabytes in five.
    this.#steppedAt = monotonicMs(this.#clock.monotonicMs() - stepMs);
    this.#rate = 0;
    if (bytes > this.#bytesPerMs * stepMs) this.#step();
    else this.#timer = this.#clock.after(stepMs, () => this.#step());
  }

  #step(): void {
    const now = this.#clock.monotonicMs();
    const tookMs = Math.max(1, now - this.#steppedAt);
    this.#steppedAt = now;
    let bytes = 0;
    for (const writer of this.#active.values()) bytes += writer.bytes ?? 0;
    // Up at once, down slowly: a lump is followed by more as a rule.
    this.#rate = Math.max(bytes / tookMs, (this.#rate * 3 + bytes / tookMs) / 4);
    const factor = Math.max(downMin, Math.min(up, this.#bytesPerMs / this.#rate));
    const share = this.#bytesPerMs / Math.max(1, this.#active.size) / 2;
    const innocent = Math.min(innocentBytesPerMs, share) * tookMs;
    let isPacing = false;
    for (const [attempt, writer] of this.#active) {
      if (writer.bytes !== undefined) this.#change(writer, writer.bytes, { factor, innocent });
      isPacing ||= writer.milli !== undefined;
      if (writer.milli === undefined && writer.bytes === undefined) this.#active.delete(attempt);
      writer.bytes = undefined;
    }
    if (isPacing) this.#pacedMs += tookMs;
    const goesOn = this.#active.size > 0;
    this.#timer = goesOn ? this.#clock.after(stepMs, () => this.#step()) : undefined;
  }

  #change(
    writer: Writer,
    bytes: number,
    { factor, innocent }: { readonly factor: number; readonly innocent: number },
  ): void {
    const before = writer.milli;
    if (factor < 1 && bytes >= innocent) {
      writer.milli = Math.max(slowestMilli, Math.round((before ?? 1000) * factor));
    } else if (before !== undefined && (factor >= 1 || bytes === 0)) {
      const faster = Math.ceil(before * (bytes === 0 ? upIdle : up));
      writer.milli = faster > freeMilli ? undefined : faster;
    }
    if (writer.milli !== before) writer.setPace(writer.milli);
  }
}
