/**
 * The grid of a DAG: for each of its runs the state and the duration of every task, small enough
 * to be sent for a hundred runs of a thousand tasks. A mapped task is one cell.
 */
import type { TaskId } from '../../base/brand.ts';
import type { RunStatus, RunTrigger } from '../run.ts';
import {
  type InstanceRows,
  instanceSteps,
  type SeenInstance,
  type TaskState,
  taskStates,
} from './instances.ts';
import type { Counts } from './run.ts';
import { timeText, timeTextOrNull } from './time.ts';

export const gridLimits = {
  /** Runs of one answer unless a request asks for fewer or more. */
  runs: 25,
  runsMax: 100,
  /** No further run is added to an answer that has so many instances. */
  instances: 50_000,
} as const;

export interface GridView {
  readonly dagId: string;
  /** The current version's tasks in the order of its file, then those of older versions. */
  readonly tasks: readonly string[];
  /** Newest first. */
  readonly runs: readonly GridRunView[];
}

export interface GridRunView {
  readonly runId: string;
  readonly versionId: string;
  readonly state: RunStatus;
  readonly trigger: RunTrigger;
  readonly logicalDate: string | null;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  /** A letter for each of `tasks`, of `gridLetters`; `.` where the run has no such task. */
  readonly states: string;
  /** Milliseconds for each of `tasks`: the last attempt, or the longest of a map; null: none. */
  readonly durationsMs: readonly (number | null)[];
  /** By task: how many instances of a mapped one are in each state. */
  readonly mapped: Readonly<Record<string, Counts>>;
  /** By task: attempts that have ended, where there was more than one. */
  readonly attempts: Readonly<Record<string, number>>;
  /** By task: when it failed. */
  readonly failedAt: Readonly<Record<string, string>>;
}

/** One letter for each state of a task. */
export const gridLetters = {
  pending: 'p',
  scheduled: 'w',
  queued: 'q',
  running: 'r',
  deferred: 'd',
  up_for_retry: 't',
  success: 's',
  failed: 'f',
  skipped: 'k',
  upstream_failed: 'u',
  cancelled: 'c',
} as const satisfies Readonly<Record<TaskState, string>>;

/** A run that has no such task. */
export const gridAbsent = '.';

/** What a mapped task is as a whole: the first of these that one of its instances is in. */
const worstFirst: readonly TaskState[] = [
  ...(['failed', 'upstream_failed', 'running', 'up_for_retry', 'queued', 'deferred'] as const),
  ...(['scheduled', 'pending', 'cancelled', 'success', 'skipped'] as const),
];

/** A run of the grid before it is known which tasks the other runs have. */
export interface GridCells extends Omit<GridRunView, 'states' | 'durationsMs'> {
  readonly cells: ReadonlyMap<string, GridCell>;
  readonly instances: number;
}

interface GridCell {
  readonly state: TaskState;
  readonly durationMs: number | null;
}

/** The cells of one run, in steps of a few milliseconds. */
export function* gridCellSteps(rows: InstanceRows): Generator<undefined, GridCells, undefined> {
  const { run } = rows;
  const seen = yield* instanceSteps(rows);
  const byTask = new Map<TaskId, SeenInstance[]>();
  for (const each of seen) {
    const own = byTask.get(each.taskId);
    if (own === undefined) byTask.set(each.taskId, [each]);
    else own.push(each);
  }
  const cells = new Map<string, GridCell>();
  const mapped: Record<string, Counts> = {};
  const attempts: Record<string, number> = {};
  const failedAt: Record<string, string> = {};
  for (const [id, own] of byTask) {
    cells.set(id, cellOf(own));
    if (rows.spec.tasks[id]?.map !== undefined) mapped[id] = countsOf(own);
    const ended = Math.max(...own.map(({ row }) => row?.attempts.length ?? 0));
    if (ended > 1) attempts[id] = ended;
    const failure = own.find(({ row }) => row?.status === 'failed')?.row;
    if (failure?.status === 'failed') failedAt[id] = timeText(failure.endedAt);
  }
  return {
    runId: run.runId,
    versionId: run.versionId,
    state: run.status,
    trigger: run.trigger,
    logicalDate: timeTextOrNull(run.logicalDate),
    createdAt: timeText(run.createdAt),
    startedAt: timeTextOrNull('startedAt' in run ? run.startedAt : null),
    endedAt: timeTextOrNull('endedAt' in run ? run.endedAt : null),
    ...{ cells, mapped, attempts, failedAt, instances: seen.length },
  };
}

function cellOf(own: readonly SeenInstance[]): GridCell {
  const states = new Set(own.map(({ state }) => state));
  const known = own.map(lastDurationMs).filter((ms) => ms !== null);
  return {
    state: worstFirst.find((state) => states.has(state)) ?? 'pending',
    durationMs: known.length === 0 ? null : known.reduce((most, ms) => Math.max(most, ms)),
  };
}

/** Of the last attempt that ended, from when its process began. */
function lastDurationMs({ row }: SeenInstance): number | null {
  const last = row?.attempts.at(-1);
  if (last === undefined || last.startedAt === null) return null;
  return Math.max(0, last.endedAt - last.startedAt);
}

function countsOf(own: readonly SeenInstance[]): Counts {
  const counts: Partial<Record<TaskState, number>> = {};
  for (const { state } of own) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

/** The runs put side by side. `current`: the tasks of the current version, which come first. */
export function gridView(
  dagId: string,
  current: readonly string[],
  runs: readonly GridCells[],
): GridView {
  const tasks = new Set<string>(current);
  for (const { cells } of runs) for (const id of cells.keys()) tasks.add(id);
  const order = [...tasks];
  return {
    dagId,
    tasks: order,
    runs: runs.map(({ cells, instances: _, ...run }) => ({
      ...run,
      states: order.map((id) => letterOf(cells.get(id))).join(''),
      durationsMs: order.map((id) => cells.get(id)?.durationMs ?? null),
    })),
  };
}

const letterOf = (cell: GridCell | undefined): string =>
  cell === undefined ? gridAbsent : gridLetters[cell.state];

const byLetter = new Map<string, TaskState>(taskStates.map((state) => [gridLetters[state], state]));

/** The state that a letter stands for; undefined where the run has no such task. */
export const gridState = (letter: string): TaskState | undefined => byLetter.get(letter);
