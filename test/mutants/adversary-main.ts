/**
 * Seeds of the adversary, until one breaks something:
 *
 *     node dist/test/mutants/adversary-main.js --from 1 --seeds 200
 */
import { parseArgs } from 'node:util';
import { Adversary } from '../raft/adversary.ts';

const events = 2500;

const { values } = parseArgs({
  options: {
    from: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '60' },
  },
});
const first = Number(values.from);

function problemOf(seed: number): string | undefined {
  try {
    const adversary = new Adversary(seed);
    adversary.run(events);
    return adversary.heal() ? undefined : 'I12: the cluster does not heal';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

for (let seed = first; seed < first + Number(values.seeds); seed++) {
  const problem = problemOf(seed);
  if (problem === undefined) continue;
  const [invariant = 'invariant'] = /^\w+\d+\b/.exec(problem) ?? [];
  process.stdout.write(`seed ${seed} ${invariant} BROKEN ${problem}\n`);
  process.exitCode = 1;
  break;
}
