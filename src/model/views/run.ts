/** Runs as people see them: alone in lists, with their task instances when asked for by id. */
import type { TaskId } from '../../base/brand.ts';
import type { ParamValue, VersionRow } from '../dag.ts';
import type { ExpansionRow } from '../map.ts';
import type { OutputRow } from '../output.ts';
import type { EndingStage, RunEnding, RunRow, RunStatus, RunTrigger } from '../run.ts';
import type { TaskRow } from '../task-instance.ts';
import {
  allSteps,
  type InstanceRows,
  instanceSteps,
  type SeenInstance,
  type TaskState,
} from './instances.ts';
import { jsonOrText, type TaskView, taskView } from './task.ts';
import { timeText, timeTextOrNull } from './time.ts';

export interface RunView {
  readonly runId: string;
  readonly namespace: string;
  readonly dagId: string;
  readonly versionId: string;
  readonly state: RunStatus;
  readonly trigger: RunTrigger;
  readonly logicalDate: string | null;
  readonly params: Readonly<Record<string, ParamValue>>;
  readonly priority: number;
  readonly createdAt: string;
  readonly createdBy: string;
  /** 1, and one more with every rerun. */
  readonly generation: number;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly durationMs: number | null;
  readonly reason: string | null;
  /** The time that it stands for. */
  readonly dataInterval: { readonly start: string; readonly end: string } | null;
  /** The task instance that started it. */
  readonly parent: RunParentView | null;
  readonly backfillId: string | null;
  /** Nothing of it is started while it is paused. */
  readonly paused: boolean;
  /** Why it does not start although there is room. */
  readonly heldBy: string | null;
  readonly slaMissed: boolean;
  /** Its graph has ended: what is done before it ends. */
  readonly ending: RunEndingView | null;
}

export interface RunParentView {
  readonly runId: string;
  readonly taskId: string;
  readonly mapIndex: number;
  /** Whether the task waits for this run's end. */
  readonly waits: boolean;
}

export interface RunEndingView {
  /** How it will end. */
  readonly becoming: string;
  readonly stage: EndingStage;
  readonly reason: string | null;
}

/** States without any are left out. */
export type Counts = Readonly<Partial<Record<TaskState, number>>>;

export interface RunDetailView extends RunView {
  /** How many task instances are in each state. */
  readonly counts: Counts;
  /**
   * Every task, and of the instances of maps at most `mappedShownMax`: those that need a look
   * before those that succeeded or wait.
   */
  readonly tasks: readonly TaskView[];
  /** Instances of maps that are not among `tasks`. */
  readonly tasksLeftOut: number;
  /** In the order of the file. */
  readonly maps: readonly MapView[];
  /** What people said about it, oldest first. */
  readonly notes: readonly RunNoteView[];
  /** What the event that started it said; null if nothing did. */
  readonly payload: unknown;
}

export interface MapView {
  readonly map: string;
  readonly members: readonly string[];
  /** Items; null while the list is not known. */
  readonly size: number | null;
  /** For each member, how many of its instances are in each state. */
  readonly counts: Readonly<Record<string, Counts>>;
  readonly activeMax: number | null;
}

export interface RunNoteView {
  readonly at: string;
  readonly by: string;
  readonly text: string;
}

/** Instances of maps in the detail of a run; `GET /runs/{id}/tasks` has all of them, in pages. */
export const mappedShownMax = 1_000;

/** What one step turns into views: about two milliseconds. */
const tasksPerStep = 500;

/** A run with everything recorded of it. */
export interface RunRows {
  readonly run: RunRow;
  readonly tasks: readonly TaskRow[];
  readonly outputs: readonly OutputRow[];
  readonly expansions?: readonly ExpansionRow[];
  /** Slots of the pools of its namespace, by name. */
  readonly pools?: ReadonlyMap<string, number>;
  readonly version: VersionRow;
}

