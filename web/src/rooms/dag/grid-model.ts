/** The grid as it is drawn: pages of it put together, and its rows with groups that fold. */
import type { DagSpec } from '../../../../src/model/dag.ts';
import {
  type GridRunView,
  type GridView,
  gridAbsent,
  gridState,
} from '../../../../src/model/views/grid.ts';
import type { TaskState } from '../../../../src/model/views/instances.ts';

export interface Grid {
  readonly tasks: readonly string[];
  /** Oldest first, as people read. */
  readonly runs: readonly GridRunView[];
}

/** Of a run in several pages, the last one counts. */
export function joined(pages: readonly Pick<GridView, 'tasks' | 'runs'>[]): Grid {
  const place = new Map<string, number>();
  for (const page of pages) {
    for (const task of page.tasks) if (!place.has(task)) place.set(task, place.size);
  }
  const tasks = [...place.keys()];
  const runs = new Map<string, GridRunView>();
  for (const page of pages) {
    const isInPlace = page.tasks.every((task, at) => place.get(task) === at);
    for (const run of page.runs)
      runs.set(run.runId, isInPlace ? run : moved(run, page.tasks, tasks));
  }
  const oldestFirst = [...runs.values()].sort((left, right) =>
    left.createdAt < right.createdAt ? -1 : left.createdAt > right.createdAt ? 1 : 0,
  );
  return { tasks, runs: oldestFirst };
}

function moved(run: GridRunView, from: readonly string[], to: readonly string[]): GridRunView {
  const at = new Map(from.map((task, index) => [task, index]));
  const places = to.map((task) => at.get(task));
  return {
    ...run,
    states: places
      .map((index) => (index === undefined ? gridAbsent : (run.states[index] ?? gridAbsent)))
      .join(''),
    durationsMs: places.map((index) =>
      index === undefined ? null : (run.durationsMs[index] ?? null),
    ),
  };
}

export type GridRow =
  | { readonly kind: 'task'; readonly id: string; readonly depth: number; readonly index: number }
  | {
      readonly kind: 'group';
      readonly id: string;
      readonly depth: number;
      readonly isFolded: boolean;
      /** Places of all tasks in it. */
      readonly members: readonly number[];
    };

type Groups = Pick<DagSpec, 'tasks'>;

/** Tasks in order, those of a group behind its name; what is in a folded one is left out. */
export function rowsOf(
  tasks: readonly string[],
  spec: Groups,
  folded: ReadonlySet<string>,
): readonly GridRow[] {
  const groupOf = new Map(Object.entries(spec.tasks).map(([id, task]) => [id, task.group ?? '']));
  const inside = new Map<string, number[]>();
  tasks.forEach((task, index) => {
    for (const group of chain(groupOf.get(task) ?? '')) {
      const own = inside.get(group);
      if (own === undefined) inside.set(group, [index]);
      else own.push(index);
    }
  });
  const rows: GridRow[] = [];
  const done = new Set<number>();
  const add = (index: number): void => {
    const id = tasks[index];
    if (id === undefined || done.has(index)) return;
    const groups = chain(groupOf.get(id) ?? '');
    let depth = 0;
    for (const group of groups) {
      const members = inside.get(group) ?? [];
      const isFolded = folded.has(group);
      if (!begun.has(group)) {
        begun.add(group);
        rows.push({ kind: 'group', id: group, depth, isFolded, members });
      }
      if (isFolded) {
        for (const member of members) done.add(member);
        return;
      }
      depth += 1;
    }
    done.add(index);
    rows.push({ kind: 'task', id, depth, index });
    // What stands in the same groups follows at once, wherever the file has it.
    for (const group of groups.toReversed())
      for (const member of inside.get(group) ?? []) add(member);
  };
  const begun = new Set<string>();
  for (let index = 0; index < tasks.length; index++) add(index);
  return rows;
}

/** `load.inner` -> `load`, `load.inner`. */
function chain(group: string): readonly string[] {
  if (group === '') return [];
  const parts = group.split('.');
  return parts.map((_, at) => parts.slice(0, at + 1).join('.'));
}

const worstFirst: readonly TaskState[] = [
  ...(['failed', 'upstream_failed', 'running', 'up_for_retry', 'queued', 'deferred'] as const),
  ...(['scheduled', 'pending', 'cancelled', 'success', 'skipped'] as const),
];

/** The state of a row in a run; undefined where the run has nothing of it. */
export function stateAt(run: GridRunView, row: GridRow): TaskState | undefined {
  if (row.kind === 'task') return gridState(run.states[row.index] ?? gridAbsent);
  const states = new Set(row.members.map((index) => run.states[index] ?? gridAbsent));
  let worst: TaskState | undefined;
  let rank = worstFirst.length;
  for (const letter of states) {
    const state = gridState(letter);
    const at = state === undefined ? rank : worstFirst.indexOf(state);
    if (at < rank) {
      rank = at;
      worst = state;
    }
  }
  return worst;
}

/** How long a run has taken, or takes until now. */
export function runMs(run: Pick<GridRunView, 'startedAt' | 'endedAt'>, nowMs: number): number {
  if (run.startedAt === null) return 0;
  const end = run.endedAt === null ? nowMs : Date.parse(run.endedAt);
  return Math.max(0, end - Date.parse(run.startedAt));
}
