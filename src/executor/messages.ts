/** What an executor is told, what it is given at its start, and what it shows of itself. */
import type { Sender, Wire } from '../actors/wire.ts';
import type { NodePlace } from '../model/node.ts';
import type { AttemptId, SchedulerToExecutor } from '../model/protocol.ts';
import type { Resources } from '../model/resources.ts';
import type { Runners } from './runner.ts';

/**
 * What the executor has for the leader. `pause`: nothing is begun for now, and what is sent may
 * come again. `nothing`: never again, and what is sent is handed back.
 */
export type Offer = 'work' | 'pause' | 'nothing';

export interface ExecutorSettings {
  readonly heartbeatMs: number;
  /** Between TERM and KILL, when an attempt is cancelled or timed out. */
  readonly graceMs: number;
  /** An attempt that still runs after this long is reported as started. */
  readonly announceMs: number;
  readonly gather: Gathering;
}

/**
 * While many short attempts are under way, reports wait for company after the last ones have left:
 * the more there are, the less does it matter to any of them.
 */
export interface Gathering {
  /** With fewer nothing waits. */
  readonly attemptsMin: number;
  readonly msPerAttempt: number;
  readonly msMax: number;
}

export const defaultSettings: ExecutorSettings = {
  heartbeatMs: 1000,
  graceMs: 5000,
  announceMs: 100,
  gather: { attemptsMin: 16, msPerAttempt: 0.25, msMax: 50 },
};

export interface ExecutorOptions {
  readonly wire: Wire;
  /** What the operator gives to tasks, the `slots` dimension included. */
  readonly capacity: Resources;
  readonly labels: Readonly<Record<string, string>>;
  readonly place?: NodePlace;
  /** Base URL of the node's HTTP endpoint, passed on to the leader. */
  readonly address: string;
  readonly runners: Runners;
  readonly settings: ExecutorSettings;
}

export type ExecutorMessage =
  | { readonly kind: 'heard'; readonly message: SchedulerToExecutor; readonly from: Sender }
  | { readonly kind: 'heartbeat-due' }
  | { readonly kind: 'announce-due' }
  | { readonly kind: 'lease-due' }
  | { readonly kind: 'resend-due' }
  | { readonly kind: 'limit-due'; readonly id: AttemptId }
  | { readonly kind: 'kill-due'; readonly id: AttemptId }
  /** Runners have told something, which waits in a list of its own. */
  | { readonly kind: 'run-events' }
  | { readonly kind: 'offer'; readonly offer: Offer }
  /** Stops every task; `done` is called when nothing of them is alive and all reports have left. */
  | { readonly kind: 'stop'; readonly done: () => void };

/** What people and tests may ask of a living executor. */
export interface ExecutorStatus {
  readonly term: number;
  /** Whether tasks may run now. */
  readonly leased: boolean;
  readonly attempts: number;
  readonly free: Resources;
  readonly reportsWaiting: number;
  readonly counters: Readonly<ExecutorCounters>;
}

export interface ExecutorCounters {
  /** Attempts accepted and handed to a runner. */
  started: number;
  ended: number;
  /** Dispatches that were refused, whatever the reason. */
  refused: number;
  /** Messages of a lower term, or for another incarnation. */
  stale: number;
  leasesEnded: number;
}
