/** The bars of a run over time: what waited, what ran, and what is expected to. */
import type { TaskView } from '../../../../src/model/views/task.ts';
import type { Expected } from './predict.ts';
import { instanceName } from './summary.ts';

export interface Bar {
  readonly key: string;
  readonly taskId: string;
  readonly mapIndex: number;
  readonly attempt: number;
  readonly node: string | null;
  /** `waits`: assigned and not begun; `expected`: has not happened. */
  readonly kind: 'waits' | 'runs' | 'expected';
  readonly state: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** Goes on. */
  readonly isOpen: boolean;
}

export interface Lane {
  readonly id: string;
  readonly label: string;
  readonly bars: readonly Bar[];
  /** Bars beside each other in time, one below the other. */
  readonly rows: number;
  readonly rowOf: ReadonlyMap<string, number>;
}

export interface Timeline {
  readonly lanes: readonly Lane[];
  readonly fromMs: number;
  readonly toMs: number;
}

export type LaneKind = 'task' | 'node';

export interface TimelineInput {
  readonly tasks: readonly TaskView[];
  readonly expected: ReadonlyMap<string, Expected>;
  readonly by: LaneKind;
  readonly nowMs: number;
  /** When the run was created. */
  readonly fromMs: number;
}

export function timelineOf(input: TimelineInput): Timeline {
  const { tasks, expected, by, nowMs } = input;
  const lanes = new Map<string, { label: string; bars: Bar[] }>();
  let toMs = Math.max(input.fromMs + 1_000, nowMs);
  const add = (id: string, label: string, bar: Bar): void => {
    const lane = lanes.get(id) ?? { label, bars: [] };
    lanes.set(id, lane);
    lane.bars.push(bar);
    toMs = Math.max(toMs, bar.toMs);
  };
  for (const task of tasks) {
    const name = instanceName(task.taskId, task.mapIndex, task.map !== null);
    const bars = [
      ...attemptBars(task, nowMs),
      ...waitingBar(task, nowMs),
      ...expectedBar(task, expected.get(task.taskId)),
    ];
    if (by === 'task' && !lanes.has(name)) lanes.set(name, { label: name, bars: [] });
    for (const bar of bars) {
      if (by === 'task') add(name, name, bar);
      else if (bar.node !== null) add(bar.node, bar.node, bar);
    }
  }
  const all = [...lanes].map(([id, { label, bars }]) => ({ id, label, bars, ...packed(bars) }));
  if (by === 'node') all.sort((left, right) => (left.id < right.id ? -1 : 1));
  else all.sort((left, right) => beginOf(left) - beginOf(right));
  return { lanes: all, fromMs: input.fromMs, toMs };
}

const beginOf = ({ bars }: { readonly bars: readonly Bar[] }): number =>
  bars.reduce((first, { fromMs }) => Math.min(first, fromMs), Number.MAX_SAFE_INTEGER);

function attemptBars(task: TaskView, nowMs: number): readonly Bar[] {
  const { taskId, mapIndex } = task;
  return task.attempts.flatMap((each): Bar[] => {
    const { attempt, node, state } = each;
    const assigned = Date.parse(each.assignedAt);
    const started = each.startedAt === null ? null : Date.parse(each.startedAt);
    const ended = each.endedAt === null ? null : Date.parse(each.endedAt);
    const common = { taskId, mapIndex, attempt, node };
    const key = `${taskId}/${mapIndex}/${attempt}`;
    const waitsTo = Math.max(assigned, started ?? ended ?? nowMs);
    const isWaiting = started === null && ended === null;
    const bars: Bar[] = [
      {
        ...{ ...common, key: `${key}/w`, kind: 'waits', state: 'queued', isOpen: isWaiting },
        ...{ fromMs: assigned, toMs: waitsTo },
      },
    ];
    if (started !== null) {
      const toMs = Math.max(started, ended ?? nowMs);
      bars.push({
        ...{ ...common, key: `${key}/r`, kind: 'runs', state, isOpen: ended === null },
        ...{ fromMs: started, toMs },
      });
    }
    return bars;
  });
}

/** A task that is deferred holds no slot, and has no attempt that would show it. */
function waitingBar({ taskId, mapIndex, state, waits }: TaskView, nowMs: number): readonly Bar[] {
  if (waits === null) return [];
  const fromMs = Date.parse(waits.since);
  return [
    {
      ...{ key: `${taskId}/${mapIndex}/d`, taskId, mapIndex, attempt: 0, node: null, state },
      ...{ kind: 'waits', fromMs, toMs: Math.max(fromMs, nowMs), isOpen: true },
    },
  ];
}

function expectedBar(task: TaskView, expected: Expected | undefined): readonly Bar[] {
  if (expected === undefined || expected.isActual || expected.endMs <= expected.startMs) return [];
  const { taskId, mapIndex, state } = task;
  return [
    {
      ...{ key: `${taskId}/${mapIndex}/e`, taskId, mapIndex, attempt: 0, node: null, state },
      ...{ kind: 'expected', fromMs: expected.startMs, toMs: expected.endMs, isOpen: false },
    },
  ];
}

/** Each bar in the first row where there is room; an attempt stays in one row. */
function packed(bars: readonly Bar[]): Pick<Lane, 'rows' | 'rowOf'> {
  const ends: number[] = [];
  const rowOf = new Map<string, number>();
  const rowOfAttempt = new Map<string, number>();
  const sorted = bars.toSorted((left, right) => left.fromMs - right.fromMs);
  for (const bar of sorted) {
    const attempt = `${bar.taskId}/${bar.mapIndex}/${bar.attempt}`;
    let row = rowOfAttempt.get(attempt) ?? ends.findIndex((end) => end <= bar.fromMs);
    if (row < 0) row = ends.length;
    ends[row] = Math.max(ends[row] ?? 0, bar.toMs);
    rowOf.set(bar.key, row);
    rowOfAttempt.set(attempt, row);
  }
  return { rows: Math.max(1, ends.length), rowOf };
}

const stepsMs = [
  ...[100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000],
  ...[60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000],
  ...[3_600_000, 7_200_000, 21_600_000, 43_200_000, 86_400_000, 604_800_000],
];

/** Round places on an axis from 0 to `spanMs`, at most `most` of them. */
export function ticksOf(spanMs: number, most: number): readonly number[] {
  const wanted = spanMs / Math.max(1, most);
  const step =
    stepsMs.find((each) => each >= wanted) ?? Math.ceil(wanted / 604_800_000) * 604_800_000;
  return Array.from({ length: Math.floor(spanMs / step) + 1 }, (_, at) => at * step);
}
