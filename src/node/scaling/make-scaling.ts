/** Puts the scaler of a node together: the peer on one side, the three providers on the other. */
import { join } from 'node:path';
import type { NodeConfig } from '../../api/config.ts';
import type { Clock } from '../../base/ports.ts';
import type { Trace } from '../../base/trace.ts';
import { memberNamed } from '../../raft/members.ts';
import type { Peer } from '../peer.ts';
import { CommandNodes } from './command.ts';
import { goalsOf, type PoolGoal } from './goal.ts';
import type { Hand } from './hand.ts';
import { KubernetesNodes } from './kubernetes.ts';
import { LocalNodes, type PoolMembers } from './local-process.ts';
import { nodeCommandOf } from './node-command.ts';
import { PoolFiles } from './pool-files.ts';
import { Scaler } from './scaler.ts';

export interface PoolScaling {
  start(): void;
  /** Nothing is told any more; what was started goes on. */
  stop(): void;
  /** Ends the pool nodes that this node has started: it ends itself, in good order. */
  endNodes(): Promise<void>;
}

export interface PoolScalingOptions {
  readonly config: NodeConfig;
  readonly peer: Peer;
  /** Of before any database was opened. */
  readonly hand: Hand;
  readonly clock: Clock;
  readonly trace: Trace;
}

export function makeScaling({ config, peer, hand, clock, trace }: PoolScalingOptions): PoolScaling {
  const folder = join(config.dataDir, 'node-pools');
  const launcher = [process.execPath, ...process.argv.slice(1, 2)] as const;
  const local = new LocalNodes({
    ...{ hand, clock, trace, files: new PoolFiles(folder), members: membersOf(peer) },
    command: nodeCommandOf(config, launcher, process.env),
  });
  const scaler = new Scaler({
    clock,
    look: (done) => look(peer, done),
    scaled: (said) => peer.scaled(said),
    sources: {
      'local-process': local,
      command: new CommandNodes({ folder, hand }),
      kubernetes: new KubernetesNodes({ env: process.env }),
    },
  });
  return {
    start: () => scaler.start(),
    stop: () => {
      scaler.stop();
      hand.close();
    },
    endNodes: () => local.endAll(),
  };
}

/** S1: what is committed, by a leader that a majority confirms. */
function look(peer: Peer, done: (goals: readonly PoolGoal[] | null) => void): void {
  if (peer.scheduler?.isLeading !== true) {
    done(null);
    return;
  }
  peer.raft.readIndex((confirmed) => {
    if (!confirmed.ok) {
      done(null);
      return;
    }
    peer.read(
      (state) => {
        const board = peer.scheduler?.leader?.board;
        return board ? goalsOf(state, (node) => board.attemptsOn(node).size) : null;
      },
      (goals) => done(goals),
    );
  });
}

/** A member that was silent for longer is not counted on. */
const heardMsMax = 5_000;

const membersOf = (peer: Peer): PoolMembers => ({
  has: (name) => memberNamed(peer.raft.status().members.members, name) !== undefined,
  heard: () =>
    peer.raft.members
      .followers()
      .filter(({ heardMsAgo }) => heardMsAgo !== undefined && heardMsAgo <= heardMsMax)
      .map(({ node }) => node),
  remove: (node) =>
    new Promise((resolve) => {
      const request = { action: 'remove', node } as const;
      peer.ask({ kind: 'members', request }, (answer) => resolve(answer.ok));
    }),
});
