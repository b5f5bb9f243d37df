/**
 * One seed, all parameters. Swarm testing (Groce and others, ISSTA 2012): each seed switches most
 * faults off, because a mix of everything hides what two of them do together; half of the seeds
 * know one to three kinds.
 */
import { below, SeededRandom } from '../../src/base/random.ts';

export const faultKinds = [
  'crash',
  'power-loss',
  'kill-peer',
  'kill-executor',
  'pause-peer',
  'pause-executor',
  'suspend-node',
  'partition',
  'one-way',
  'disconnect',
  'wall-step',
  'clog',
  'slow-disk',
  'disk-error',
  'disk-full',
  'transfer',
  'part-kill',
  'all-crash',
] as const;

export type FaultKind = (typeof faultKinds)[number];

export interface SimOptions {
  readonly seed: number;
  readonly nodes: number;
  readonly seconds: number;
  readonly faults: readonly FaultKind[];
  /** Between two faults, on average. */
  readonly faultEveryMs: number;
  /** Chance of a fault to strike the leader rather than anybody. */
  readonly leaderBias: number;
  readonly loss: number;
  readonly duplication: number;
  /** Of one message: at least, and on top of it on average. */
  readonly delayMs: { readonly least: number; readonly spread: number };
  readonly syncMs: { readonly least: number; readonly spread: number };
  readonly leaseMs: number;
  readonly graceMs: number;
  readonly electionMs: { readonly min: number; readonly max: number };
  /** Between two requests of clients, on average. */
  readonly requestEveryMs: number;
  readonly tasksMax: number;
  readonly schedules: boolean;
  /** Nothing is asked for in this stretch, so that timers alone drive the cluster. */
  readonly idle: { readonly fromMs: number; readonly toMs: number } | undefined;
  /** For the liveness phase: everybody is well, or only a random majority. */
  readonly healed: 'all' | 'majority';
}

/** What differs from the production's times, so that sixty seconds see many of everything. */
export const executorTimes = { heartbeatMs: 1000, graceMs: 1500, announceMs: 100 } as const;

export function optionsOf(seed: number, seconds: number): SimOptions {
  const random = new SeededRandom(seed);
  const pick = <T>(...choices: readonly T[]): T => choices[below(random, choices.length)] as T;
  const chance = (share: number): boolean => random.fraction() < share;
  const idleFromMs = below(random, seconds * 1000);
  return {
    seed,
    seconds,
    nodes: pick(1, 2, 3, 3, 3, 3, 3, 4, 5, 5),
    faults: pickFaults(random),
    faultEveryMs: pick(1500, 3000, 3000, 6000, 12_000),
    leaderBias: pick(0, 0.6, 0.6, 0.9),
    loss: pick(0, 0, 0, 0.01, 0.05, 0.15, 0.3),
    duplication: pick(0, 0, 0, 0.05, 0.3),
    delayMs: pick(
      { least: 0.1, spread: 0.3 },
      { least: 0.1, spread: 0.3 },
      { least: 0.5, spread: 5 },
      { least: 2, spread: 40 },
      { least: 0.1, spread: 150 },
    ),
    syncMs: pick(
      { least: 0.1, spread: 0.2 },
      { least: 0.1, spread: 2 },
      { least: 2, spread: 10 },
      { least: 5, spread: 60 },
    ),
    leaseMs: pick(3000, 4000, 6000, 10_000),
    graceMs: 3000,
    electionMs: pick({ min: 1000, max: 2000 }, { min: 1000, max: 2000 }, { min: 300, max: 700 }),
    requestEveryMs: pick(200, 400, 800, 2000),
    tasksMax: pick(3, 8, 8, 15, 40),
    schedules: chance(0.6),
    idle: chance(0.3) ? { fromMs: idleFromMs, toMs: idleFromMs + 20_000 } : undefined,
    healed: chance(0.6) ? 'all' : 'majority',
  };
}

function pickFaults(random: SeededRandom): readonly FaultKind[] {
  const count = random.fraction() < 0.5 ? 1 + below(random, 3) : 4 + below(random, 8);
  const left: FaultKind[] = [...faultKinds];
  const chosen: FaultKind[] = [];
  while (chosen.length < count) chosen.push(...left.splice(below(random, left.length), 1));
  return chosen.sort();
}
