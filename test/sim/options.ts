/**
 * One seed, all parameters. Swarm testing (Groce and others, ISSTA 2012): each seed switches most
 * faults off, because a mix of everything hides what two of them do together; half of the seeds
 * know one to three kinds.
 */
import { below, SeededRandom } from '../../src/base/random.ts';
import { type FaultKind, faultKinds } from './fault-kinds.ts';
import { type Feature, pickFeatures } from './features.ts';
import { wallStartUsual } from './timeline.ts';

/** At least, and on top of it on average. */
export interface Spread {
  readonly least: number;
  readonly spread: number;
}

/** How much travels or is written at a time; small pages make many edges. */
export interface Pages {
  readonly appendBytes: number;
  readonly inflightAppends: number;
  readonly commitBytes: number;
  readonly cacheBytes: number;
  readonly ledgerWindowMs: number;
  readonly ledgerRowsPerWindow: number;
  readonly ledgerRowsPerSlice: number;
  /** The largest message that the server takes. */
  readonly payloadBytes: number;
}

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
  /** Messages of one connection overtake each other, as after a change of servers. */
  readonly reorders: boolean;
  /** Of one message. */
  readonly delayMs: Spread;
  readonly syncMs: Spread;
  /** A gateway repeats what got no answer for so long. */
  readonly repeatMs: number;
  readonly leaseMs: number;
  readonly graceMs: number;
  readonly electionMs: { readonly min: number; readonly max: number };
  readonly beatMs: { readonly tick: number; readonly heartbeat: number };
  readonly pages: Pages;
  /** Entries that stay in the log behind the ledger: few, and snapshots are sent all the time. */
  readonly logKept: number;
  readonly logMax: number;
  /** Nodes that were not there when the cluster was formed. */
  readonly spares: number;
  /** Dead voters make room for learners by themselves. */
  readonly replacesDead: boolean;
  /** Between two requests of clients, on average. */
  readonly requestEveryMs: number;
  readonly tasksMax: number;
  readonly schedules: boolean;
  /** Nothing is asked for in this stretch, so that timers alone drive the cluster. */
  readonly idle: { readonly fromMs: number; readonly toMs: number } | undefined;
  /** For the liveness phase: everybody is well, or only a random majority. */
  readonly healed: 'all' | 'majority';
  /** Whether envelopes are sealed with the real MAC or with a quick one. */
  readonly mac: 'real' | 'quick';
  /** What the workflows use. */
  readonly features: readonly Feature[];
  /** What the clocks show at the beginning; some seeds begin right before clocks are changed. */
  readonly wallStartMs: number;
}

/** What differs from the production's times, so that sixty seconds see many of everything. */
/** A minute would be the whole life of most worlds. */
export const shareMemoryMs = 1000;

export const executorTimes = {
  ...{ heartbeatMs: 1000, graceMs: 1500, announceMs: 100 },
  // Two attempts of an executor are a crowd already.
  gather: { attemptsMin: 2, msPerAttempt: 5, msMax: 50 },
} as const;

/** The member desk's, shortened for the same reason. */
export const memberTimes = {
  ...{ roundMs: 300, stableMs: 4000, deadMs: 8000, rivalMs: 1500, lonelyMs: 3000, lagMax: 50 },
} as const;

