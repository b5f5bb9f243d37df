/** `npm run bench -- NAME`: one measurement, its figures and their spread. */
import { Problem } from '../cluster/problem.ts';
import { apiBench } from './api.ts';
import { runProgram } from './bench-cluster.ts';
import { catchUpBench } from './catch-up.ts';
import { containmentBench } from './containment.ts';
import { cronsBench } from './crons.ts';
import { edgeBench } from './edge.ts';
import { etaBench } from './eta.ts';
import { failoverBench } from './failover.ts';
import { print } from './figures.ts';
import { functionsBench } from './functions.ts';
import { growthBench } from './growth.ts';
import { historyBench } from './history.ts';
import { idleBench } from './idle.ts';
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
import { startUpBench } from './start-up.ts';
import { startsBench } from './starts.ts';
import { takeOverBench } from './take-over.ts';
import { webBench } from './web.ts';

const benches: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = {
  mixed: mixedBench,
  wide: () => shapeBench('wide'),
  chains: () => shapeBench('chains'),
  fan: () => shapeBench('fan'),
  starts: startsBench,
  'start-up': startUpBench,
  idle: idleBench,
  api: apiBench,
  history: historyBench,
  'take-over': takeOverBench,
  growth: growthBench,
  log: logBench,
  edge: edgeBench,
  peers: peersBench,
  failover: (args) => failoverBench(...failoverOptions(args)),
  snapshot: snapshotBench,
  'catch-up': catchUpBench,
  crons: cronsBench,
  large: largeBench,
  placement: placementBench,
  'log-kills': logKillsBench,
  'log-flood': logFloodBench,
  containment: containmentBench,
  shell: shellBench,
  functions: functionsBench,
  web: webBench,
  eta: etaBench,
};

const help = `npm run bench             two figures of a mixed load, in less than a minute
npm run bench -- wide | chains | fan | starts | start-up
npm run bench -- log | idle | api
npm run bench -- history [--runs 10000,100000,1000000] | take-over [ROUNDS]
npm run bench -- growth [--nodes 1,3,5,7]
npm run bench -- peers [etcd | bullmq | graphile-worker | pg-boss | dbos | restate]…
                       [--only independent,chain,chains,fan,puts]
npm run bench -- edge | snapshot [--gb N] | catch-up [--entries N]
npm run bench -- large [wide | mapped | chain] [--share N] [--nodes N]
npm run bench -- failover [--term | --pause | --stall] [ROUNDS]
npm run bench -- crons [--crons N] [--minutes N] [--seed N] [--skein DIR]
npm run bench -- placement [--only NAME] [--nodes 3x8,10x16] [--workloads DIR]
npm run bench -- placement --scale | --pods | --shares
npm run bench -- functions [--runners | --cluster] [--nodes N] | shell [TASKS] [--nodes N]
npm run bench -- log-kills [ROUNDS] | log-flood [TASKS]
npm run bench -- containment [--seconds N] [--only NAME]
npm run bench -- web
npm run bench -- eta [--only NAME] [--nodes 3x8] [--seed N] [--workloads DIR]`;

runProgram(async () => {
  const [name = 'mixed', ...rest] = process.argv.slice(2);
  if (name === '--help') {
    print(help);
    return 0;
  }
  const bench = Object.hasOwn(benches, name) ? benches[name] : undefined;
  if (bench !== undefined) return bench(rest);
  throw new Problem(`there is no benchmark "${name}": \`npm run bench -- --help\` lists them`);
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
