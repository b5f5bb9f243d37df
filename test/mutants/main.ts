/**
 * Does the suite find mistakes? Puts one mutant after the other into a copy of the program and runs
 * what should notice. Ends with 1 if one lives, or if all together took too long.
 *
 *     npm run mutants                    all of them
 *     … -- --only fsync                  those whose names contain a word; may be given again
 *     … -- --list                        their names
 *     … -- --write                       writes docs/mutants.md
 *     … -- --workers 1                   so many at a time (default: as many as there are cores)
 */
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { mutants } from './list/all.ts';
import { writeTable } from './table.ts';
import { type Fate, tryMutants, tryUnchanged } from './trial.ts';
import { Workshop } from './workshop.ts';

/** What all mutants together may take. */
const cpuMsMax = 10 * 60_000;

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    list: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    workers: { type: 'string', default: String(availableParallelism()) },
  },
});

// Compiled, this file lies one folder deeper: the project is where the command is given.
const project = resolve('.');
const { only } = values;
const chosen = mutants.filter(
  ({ name }) => only.length === 0 || only.some((word) => name.includes(word)),
);

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

const seconds = (ms: number): string => (ms / 1000).toFixed(1);

function tell({ mutant, kill, cpuMs }: Fate): void {
  print(`${seconds(cpuMs).padStart(6)} s  ${mutant.name}\n          ${kill?.by ?? 'LIVES'}`);
}

async function run(): Promise<void> {
  const shops: Workshop[] = [];
  process.once('exit', () => {
    for (const shop of shops) shop.close();
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const first = Workshop.open(project);
  shops.push(first);
  while (shops.length < Math.min(Number(values.workers), chosen.length)) shops.push(first.clone());
  const fates = await tryMutants(shops, chosen, tell);
  conclude(fates, await tryUnchanged(first, fates));
}

function conclude(fates: readonly Fate[], unchangedMs: number): void {
  const cpuMs = fates.reduce((sum, fate) => sum + fate.cpuMs, unchangedMs);
  const alive = fates.filter(({ kill }) => kill === undefined);
  print(`${seconds(unchangedMs).padStart(6)} s  what killed passes without them`);
  print(`${fates.length} mutants, ${alive.length} alive, ${seconds(cpuMs)} s of processor time`);
  for (const { mutant } of alive) print(`  lives: ${mutant.name}`);
  if (cpuMs > cpuMsMax) print(`more than ${seconds(cpuMsMax)} s is too long`);
  if (values.write) writeTable(project, fates, cpuMs);
  process.exitCode = alive.length === 0 && cpuMs <= cpuMsMax ? 0 : 1;
}

if (values.write && only.length > 0) throw new Error('the table is of all mutants: no --only');
if (values.list) for (const { name, breaks } of chosen) print(`${name}  (${breaks.join(' ')})`);
else await run();
