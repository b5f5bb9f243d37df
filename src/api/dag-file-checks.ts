/**
 * What a schema cannot say: the graph, the schedules, the params. These look at the value as it was
 * written, also where the schema found mistakes, so that a person gets all of them at once.
 */
import { type TaskId, taskId } from '../base/brand.ts';
import { parseCron } from '../model/cron.ts';
import type { ParamSpec } from '../model/dag.ts';
import { buildGraph } from '../model/graph.ts';
import { limits } from '../model/limits.ts';
import { isTimeZone } from '../model/zone.ts';
import { expressionOf, macros } from './dag-file-normalise.ts';
import type { DagFile } from './dag-file-schema.ts';
import { type Remark, valueAt } from './findings.ts';
import type { Path } from './source-document.ts';
import { didYouMean } from './suggest.ts';

type TasksByParents = Record<TaskId, { readonly dependsOn: readonly TaskId[] }>;

/** Dangling names, the numbers of the graph, its depth, and a cycle if there is one. */
export function graphRemarks(root: unknown): readonly Remark[] {
  const tasks = taskParents(valueAt(root, ['tasks']));
  const ids = Object.keys(tasks);
  const sizes = sizeRemarks(tasks);
  if (sizes.length > 0) return sizes;
  const dangling = danglingRemarks(tasks, ids);
  const graph = buildGraph(withoutDangling(tasks));
  if (!graph.ok) {
    const witness = graph.cycle.join(' -> ');
    const message = `the tasks form a cycle: ${witness}; remove one of these dependencies`;
    const path: Path = ['tasks', graph.cycle[1] ?? '', 'dependsOn'];
    return [...dangling, { code: 'DAG_CYCLE', path, message }];
  }
  if (graph.graph.depth <= limits.depth) return dangling;
  const depth = `the longest chain has ${graph.graph.depth} tasks`;
  const message = `${depth}, at most ${limits.depth} are allowed`;
  return [...dangling, { code: 'DAG_INVALID', path: ['tasks'], message }];
}

/** Every task that is a map, with those of its `dependsOn` that are texts. */
function taskParents(value: unknown): TasksByParents {
  const tasks: TasksByParents = {};
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return tasks;
  for (const [id, task] of Object.entries(value)) {
    const dependsOn = valueAt(task, ['dependsOn']);
    const names: readonly unknown[] = Array.isArray(dependsOn) ? dependsOn : [];
    const parents = new Set(names.filter((name) => typeof name === 'string'));
    tasks[taskId(id)] = { dependsOn: [...parents].map(taskId) };
  }
  return tasks;
}

function sizeRemarks(tasks: TasksByParents): readonly Remark[] {
  const count = Object.keys(tasks).length;
  let edges = 0;
  for (const { dependsOn } of Object.values(tasks)) edges += dependsOn.length;
  const remark = (message: string): Remark => ({ code: 'DAG_INVALID', path: ['tasks'], message });
  if (count === 0) return [remark('a DAG needs at least one task')];
  if (count > limits.tasksPerDag) {
    return [remark(`${count} tasks, at most ${limits.tasksPerDag} are allowed in one DAG`)];
  }
  if (edges > limits.edgesPerDag) {
    return [remark(`${edges} dependencies, at most ${limits.edgesPerDag} are allowed in one DAG`)];
  }
  return [];
}

function danglingRemarks(tasks: TasksByParents, ids: readonly string[]): readonly Remark[] {
  const remarks: Remark[] = [];
  for (const [id, { dependsOn }] of Object.entries(tasks)) {
    for (const [place, parent] of dependsOn.entries()) {
      if (Object.hasOwn(tasks, parent)) continue;
      const hint = didYouMean(parent, ids);
      const message = `"${id}" depends on "${parent}", which is not a task${hint}`;
      remarks.push({ code: 'DAG_INVALID', path: ['tasks', id, 'dependsOn', place], message });
    }
  }
  return remarks;
}

function withoutDangling(tasks: TasksByParents): TasksByParents {
  const known: TasksByParents = {};
  for (const id of Object.keys(tasks).map(taskId)) {
    const dependsOn = tasks[id]?.dependsOn ?? [];
    known[id] = { dependsOn: dependsOn.filter((parent) => Object.hasOwn(tasks, parent)) };
  }
  return known;
}

/** Cron expressions, time zones, and dates in the wrong order. */
export function scheduleRemarks(file: DagFile): readonly Remark[] {
  const remarks: Remark[] = [];
  const isList = Array.isArray(file.schedule);
  for (const [place, entry] of [file.schedule ?? []].flat().entries()) {
    const path: Path = isList ? ['schedule', place] : ['schedule'];
    if (typeof entry === 'string') {
      if (entry !== '@once') pushCron(remarks, path, entry);
      continue;
    }
    if (entry.cron !== undefined) pushCron(remarks, [...path, 'cron'], entry.cron);
    if (entry.every !== undefined && (entry.timezone ?? entry.dst) !== undefined) {
      const message = '`timezone` and `dst` go with `cron`; `every` counts plain time';
      remarks.push({ code: 'DAG_INVALID', path, message });
    }
    if (entry.timezone !== undefined && !isTimeZone(entry.timezone)) {
      const allowed = 'write a name as in Europe/Berlin or UTC';
      const message = `"${entry.timezone}" is not a time zone: ${allowed}`;
      remarks.push({ code: 'DAG_INVALID', path: [...path, 'timezone'], message });
    }
  }
  if (file.startDate !== undefined && file.endDate !== undefined && file.endDate < file.startDate) {
    remarks.push({ code: 'DAG_INVALID', path: ['endDate'], message: 'lies before startDate' });
  }
  return remarks;
}

function pushCron(remarks: Remark[], path: Path, text: string): void {
  if (text.startsWith('@') && macros[text] === undefined) {
    const known = ['@once', ...Object.keys(macros)];
    const message = `"${text}" is not one of ${known.join(', ')}${didYouMean(text, known)}`;
    remarks.push({ code: 'DAG_INVALID', path, message });
    return;
  }
  // Any seed will do: it only chooses among the values that `H` may take.
  const cron = parseCron(expressionOf(text), '');
  if (!cron.ok) remarks.push({ code: 'DAG_INVALID', path, message: cron.error });
}

/** Defaults and enum values of another type than the param. */
export function paramRemarks(file: DagFile): readonly Remark[] {
  const remarks: Remark[] = [];
  for (const [name, param] of Object.entries(file.params ?? {})) {
    const check = (path: Path, value: string | number | boolean): void => {
      if (isOfType(param.type, value)) return;
      const message = `${JSON.stringify(value)} is not of type ${param.type}`;
      remarks.push({ code: 'DAG_INVALID', path: ['params', name, ...path], message });
    };
    for (const [place, value] of (param.enum ?? []).entries()) check(['enum', place], value);
    if (param.default === undefined) continue;
    check(['default'], param.default);
    if (param.enum !== undefined && !param.enum.includes(param.default)) {
      const message = `${JSON.stringify(param.default)} is not one of its enum`;
      remarks.push({ code: 'DAG_INVALID', path: ['params', name, 'default'], message });
    }
  }
  return remarks;
}

function isOfType(type: ParamSpec['type'], value: string | number | boolean): boolean {
  return type === 'integer' ? Number.isInteger(value) : typeof value === type;
}
