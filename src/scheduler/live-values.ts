/** Values in the rows of a live run: outputs, items. Read by scopes and by dispatches. */
import type { TaskId } from '../base/brand.ts';
import type { DagSpec } from '../model/dag.ts';
import { isJsonList, type Json, parseJson } from '../model/json.ts';
import { mapKey, taskKey } from '../model/keys.ts';
import type { ExpansionRow } from '../model/map.ts';
import type { OutputRow } from '../model/output.ts';
import type { LiveRun } from '../model/readonly-state.ts';
import type { TaskRow } from '../model/task-instance.ts';

/** A task instance of a run. */
export interface Place {
  readonly taskId: TaskId;
  readonly mapIndex: number;
}

/** The element of a map that an instance works on. */
export interface Item {
  readonly mapId: string;
  readonly index: number;
}

/**
 * What is called for an instance of a map (a hook, a compensation) works on the item of that one.
 */
export function itemAt(spec: DagSpec, live: LiveRun, at: Place): Item | undefined {
  const own = spec.tasks[at.taskId]?.map;
  if (own !== undefined) return { mapId: own, index: at.mapIndex };
  const cause = rowAt(live, at)?.cause;
  const mapId = cause?.taskId ? spec.tasks[cause.taskId]?.map : undefined;
  return cause === undefined || mapId === undefined ? undefined : { mapId, index: cause.mapIndex };
}

/** Undefined before the map's lists are known, and where there was nothing to map over. */
export function valueOfItem({ run, expansions }: LiveRun, item: Item): Json | undefined {
  const row = expansions.get(mapKey(run.namespace, run.runId, item.mapId));
  const items = row === undefined ? null : parsed(row, row.items);
  return isJsonList(items) ? items[item.index] : undefined;
}

/** How many instances a task has; one while that is not known, or where it is none. */
export function sizeOf(spec: DagSpec, { run, expansions }: LiveRun, id: TaskId): number {
  const mapId = spec.tasks[id]?.map;
  if (mapId === undefined) return 1;
  return Math.max(1, expansions.get(mapKey(run.namespace, run.runId, mapId))?.size ?? 1);
}

/** The output of an instance as a value; undefined where there is none. */
export function outputAt({ run, outputs }: LiveRun, at: Place): Json | undefined {
  const row = outputs.get(taskKey(run.namespace, run.runId, at.taskId, at.mapIndex));
  return row === undefined ? undefined : parsed(row, row.json);
}

export const rowAt = ({ run, tasks }: LiveRun, at: Place): TaskRow | undefined =>
  tasks.get(taskKey(run.namespace, run.runId, at.taskId, at.mapIndex));

/** Rows are immutable, so what was parsed once need not be again. */
const parsedRows = new WeakMap<OutputRow | ExpansionRow, Json>();

function parsed(row: OutputRow | ExpansionRow, text: string): Json {
  const known = parsedRows.get(row);
  if (known !== undefined) return known;
  const result = parseJson(text);
  // Executors and the scheduler write JSON alone.
  const value = result.ok ? result.value : null;
  parsedRows.set(row, value);
  return value;
}
