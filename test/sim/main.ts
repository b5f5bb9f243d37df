/**
 * The simulator's command.
 *
 *     npm run sim -- --seed 42               one seed; on failure its last events and how to repeat it
 *     npm run sim -- --from 1 --seeds 1000   a range, on all cores
 *     … --seconds 120    virtual seconds of faults for each seed (default 60)
 *     … --verbose        one line for each seed
 *     … --twice          runs each seed twice and compares the hashes of all events
 */
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
    'stop-at-first': { type: 'boolean', default: false },
  },
});

const seconds = Number(values.seconds);

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function describe({ seed, hash, virtualMs, counts, faults, options, violation }: Report): string {
  const numbers = Object.entries({ ...counts, ...faults }).map(([name, n]) => `${name} ${n}`);
  const what = violation === undefined ? 'ok' : `${violation.invariant} BROKEN`;
  const seconds = Math.round(virtualMs / 1000);
  return `seed ${seed} ${what} ${hash} ${options.nodes} nodes ${seconds} s  ${numbers.join(', ')}`;
}

function printFailure({ seed, violation, tail, options }: Report): void {
  for (const line of tail) print(line);
  print(`options: ${JSON.stringify(options)}`);
  print(`${violation?.invariant}: ${violation?.text}`);
  print(`repeat: npm run sim -- --seed ${seed} --seconds ${seconds}`);
}

function runOne(seed: number): Report {
  const report = simulate(seed, seconds);
  if (!values.twice) return report;
  const again = simulate(seed, seconds);
  if (again.hash !== report.hash) print(`seed ${seed} is not repeatable: ${report.hash} ${again.hash}`);
  return report;
}

const first = Number(values.seed ?? values.from);
const count = values.seed === undefined ? Number(values.seeds) : 1;
const beganMs = Date.now();
let virtualMs = 0;
let ran = 0;
const failed: Report[] = [];
for (let seed = first; seed < first + count; seed++) {
  const report = runOne(seed);
  ran += 1;
  virtualMs += report.virtualMs;
  if (values.verbose || report.violation !== undefined) print(describe(report));
  if (report.violation !== undefined) {
    failed.push(report);
    print(`    ${report.violation.invariant}: ${report.violation.text.slice(0, 2000)}`);
    if (values['stop-at-first']) break;
  }
}
const [shown] = failed;
if (count === 1 && shown !== undefined) printFailure(shown);
const hours = (virtualMs / 3_600_000).toFixed(2);
const took = ((Date.now() - beganMs) / 1000).toFixed(1);
print(`${ran} seeds, ${hours} virtual hours, ${failed.length} violations, ${took} s`);
process.exitCode = failed.length === 0 ? 0 : 1;
