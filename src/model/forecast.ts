/**
 * Forecasts: what is asked of one, and what it says. A forecast is the scheduler's own decisions
 * taken in virtual time, on a copy of the live rows, with expected durations in place of work.
 */
import type { DagId, Namespace, NodeId, RunId, TaskId, WallMs } from '../base/brand.ts';
import type { ParamValue } from './dag.ts';
import type { OrderName } from './placing.ts';

/** Named limits of forecasts (law 12). */
export const forecastLimits = {
  /** How far a forecast looks ahead unless it is said, and at most, in milliseconds. */
  horizonMs: 24 * 3_600_000,
  horizonMsMax: 31 * 24 * 3_600_000,
  /** Turns of the virtual leader: what a forecast costs. It ends early when they are used up. */
  turns: 20_000,
  /** Task instances that it starts; the same. */
  starts: 50_000,
  /** Of one answer: task instances, runs, steps of a critical path, fires. */
  tasksShown: 2_000,
  runsShown: 1_000,
  criticalShown: 500,
  firesShown: 50,
  /** Names in one of the sentences about what was assumed. */
  namesShown: 10,
  /** Equal parts into which the time is cut where the use of a node is shown. */
  slices: 48,
  /** Nodes that a what-if may add. */
  nodesAdded: 200,
  /** Changes of one kind in a what-if. */
  changes: 50,
} as const;

/** One task instance of one run. */
export interface InstanceName {
  readonly namespace: Namespace;
  readonly runId: RunId;
  readonly taskId: TaskId;
  readonly mapIndex: number;
}

/** What the start of an instance followed. */
export type Behind =
  /** It had begun before the forecast did. */
  | { readonly kind: 'past' }
  /** Nothing stood before it but the begin of its run. */
  | { readonly kind: 'begin' }
  | { readonly kind: 'upstream'; readonly of: InstanceName }
  /** It waited for room on its node, which the end of that instance made. */
  | { readonly kind: 'room'; readonly of: InstanceName }
  /** It waited for slots of its pool, which the end of that instance gave back. */
  | { readonly kind: 'pool'; readonly pool: string; readonly of: InstanceName }
  /** It waited for something else: a rate, a quota, a key, a retry, a node. */
  | { readonly kind: 'other' };

export interface TaskForecast extends InstanceName {
  readonly dagId: DagId;
  /** Null: not within the time that the forecast covers. */
  readonly startsAt: WallMs | null;
  readonly endsAt: WallMs | null;
  /** Null: the leader does it by itself, or it has not started. */
  readonly node: NodeId | null;
  /** When all that it depends on had ended; null while that is not so. */
  readonly readyAt: WallMs | null;
  readonly behind: Behind | null;
}

export interface RunForecast {
  readonly namespace: Namespace;
  readonly runId: RunId;
  readonly dagId: DagId;
  readonly startsAt: WallMs | null;
  readonly endsAt: WallMs | null;
}

/** How busy a node is. */
export interface NodeForecast {
  readonly node: NodeId;
  /** Attempts that are on it in the time that is covered. */
  readonly attempts: number;
  /** Share (0 to 1) of its scarcest resource that is taken, on average. */
  readonly use: number;
  /** The same for each of `forecastLimits.slices` equal parts of the time. */
  readonly slices: readonly number[];
}

/** Why a forecast went no further. */
export type ForecastEnd =
  /** What was asked about has happened. */
  | 'reached'
  /** Nothing more is going to happen. */
  | 'quiet'
  | 'horizon'
  /** Turns or starts are used up; nothing is known of what comes later. */
  | 'budget';

/** The time that a forecast covers. */
export interface ForecastSpan {
  readonly from: WallMs;
  readonly until: WallMs;
  readonly end: ForecastEnd;
}

export interface PlanAsked {
  readonly namespace: Namespace;
  readonly dagId: DagId;
  readonly params: Readonly<Record<string, ParamValue>>;
  readonly horizonMs: number;
}

/** A run that was started in virtual time. */
export interface PlanForecast {
  readonly span: ForecastSpan;
  readonly run: RunForecast;
  /** In the order of their starts; at most `tasksShown`. */
  readonly tasks: readonly TaskForecast[];
  readonly tasksOmitted: number;
  /** The chain that leads to the end of the run, first things first. */
  readonly critical: readonly TaskForecast[];
  readonly nodes: readonly NodeForecast[];
  /** Runs that schedules start before the run ends. */
  readonly fires: readonly RunForecast[];
  /** Sentences. */
  readonly assumptions: readonly string[];
}

export interface WhatIfAsked {
  readonly addNodes: number;
  /** Of which kind they are; null: as the largest one that takes tasks. */
  readonly like: NodeId | null;
  readonly removeNodes: readonly NodeId[];
  readonly pools: readonly {
    readonly namespace: Namespace;
    readonly name: string;
    readonly slots: number;
  }[];
  readonly crons: readonly {
    readonly namespace: Namespace;
    readonly dagId: DagId;
    readonly expression: string;
  }[];
  readonly weights: readonly { readonly namespace: Namespace; readonly weight: number }[];
  readonly order: OrderName | null;
  readonly horizonMs: number;
}

/** The cluster as a forecast sees it. */
export interface ClusterForecast {
  readonly span: ForecastSpan;
  /** From now to the last end of a run that was there; null: not all of them end. */
  readonly makespanMs: number | null;
  /** Runs that end in the time that is covered, those that start later included. */
  readonly runsEnded: number;
  /** Attempts that start, and how long they stood ready before, on average. */
  readonly starts: number;
  readonly meanWaitMs: number;
  /** Their use counts up to `useUntil`: nothing runs after that, or nothing is known of it. */
  readonly nodes: readonly NodeForecast[];
  readonly useUntil: WallMs;
}

/** A run that is alive now, both ways. Null: it does not end in the time that is covered. */
export interface RunCompared {
  readonly namespace: Namespace;
  readonly runId: RunId;
  readonly dagId: DagId;
  readonly endsAt: WallMs | null;
  readonly endsAtChanged: WallMs | null;
}

export interface WhatIfForecast {
  readonly asItIs: ClusterForecast;
  readonly changed: ClusterForecast;
  /** Those that gain or lose most first; at most `runsShown`. */
  readonly runs: readonly RunCompared[];
  readonly runsOmitted: number;
  readonly assumptions: readonly string[];
}

/** When an instance that waits is going to start. */
export interface Eta {
  readonly span: ForecastSpan;
  readonly startsAt: WallMs | null;
  /** If all attempts take as long as nine of ten recent ones did not exceed. */
  readonly startsLateAt: WallMs | null;
  readonly endsAt: WallMs | null;
  readonly behind: Behind | null;
  readonly assumptions: readonly string[];
}
