/**
 * When tasks that have not ended are likely to: a walk through the graph with what each task is
 * expected to take, as if there were room. And the critical path: from what ends last back to what
 * each waited for last.
 */
import type { RunDetailView } from '../../../../src/model/views/run.ts';

type Tasks = RunDetailView['tasks'];

export interface Expected {
  readonly startMs: number;
  readonly endMs: number;
  /** Has begun or ended already. */
  readonly isActual: boolean;
}

export interface Forecast {
  /** By task; of a map, from its first begin to its last end. */
  readonly byTask: ReadonlyMap<string, Expected>;
  readonly endMs: number | null;
  /** Tasks, from the first to the last. */
  readonly critical: readonly string[];
}

const msOf = (at: string | null | undefined): number | null =>
  at === null || at === undefined ? null : Date.parse(at);

/** `durations`: what tasks are expected to take, in milliseconds; unknown ones take nothing. */
export function forecastOf(
  tasks: Tasks,
  durations: ReadonlyMap<string, number>,
  nowMs: number,
): Forecast {
  const byTask = new Map<string, Expected>();
  const dependsOn = new Map<string, readonly string[]>();
  const instances = new Map<string, Tasks[number][]>();
  for (const task of tasks) {
    if (task.role !== null && task.role.kind !== 'teardown') continue;
    dependsOn.set(task.taskId, task.dependsOn);
    const own = instances.get(task.taskId);
    if (own === undefined) instances.set(task.taskId, [task]);
    else own.push(task);
  }
  for (const id of inOrder(dependsOn)) {
    const readyMs = Math.max(
      nowMs,
      ...(dependsOn.get(id) ?? []).map((each) => byTask.get(each)?.endMs ?? 0),
    );
    const durationMs = durations.get(id) ?? 0;
    byTask.set(id, expectedOf(instances.get(id) ?? [], { readyMs, durationMs, nowMs }));
  }
  const critical = criticalPath(byTask, dependsOn);
  const last = critical.at(-1);
  return { byTask, critical, endMs: last === undefined ? null : (byTask.get(last)?.endMs ?? null) };
}

interface When {
  readonly readyMs: number;
  readonly durationMs: number;
  readonly nowMs: number;
}

/** States that will never run any more; without an attempt they took no time at all. */
const isOver = (state: string): boolean =>
  ['success', 'failed', 'skipped', 'upstream_failed', 'cancelled'].includes(state);

function expectedOf(own: readonly Tasks[number][], { readyMs, durationMs, nowMs }: When): Expected {
  let startMs = Number.POSITIVE_INFINITY;
  let endMs = 0;
  let isActual = false;
  for (const task of own) {
    const begun = msOf(task.attempts[0]?.startedAt ?? task.attempts[0]?.assignedAt);
    const ended = isOver(task.state) ? (msOf(task.endedAt) ?? begun) : null;
    if (begun !== null || ended !== null) isActual = true;
    if (ended !== null) {
      startMs = Math.min(startMs, begun ?? ended);
      endMs = Math.max(endMs, ended);
    } else if (!isOver(task.state)) {
      const from = msOf(task.startedAt) ?? readyMs;
      startMs = Math.min(startMs, begun ?? readyMs);
      endMs = Math.max(endMs, nowMs, from + durationMs);
    }
  }
  if (startMs === Number.POSITIVE_INFINITY) return { startMs: 0, endMs: 0, isActual: false };
  return { startMs, endMs, isActual };
}

function criticalPath(
  byTask: ReadonlyMap<string, Expected>,
  dependsOn: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  const latest = (ids: Iterable<string>): string | undefined => {
    let found: string | undefined;
    for (const id of ids) {
      const end = byTask.get(id)?.endMs ?? 0;
      if (end > 0 && end > (found === undefined ? 0 : (byTask.get(found)?.endMs ?? 0))) found = id;
    }
    return found;
  };
  const path: string[] = [];
  for (let at = latest(byTask.keys()); at !== undefined; at = latest(dependsOn.get(at) ?? [])) {
    path.push(at);
  }
  return path.reverse();
}

/** Every task after those that it depends on. */
function inOrder(dependsOn: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const order: string[] = [];
  const open = new Map<string, number>();
  const after = new Map<string, string[]>();
  for (const [id, all] of dependsOn) {
    const known = all.filter((each) => dependsOn.has(each));
    open.set(id, known.length);
    if (known.length === 0) order.push(id);
    for (const each of known) {
      const others = after.get(each);
      if (others === undefined) after.set(each, [id]);
      else others.push(id);
    }
  }
  for (let at = 0; at < order.length; at += 1) {
    for (const next of after.get(order[at] ?? '') ?? []) {
      const left = (open.get(next) ?? 1) - 1;
      open.set(next, left);
      if (left === 0) order.push(next);
    }
  }
  return order;
}