export function runView(run: RunRow): RunView {
  const startedAt = 'startedAt' in run ? run.startedAt : null;
  const endedAt = 'endedAt' in run ? run.endedAt : null;
  return {
    runId: run.runId,
    namespace: run.namespace,
    dagId: run.dagId,
    versionId: run.versionId,
    state: run.status,
    trigger: run.trigger,
    logicalDate: timeTextOrNull(run.logicalDate),
    params: run.params,
    priority: run.priority,
    createdAt: timeText(run.createdAt),
    createdBy: run.createdBy,
    generation: run.generation,
    startedAt: timeTextOrNull(startedAt),
    endedAt: timeTextOrNull(endedAt),
    durationMs: startedAt === null || endedAt === null ? null : endedAt - startedAt,
    reason: 'reason' in run ? run.reason : null,
    dataInterval: intervalView(run),
    parent: parentView(run),
    backfillId: run.backfillId ?? null,
    paused: run.isPaused ?? false,
    heldBy: run.heldBy ?? null,
    slaMissed: run.slaMissed ?? false,
    ending: 'ending' in run ? endingView(run.ending) : null,
  };
}

const intervalView = ({ dataInterval }: RunRow): RunView['dataInterval'] =>
  dataInterval === undefined
    ? null
    : { start: timeText(dataInterval.start), end: timeText(dataInterval.end) };

function parentView({ parent }: RunRow): RunParentView | null {
  if (parent === undefined) return null;
  const { runId, taskId, mapIndex, waits } = parent;
  return { runId, taskId, mapIndex, waits };
}

function endingView(ending: RunEnding | undefined): RunEndingView | null {
  if (ending === undefined) return null;
  const { becoming, stage, reason } = ending;
  return { becoming, stage, reason };
}

/** The rows of a run as the views of its tasks want them. */
export const instanceRows = ({ version, ...rows }: RunRows): InstanceRows => ({
  expansions: [],
  ...rows,
  spec: version.spec,
});

export const runDetailView = (rows: RunRows): RunDetailView => allSteps(runDetailSteps(rows));

/** The same in steps of a few milliseconds, for who has others to serve meanwhile. */
export function* runDetailSteps(rows: RunRows): Generator<undefined, RunDetailView, undefined> {
  const { run } = rows;
  const all = yield* instanceSteps(instanceRows(rows));
  const shown = worthShowing(all);
  const tasks: TaskView[] = [];
  for (const seen of shown) {
    tasks.push(taskView(seen));
    if (tasks.length % tasksPerStep === 0) yield;
  }
  return {
    ...runView(run),
    counts: countsOf(all),
    tasks,
    tasksLeftOut: all.length - shown.length,
    maps: mapViews(rows, all),
    notes: (run.notes ?? []).map(({ at, by, text }) => ({ at: timeText(at), by, text })),
    payload: run.payload === undefined ? null : jsonOrText(run.payload),
  };
}

function countsOf(all: readonly SeenInstance[]): Counts {
  const counts: Partial<Record<TaskState, number>> = {};
  for (const { state } of all) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

function worthShowing(all: readonly SeenInstance[]): readonly SeenInstance[] {
  const mapped = all.filter(({ spec }) => spec.map !== undefined);
  if (mapped.length <= mappedShownMax) return all;
  const isQuiet = ({ state }: SeenInstance): boolean =>
    state === 'success' || state === 'pending' || state === 'skipped';
  const first = mapped.filter((seen) => !isQuiet(seen));
  const chosen = new Set([...first, ...mapped.filter(isQuiet)].slice(0, mappedShownMax));
  return all.filter((seen) => seen.spec.map === undefined || chosen.has(seen));
}

function mapViews(
  { version, expansions }: RunRows,
  all: readonly SeenInstance[],
): readonly MapView[] {
  const sizes = new Map((expansions ?? []).map(({ mapId, size }) => [mapId, size]));
  const byTask = new Map<TaskId, SeenInstance[]>();
  for (const seen of all) {
    if (seen.spec.map === undefined) continue;
    const own = byTask.get(seen.taskId);
    if (own === undefined) byTask.set(seen.taskId, [seen]);
    else own.push(seen);
  }
  return Object.entries(version.spec.maps ?? {}).map(([map, { members, activeMax }]) => ({
    map,
    members,
    size: sizes.get(map) ?? null,
    counts: Object.fromEntries(members.map((id) => [id, countsOf(byTask.get(id) ?? [])])),
    activeMax,
  }));
}
