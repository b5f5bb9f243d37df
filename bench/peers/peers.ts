/**
 * `npm run bench -- peers [NAME…] [--only KIND,…]`: the same work on Skein and on what people would
 * take instead, on this machine and in the same run. Skein runs as three nodes over a real NATS
 * server; each peer as its users would run it for safety, and where it has two ways, both.
 *
 * A peer that cannot be had, or that fails, is said aloud; the others go on, and the end is not 0.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { LocalCluster } from '../../cluster/local-cluster.ts';
import { Problem } from '../../cluster/problem.ts';
import { withCluster } from '../bench-cluster.ts';
import { print } from '../figures.ts';
import { LogCluster } from '../log-cluster.ts';
import { skeinDoes } from '../skein-work.ts';
import { printGround } from '../trials.ts';
import { versionOf } from '../versions.ts';
import type { Measured, Work } from '../work.ts';
import { Adapter } from './adapter.ts';
import { type Peer, peers, type Variant, workOf } from './catalogue.ts';
import { provide } from './debian.ts';
import { installPackages } from './packages.ts';
import { comparePairs, type Side } from './pairs.ts';
import type { PeerServer } from './server.ts';

export async function peersBench(args: readonly string[]): Promise<number> {
  const { chosen, kinds } = readOptions(args);
  printGround('Skein: 3 nodes, each step synced on a majority; min | median | max of 3 trials');
  print(`NATS: ${versionOf('nats-server')}`);
  print('One machine for all: the servers of both, their workers, and the measuring program.');
  print('Not measured: several machines, networks with delay, tasks that do something, memory.');
  const failed: string[] = [];
  await withCluster({ nodes: 3 }, async (cluster) => {
    for (const peer of chosen) {
      const wrong = await besidePeer({ cluster, kinds }, peer).catch(whatWentWrong);
      if (wrong === undefined) continue;
      failed.push(peer.name);
      print(`*** ${peer.name} WAS NOT MEASURED TO ITS END: ${wrong}`);
    }
  });
  if (failed.length > 0) print(`*** without: ${failed.join(', ')}`);
  return failed.length > 0 ? 1 : 0;
}

const whatWentWrong = (error: unknown): string => {
  if (error instanceof Problem) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
};

interface Ground {
  readonly cluster: LocalCluster;
  /** Kinds of work that are asked for. */
  readonly kinds: readonly string[];
}

async function besidePeer(ground: Ground, peer: Peer): Promise<undefined> {
  const versions = [...peer.packages];
  if (peer.debian !== null) versions.push(provide(peer.debian));
  const packages = installPackages(peer.name, peer.packages);
  print();
  print(`== ${peer.name}: ${versions.join(', ')}`);
  for (const note of peer.notes) print(`  ${note}`);
  for (const variant of peer.variants) await besideVariant(ground, { peer, variant, packages });
}

interface Chosen {
  readonly peer: Peer;
  readonly variant: Variant;
  readonly packages: string | undefined;
}

async function besideVariant(ground: Ground, chosen: Chosen): Promise<void> {
  const { peer, variant, packages } = chosen;
  // Not below the cluster's folder, into which a server that runs as another user could not look.
  const folder = mkdtempSync(join(tmpdir(), `skein-bench-${peer.name}-`));
  print(`-- ${peer.name}, ${variant.name}: ${variant.durability}`);
  let isDone = false;
  try {
    const server = await variant.start({ folder, packages });
    try {
      await besideServer(ground, chosen, { server, logFile: join(folder, 'adapter.log') });
    } finally {
      await server.stop();
    }
    isDone = true;
  } finally {
    if (isDone) rmSync(folder, { recursive: true });
    else print(`The data and logs of ${peer.name} are kept in ${folder}`);
  }
}

async function besideServer(
  ground: Ground,
  { peer, packages }: Chosen,
  { server, logFile }: { readonly server: PeerServer; readonly logFile: string },
): Promise<void> {
  const adapter = await Adapter.start(peer.name, { packages, ...server.settings }, logFile);
  try {
    const does = (work: Work): Promise<Measured> => adapter.does(work);
    await compareAll(ground, peer, { name: peer.name, does });
  } finally {
    await adapter.stop();
  }
}

async function compareAll(ground: Ground, peer: Peer, theirs: Side): Promise<void> {
  const works = peer.kinds
    .filter((kind) => ground.kinds.length === 0 || ground.kinds.includes(kind))
    .flatMap((kind) => workOf[kind]);
  const { cluster } = ground;
  const skein: Side = { name: 'skein', does: (work) => skeinDoes(cluster, work) };
  const log = works.some(({ kind }) => kind === 'puts') ? await LogCluster.start() : undefined;
  try {
    for (const work of works) {
      const ours = log === undefined ? [skein] : putSides(log, skein);
      await comparePairs(work, { ours, theirs });
    }
  } finally {
    await log?.stop();
  }
}

const putSides = (log: LogCluster, skein: Side): readonly Side[] => [
  { name: "skein's log", does: (work) => log.measure(putsOf(work)) },
  { ...skein, name: 'skein over HTTP' },
];

function putsOf(work: Work): Extract<Work, { kind: 'puts' }> {
  if (work.kind !== 'puts') throw new Error('the log takes puts alone');
  return work;
}

function readOptions(args: readonly string[]) {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { only: { type: 'string' } },
  });
  const known = peers.map(({ name }) => name);
  const unknown = positionals.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Problem(`no peer "${unknown}": ${known.join(', ')}`);
  const kinds = values.only?.split(',') ?? [];
  const kind = kinds.find((each) => !Object.hasOwn(workOf, each));
  if (kind !== undefined) {
    throw new Problem(`--only ${kind}: write some of ${Object.keys(workOf).join(',')}`);
  }
  const isChosen = ({ name }: Peer): boolean =>
    positionals.length === 0 || positionals.includes(name);
  return { chosen: peers.filter(isChosen), kinds };
}