export function optionsOf(seed: number, seconds: number): SimOptions {
  const random = new SeededRandom(seed);
  const pick: Pick = (...choices) => choices[below(random, choices.length)] as never;
  const chance = (share: number): boolean => random.fraction() < share;
  const idleFromMs = below(random, seconds * 1000);
  const delayMs = pick(...delays);
  const electionMs = pick(patient, patient, { min: 300, max: 700 });
  const logKept = pick(1, 5, 20, 100, 1000, 10_000);
  const isPatient = electionMs === patient;
  const drawn: SimOptions = {
    seed,
    seconds,
    nodes: pick(1, 2, 3, 3, 3, 3, 3, 3, 4, 5, 5, 6, 7),
    faults: pickFaults(random),
    faultEveryMs: pick(1500, 3000, 3000, 6000, 12_000),
    leaderBias: pick(0, 0.6, 0.6, 0.9),
    loss: pick(0, 0, 0, 0.01, 0.05, 0.2, 0.4),
    duplication: pick(0, 0, 0, 0.05, 0.2, 0.5),
    reorders: chance(0.3),
    delayMs,
    syncMs: pick(...quickSyncs, ...(isPatient ? slowSyncs : [])),
    repeatMs: delayMs.spread < 10 ? pick(100, 500, 500) : 1000,
    leaseMs: pick(3000, 4000, 6000, 10_000),
    graceMs: 3000,
    electionMs,
    beatMs: isPatient ? pick(usualBeat, calmBeat) : usualBeat,
    pages: chance(0.5) ? productionPages : pickPages(pick),
    logKept,
    logMax: logKept * pick(1, 2, 20),
    spares: pick(0, 0, 0, 1, 2),
    replacesDead: chance(0.3),
    requestEveryMs: pick(200, 400, 800, 2000),
    tasksMax: pick(3, 8, 8, 15, 40),
    schedules: chance(0.6),
    idle: chance(0.3) ? { fromMs: idleFromMs, toMs: idleFromMs + 20_000 } : undefined,
    healed: chance(0.6) ? 'all' : 'majority',
    mac: chance(0.25) ? 'real' : 'quick',
    features: pickFeatures(random),
    wallStartMs: chance(0.7) ? wallStartUsual : pick(...clockChanges) - 1000 * below(random, 60),
  };
  const goesOn = drawn.features.includes('event');
  return goesOn ? { ...drawn, logMax: Math.max(drawn.logMax, logMaxOfTriggers) } : drawn;
}

/**
 * Triggers go on when everything is at rest. Beside a log that is cut behind every entry no
 * snapshot is ever in time on a slow disk, and nobody who sets `logEntriesMax` to 1 expects it.
 */
const logMaxOfTriggers = 50;

/** Berlin, New York, Lord Howe and Santiago, in spring and in autumn of 2026. */
const clockChanges = [
  Date.UTC(2026, 2, 29, 1),
  Date.UTC(2026, 9, 25, 1),
  Date.UTC(2026, 2, 8, 7),
  Date.UTC(2026, 10, 1, 6),
  Date.UTC(2026, 3, 4, 15),
  Date.UTC(2026, 9, 3, 15, 30),
  Date.UTC(2026, 3, 5, 3),
  Date.UTC(2026, 8, 6, 4),
];

type Pick = <T>(...choices: readonly T[]) => T;

const delays: readonly Spread[] = [
  { least: 0.1, spread: 0.1 },
  { least: 0.1, spread: 0.3 },
  { least: 0.5, spread: 5 },
  { least: 2, spread: 40 },
  { least: 0.1, spread: 150 },
];

const quickSyncs: readonly Spread[] = [
  { least: 0.1, spread: 0.2 },
  { least: 0.1, spread: 2 },
  { least: 2, spread: 10 },
  { least: 5, spread: 60 },
];

/** A vote costs a sync: with these a short election time-out elects nobody. */
const slowSyncs: readonly Spread[] = [{ least: 50, spread: 150 }];

const patient = { min: 1000, max: 2000 };
const usualBeat = { tick: 50, heartbeat: 100 };
const calmBeat = { tick: 100, heartbeat: 200 };

const productionPages: Pages = {
  appendBytes: 512 * 1024,
  inflightAppends: 16,
  commitBytes: 2 ** 20,
  cacheBytes: 64 * 2 ** 20,
  ledgerWindowMs: 200,
  ledgerRowsPerWindow: 4096,
  ledgerRowsPerSlice: 512,
  payloadBytes: 2 ** 20,
};

const pickPages = (pick: Pick): Pages => ({
  appendBytes: pick(1, 1000, 20_000, productionPages.appendBytes),
  inflightAppends: pick(1, 2, 16),
  commitBytes: pick(1, 1000, 20_000),
  cacheBytes: pick(0, 5000, productionPages.cacheBytes),
  ledgerWindowMs: pick(0, 20, 200, 1000),
  ledgerRowsPerWindow: pick(1, 20, 4096),
  ledgerRowsPerSlice: pick(1, 10, 512),
  payloadBytes: pick(8 * 1024, 64 * 1024, productionPages.payloadBytes),
});

function pickFaults(random: SeededRandom): readonly FaultKind[] {
  const count = random.fraction() < 0.5 ? 1 + below(random, 3) : 4 + below(random, 10);
  const left: FaultKind[] = [...faultKinds];
  const chosen: FaultKind[] = [];
  while (chosen.length < count) chosen.push(...left.splice(below(random, left.length), 1));
  return chosen.sort();
}
