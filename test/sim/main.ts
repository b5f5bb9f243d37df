/**
 * The simulator's command.
 *
 *     npm run sim -- --seed 42               one seed; if it fails, its last events
 *     npm run sim -- --from 1 --seeds 1000   a range, on all cores
 *     … --seconds 120    virtual seconds of faults for each seed (default 60)
 *     … --verbose        one line for each seed
 *     … --twice          runs each seed twice and compares the hashes of all events
 *     … --marks          what was reached: trace events by name, and in how many seeds
 *     … --stop-at-first  ends with the first seed that fails
 */
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { type Report, simulate } from './simulate.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    from: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '60' },
    verbose: { type: 'boolean', default: false },
    twice: { type: 'boolean', default: false },
    marks: { type: 'boolean', default: false },
    'stop-at-first': { type: 'boolean', default: false },
    // Every `step`-th seed only, in this process: how a range is shared out.
    step: { type: 'string' },
  },
});

/** What a worker process says at its end. */
interface Sum {
  readonly seeds: number;
  readonly virtualMs: number;
  readonly violations: number;
}

const seconds = Number(values.seconds);
const first = Number(values.seed ?? values.from);
const end = first + (values.seed === undefined ? Number(values.seeds) : 1);
const beganMs = Date.now();

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function describe({ seed, hash, virtualMs, counts, faults, options, violation }: Report): string {
  const numbers = Object.entries({ ...counts, ...faults }).map(([name, n]) => `${name} ${n}`);
  const what = violation === undefined ? 'ok' : `${violation.invariant} BROKEN`;
  const lasted = `${Math.round(virtualMs / 1000)} s`;
  return `seed ${seed} ${what} ${hash} ${options.nodes} nodes ${lasted}  ${numbers.join(', ')}`;
}

function printFailure({ seed, violation, tail, options }: Report): void {
  for (const line of tail) print(line);
  print(`options: ${JSON.stringify(options)}`);
  print(`${violation?.invariant}: ${violation?.text}`);
  print(`repeat: npm run sim -- --seed ${seed} --seconds ${seconds}`);
}

function runOne(seed: number): { readonly report: Report; readonly broken: boolean } {
  const report = simulate(seed, seconds);
  const again = values.twice ? simulate(seed, seconds) : report;
  const repeats = again.hash === report.hash;
  if (!repeats) print(`seed ${seed} is not repeatable: ${report.hash}, then ${again.hash}`);
  return { report, broken: report.violation !== undefined || !repeats };
}

/** Trace events by name, and in how many seeds they came. */
const reached = new Map<string, number>();

function runHere(step: number): Sum {
  let virtualMs = 0;
  let seeds = 0;
  let violations = 0;
  for (let seed = first; seed < end; seed += step) {
    const { report, broken } = runOne(seed);
    seeds += 1;
    virtualMs += report.virtualMs;
    for (const mark of Object.keys(report.marks)) reached.set(mark, (reached.get(mark) ?? 0) + 1);
    if (values.verbose || broken) print(describe(report));
    if (!broken) continue;
    violations += 1;
    if (values.seed !== undefined) printFailure(report);
    else print(`    ${report.violation?.invariant}: ${report.violation?.text.slice(0, 2000)}`);
    if (values['stop-at-first']) break;
  }
  if (values.marks) for (const [mark, many] of [...reached].sort()) print(`${many} ${mark}`);
  return { seeds, virtualMs, violations };
}

function conclude(sums: readonly Sum[]): void {
  const total = (of: (sum: Sum) => number): number => sums.reduce((all, sum) => all + of(sum), 0);
  const violations = total((sum) => sum.violations);
  const hours = (total((sum) => sum.virtualMs) / 3_600_000).toFixed(2);
  const took = ((Date.now() - beganMs) / 1000).toFixed(1);
  const seeds = total((sum) => sum.seeds);
  print(`${seeds} seeds, ${hours} virtual hours, ${violations} violations, ${took} s`);
  process.exitCode = violations === 0 ? 0 : 1;
}

/** Worker `at` takes the seeds first + at, first + at + workers, … */
function shareOut(workers: number): void {
  const sums: Sum[] = [];
  let running = workers;
  for (let at = 0; at < workers; at++) {
    const flags = (['verbose', 'twice', 'marks', 'stop-at-first'] as const).filter(
      (name) => values[name],
    );
    const range = ['--from', String(first + at), '--seeds', String(end - first - at)];
    const rest = ['--seconds', String(seconds), '--step', String(workers)];
    const given = [...range, ...rest, ...flags.map((name) => `--${name}`)];
    const worker = fork(import.meta.filename, given);
    worker.on('message', (sum: Sum) => sums.push(sum));
    worker.on('exit', () => {
      running -= 1;
      if (running > 0) return;
      conclude(sums);
      if (sums.length === workers) return;
      print('a worker ended without a word');
      process.exitCode = 1;
    });
  }
}

const workers = Math.min(availableParallelism(), end - first);
if (values.step !== undefined) {
  const sum = runHere(Number(values.step));
  if (process.send === undefined) conclude([sum]);
  else process.send(sum);
} else if (workers <= 1 || values['stop-at-first']) conclude([runHere(1)]);
else shareOut(workers);
