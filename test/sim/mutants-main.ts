/** Prints the table mutant -> seed that kills it. */
import { resolve } from 'node:path';
import { mutants, tryMutant } from './mutants.ts';

const builtDir = resolve(import.meta.dirname, '..', '..');
const wanted = process.argv.slice(2);
let alive = 0;
for (const mutant of mutants) {
  if (wanted.length > 0 && !wanted.some((word) => mutant.name.includes(word))) continue;
  const { killedBy, invariant } = tryMutant(mutant, builtDir);
  if (killedBy === undefined) alive += 1;
  const fate = killedBy === undefined ? 'LIVES' : `seed ${killedBy} (${invariant})`;
  process.stdout.write(`${mutant.name.padEnd(44)} ${fate}\n`);
}
process.exitCode = alive === 0 ? 0 : 1;
