/** Two runs of one DAG beside each other. */
import type { RunDetailView } from '../../../../src/model/views/run.ts';

/** What is compared of each task instance. */
export interface Side {
  readonly state: string;
  readonly durationMs: number | null;
  readonly attempts: number;
  readonly node: string | null;
}

export interface ComparedTask {
  readonly taskId: string;
  readonly mapIndex: number;
  readonly isMapped: boolean;
  readonly left: Side | null;
  readonly right: Side | null;
  /** Right minus left, where both took any time. */
  readonly slowerMs: number | null;
  /** The states differ, or one has it and the other has not. */
  readonly differs: boolean;
}

export interface ComparedValue {
  readonly name: string;
  readonly left: string | null;
  readonly right: string | null;
  readonly differs: boolean;
}

type Detail = Pick<RunDetailView, 'tasks'>;

export function comparedTasks(left: Detail, right: Detail): readonly ComparedTask[] {
  const others = new Map(right.tasks.map((task) => [keyOf(task), task]));
  const compared = left.tasks.map((task) => {
    const other = others.get(keyOf(task));
    others.delete(keyOf(task));
    return comparedTask(task, other);
  });
  const alone = [...others.values()].map((task) => {
    const { left: _, ...rest } = comparedTask(task, undefined);
    return { ...rest, left: null, right: sideOf(task) };
  });
  return [...compared, ...alone];
}

type Task = RunDetailView['tasks'][number];

const keyOf = ({ taskId, mapIndex }: Task): string => `${taskId}/${mapIndex}`;

const sideOf = ({ state, durationMs, attempts, node }: Task): Side => ({
  ...{ state, durationMs, attempts: attempts.length, node },
});

function comparedTask(task: Task, other: Task | undefined): ComparedTask {
  const left = sideOf(task);
  const right = other === undefined ? null : sideOf(other);
  const isTimed = left.durationMs !== null && right !== null && right.durationMs !== null;
  return {
    ...{ taskId: task.taskId, mapIndex: task.mapIndex, isMapped: task.map !== null, left, right },
    slowerMs: isTimed ? (right.durationMs ?? 0) - (left.durationMs ?? 0) : null,
    differs: right === null || left.state !== right.state,
  };
}

type Values = Readonly<Record<string, unknown>>;

/** By name; values as JSON. */
export function comparedValues(left: Values, right: Values): readonly ComparedValue[] {
  const names = [...new Set([...Object.keys(left), ...Object.keys(right)])].sort();
  const text = (values: Values, name: string): string | null =>
    Object.hasOwn(values, name) ? JSON.stringify(values[name]) : null;
  return names.map((name) => {
    const [one, two] = [text(left, name), text(right, name)];
    return { name, left: one, right: two, differs: one !== two };
  });
}
