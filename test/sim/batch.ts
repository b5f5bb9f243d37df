/** Many seeds: one after the other in this process, or shared out among several. */
import { type ChildProcess, fork } from 'node:child_process';
import { type Coverage, coverageOf, together } from './coverage.ts';
import { type Report, simulate } from './simulate.ts';

/** What one seed came to, as it travels from a worker. */
export interface SeedResult {
  readonly seed: number;
  readonly broken: boolean;
  /** What is printed of it. */
  readonly lines: readonly string[];
  readonly virtualMs: number;
  readonly events: number;
  readonly marks: readonly string[];
  readonly coverage: Coverage;
}

export interface SeedWishes {
  readonly seconds: number;
  /** One line even for a seed that is well. */
  readonly verbose: boolean;
  /** Each seed runs twice, and the hashes of all its events are compared. */
  readonly twice: boolean;
}

export function runSeed(seed: number, { seconds, verbose, twice }: SeedWishes): SeedResult {
  const report = simulate(seed, seconds);
  const again = twice ? simulate(seed, seconds).hash : report.hash;
  const repeats = again === report.hash;
  const broken = report.violation !== undefined || !repeats;
  const lines = [
    ...(report.violation === undefined ? [] : report.tail),
    ...(verbose || broken ? [describe(report)] : []),
    ...(repeats ? [] : [`seed ${seed} is not repeatable: ${report.hash}, then ${again}`]),
    ...(report.violation === undefined ? [] : describeViolation(report, seconds)),
  ];
  const { virtualMs, counts, marks } = report;
  const what = { marks: Object.keys(marks), coverage: coverageOf(report) };
  return { seed, broken, lines, virtualMs, events: counts.events ?? 0, ...what };
}

function describe({ seed, hash, virtualMs, counts, faults, options, violation }: Report): string {
  const numbers = Object.entries({ ...counts, ...faults }).map(([name, n]) => `${name} ${n}`);
  const what = violation === undefined ? 'ok' : `${violation.invariant} BROKEN`;
  const lasted = `${Math.round(virtualMs / 1000)} s`;
  return `seed ${seed} ${what} ${hash} ${options.nodes} nodes ${lasted}  ${numbers.join(', ')}`;
}

const describeViolation = ({ seed, violation, options }: Report, seconds: number) => [
  `options: ${JSON.stringify(options)}`,
  `${violation?.invariant}: ${violation?.text}`,
  `repeat: npm run sim -- --seed ${seed} --seconds ${seconds}`,
];

/** Adds up what the seeds came to. */
export class Tally {
  seeds = 0;
  violations = 0;
  virtualMs = 0;
  events = 0;
  /** Trace event -> in how many seeds it came. */
  readonly marks = new Map<string, number>();
  coverage: Coverage = {};

  add(result: SeedResult): void {
    this.seeds += 1;
    this.violations += result.broken ? 1 : 0;
    this.virtualMs += result.virtualMs;
    this.events += result.events;
    this.coverage = together(this.coverage, result.coverage);
    for (const mark of result.marks) this.marks.set(mark, (this.marks.get(mark) ?? 0) + 1);
  }
}

/**
 * A larger young generation is collected less often; seeds make much garbage that lives briefly.
 */
const workerFlags = ['--max-semi-space-size=32'];

/** What a worker process is asked, and then answers with a SeedResult. */
interface SeedOrder {
  readonly seed: number;
  readonly wishes: SeedWishes;
}

/**
 * Seeds in order, each to the worker that is free. `told` hears of each as it ends; `ended` hears
 * whether every seed was answered.
 */
export function shareOut(
  range: { readonly first: number; readonly end: number },
  given: { readonly workers: number; readonly main: string; readonly wishes: SeedWishes },
  told: (result: SeedResult) => void,
  ended: (complete: boolean) => void,
): void {
  let next = range.first;
  let answered = 0;
  let running = given.workers;
  const feed = (worker: ChildProcess): void => {
    if (next >= range.end) worker.disconnect();
    else worker.send({ seed: next++, wishes: given.wishes } satisfies SeedOrder);
  };
  for (let at = 0; at < given.workers; at++) {
    const worker = fork(given.main, ['--worker'], { execArgv: workerFlags });
    worker.on('message', (result: SeedResult) => {
      answered += 1;
      told(result);
      feed(worker);
    });
    worker.on('exit', () => {
      running -= 1;
      if (running === 0) ended(answered === range.end - range.first);
    });
    feed(worker);
  }
}

/** The other side of `shareOut`. */
export function serveAsWorker(): void {
  process.on('message', ({ seed, wishes }: SeedOrder) => {
    process.send?.(runSeed(seed, wishes));
  });
}
