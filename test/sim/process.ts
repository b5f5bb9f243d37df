/**
 * One operating system process of the simulated cluster: what its clock shows, and whether it runs.
 *
 * It owns its timers, and everything that waits to enter it. It does not own what it computes.
 *
 * P1  A dead process runs nothing any more.
 * P2  A paused process runs nothing; timers and messages wait, and enter when it goes on.
 * P3  A stopped process (SIGSTOP) finds that its clock went on; a suspended one (its machine
 *     slept) that it stood still.
 */
import { assert } from '../../src/base/assert.ts';
import { monotonicMs, wallMs } from '../../src/base/brand.ts';
import type { Cancellable, Clock } from '../../src/base/ports.ts';
import type { Timeline } from './timeline.ts';
import type { WallClock } from './wall-clock.ts';

export type Pause = 'stop' | 'suspend';

interface Waiting {
  readonly kind: 'timer' | 'message';
  readonly enter: () => void;
}

/** Differences of virtual times are this inexact at worst. */
const roundingMs = 1e-6;

/** No timer is finer: a remainder of rounding must not be waited for in no time at all. */
const timerMsMin = 0.001;

const delayMsMax = 3_600_000;

export class SimProcess {
  readonly name: string;
  readonly clock: Clock;
  readonly #timeline: Timeline;
  #alive = true;
  #paused: { readonly how: Pause; readonly sinceMs: number } | undefined;
  #waiting: Waiting[] = [];
  #stoodStillMs = 0;
  /** When the last pause ended, in world time; undefined if there was none. */
  resumedAtMs: number | undefined;
  /** When its machine last woke up: its clock cannot know how long it slept. */
  sleptUntilMs: number | undefined;

  constructor(name: string, timeline: Timeline, wall: WallClock) {
    this.name = name;
    this.#timeline = timeline;
    this.clock = {
      monotonicMs: () => monotonicMs(this.#localMs()),
      wallMs: () => wallMs(Math.floor(timeline.wallStartMs + timeline.nowMs + wall.offsetMs)),
      after: (delayMs, run) => this.#after(delayMs, run),
      soon: (run) => {
        this.#after(0, run);
      },
    };
  }

  get alive(): boolean {
    return this.#alive;
  }

  get paused(): boolean {
    return this.#paused !== undefined;
  }

  /** Something from outside enters: a message, the answer of a disk, the end of a child. */
  enter(run: () => void): void {
    if (!this.#alive) return;
    if (this.#paused !== undefined) this.#waiting.push({ kind: 'message', enter: run });
    else run();
  }

  pause(how: Pause): void {
    if (this.#alive) this.#paused ??= { how, sinceMs: this.#timeline.nowMs };
  }

  /** Goes on. As in an event loop, due timers come first, unless `messagesFirst`. */
  resume(messagesFirst: boolean): void {
    const paused = this.#paused;
    if (paused === undefined || !this.#alive) return;
    if (paused.how === 'suspend') {
      this.#stoodStillMs += this.#timeline.nowMs - paused.sinceMs;
      this.sleptUntilMs = this.#timeline.nowMs;
    }
    this.#paused = undefined;
    this.resumedAtMs = this.#timeline.nowMs;
    const waiting = this.#waiting;
    this.#waiting = [];
    const first = messagesFirst ? 'message' : 'timer';
    for (const { kind, enter } of waiting) if (kind === first) this.#enterSoon(enter);
    for (const { kind, enter } of waiting) if (kind !== first) this.#enterSoon(enter);
  }

  kill(): void {
    this.#alive = false;
    this.#waiting = [];
  }

  #enterSoon(run: () => void): void {
    this.#timeline.after(0, () => this.enter(run));
  }

  #localMs(): number {
    const paused = this.#paused?.how === 'suspend' ? this.#paused.sinceMs : this.#timeline.nowMs;
    return paused - this.#stoodStillMs;
  }

  #after(delayMs: number, run: () => void): Cancellable {
    assert(delayMs >= 0 && delayMs <= delayMsMax, `a delay of ${delayMs} ms is not for a Clock`);
    const leastMs = delayMs > 0 ? Math.max(delayMs, timerMsMin) : 0;
    const timer = { dueMs: this.#localMs() + leastMs, run, cancelled: false };
    this.#arm(timer);
    return {
      cancel: () => {
        timer.cancelled = true;
      },
    };
  }

  #arm(timer: Timer): void {
    const atMs = Math.max(this.#timeline.nowMs, timer.dueMs + this.#stoodStillMs);
    this.#timeline.at(atMs, () => this.#fire(timer));
  }

  #fire(timer: Timer): void {
    if (timer.cancelled || !this.#alive) return;
    if (this.#paused !== undefined) {
      this.#waiting.push({ kind: 'timer', enter: () => this.#fire(timer) });
    } else if (timer.dueMs - this.#localMs() > roundingMs) this.#arm(timer);
    else timer.run();
  }
}

interface Timer {
  readonly dueMs: number;
  readonly run: () => void;
  readonly cancelled: boolean;
}
