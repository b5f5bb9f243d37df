/**
 * Why a task instance does not run: every gate that is closed, with its values. Made on the leader,
 * of what it decides by; the same in HTTP, command line and web.
 */
import type { JsonObject } from '../json.ts';
import type { TaskState } from './instances.ts';

/** Named limits of an answer (law 12). */
export const whyLimits = {
  /** Task instances, runs or nodes that one gate names. */
  namesShown: 10,
  /** Instances of one run that are looked at, and what is said of them. */
  instancesLooked: 500,
  groupsShown: 30,
  /** Instances that one group of a run names. */
  instancesShown: 20,
  queuesShown: 200,
} as const;

/**
 * Sorts of gates:
 *
 *   run       its run has not begun, is paused, or is being stopped
 *   graph     what stands before it in its run
 *   wait      a time, a person, an event or another run
 *   pool, key, rate, limit, quota
 *             what it shares with others beside nodes
 *   node      no node takes it, or none has room
 *   order     others go first
 *   leader    the leader has not come to it yet
 */
export const gateKinds = [
  'run',
  'graph',
  'wait',
  'pool',
  'key',
  'rate',
  'limit',
  'quota',
  'node',
  'order',
  'leader',
] as const;

export type GateKind = (typeof gateKinds)[number];

/** What holds an instance back, for programs; permanent. */
export const gateCodes = {
  DAG_RUNS_FULL: 'run',
  QUOTA_ACTIVE_RUNS: 'quota',
  QUOTA_RUNS_PER_MINUTE: 'quota',
  RUN_HELD_BACK: 'run',
  RUNS_FIRST: 'order',
  RUN_PAUSED: 'run',
  RUN_STOPPING: 'run',
  UPSTREAM: 'graph',
  MAP_NOT_EXPANDED: 'graph',
  ITEM_NOT_ADMITTED: 'graph',
  NOT_CALLED: 'graph',
  DELAY: 'wait',
  TIME: 'wait',
  NEXT_LOOK: 'wait',
  NEXT_ROUND: 'wait',
  RETRY_DELAY: 'wait',
  APPROVAL: 'wait',
  CHILD_RUN: 'wait',
  EVENT: 'wait',
  DISKS_FULL: 'limit',
  RUNS_FULL: 'limit',
  NO_POOL: 'pool',
  POOL_TOO_SMALL: 'pool',
  POOL_FULL: 'pool',
  POOL_KEPT: 'order',
  KEY_HELD: 'key',
  RATE: 'rate',
  RATE_KEYS_FULL: 'rate',
  DAG_MAX: 'limit',
  TASK_MAX: 'limit',
  QUOTA: 'quota',
  QUOTA_KEPT: 'order',
  NO_NODE: 'node',
  NO_ROOM: 'node',
  NODE_KEPT: 'order',
  OTHERS_FIRST: 'order',
  LEADER_BUSY: 'leader',
} as const satisfies Readonly<Record<string, GateKind>>;

export type GateCode = keyof typeof gateCodes;

/** What would open a gate. */
export interface OpensView {
  /** `person`: it does not open by itself. */
  readonly by: 'event' | 'time' | 'person';
  /** A sentence. */
  readonly text: string;
  /** When; null where that is not known. */
  readonly at: string | null;
  /** What a person can do about it, on the command line; null: nothing that helps. */
  readonly command: string | null;
}

export interface GateView {
  readonly kind: GateKind;
  readonly code: GateCode;
  /** A sentence: `pool mysql is full: 12 of 12 slots are taken, it asks for 1`. */
  readonly text: string;
  /** What the sentence says, for programs. */
  readonly values: JsonObject;
  readonly opens: OpensView;
}

/** Why an attempt was placed where it is. */
export interface PlacementView {
  readonly attempt: number;
  readonly node: string;
  readonly at: string;
  /** What was seen then; null: it was not written down. */
  readonly chosen: ChosenView | null;
}

export interface ChosenView {
  /** Nodes that could take tasks, and those of them that had room and were allowed. */
  readonly nodes: number;
  readonly fitting: number;
  readonly score: number;
  /** What spoke for the node, and how much. */
  readonly terms: Readonly<Record<string, number>>;
  readonly next: { readonly node: string; readonly score: number } | null;
  /** The node was kept for another task, which this one does not hold up. */
  readonly backfilled: boolean;
}

/** When it is expected to start. */
export interface EtaView {
  /** Null: not within the time that the forecast covers. */
  readonly startsAt: string | null;
  /** If all attempts before it take long (p90); null: not within that time. */
  readonly startsLateAt: string | null;
  /** The forecast looked ahead until then. */
  readonly until: string;
  readonly assumptions: readonly string[];
}

export interface WhyView {
  readonly namespace: string;
  readonly runId: string;
  readonly dagId: string;
  readonly taskId: string;
  readonly mapIndex: number;
  readonly state: TaskState;
  /** The answer in one sentence. */
  readonly summary: string;
  /** Every gate that is closed; empty: it runs, has ended, or starts with the next turn. */
  readonly gates: readonly GateView[];
  /** Of its newest attempt; null: there was none. */
  readonly placement: PlacementView | null;
  readonly eta: EtaView | null;
  /** Why there is no ETA; null: there is one, or none is needed. */
  readonly noEta: string | null;
  /** Record time of the answer. */
  readonly at: string;
}

/** Instances of a run that wait for the same. */
export interface WhyGroupView {
  readonly gates: readonly GateView[];
  readonly count: number;
  /** At most `instancesShown`. */
  readonly instances: readonly { readonly taskId: string; readonly mapIndex: number }[];
}

export interface WhyRunView {
  readonly namespace: string;
  readonly runId: string;
  readonly dagId: string;
  readonly state: string;
  readonly summary: string;
  /** Task instances that have not ended: those with an attempt, and all others. */
  readonly running: number;
  readonly waiting: number;
  /** The largest first. */
  readonly groups: readonly WhyGroupView[];
  /** Instances that wait and are in none of the groups. */
  readonly leftOut: number;
  readonly at: string;
}

/** Waiting tasks that ask for the same. */
export interface QueueView {
  readonly namespace: string;
  readonly priorityClass: string;
  readonly resources: Readonly<Record<string, number>>;
  /** `pool mysql (2 slots)`, `labels zone=a`: what they ask for beside room. */
  readonly asks: readonly string[];
  readonly waiting: number;
  /** The one that goes first. */
  readonly first: {
    readonly dagId: string;
    readonly runId: string;
    readonly taskId: string;
    readonly mapIndex: number;
  };
  /** When the run of the first one was created. */
  readonly since: string;
  /** What closes it. */
  readonly gates: readonly GateView[];
}

export interface QueuesView {
  /** The one that goes first is first. */
  readonly queues: readonly QueueView[];
  readonly leftOut: number;
  /** Tasks in all queues together. */
  readonly waiting: number;
  readonly at: string;
}

/** What is asked of the leader. */
export type WhyAsked =
  | {
      readonly kind: 'task';
      readonly namespace: string;
      readonly runId: string;
      readonly taskId: string;
      readonly mapIndex: number;
    }
  | { readonly kind: 'run'; readonly namespace: string; readonly runId: string }
  /** Null: of all namespaces. */
  | { readonly kind: 'queues'; readonly namespace: string | null };

export type WhyAnswer =
  | { readonly kind: 'task'; readonly why: WhyView }
  | { readonly kind: 'run'; readonly why: WhyRunView }
  | { readonly kind: 'queues'; readonly why: QueuesView };
