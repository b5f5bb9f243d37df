/**
 * What each namespace (or DAG) has had of its share lately. Who shares by what is in use at the
 * moment alone is unfair wherever tasks are large beside a share: whoever is let in takes more than
 * is due, or is never let in. So the present counts a little and the recent past much: shares are
 * right on average over a minute, and whoever has had nothing for a while comes first.
 *
 * A running mean with a fixed memory (Kay and Lauder, "A fair share scheduler", CACM 31, 1988,
 * where usage decays in the same way). Soft state of a leader: it begins with what is in use, and
 * so it does when something waits again. What was used while nobody waited was taken from nobody.
 */
import type { WallMs } from '../base/brand.ts';

/** How far back the mean reaches, in milliseconds. */
export const memoryMs = 60_000;

/** How much the present counts beside the past. */
const presentPart = 0.1;

/** Shares that differ from nothing by less are forgotten. */
const smallest = 1e-9;

interface Past {
  mean: number;
  /** Since the last look. */
  share: number;
}

export class ShareMemory {
  readonly #past = new Map<string, Past>();
  readonly #memoryMs: number;
  #at: WallMs | undefined;

  constructor(ms = memoryMs) {
    this.#memoryMs = ms;
  }

  /** Nobody waits, or everything is derived anew. */
  clear(): void {
    this.#past.clear();
    this.#at = undefined;
  }

  /** Time has passed since the shares were noted: they become past. */
  advance(now: WallMs): void {
    const ms = this.#at === undefined ? 0 : Math.max(0, now - this.#at);
    this.#at = now;
    if (ms === 0) return;
    // 1 / (1 + x) for e^-x: the four operations alone are the same on every machine.
    const kept = 1 / (1 + ms / this.#memoryMs);
    for (const [name, past] of this.#past) {
      past.mean = past.share + (past.mean - past.share) * kept;
      if (past.share === 0 && past.mean < smallest) this.#past.delete(name);
    }
  }

  /** What somebody has now, at the end of a pass. Who is named for the first time always had it. */
  note(name: string, share: number): void {
    const past = this.#past.get(name);
    if (past !== undefined) past.share = share;
    else if (share > 0) this.#past.set(name, { mean: share, share });
  }

  /** Names of those that had something lately. */
  names(): Iterable<string> {
    return this.#past.keys();
  }

  /** By what they are compared: the least is served next. `present` is what it has just now. */
  standing(name: string, present: number): number {
    const mean = this.#past.get(name)?.mean ?? 0;
    return (1 - presentPart) * mean + presentPart * present;
  }
}
