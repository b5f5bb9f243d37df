/** `npm run bench -- NAME`: one measurement, its figures and their spread. */
import { Problem } from '../cluster/problem.ts';
import { runProgram } from './bench-cluster.ts';
import { catchUpBench } from './catch-up.ts';
import { containmentBench } from './containment.ts';
import { cronsBench } from './crons.ts';
import { edgeBench } from './edge.ts';
import { etaBench } from './eta.ts';
import { failoverBench } from './failover.ts';
import { print } from './figures.ts';
import { functionsBench } from './functions.ts';
import { largeBench } from './large.ts';
import { logBench } from './log.ts';
import { logFloodBench } from './log-flood.ts';
import { logKillsBench } from './log-kills.ts';
import { mixedBench } from './mixed.ts';
import { peersBench } from './peers/peers.ts';
import { placementBench } from './placement.ts';
import { shapeBench } from './shape-bench.ts';
import { shellBench } from './shell.ts';
import { snapshotBench } from './snapshot.ts';
import { startsBench } from './starts.ts';
import { webBench } from './web.ts';

runProgram(async () => {
  const [name = 'mixed', ...rest] = process.argv.slice(2);
  switch (name) {
    case 'mixed':
      return mixedBench();
    case 'wide':
    case 'chains':
    case 'fan':
      return shapeBench(name);
    case 'starts':
      return startsBench();
    case 'log':
      return logBench();
    case 'edge':
      return edgeBench();
    case 'peers':
      return peersBench(rest);
    case 'failover':
      return failoverBench(...failoverOptions(rest));
    case 'snapshot':
      return snapshotBench(rest);
    case 'catch-up':
      return catchUpBench(rest);
    case 'crons':
      return cronsBench(rest);
    case 'large':
      return largeBench(rest);
    case 'placement':
      return placementBench(rest);
    case 'log-kills':
      return logKillsBench(rest);
    case 'log-flood':
      return logFloodBench(rest);
    case 'containment':
      return containmentBench(rest);
    case 'shell':
      return shellBench(rest);
    case 'functions':
      return functionsBench();
    case 'web':
      return webBench();
    case 'eta':
      return etaBench(rest);
    case '--help':
      print('npm run bench             two figures of a mixed load, in less than a minute');
      print('npm run bench -- wide | chains | fan | starts | log');
      print('npm run bench -- peers [etcd | bullmq | graphile-worker | pg-boss | dbos | restate]…');
      print('                       [--only independent,chain,chains,fan,puts]');
      print('npm run bench -- edge | snapshot [--gb N] | catch-up [--entries N]');
      print('npm run bench -- large [wide | mapped | chain] [--share N] [--nodes N]');
      print('npm run bench -- failover [--term | --pause | --stall] [ROUNDS]');
      print('npm run bench -- crons [--crons N] [--minutes N] [--seed N] [--skein DIR]');
      print('npm run bench -- placement [--only NAME] [--nodes 3x8,10x16] [--workloads DIR]');
      print('npm run bench -- placement --scale | --pods | --shares');
      print('npm run bench -- functions | shell [TASKS] [--nodes N]');
      print('npm run bench -- log-kills [ROUNDS] | log-flood [TASKS]');
      print('npm run bench -- containment [--seconds N] [--only NAME]');
      print('npm run bench -- web');
      print('npm run bench -- eta [--only NAME] [--nodes 3x8] [--seed N] [--workloads DIR]');
      return 0;
    default:
      throw new Problem(`there is no benchmark "${name}": \`npm run bench -- --help\` lists them`);
  }
});

function failoverOptions(args: readonly string[]): Parameters<typeof failoverBench> {
  const flags = ['term', 'pause', 'stall'] as const;
  const kind = flags.find((flag) => args.includes(`--${flag}`)) ?? 'kill';
  const rounds = args.filter((arg) => arg !== `--${kind}`);
  return [kind, rounds[0] === undefined ? undefined : roundCount(rounds[0])];
}

function roundCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1)
    throw new Problem(`"${text}" is not a number of rounds`);
  return count;
}
