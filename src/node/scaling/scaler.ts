/**
 * The scaler of a node: while the node leads, it tells the providers of the node pools what is
 * wanted, and the leader what came of it.
 *
 * Owns: when a provider is told, and the one call to each pool that is under way. Does not own: any
 * decision (`scheduler/decisions/scale.ts`), or how nodes come to be.
 *
 * Invariants:
 *   S1  A goal is told only when it is committed and a majority has confirmed, after it was read,
 *       that this node leads.
 *   S2  There is one call to a pool's provider at a time.
 */
import type { Cancellable, Clock } from '../../base/ports.ts';
import type { NodeProvider } from '../../model/node-pool.ts';
import type { Scaled } from '../../scheduler/input.ts';
import type { NodeSource, PoolGoal, Pursued } from './goal.ts';

export interface ScalerOptions {
  readonly clock: Clock;
  /** The goals as they are committed; null while another node leads (S1). */
  readonly look: (done: (goals: readonly PoolGoal[] | null) => void) => void;
  readonly scaled: (said: Scaled) => void;
  readonly sources: Readonly<Record<NodeProvider['kind'], NodeSource>>;
  /** Unless said: five seconds. */
  readonly settleMs?: number;
}

export const roundMs = 1_000;
/** A new leader lets nodes come that the one before has started. */
const settleMsDefault = 5_000;

interface Pursuit {
  /** What the provider was told last. */
  told: string;
  at: number;
  isDone: boolean;
  isUnderWay: boolean;
}

export class Scaler {
  readonly #options: ScalerOptions;
  readonly #pursuits = new Map<string, Pursuit>();
  #timer: Cancellable | undefined;
  #leadsSince: number | undefined;
  #stopped = false;

  constructor(options: ScalerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = this.#options.clock.after(roundMs, () => this.#round());
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #round(): void {
    this.#options.look((goals) => {
      if (this.#stopped) return;
      this.start();
      this.#follow(goals);
    });
  }

  #follow(goals: readonly PoolGoal[] | null): void {
    const { clock, settleMs = settleMsDefault } = this.#options;
    const now = clock.monotonicMs();
    if (goals === null) {
      this.#leadsSince = undefined;
      return;
    }
    this.#leadsSince ??= now;
    if (now - this.#leadsSince < settleMs) return;
    const pools = new Set(goals.map(({ pool }) => pool));
    for (const [pool, { isUnderWay }] of this.#pursuits) {
      if (!pools.has(pool) && !isUnderWay) this.#pursuits.delete(pool);
    }
    for (const goal of goals) this.#consider(goal, now);
  }

  #consider(goal: PoolGoal, now: number): void {
    const { pool, provider, wanted, nodes, remove } = goal;
    const source = this.#options.sources[provider.kind];
    const names = nodes.map(({ name, state }) => `${name} ${state}`);
    const told = JSON.stringify([provider, wanted, names, remove]);
    const before = this.#pursuits.get(pool);
    if (before?.isUnderWay) return;
    const isNews = before?.told !== told;
    const isDue = before !== undefined && !before.isDone && now - before.at >= source.againMs;
    if (!isNews && !isDue) return;
    const pursuit = { told, at: now, isDone: false, isUnderWay: true };
    this.#pursuits.set(pool, pursuit);
    void source.pursue(goal).then((pursued) => {
      pursuit.isUnderWay = false;
      pursuit.isDone = pursued.isDone;
      if (!this.#stopped) this.#say(goal, pursued);
    });
  }

  #say({ pool, decidedAt: at }: PoolGoal, { outcome, gone }: Pursued): void {
    this.#options.scaled({ kind: 'scaled', pool, at, outcome, gone });
  }
}
