/** Puts the peer and everything that serves people around it together, once there is a cluster. */
import type { NodeConfig } from '../api/config.ts';
import type { NodeService } from '../api/service.ts';
import { type LogIndex, logIndex, type NodeId } from '../base/brand.ts';
import type { Disk } from '../base/ports.ts';
import { fail, ok, type Result } from '../base/result.ts';
import type { Trace } from '../base/trace.ts';
import { decodeRecord } from '../model/record.ts';
import type { RaftDriver } from '../raft/driver.ts';
import { defaultRaftSettings, type RaftSettings } from '../raft/driver-settings.ts';
import { defaultGatewayTimes } from '../scheduler/gateway.ts';
import { type CommittedTurn, defaultSchedulerSettings } from '../scheduler/world.ts';
import { ledgerDefaults } from '../storage/ledger.ts';
import { Watch, watchDefaults } from '../storage/watch.ts';
import type { ReadCommitted } from '../storage/watch-types.ts';
import { aliveSubject } from '../transport/subjects.ts';
import { AppliedWaiters } from './applied-waiters.ts';
import { type Ending, exitCodes } from './ending.ts';
import { LogReader } from './log-reader.ts';
import { makeMetrics } from './metrics.ts';
import { openPeer, type Peer, type PeerFailure, type PeerSettings } from './peer.ts';
import { realClock, realRandom } from './real-ports.ts';
import { makeService } from './service.ts';
import { nodeStatus, type StatusSources } from './status.ts';

export interface Assembled {
  readonly peer: Peer;
  readonly service: NodeService;
  readonly logs: LogReader;
}

export interface AssembleOptions {
  readonly config: NodeConfig;
  readonly disk: Disk;
  readonly sources: StatusSources;
  readonly voters: readonly NodeId[];
  /** The databases have never been opened. */
  readonly create: boolean;
  readonly trace: Trace;
  readonly failed: (ending: Ending) => void;
}

export async function assembleService(
  options: AssembleOptions,
): Promise<Result<Assembled, Ending>> {
  const { config, disk, sources, voters, create, trace } = options;
  const listeners: ((turn: CommittedTurn) => void)[] = [];
  const opened = await new Promise<Result<Peer, PeerFailure>>((resolve) =>
    openPeer(
      {
        self: sources.node,
        voters,
        clock: realClock,
        random: realRandom(),
        network: sources.network,
        disk,
        wire: sources.postbox,
        aliveSubject: (node) => aliveSubject(config.cluster, node),
        create,
        settings: peerSettings(config),
        trace,
        committed: (turn) => {
          for (const listen of listeners) listen(turn);
        },
        onFailure: (failure) => options.failed(endingOf(failure)),
      },
      resolve,
    ),
  );
  if (!opened.ok) return fail(endingOf(opened.error));
  const peer = opened.value;
  const waiters = new AppliedWaiters(peer.ledger.appliedIndex);
  const watch = new Watch({
    clock: realClock,
    readCommitted: readCommitted(peer.raft),
    settings: watchDefaults,
    appliedIndex: peer.ledger.appliedIndex,
  });
  const metrics = makeMetrics({
    state: () => peer.scheduler?.state,
    status: () => nodeStatus(sources),
  });
  const logs = new LogReader(sources.postbox, realClock);
  listeners.push(
    (turn) => waiters.applied(turn.index),
    ({ index, record }) => record !== null && watch.publish({ index, record }),
    (turn) => metrics.runs.committed(turn),
  );
  const service = makeService({ peer, sources, waiters, watch, logs, metrics });
  return ok({ peer, service, logs });
}

const endingOf = ({ kind, why }: PeerFailure): Ending => ({
  code: kind === 'storage' ? exitCodes.storage : exitCodes.invariant,
  why,
});

function peerSettings({ tuning }: NodeConfig): PeerSettings {
  const raft: RaftSettings = {
    ...defaultRaftSettings,
    tickMs: tuning.raftTickMs,
    heartbeatMs: tuning.raftHeartbeatMs,
    electionTimeoutMsMin: tuning.electionTimeoutMsMin,
    electionTimeoutMsMax: tuning.electionTimeoutMsMax,
  };
  const { leaseMs, graceMs } = tuning;
  const scheduler = { ...defaultSchedulerSettings, leaseMs, graceMs };
  return { raft, scheduler, ledger: ledgerDefaults, gateway: defaultGatewayTimes };
}

/** Committed records of the Raft log, for watchers that are behind. */
const readCommitted =
  (raft: RaftDriver): ReadCommitted =>
  (from, maxBytes, done) =>
    raft.readCommitted({ from, maxBytes }, (result) => {
      if (!result.ok) {
        done(fail({ kind: 'failed', error: result.error }));
        return;
      }
      const events = result.value
        .filter(({ payload }) => payload.length > 0)
        .map(({ index, payload }) => ({ index, record: decodeRecord(payload) }));
      const through: LogIndex = result.value.at(-1)?.index ?? logIndex(from - 1);
      done(ok({ events, through }));
    });
