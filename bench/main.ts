/** `npm run bench -- NAME`: one measurement, its figures and their spread. */
import { Problem } from '../cluster/problem.ts';
import { runProgram } from './bench-cluster.ts';
import { edgeBench } from './edge.ts';
import { failoverBench } from './failover.ts';
import { print } from './figures.ts';

runProgram(async () => {
  const [name = 'edge', count] = process.argv.slice(2);
  switch (name) {
    case 'edge':
      return edgeBench();
    case 'failover':
      return failoverBench(count === undefined ? undefined : killCount(count));
    case '--help':
      print('npm run bench -- edge | failover [KILLS]');
      return 0;
    default:
      throw new Problem(`there is no benchmark "${name}": write edge or failover`);
  }
});

function killCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1)
    throw new Problem(`"${text}" is not a number of kills`);
  return count;
}
