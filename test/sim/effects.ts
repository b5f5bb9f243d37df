/**
 * The effect ledger: what really ran, where and when. It is written by the simulated programs and
 * by nobody else, so it is a witness that owes nothing to what Skein believes.
 */
import type { SimProcess } from './process.ts';

export interface Effect {
  readonly node: string;
  readonly executor: SimProcess;
  readonly namespace: string;
  readonly runId: string;
  /** Run, task and place in its map: `run/task[0]`. */
  readonly instance: string;
  readonly attempt: number;
  readonly token: number;
  /** What it takes of its node, as its environment says. */
  readonly takes: Readonly<Record<string, number>>;
  /** Its own time limit; infinite without one. */
  readonly limitMs: number;
  readonly startedAtMs: number;
  endedAtMs: number | undefined;
}

export class Effects {
  readonly alive = new Set<Effect>();
  readonly #byToken = new Map<number, Effect>();
  readonly #highest = new Map<string, number>();
  readonly #observers: ((effect: Effect, seen: Seen) => void)[] = [];
  started = 0;

  /** Called at each start, with what was known before it. */
  onStart(observer: (effect: Effect, seen: Seen) => void): void {
    this.#observers.push(observer);
  }

  start(effect: Effect): void {
    const place = `${effect.executor.name} ${effect.instance}`;
    const seen = {
      sameToken: this.#byToken.get(effect.token),
      highestHere: this.#highest.get(place),
      overlapping: [...this.alive].filter((other) => other.instance === effect.instance),
    };
    this.started += 1;
    this.alive.add(effect);
    this.#byToken.set(effect.token, effect);
    this.#highest.set(place, Math.max(seen.highestHere ?? 0, effect.token));
    for (const observe of this.#observers) observe(effect, seen);
  }

  end(effect: Effect, nowMs: number): void {
    effect.endedAtMs ??= nowMs;
    this.alive.delete(effect);
  }

  byToken(token: number): Effect | undefined {
    return this.#byToken.get(token);
  }
}

export interface Seen {
  readonly sameToken: Effect | undefined;
  readonly highestHere: number | undefined;
  readonly overlapping: readonly Effect[];
}
