/** The peers, each pinned: what it is made of, how durable it is, what it can do. */
import type { Work } from '../work.ts';
import type { Debian } from './debian.ts';
import { startEtcd } from './etcd-server.ts';
import { startPostgres } from './postgres-server.ts';
import { startRedis } from './redis-server.ts';
import { startRestate } from './restate-server.ts';
import type { PeerServer, Place } from './server.ts';

export interface Variant {
  /** For the report. */
  readonly name: string;
  readonly durability: string;
  readonly start: (place: Place) => Promise<PeerServer>;
}

export interface Peer {
  readonly name: string;
  /** Of npm, `name@version`; they are installed to a cache folder when asked for. */
  readonly packages: readonly string[];
  /** Of Debian; the version is that of its release. */
  readonly debian: Debian | null;
  readonly variants: readonly Variant[];
  /** What it is given to do, in this order. */
  readonly kinds: readonly Work['kind'][];
  /** Why not the others, and whatever else a reader must know. */
  readonly notes: readonly string[];
}

const postgres: Debian = { package: 'postgresql', program: 'postgres', versionFlag: '--version' };
const onOnePostgres = 'one PostgreSQL, fsync and synchronous_commit on; no replica';
const onPostgres: readonly Variant[] = [
  { name: 'PostgreSQL', durability: onOnePostgres, start: startPostgres },
];

export const peers: readonly Peer[] = [
  {
    name: 'etcd',
    packages: [],
    debian: { package: 'etcd-server', program: 'etcd', versionFlag: '--version' },
    variants: [{ name: '3 members', durability: 'fsync on a majority of three', start: startEtcd }],
    kinds: ['puts'],
    notes: [
      'etcd is asked by gRPC, from a process of its own, straight to its leader.',
      "Skein's log: entries of the same size; the leader's own process proposes, so no client's",
      '  way is in it. Skein over HTTP: variables, a client as for etcd, straight to the leader.',
    ],
  },
  {
    name: 'bullmq',
    packages: ['bullmq@6.7.0', 'ioredis@6.0.0'],
    debian: { package: 'redis-server', program: 'redis-server', versionFlag: '--version' },
    variants: [
      {
        name: 'fsync always',
        durability: 'one Redis, appendfsync always; no replica',
        start: (place) => startRedis(place, 'always'),
      },
      {
        name: 'fsync every second',
        durability: 'one Redis, appendfsync everysec: the last second may be lost; no replica',
        start: (place) => startRedis(place, 'everysec'),
      },
    ],
    kinds: ['independent', 'chain', 'chains', 'fan'],
    notes: ['Jobs and flows are added in bulk; one worker process, 100 jobs at once.'],
  },
  {
    name: 'graphile-worker',
    packages: ['graphile-worker@0.17.3'],
    debian: postgres,
    variants: [true, false].map((batches) => ({
      name: batches ? 'in batches' : 'one by one',
      durability: onOnePostgres,
      start: async (place) => {
        const server = await startPostgres(place);
        return { ...server, settings: { ...server.settings, batches } };
      },
    })),
    kinds: ['independent', 'chain', 'chains'],
    notes: [
      'No dependencies between jobs: a job of a chain adds the next one; no join, so no fan.',
      'In batches: jobs are fetched and completed together; one by one: as it is by default.',
      '24 jobs at once; 0.18 needs Node 22.',
    ],
  },
  {
    name: 'pg-boss',
    packages: ['pg-boss@12.35.0'],
    debian: postgres,
    variants: onPostgres,
    kinds: ['independent', 'chain', 'chains', 'fan'],
    notes: [
      'Jobs in batches of 1,000, workers woken by LISTEN, dependencies resolved every second.',
      'Its package asks for Node 22; it runs on 20 as far as this bench needs it.',
    ],
  },
  {
    name: 'dbos',
    packages: ['@dbos-inc/dbos-sdk@5.3.0'],
    debian: postgres,
    variants: onPostgres,
    kinds: ['independent', 'chain', 'chains', 'fan'],
    notes: ['Chains and fan-outs are steps of one workflow, all of them in one process.'],
  },
  {
    name: 'restate',
    packages: ['@restatedev/restate-server@1.7.12', '@restatedev/restate-sdk@1.17.2'],
    debian: null,
    variants: [
      {
        name: '3 nodes',
        durability: 'three nodes, replication 2',
        start: (place) => startRestate(place, 3),
      },
      {
        name: '1 node',
        durability: 'one node; no replica',
        start: (place) => startRestate(place, 1),
      },
    ],
    kinds: ['independent', 'chain', 'chains', 'fan'],
    notes: [
      'A chain is the steps of one invocation, in one process; 1 -> n -> 1 is invocations.',
      'Telemetry is switched off; its library is helped to run on Node 20.',
    ],
  },
];

/** What each peer and Skein do; a share of it where the peer would take too long. */
export const workOf: Readonly<Record<Work['kind'], readonly Work[]>> = {
  independent: [{ kind: 'independent', runs: 10, width: 1_000, atOnce: 8 }],
  chain: [{ kind: 'chain', runs: 20, length: 10 }],
  chains: [{ kind: 'chains', runs: 2_000, length: 10, atOnce: 256 }],
  fan: [{ kind: 'fan', runs: 15, width: 100 }],
  puts: [1, 64, 512].map((inFlight) => ({ kind: 'puts', bytes: 256, inFlight, seconds: 4 })),
};
