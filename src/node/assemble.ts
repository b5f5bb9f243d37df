/** Puts the peer and everything that serves people around it together, once there is a cluster. */
import type { Wire } from '../actors/wire.ts';
import type { NodeConfig } from '../api/config.ts';
import type { PeerService } from '../api/service.ts';
import { logIndex } from '../base/brand.ts';
import type { Clock, Disk } from '../base/ports.ts';
import { fail, ok, type Result } from '../base/result.ts';
import type { Trace } from '../base/trace.ts';
import { decodeRecord } from '../model/record.ts';
import type { RaftDriver } from '../raft/driver.ts';
import { defaultRaftSettings, type RaftSettings } from '../raft/driver-settings.ts';
import { isMembersPayload, type Members } from '../raft/members.ts';
import { defaultGatewayTimes } from '../scheduler/gateway.ts';
import { type CommittedTurn, defaultSchedulerSettings } from '../scheduler/world.ts';
import { ledgerDefaults } from '../storage/ledger.ts';
import { pageBytesMax } from '../storage/ledger-page.ts';
import { Watch, watchDefaults } from '../storage/watch.ts';
import type { ReadCommitted } from '../storage/watch-types.ts';
import { aliveSubject } from '../transport/subjects.ts';
import { AppliedWaiters } from './applied-waiters.ts';
import { archiveReader } from './archive-reader.ts';
import { ArtifactReader, remoteObjects } from './artifact-reader.ts';
import { EventSources } from './event-sources/event-sources.ts';
import { GivenReader } from './given-reader.ts';
import { Lifeline } from './lifeline.ts';
import { LogReader } from './log-reader.ts';
import { memberDeskDefaults } from './member-desk.ts';
import { makeMetrics } from './metrics.ts';
import { openPeer, type Peer, type PeerOptions, type PeerSettings } from './peer.ts';
import type { PeerFailure } from './peer-failure.ts';
import { realRandom } from './real-ports.ts';
import { Hand } from './scaling/hand.ts';
import { makeScaling } from './scaling/make-scaling.ts';
import { makeService } from './service.ts';
import { nodeStatus, type StatusSources } from './status.ts';
import { YoungSpace } from './young-space.ts';

export interface Assembled {
  readonly peer: Peer;
  readonly service: PeerService;
  /** Ends what hangs on this peer: streams and readers of logs. The peer itself has stopped. */
  readonly close: () => void;
  /** Ends the pool nodes that this node has started on its machine: the node itself ends. */
  readonly endNodes: () => Promise<void>;
}

export interface AssembleOptions {
  readonly config: NodeConfig;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly wire: Wire;
  readonly sources: StatusSources;
  /** The first configuration of the cluster; none for a node that joined it later. */
  readonly members: Members;
  /** The databases have never been opened. */
  readonly create: boolean;
  readonly trace: Trace;
  /** Around the listener for committed entries. */
  readonly hook: <T>(listen: (turn: T) => void) => (turn: T) => void;
  readonly replaced: () => void;
  readonly failed: (failure: PeerFailure) => void;
}

