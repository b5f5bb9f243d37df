/** The node's status: `GET /api/v1/node`, put together from every room. */
import type { ClusterStatus, MemberView, NodeStatus } from '../api/service.ts';
import { logIndex, type NodeId, term } from '../base/brand.ts';
import type { Trace } from '../base/trace.ts';
import type { Resources } from '../model/resources.ts';
import { nodeLoads } from '../model/views/nodes.ts';
import { isLearner, isVoter, type Members, memberNamed, noMembers } from '../raft/members.ts';
import type { NatsNetwork } from '../transport/nats.ts';
import type { Postbox } from '../transport/postbox.ts';
import type { ExecutorProcess } from './executor-process.ts';
import type { LoopDelay } from './loop-delay.ts';
import type { Peer } from './peer.ts';
import { softwareVersion } from './software-version.ts';

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
  /** Voters that the cluster wants. */
  readonly expect: number;
  readonly autopilot: boolean;
  readonly disk: () => { readonly freeBytes: number; readonly low: boolean };
  /** Directories of former lives that are kept. */
  readonly setAside: () => number;
  /** Counted trace events. */
  readonly counted: TraceCounts;
  readonly loopDelay: LoopDelay;
}

/** Counts events of which the status shows the number. */
export class TraceCounts {
  superseded = 0;
  decisionsFailed = 0;
  undispatched = 0;
  storageErrors = 0;

  readonly listen: Trace = (_level, name, fields) => {
    if (name === 'scheduler.superseded') this.superseded += Number(fields?.superseded ?? 1);
    else if (name === 'scheduler.decision-failed') this.decisionsFailed += 1;
    else if (name === 'scheduler.undispatched') this.undispatched += 1;
    else if (name === 'peer.failed' && fields?.kind === 'storage') this.storageErrors += 1;
  };
}

const startedAt = performance.now();
export function nodeStatus(sources: StatusSources): NodeStatus {
  const { node, incarnation, cluster, network, natsServer } = sources;
  const peer = sources.peer();
  const raft = peer?.raft.status();
  const executor = sources.executor();
  const digest = peer?.digest();
  const loopDelay = sources.loopDelay.figures();
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
    durableIndex: raft?.durableIndex ?? 0,
    snapshotIndex: raft?.baseIndex ?? 0,
    member: raft === undefined ? 'none' : memberKind(raft.members.members, node),
    digest: digest?.digest ?? null,
    digestIndex: digest?.index ?? 0,
    version: softwareVersion,
    uptimeMs: Math.round(performance.now() - startedAt),
    loopDelayMs: {
      p99: rounded(loopDelay.p99),
      max: rounded(loopDelay.max),
    },
    syncMs: { p99: rounded(raft?.syncMsP99 ?? 0), max: rounded(raft?.syncMsMax ?? 0) },
    disk: sources.disk(),
    setAside: sources.setAside(),
    snapshots: peer?.snapshots() ?? { sending: 0, receiving: 0 },
    nats: {
      control: network.connected('control'),
      bulk: network.connected('bulk'),
      server: natsServer,
    },
    executor: {
      alive: executor?.isAlive() ?? false,
      containment: executor?.containment ?? 'none',
      limits: executor?.limits ?? 'none',
      controllers: executor?.controllers ?? [],
      logs: executor?.logs() ?? null,
      heartbeats: executor?.heartbeats() ?? null,
    },
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
    logSyncs: raft?.syncs ?? 0,
    messagesSent: dropped.sent,
    bytesSent: dropped.bytesSent,
    messagesReceived: dropped.received,
    messagesDroppedStale: dropped.stale,
    messagesDroppedForeign: dropped.foreign,
    messagesDroppedForged: dropped.forged,
    messagesDroppedMalformed: dropped.malformed,
    messagesDroppedIncomplete: dropped.incomplete,
    raftMessagesDropped: raft?.messagesDropped ?? 0,
    supersededResults: counted.superseded,
    decisionsFailed: counted.decisionsFailed,
    undispatched: counted.undispatched,
    storageErrors: counted.storageErrors,
    longestTurnMs: rounded(peer?.longestTurnMs ?? 0),
    reconnects,
    slowConsumerCuts,
  };
}

const rounded = (value: number): number =>
  Number.isFinite(value) ? Math.round(value * 100) / 100 : 0;

const memberKind = (members: Members, node: NodeId): 'voter' | 'learner' | 'none' =>
  isVoter(members, node) ? 'voter' : isLearner(members, node) ? 'learner' : 'none';

/** `GET /api/v1/cluster`: the members, and every node that was heard of as an executor. */
export function clusterStatus(sources: StatusSources): ClusterStatus {
  const peer = sources.peer();
  const raft = peer?.raft.status();
  const configuration = raft?.members;
  const members = configuration?.members ?? noMembers;
  const names = new Set<NodeId>();
  for (const { node } of [...members.voters, ...members.learners]) names.add(node);
  for (const { nodeId } of peer?.scheduler?.state.nodes() ?? []) names.add(nodeId);
  const used = usedOn(peer);
  const isPending = configuration !== undefined && raft?.membersCommitted === false;
  return {
    cluster: sources.cluster,
    clusterId: sources.clusterId(),
    leader: raft?.leader ?? null,
    term: raft?.term ?? term(0),
    commit: raft?.commitIndex ?? logIndex(0),
    expect: sources.expect,
    autopilot: sources.autopilot,
    pendingChange: isPending ? configuration.index : null,
    members: [...names].sort().map((node) => ({
      ...memberStatus(sources, members, node),
      used: used(node),
    })),
  };
}

function memberStatus(
  sources: StatusSources,
  members: Members,
  node: NodeId,
): Omit<MemberView, 'used'> {
  const peer = sources.peer();
  const raft = peer?.raft.status();
  const state = peer?.scheduler?.state;
  const kind = memberKind(members, node);
  return {
    node,
    role: node === raft?.leader ? 'leader' : kind,
    held: members.learners.some((learner) => learner.node === node && learner.held),
    incarnation: memberNamed(members, node)?.incarnation ?? null,
    executor: state?.node(node) ?? null,
    progress: progressOf(peer, node),
    version: node === sources.node ? softwareVersion : null,
  };
}

function progressOf(peer: Peer | undefined, node: NodeId): MemberView['progress'] {
  const raft = peer?.raft.status();
  if (peer === undefined || raft?.role !== 'leader') return null;
  if (raft.leader === node) {
    return { match: raft.durableIndex, lag: 0, heardMsAgo: 0, by: 'log' };
  }
  const follower = peer.raft.members.followers().find((each) => each.node === node);
  if (follower === undefined) return null;
  const { match, lag, heardMsAgo, by } = follower;
  return { match, lag, heardMsAgo: heardMsAgo ?? null, by };
}

/** What is taken on each node: the leader keeps the sums, the others add up the rows, once. */
function usedOn(peer: Peer | undefined): (node: NodeId) => Resources {
  const scheduler = peer?.scheduler;
  const board = scheduler?.leader?.board;
  if (board !== undefined) return (node) => board.load(node);
  const loads = scheduler === undefined ? undefined : nodeLoads(scheduler.state);
  return (node) => loads?.get(node)?.resources ?? {};
}
