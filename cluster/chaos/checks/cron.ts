/** W13 and W14: every instant of a schedule starts at most one run, and none is left out. */
import { cronDag, cronSeconds, timelyDag } from '../dags.ts';
import { type Finding, finding } from '../finding.ts';
import type { ListedRun } from '../listing.ts';

/** A time in which schedules may be late, in milliseconds of the wall clock. */
export interface Trouble {
  readonly fromMs: number;
  readonly toMs: number;
}

export function checkCron(runs: readonly ListedRun[], troubles: readonly Trouble[]): Finding[] {
  const caughtUp = instantsOf(runs, cronDag);
  const timely = instantsOf(runs, timelyDag);
  const excused = (instantMs: number): boolean =>
    troubles.some(({ fromMs, toMs }) => instantMs >= fromMs && instantMs <= toMs);
  const missed = holes(caughtUp);
  const skipped = holes(timely);
  const unexcused = skipped.filter((instant) => !excused(instant));
  return [
    finding(
      'double cron fires',
      `${caughtUp.length + timely.length} fires of two schedules`,
      [...doubles(caughtUp), ...doubles(timely)].map(nameOf),
    ),
    finding(
      'missed cron fires',
      `${skipped.length} instants let go under faults, where catchup is off`,
      [...missed, ...unexcused].map(nameOf),
    ),
  ];
}

const nameOf = (ms: number): string => new Date(ms).toISOString();

function instantsOf(runs: readonly ListedRun[], dag: string): readonly number[] {
  return runs
    .filter(({ dagId, trigger }) => dagId === dag && trigger === 'schedule')
    .map(({ logicalDate }) => Date.parse(logicalDate ?? ''))
    .sort((a, b) => a - b);
}

const doubles = (instants: readonly number[]): readonly number[] =>
  instants.filter((instant, place) => instants[place - 1] === instant);

/** Instants between the first and the last that are not there. */
function holes(instants: readonly number[]): readonly number[] {
  const known = new Set(instants);
  const missing: number[] = [];
  const first = instants[0] ?? 0;
  for (let instant = first; instant < (instants.at(-1) ?? 0); instant += cronSeconds * 1000) {
    if (!known.has(instant)) missing.push(instant);
  }
  return missing;
}