export async function assembleService(
  options: AssembleOptions,
): Promise<Result<Assembled, PeerFailure>> {
  const { clock, wire, sources, config } = options;
  const listeners: ((turn: CommittedTurn) => void)[] = [];
  let lifeline: Lifeline | undefined;
  // Before any database is opened: what it starts must not inherit their descriptors.
  const hand = new Hand();
  const opened = await open(options, {
    committed: (turn) => {
      for (const listen of listeners) listen(turn);
    },
    leaderIs: (leader) => lifeline?.leaderIs(leader),
  });
  if (!opened.ok) {
    hand.close();
    return opened;
  }
  const peer = opened.value;
  lifeline = new Lifeline({
    ...{ self: sources.node, clock, trace: options.trace },
    addressOf: (node) => peer.scheduler?.state.node(node)?.address,
    dead: (leader) => peer.raft.leaderMayBeDead(leader),
  });
  const waiters = new AppliedWaiters(peer.ledger.appliedIndex);
  const watch = new Watch({
    clock,
    readCommitted: readCommitted(peer.raft),
    settings: watchDefaults,
    appliedIndex: peer.ledger.appliedIndex,
  });
  const metrics = makeMetrics({
    state: () => peer.scheduler?.state,
    status: () => nodeStatus(sources),
    loopDelay: sources.loopDelay,
  });
  const logs = new LogReader(wire, clock);
  const given = new GivenReader(wire, clock);
  const archive = archiveReader(config.logs, options.trace);
  const artifacts = new ArtifactReader(wire, clock, remoteObjects(config.artifacts));
  listeners.push(
    (turn) => waiters.applied(turn.index),
    ({ index, record }) => record !== null && watch.publish({ index, record }),
    (turn) => metrics.runs.committed(turn),
  );
  const events = new EventSources({
    ...{ peer, clock, trace: options.trace, node: sources.node },
    ...{ cluster: config.cluster, nats: config.nats, labels: config.labels },
  });
  listeners.push((turn) => events.committed(turn));
  events.start();
  const scaling = makeScaling({ config, peer, clock, hand, trace: options.trace });
  scaling.start();
  const readers = { logs, archive, given, artifacts };
  const service = makeService({ peer, sources, waiters, watch, ...readers, metrics });
  artifacts.knows(service);
  const close = (): void => {
    lifeline?.stop();
    events.stop();
    scaling.stop();
    watch.close();
    logs.stop();
    given.stop();
    artifacts.stop();
  };
  return ok({ peer, service, close, endNodes: () => scaling.endNodes() });
}

function open(
  options: AssembleOptions,
  listener: Pick<PeerOptions, 'committed' | 'leaderIs'>,
): Promise<Result<Peer, PeerFailure>> {
  const { config, disk, clock, wire, sources, members, create, trace } = options;
  const { node: self, network } = sources;
  const youngSpace = new YoungSpace();
  return new Promise((resolve) =>
    openPeer(
      {
        ...{ self, members, clock, network, disk, wire, create, trace },
        incarnation: wire.self.incarnation,
        random: realRandom(),
        aliveSubject: (node) => aliveSubject(config.cluster, node),
        settings: peerSettings(config),
        committed: options.hook(listener.committed),
        leaderIs: listener.leaderIs,
        ticked: (lateMs) => {
          sources.loopDelay.note(lateMs);
          youngSpace.look();
        },
        replaced: options.replaced,
        onFailure: options.failed,
      },
      resolve,
    ),
  );
}

function peerSettings({ tuning, storage, expect, autopilot }: NodeConfig): PeerSettings {
  const raft: RaftSettings = {
    ...defaultRaftSettings,
    tickMs: tuning.raftTickMs,
    heartbeatMs: tuning.raftHeartbeatMs,
    electionTimeoutMsMin: tuning.electionTimeoutMsMin,
    electionTimeoutMsMax: tuning.electionTimeoutMsMax,
    logEntriesKept: storage.logKeepEntries,
  };
  const { leaseMs, graceMs } = tuning;
  const scheduler = { ...defaultSchedulerSettings, leaseMs, graceMs };
  const wanted = { votersWanted: expect, replaceDead: autopilot };
  const members = { ...memberDeskDefaults, ...wanted, stableMs: tuning.promoteAfterMs };
  const defaults = { ledger: ledgerDefaults, gateway: defaultGatewayTimes };
  return { ...defaults, raft, scheduler, members, snapshotPageBytes: pageBytesMax };
}

/** Committed records of the Raft log, for watchers that are behind. */
const readCommitted =
  (raft: RaftDriver): ReadCommitted =>
  (from, maxBytes, done) =>
    raft.readCommitted({ from, maxBytes }, (result) => {
      if (!result.ok) {
        const { error } = result;
        if ('gone' in error) done(fail({ kind: 'gone', firstIndex: error.gone }));
        else done(fail({ kind: 'failed', error }));
        return;
      }
      const through = result.value.at(-1)?.index;
      if (through === undefined) {
        // The log was cut while it was read.
        done(fail({ kind: 'gone', firstIndex: logIndex(raft.status().baseIndex + 1) }));
        return;
      }
      const events = result.value
        .filter(({ payload }) => payload.length > 0 && !isMembersPayload(payload))
        .map(({ index, payload }) => ({ index, record: decodeRecord(payload) }));
      done(ok({ events, through }));
    });
