/**
 * The attempts that this executor has accepted and that have not ended, and the room they take.
 *
 * It owns what is alive here; it does not decide what may be. An attempt leaves only when nothing
 * of it is alive any more, so the room that it took is truly free (W11).
 *
 * Invariants:
 *   A1  A task instance has at most one attempt here at a time.
 *   A2  The sum of what attempts take fits into the capacity.
 *   A3  An attempt is announced as lasting once, after it has begun.
 */
import { assert } from '../base/assert.ts';
import type { MonotonicMs, WallMs } from '../base/brand.ts';
import type { Dispatch, Held } from '../model/protocol.ts';
import { fits, minus, plus, type Resources } from '../model/resources.ts';
import { instanceKey } from './attempt-key.ts';
import type { RunningJob } from './runner.ts';

/** Attempts alive at a time, whatever the capacity says. */
const attemptsMax = 4_000;

/**
 * Why an attempt was asked to end. The first reason stands, and decides how the end is reported.
 */
export type StopReason = 'cancel' | 'timeout' | 'lease' | 'superseded' | 'shutdown';

export interface LiveAttempt {
  readonly key: string;
  readonly dispatch: Dispatch;
  readonly job: RunningJob;
  /** Set when the runner said that the work has begun. */
  started: { readonly at: WallMs; readonly since: MonotonicMs; announced: boolean } | undefined;
  stopping: StopReason | undefined;
}

/** What an attempt takes: one slot, unless its task says otherwise. */
const taken = (dispatch: Dispatch): Resources => ({ slots: 1, ...dispatch.resources });

export class Attempts {
  readonly #live = new Map<string, LiveAttempt>();
  #free: Resources;
  #lasting = 0;

  constructor(capacity: Resources) {
    this.#free = capacity;
  }

  get size(): number {
    return this.#live.size;
  }

  /** Those that wait for their start, or began a moment ago: most of them end soon. */
  get brief(): number {
    return this.#live.size - this.#lasting;
  }

  get free(): Resources {
    return this.#free;
  }

  /** The live attempt of a task instance. */
  get(key: string): LiveAttempt | undefined {
    return this.#live.get(key);
  }

  all(): Iterable<LiveAttempt> {
    return this.#live.values();
  }

  hasRoomFor(dispatch: Dispatch): boolean {
    return this.#live.size < attemptsMax && fits(taken(dispatch), this.#free);
  }

  add(dispatch: Dispatch, job: RunningJob): LiveAttempt {
    const key = instanceKey(dispatch.id);
    assert(!this.#live.has(key), 'A1: one attempt of a task instance at a time');
    assert(this.hasRoomFor(dispatch), 'A2: what does not fit is not accepted');
    const attempt = { key, dispatch, job, started: undefined, stopping: undefined };
    this.#live.set(key, attempt);
    this.#free = minus(this.#free, taken(dispatch));
    return attempt;
  }

  /** The attempt goes on for longer than most, and the leader is told. */
  announced(attempt: LiveAttempt): void {
    const { started } = attempt;
    assert(started !== undefined && !started.announced, 'A3: what lasts has begun, and lasts once');
    started.announced = true;
    this.#lasting += 1;
  }

  /** The attempt has ended, and nothing of it is alive. */
  remove(attempt: LiveAttempt): void {
    assert(this.#live.get(attempt.key) === attempt, 'A1: what ends is what was there');
    this.#live.delete(attempt.key);
    if (attempt.started?.announced === true) this.#lasting -= 1;
    this.#free = plus(this.#free, taken(attempt.dispatch));
  }

  /** As heartbeats list them. */
  *held(): Iterable<Held> {
    for (const { dispatch, started } of this.#live.values()) {
      yield {
        id: dispatch.id,
        phase: started === undefined ? 'accepted' : 'running',
        startedAt: started?.at ?? null,
      };
    }
  }
}
