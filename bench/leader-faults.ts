/**
 * What may happen to a leader, each done to the process of the peer while clients write, and undone
 * again so that the next round finds three nodes.
 */
import type { LocalCluster, LocalNode } from '../cluster/local-cluster.ts';
import { until } from '../cluster/problem.ts';

export interface LeaderFault {
  readonly title: string;
  readonly rounds: number;
  /** Writes go on for this long afterwards, in milliseconds. */
  readonly watchMs: number;
  /** Elections that it may bring about. */
  readonly electionsMax: number;
  /** Returns as soon as the fault is there. */
  readonly strike: (leader: LocalNode) => void;
  /** Ends when the node is one of three again. */
  readonly heal: (cluster: LocalCluster, leader: LocalNode) => Promise<void>;
}

const pauseMs = 10_000;
const stallMs = 1_000;

const restart = (cluster: LocalCluster, { name }: LocalNode): Promise<void> =>
  cluster.restartNode(name);

const caughtUp = (cluster: LocalCluster, { name }: LocalNode): Promise<void> =>
  until(
    `${name} to be ready`,
    { withinMs: 60_000, everyMs: 25 },
    async () => (await cluster.node(name).api.isReady()) || undefined,
  ).then(() => undefined);

/** Stops the process and wakes it up again; nothing of it runs in between. */
function pauseFor(ms: number): (leader: LocalNode) => void {
  return ({ child }) => {
    child.kill('SIGSTOP');
    setTimeout(() => child.kill('SIGCONT'), ms);
  };
}

export const leaderFaults = {
  kill: {
    title: 'the leader is killed (SIGKILL)',
    rounds: 50,
    watchMs: 1_000,
    electionsMax: Number.POSITIVE_INFINITY,
    strike: ({ child }) => child.kill('SIGKILL'),
    heal: restart,
  },
  term: {
    title: 'the leader is told to stop (SIGTERM) and hands over',
    rounds: 20,
    watchMs: 1_000,
    electionsMax: Number.POSITIVE_INFINITY,
    strike: ({ child }) => child.kill('SIGTERM'),
    heal: restart,
  },
  pause: {
    title: `the leader is paused for ${pauseMs / 1000} s (SIGSTOP)`,
    rounds: 10,
    watchMs: pauseMs + 1_000,
    electionsMax: Number.POSITIVE_INFINITY,
    strike: pauseFor(pauseMs),
    heal: caughtUp,
  },
  stall: {
    title: `the leader does nothing for ${stallMs / 1000} s`,
    rounds: 10,
    watchMs: stallMs + 2_000,
    electionsMax: 0,
    strike: pauseFor(stallMs),
    heal: caughtUp,
  },
} as const satisfies Readonly<Record<string, LeaderFault>>;
