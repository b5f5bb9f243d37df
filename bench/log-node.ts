/**
 * A node of the replicated log and of nothing else: the Raft driver, the log store on LevelDB with
 * its durable head, the postbox and NATS, as a real node puts them together; no scheduler and no
 * ledger. `log.ts` starts three of them.
 *
 * The one that leads proposes by itself what it is told to: what is measured is replication, from
 * the proposal to the commit, and not the way of a client to it.
 */
import {
  clusterId,
  type Incarnation,
  incarnation,
  type LogIndex,
  logIndex,
  nodeId,
  type Term,
  term,
} from '../src/base/brand.ts';
import type { Result } from '../src/base/result.ts';
import { silentTrace } from '../src/base/trace.ts';
import { realClock, realRandom } from '../src/node/real-ports.ts';
import { RaftDriver } from '../src/raft/driver.ts';
import type { RaftListener } from '../src/raft/driver-options.ts';
import { defaultRaftSettings } from '../src/raft/driver-settings.ts';
import { openLevelDisk } from '../src/storage/level.ts';
import { type DurableLog, openLogStore } from '../src/storage/log-store.ts';
import { connectNats } from '../src/transport/nats.ts';
import { Postbox } from '../src/transport/postbox.ts';
import { aliveSubject } from '../src/transport/subjects.ts';
import { LogLoad } from './log-load.ts';
import { asLine, type LogSaid, logNodeOptions, logOrder, onLines } from './log-messages.ts';

const options = logNodeOptions.parse(JSON.parse(process.argv[2] ?? ''));
const say = (message: LogSaid): void => void process.stdout.write(asLine(message));
/** The data directories are new, so a name is enough to tell them apart. */
const incarnationOf = (node: string): Incarnation => incarnation(`log-${node}`);

async function main(): Promise<void> {
  const { name, voters, cluster, dataDir } = options;
  const self = nodeId(name);
  const connected = await connectNats({ servers: options.nats, name: `log.${name}` });
  if (!connected.ok) throw new Error(connected.error.message);
  const network = connected.value;
  const wire = new Postbox({
    ...{ network, clock: realClock, random: realRandom(), clusterName: cluster },
    ...{ clusterId: clusterId(cluster), key: Buffer.from(cluster.padEnd(16, '-')) },
    self: { node: self, side: 'peer', incarnation: incarnationOf(name) },
  });
  const store = await openLog(dataDir, voters);
  const load = new LogLoad();
  const seen: Seen = { term: term(0), delivered: logIndex(0) };
  const driver = new RaftDriver({
    ...{ self, incarnation: incarnationOf(name), appliedIndex: logIndex(0) },
    ...{ clock: realClock, random: realRandom(), network, wire, store },
    aliveSubject: (node) => aliveSubject(cluster, node),
    listener: listener(load, seen),
    sendSnapshot: (_to, _term, ended) => realClock.soon(() => ended(undefined)),
    // There is no ledger: what is delivered is done with, and compaction goes on as it would.
    ledgerIndex: () => seen.delivered,
    trace: silentTrace,
    settings: defaultRaftSettings,
  });
  driver.start();
  onLines(process.stdin, logOrder, (order) => {
    load.begin(order, {
      propose: (payload) => driver.propose(seen.term, payload),
      ended: (measured) => {
        say({ kind: 'measured', ...measured, syncMsP99: driver.status().syncMsP99 });
      },
    });
  });
}

/** Noted as it is heard: to ask the driver for its status sorts a thousand times of its disk. */
interface Seen {
  term: Term;
  delivered: LogIndex;
}

const listener = (load: LogLoad, seen: Seen): RaftListener => ({
  committed: (entries, next) => {
    for (const { index } of entries) {
      seen.delivered = index;
      load.committed(index);
    }
    next();
  },
  roleChanged: ({ role, term }) => {
    seen.term = term;
    say({ kind: 'role', role });
  },
  failed: (error) => {
    throw error;
  },
  memberForgot: () => {},
  removedSpoke: () => {},
});

function openLog(dataDir: string, voters: readonly string[]): Promise<DurableLog> {
  const members = voters.map((node) => ({ node: nodeId(node), incarnation: incarnationOf(node) }));
  return new Promise((resolve, reject) => {
    const opened = (result: Result<DurableLog, object>): void => {
      if (result.ok) resolve(result.value);
      else reject(new Error(`the log does not open: ${JSON.stringify(result.error)}`));
    };
    const disk = openLevelDisk(dataDir);
    openLogStore(
      {
        ...{ disk, clock: realClock, create: true },
        members: { voters: members, learners: [], removed: [] },
      },
      opened,
    );
  });
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
  process.exit(1);
});
