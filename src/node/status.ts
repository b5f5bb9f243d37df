/** The node's status: `GET /api/v1/node`, put together from every room. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { ClusterStatus, MemberView, NodeStatus } from '../api/service.ts';
import { logIndex, type NodeId, term } from '../base/brand.ts';
import type { Trace } from '../base/trace.ts';
import type { NatsNetwork } from '../transport/nats.ts';
import type { Postbox } from '../transport/postbox.ts';
import type { ExecutorProcess } from './executor-process.ts';
import type { Peer } from './peer.ts';

const softwareVersion = '0.1.0';

/** What a node knows of itself whether or not its cluster has formed. */
export interface StatusSources {
  readonly node: NodeId;
  readonly incarnation: string;
  readonly cluster: string;
  readonly natsServer: string;
  readonly network: NatsNetwork;
  readonly postbox: Postbox;
  readonly executor: () => ExecutorProcess | undefined;
  readonly peer: () => Peer | undefined;
  readonly clusterId: () => string;
  readonly voters: () => readonly NodeId[];
  /** Counted trace events. */
  readonly counted: TraceCounts;
}

/** Counts events of which the status shows the number. */
export class TraceCounts {
  superseded = 0;
  decisionsFailed = 0;
  storageErrors = 0;

  readonly listen: Trace = (_level, name, fields) => {
    if (name === 'scheduler.superseded') this.superseded += Number(fields?.superseded ?? 1);
    else if (name === 'scheduler.decision-failed') this.decisionsFailed += 1;
    else if (name === 'peer.failed' && fields?.kind === 'storage') this.storageErrors += 1;
  };
}

const startedAt = performance.now();
const loopDelay = monitorEventLoopDelay({ resolution: 10 });
loopDelay.enable();

export function nodeStatus(sources: StatusSources): NodeStatus {
  const { node, incarnation, cluster, network, natsServer } = sources;
  const peer = sources.peer();
  const raft = peer?.raft.status();
  const executor = sources.executor();
  const digest = peer?.digest();
  return {
    node,
    incarnation,
    cluster,
    clusterId: sources.clusterId(),
    role: raft?.role ?? 'forming',
    term: raft?.term ?? 0,
    vote: raft?.vote ?? null,
    leader: raft?.leader ?? null,
    commit: raft?.commitIndex ?? 0,
    applied: peer?.scheduler?.appliedIndex ?? 0,
    lastIndex: raft?.lastIndex ?? 0,
    snapshotIndex: 0,
    digest: digest?.digest ?? null,
    digestIndex: digest?.index ?? 0,
    version: softwareVersion,
    uptimeMs: Math.round(performance.now() - startedAt),
    loopDelayMs: {
      p99: rounded(loopDelay.percentile(99) / 1e6),
      max: rounded(loopDelay.max / 1e6),
    },
    syncMs: { p99: rounded(raft?.syncMsP99 ?? 0), max: rounded(raft?.syncMsMax ?? 0) },
    nats: {
      control: network.connected('control'),
      bulk: network.connected('bulk'),
      server: natsServer,
    },
    executor: { alive: executor?.isAlive() ?? false, containment: executor?.containment ?? 'none' },
    counters: counters(sources, peer),
  };
}

function counters(sources: StatusSources, peer: Peer | undefined): Record<string, number> {
  const { postbox, network, counted } = sources;
  const dropped = postbox.counters();
  const raft = peer?.raft.status();
  const { reconnects, slowConsumerCuts } = network.counters();
  return {
    electionsStarted: raft?.electionsStarted ?? 0,
    electionsWon: raft?.electionsWon ?? 0,
    messagesSent: dropped.sent,
    messagesReceived: dropped.received,
    messagesDroppedStale: dropped.stale,
    messagesDroppedForeign: dropped.foreign,
    messagesDroppedForged: dropped.forged,
    messagesDroppedMalformed: dropped.malformed,
    messagesDroppedIncomplete: dropped.incomplete,
    raftMessagesDropped: raft?.messagesDropped ?? 0,
    supersededResults: counted.superseded,
    decisionsFailed: counted.decisionsFailed,
    storageErrors: counted.storageErrors,
    reconnects,
    slowConsumerCuts,
  };
}

const rounded = (value: number): number =>
  Number.isFinite(value) ? Math.round(value * 100) / 100 : 0;

/** `GET /api/v1/cluster`: the voters, and every node that was heard of as an executor. */
export function clusterStatus(sources: StatusSources): ClusterStatus {
  const peer = sources.peer();
  const raft = peer?.raft.status();
  const state = peer?.scheduler?.state;
  const load = peer?.scheduler?.leader?.board;
  const names = new Set<NodeId>(sources.voters());
  for (const { nodeId } of state?.nodes() ?? []) names.add(nodeId);
  const roleOf = (node: NodeId): MemberView['role'] => {
    if (node === raft?.leader) return 'leader';
    if (node === sources.node) return raft?.role ?? 'unknown';
    return sources.voters().includes(node) ? 'follower' : 'unknown';
  };
  const members = [...names].sort().map((node) => ({
    node,
    executor: state?.node(node) ?? null,
    used: load?.load(node) ?? usedOn(peer, node),
    role: roleOf(node),
  }));
  return {
    cluster: sources.cluster,
    clusterId: sources.clusterId(),
    leader: raft?.leader ?? null,
    term: raft?.term ?? term(0),
    commit: raft?.commitIndex ?? logIndex(0),
    members,
  };
}

/** Load of a node as the rows tell it; only the leader keeps the sums. */
function usedOn(peer: Peer | undefined, node: NodeId): Record<string, number> {
  const used: Record<string, number> = {};
  const state = peer?.scheduler?.state;
  for (const { run, tasks } of state?.runs() ?? []) {
    const version = state?.version(run.namespace, run.dagId, run.versionId);
    for (const row of tasks.values()) {
      if (!('attempt' in row) || row.attempt.node !== node) continue;
      const wanted = version?.spec.tasks[row.taskId]?.resources ?? {};
      for (const [name, amount] of Object.entries(wanted)) {
        used[name] = (used[name] ?? 0) + amount;
      }
    }
  }
  return used;
}
