/** Forecasts as people see them: plans of a run, and what-ifs. */
import type { WallMs } from '../../base/brand.ts';
import type {
  Behind,
  ClusterForecast,
  ForecastEnd,
  ForecastSpan,
  NodeForecast,
  PlanForecast,
  RunCompared,
  RunForecast,
  TaskForecast,
  WhatIfForecast,
} from '../forecast.ts';
import { timeText, timeTextOrNull } from './time.ts';

export interface SpanView {
  readonly from: string;
  /** Nothing is said of what comes later. */
  readonly until: string;
  /** Why the forecast went no further: `budget` means that it would have had to. */
  readonly end: ForecastEnd;
}

export interface BehindView {
  readonly kind: Behind['kind'];
  readonly runId: string | null;
  readonly taskId: string | null;
  readonly mapIndex: number | null;
  readonly pool: string | null;
}

export interface TaskForecastView {
  readonly runId: string;
  readonly dagId: string;
  readonly taskId: string;
  readonly mapIndex: number;
  readonly startsAt: string | null;
  readonly endsAt: string | null;
  readonly node: string | null;
  /** From when all that it depends on has ended to its start. */
  readonly waitedMs: number | null;
  readonly behind: BehindView | null;
}

export interface RunForecastView {
  readonly runId: string;
  readonly dagId: string;
  readonly startsAt: string | null;
  readonly endsAt: string | null;
}

export interface NodeForecastView {
  readonly node: string;
  readonly attempts: number;
  /** Share of its scarcest resource, 0 to 1: on average, and in equal parts of the time. */
  readonly use: number;
  readonly slices: readonly number[];
}

export interface PlanView {
  readonly span: SpanView;
  /** Its id stands for it here; a run that is started gets another. */
  readonly run: RunForecastView;
  readonly durationMs: number | null;
  readonly tasks: readonly (TaskForecastView & { readonly critical: boolean })[];
  readonly tasksOmitted: number;
  readonly critical: readonly TaskForecastView[];
  readonly nodes: readonly NodeForecastView[];
  readonly fires: readonly RunForecastView[];
  readonly assumptions: readonly string[];
}

export function planView(plan: PlanForecast): PlanView {
  const { endsAt } = plan.run;
  const ofRun = plan.critical.filter(({ runId }) => runId === plan.run.runId);
  const critical = new Set(ofRun.map(instanceKey));
  return {
    span: spanView(plan.span),
    run: runForecastView(plan.run),
    durationMs: endsAt === null ? null : endsAt - plan.span.from,
    tasks: plan.tasks.map((task) => ({
      ...taskForecastView(task),
      critical: critical.has(instanceKey(task)),
    })),
    tasksOmitted: plan.tasksOmitted,
    critical: plan.critical.map(taskForecastView),
    nodes: plan.nodes.map(nodeForecastView),
    fires: plan.fires.map(runForecastView),
    assumptions: plan.assumptions,
  };
}

const instanceKey = ({ taskId, mapIndex }: TaskForecast): string => `${taskId}/${mapIndex}`;

export interface ClusterForecastView {
  readonly span: SpanView;
  /** Null: not all runs that are alive now end in this time. */
  readonly makespanMs: number | null;
  readonly runsEnded: number;
  readonly starts: number;
  readonly meanWaitMs: number;
  readonly nodes: readonly NodeForecastView[];
  /** Up to when the use of the nodes counts: the same on both sides. */
  readonly useUntil: string;
}

export interface RunComparedView {
  readonly namespace: string;
  readonly runId: string;
  readonly dagId: string;
  readonly endsAt: string | null;
  readonly endsAtChanged: string | null;
  /** Above 0: the change makes it earlier. Null: one of the two is not known. */
  readonly earlierMs: number | null;
}

export interface WhatIfView {
  readonly asItIs: ClusterForecastView;
  readonly changed: ClusterForecastView;
  readonly runs: readonly RunComparedView[];
  readonly runsOmitted: number;
  readonly assumptions: readonly string[];
}

export const whatIfView = (whatIf: WhatIfForecast): WhatIfView => ({
  asItIs: clusterForecastView(whatIf.asItIs),
  changed: clusterForecastView(whatIf.changed),
  runs: whatIf.runs.map(runComparedView),
  runsOmitted: whatIf.runsOmitted,
  assumptions: whatIf.assumptions,
});

const spanView = ({ from, until, end }: ForecastSpan): SpanView => ({
  from: timeText(from),
  until: timeText(until),
  end,
});

const nowhere = { runId: null, taskId: null, mapIndex: null, pool: null };

function behindView(behind: Behind): BehindView {
  if (!('of' in behind)) return { kind: behind.kind, ...nowhere };
  const { runId, taskId, mapIndex } = behind.of;
  const pool = behind.kind === 'pool' ? behind.pool : null;
  return { kind: behind.kind, runId, taskId, mapIndex, pool };
}

function taskForecastView(task: TaskForecast): TaskForecastView {
  const { runId, dagId, taskId, mapIndex, startsAt, endsAt, node, readyAt, behind } = task;
  return {
    ...{ runId, dagId, taskId, mapIndex, node },
    startsAt: timeTextOrNull(startsAt),
    endsAt: timeTextOrNull(endsAt),
    waitedMs: betweenMs(readyAt, startsAt),
    behind: behind && behindView(behind),
  };
}

const betweenMs = (from: WallMs | null, to: WallMs | null): number | null =>
  from === null || to === null ? null : to - from;

const runForecastView = ({ runId, dagId, startsAt, endsAt }: RunForecast): RunForecastView => ({
  runId,
  dagId,
  startsAt: timeTextOrNull(startsAt),
  endsAt: timeTextOrNull(endsAt),
});

const nodeForecastView = ({ node, attempts, use, slices }: NodeForecast): NodeForecastView => ({
  node,
  attempts,
  use: thousandths(use),
  slices: slices.map(thousandths),
});

const thousandths = (share: number): number => Math.round(share * 1000) / 1000;

const clusterForecastView = (cluster: ClusterForecast): ClusterForecastView => ({
  span: spanView(cluster.span),
  makespanMs: cluster.makespanMs,
  runsEnded: cluster.runsEnded,
  starts: cluster.starts,
  meanWaitMs: Math.round(cluster.meanWaitMs),
  nodes: cluster.nodes.map(nodeForecastView),
  useUntil: timeText(cluster.useUntil),
});

function runComparedView(run: RunCompared): RunComparedView {
  const { namespace, runId, dagId, endsAt, endsAtChanged } = run;
  const earlierMs = betweenMs(endsAtChanged, endsAt);
  return {
    ...{ namespace, runId, dagId, earlierMs },
    endsAt: timeTextOrNull(endsAt),
    endsAtChanged: timeTextOrNull(endsAtChanged),
  };
}
