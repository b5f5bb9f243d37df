/**
 * Two or three who do the same work, in turn: A B A B…, so that an hour in which the machine is
 * slow is slow for both. What counts is the ratio of each pair; the figures alone say little.
 */
import { percentile, print, printFigures, spread } from '../figures.ts';
import { goals } from '../goals.ts';
import { trialsDefault } from '../trials.ts';
import {
  describeWork,
  headline,
  type Measured,
  smaller,
  timesBetter,
  unitOf,
  type Work,
} from '../work.ts';

export interface Side {
  readonly name: string;
  readonly does: (work: Work) => Promise<Measured>;
}

/** A trial that would take the peer longer than this is made smaller, for both. */
const trialMsMax = 60_000;
/** Of the whole, for the warm-up: as much as tells how long the whole would take. */
const warmUpShare = 0.1;

/** The peer stands last. */
export interface Sides {
  readonly ours: readonly Side[];
  readonly theirs: Side;
}

export async function comparePairs(whole: Work, { ours, theirs }: Sides): Promise<void> {
  const work = await warmedUp(whole, { ours, theirs });
  const trials = new Map<Side, Measured[]>();
  for (let round = 0; round < trialsDefault; round++) {
    for (const side of [...ours, theirs]) {
      const done = trials.get(side) ?? [];
      trials.set(side, done);
      done.push(await side.does(work));
    }
  }
  print(`${describeWork(work)} (${unitOf[work.kind]})`);
  const of = (side: Side): readonly Measured[] => trials.get(side) ?? [];
  const figures: Record<string, string> = {};
  for (const side of [...ours, theirs]) figures[side.name] = figuresOf(work, of(side));
  for (const side of ours) {
    const ratios = of(side).map((measured, round) => {
      const other = of(theirs)[round];
      return other === undefined ? Number.NaN : timesBetter(work, measured, other);
    });
    const each = ratios.map((ratio) => ratio.toFixed(2)).join(', ');
    figures[`${side.name} is`] = `${each} times ${theirs.name}, pair by pair`;
  }
  const goal = goalOf(work);
  printFigures(goal === undefined ? figures : { ...figures, goal });
}

async function warmedUp(whole: Work, { ours, theirs }: Sides): Promise<Work> {
  const first = smaller(whole, warmUpShare);
  for (const side of ours) await side.does(first);
  const beganMs = performance.now();
  await theirs.does(first);
  if (whole.kind === 'puts' || first.kind === 'puts') return whole;
  const wholeMs = ((performance.now() - beganMs) * whole.runs) / first.runs;
  if (wholeMs <= trialMsMax) return whole;
  const share = trialMsMax / wholeMs;
  const less = smaller(whole, share);
  print(`${theirs.name} would take ${Math.round(wholeMs / 1000)} s for ${describeWork(whole)}:`);
  print(`  both do ${describeWork(less)}`);
  return less;
}

function figuresOf(work: Work, trials: readonly Measured[]): string {
  const digits = work.kind === 'chain' ? 2 : work.kind === 'fan' ? 1 : 0;
  const middle = spread(
    trials.map((trial) => headline(work, trial)),
    digits,
  );
  const of = (values: readonly (number | null)[]): string =>
    percentile(
      values.filter((value) => value !== null),
      0.5,
    ).toFixed(2);
  const p99 = of(trials.map(({ p99Ms }) => p99Ms));
  if (work.kind === 'puts') {
    return `${middle}; p50 ${of(trials.map(({ p50Ms }) => p50Ms))} ms, p99 ${p99} ms`;
  }
  const isTime = work.kind === 'chain' || work.kind === 'fan';
  return isTime ? `${middle} (medians; p99 ${p99})` : middle;
}

function goalOf(work: Work): string | undefined {
  switch (work.kind) {
    case 'independent':
      return goals.wide;
    case 'chain':
      return goals.chain;
    case 'chains':
      return goals.chains;
    case 'fan':
      return goals.fan;
    case 'puts':
      return work.inFlight === 1 ? goals.logAlone : work.inFlight === 512 ? goals.log : undefined;
  }
}
