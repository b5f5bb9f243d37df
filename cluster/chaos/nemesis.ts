/**
 * Carries out the schedule: begins faults, holds them, heals them, and writes down what it did.
 *
 * It owns the faults that are under way. It does not own the world that it breaks.
 *
 * Invariants:
 *   F1  What has begun is healed, also when it is told to stop.
 */
import { SeededRandom } from '../../src/base/random.ts';
import { sleep } from '../problem.ts';
import type { Burst, Planned } from './schedule.ts';
import type { World } from './world.ts';

export interface Injected {
  readonly fault: string;
  readonly what: string;
  /** On the clock of the history, in nanoseconds. */
  readonly startNs: number;
  readonly endNs: number;
  readonly isolates: boolean;
}

export interface NemesisOptions {
  readonly world: World;
  readonly bursts: Iterable<Burst>;
  /** The clock of the history. */
  readonly nowNs: () => number;
  readonly say: (text: string) => void;
}

export class Nemesis {
  readonly injected: Injected[] = [];
  /** Faults that could not be begun or healed as planned, and why. */
  readonly failed: string[] = [];
  readonly #options: NemesisOptions;
  #stopping = false;

  constructor(options: NemesisOptions) {
    this.#options = options;
  }

  /** Goes through the bursts until the time is over; whatever has begun is healed then. */
  async run(untilMs: number): Promise<void> {
    for (const { faults, calmMs } of this.#options.bursts) {
      if (this.#stopping || performance.now() > untilMs) return;
      const isAlone = faults.some(({ fault }) => fault.nature === 'alone');
      if (isAlone) await this.#whole();
      await Promise.all(faults.map((planned) => this.#inject(planned)));
      if (isAlone) await this.#whole();
      await this.#pause(calmMs);
    }
  }

  stop(): void {
    this.#stopping = true;
  }

  async #whole(): Promise<void> {
    await this.#options.world.whole().catch((error: Error) => this.failed.push(error.message));
  }

  async #inject({ fault, delayMs, holdMs, seed }: Planned): Promise<void> {
    const { world, nowNs, say } = this.#options;
    await this.#pause(delayMs);
    if (this.#stopping) return;
    const startNs = nowNs();
    try {
      const { what, heal } = await fault.begin(world, new SeededRandom(seed));
      say(`${fault.name}: ${what}, for ${holdMs} ms`);
      await this.#pause(holdMs);
      await heal();
      const isolates = fault.nature === 'isolates';
      this.injected.push({ fault: fault.name, what, startNs, endNs: nowNs(), isolates });
    } catch (error) {
      this.failed.push(`${fault.name}: ${error instanceof Error ? error.message : error}`);
      say(`${fault.name} FAILED: ${this.failed.at(-1)}`);
    }
  }

  async #pause(ms: number): Promise<void> {
    const endMs = performance.now() + ms;
    while (!this.#stopping && performance.now() < endMs) {
      await sleep(Math.min(100, Math.max(1, endMs - performance.now())));
    }
  }
}
