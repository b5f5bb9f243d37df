/**
 * The simulator's command.
 *
 *     npm run sim -- --seed 42               one seed; if it fails, its last events
 *     npm run sim -- --from 1 --seeds 1000   a range, on all cores
 *     … --workers 2      so many processes (default: as many as there are cores)
 *     … --seconds 120    virtual seconds of faults for each seed (default 60)
 *     … --verbose        one line for each seed
 *     … --twice          runs each seed twice and compares the hashes of all events
 *     … --marks          what was reached: trace events by name, and in how many seeds
 *     … --stop-at-first  ends with the first seed that fails; one process
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { runSeed, type SeedResult, serveAsWorker, shareOut, Tally } from './batch.ts';
import { describeCoverage, neverSeen } from './coverage.ts';
import { faultKinds } from './fault-kinds.ts';
import { productDigest } from './product-digest.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    from: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '100' },
    workers: { type: 'string', default: String(availableParallelism()) },
    seconds: { type: 'string', default: '60' },
    verbose: { type: 'boolean', default: false },
    twice: { type: 'boolean', default: false },
    marks: { type: 'boolean', default: false },
    'stop-at-first': { type: 'boolean', default: false },
    // This process takes seeds from the one that started it.
    worker: { type: 'boolean', default: false },
  },
});

/** So many seeds reach everything; a batch of them that did not has lost its way to something. */
const seedsThatSeeAll = 1000;

const { verbose, twice } = values;
const wishes = { seconds: Number(values.seconds), verbose, twice };
const first = Number(values.seed ?? values.from);
const end = first + (values.seed === undefined ? Number(values.seeds) : 1);
const beganMs = Date.now();
const tally = new Tally();

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function tell(result: SeedResult): void {
  tally.add(result);
  for (const line of result.lines) print(line);
}

function conclude(): void {
  const { seeds, virtualMs, events, violations, marks, coverage } = tally;
  if (values.marks) for (const [mark, many] of [...marks].sort()) print(`${many} ${mark}`);
  if (seeds > 1) print(describeCoverage(coverage, faultKinds));
  const tookMs = Date.now() - beganMs;
  const hours = `${(virtualMs / 3_600_000).toFixed(2)} virtual hours`;
  const perMinute = `${Math.round((seeds / tookMs) * 60_000)} seeds a minute`;
  const took = `${(tookMs / 1000).toFixed(1)} s, ${perMinute}`;
  print(`${seeds} seeds, ${hours}, ${events} events, ${violations} violations, ${took}`);
  print(`product ${productDigest(import.meta.filename)}`);
  const missing = seeds >= seedsThatSeeAll ? neverSeen(coverage, faultKinds) : [];
  if (missing.length > 0) print(`${seeds} seeds should have seen: ${missing.join(', ')}`);
  process.exitCode = violations === 0 && missing.length === 0 ? 0 : 1;
}

function runHere(): void {
  for (let seed = first; seed < end; seed++) {
    tell(runSeed(seed, wishes));
    if (values['stop-at-first'] && tally.violations > 0) break;
  }
  conclude();
}

const workers = values['stop-at-first'] ? 1 : Math.min(Number(values.workers), end - first);
if (values.worker) serveAsWorker();
else if (workers <= 1) runHere();
else {
  shareOut({ first, end }, { workers, main: import.meta.filename, wishes }, tell, (complete) => {
    conclude();
    if (complete) return;
    print('a worker ended without a word');
    process.exitCode = 1;
  });
}
