/**
 * A checked DAG file -> the content of a version: every default written out, nothing optional left.
 */
import { type TaskId, taskId } from '../base/brand.ts';
import type {
  CatchUp,
  DagSpec,
  ParamSpec,
  ScheduleSpec,
  TaskAction,
  TaskSpec,
} from '../model/dag.ts';
import { milliPerUnit, type Resources } from '../model/resources.ts';
import { wholeDimensions } from '../model/views/resources.ts';
import type {
  DagFile,
  DagFileBehaviour,
  DagFileResources,
  DagFileTask,
} from './dag-file-schema.ts';

export const macros: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
};

const retryDelayMsDefault = 5 * 60_000;
const activeRunsDefault = 16;
/** What a process takes unless it says otherwise: a quarter of a core and 128 MiB. */
const processResources: Resources = { cpu: 250, memory: 128 * 1024 * 1024, slots: 1 };
/** Runners inside the executor take a slot and nothing else. */
const inlineResources: Resources = { slots: 1 };

export function normalise(file: DagFile): DagSpec {
  const tasks: Record<TaskId, TaskSpec> = {};
  for (const [id, task] of Object.entries(file.tasks)) {
    tasks[taskId(id)] = taskSpec(task, file.defaults ?? {});
  }
  const params: Record<string, ParamSpec> = {};
  for (const [name, param] of Object.entries(file.params ?? {})) {
    params[name] = { type: param.type, default: param.default ?? null, enum: param.enum ?? null };
  }
  return {
    description: file.description ?? '',
    owners: file.owner ?? [],
    tags: file.tags ?? [],
    schedules: scheduleSpecs(file.schedule),
    startDate: file.startDate ?? null,
    endDate: file.endDate ?? null,
    catchUp: catchUp(file.catchup),
    activeRunsMax: file.maxActiveRuns ?? activeRunsDefault,
    priority: file.priority ?? 0,
    timeoutMs: file.timeout ?? null,
    params,
    tasks,
  };
}

function scheduleSpecs(schedule: DagFile['schedule']): readonly ScheduleSpec[] {
  if (schedule === undefined) return [];
  return [schedule].flat().map((entry) => {
    if (entry === '@once') return { kind: 'once' };
    if (typeof entry === 'string') {
      return {
        kind: 'cron',
        expression: expressionOf(entry),
        timezone: 'UTC',
        dst: 'once',
        jitterMs: 0,
      };
    }
    const jitterMs = entry.jitter ?? 0;
    if (entry.every !== undefined) return { kind: 'every', everyMs: entry.every, jitterMs };
    return {
      kind: 'cron',
      expression: expressionOf(entry.cron ?? ''),
      timezone: entry.timezone ?? 'UTC',
      dst: entry.dst ?? 'once',
      jitterMs,
    };
  });
}

/** `@daily` -> `0 0 * * *`; spaces made even, so that they do not make another version. */
export const expressionOf = (text: string): string =>
  (macros[text.trim()] ?? text).trim().split(/\s+/).join(' ');

function catchUp(rule: DagFile['catchup']): CatchUp | null {
  if (rule === undefined || rule === false) return null;
  if (rule === true) return { windowMs: null, coalesce: false };
  return { windowMs: rule.window ?? null, coalesce: rule.coalesce ?? false };
}

function taskSpec(task: DagFileTask, defaults: DagFileBehaviour): TaskSpec {
  const said = { ...defaults, ...task };
  const action = taskAction(task);
  const isProcess = action.kind === 'shell' || action.kind === 'python';
  return {
    action,
    dependsOn: [...new Set(task.dependsOn ?? [])].map(taskId),
    triggerRule: said.triggerRule ?? 'all_success',
    retries: said.retries ?? 0,
    retryDelayMs: said.retryDelay ?? retryDelayMsDefault,
    retryBackoff: said.retryBackoff ?? 'fixed',
    retryDelayMsMax: said.maxRetryDelay ?? null,
    retryJitter: said.retryJitter ?? false,
    timeoutMs: said.timeout ?? null,
    idempotent: said.idempotent ?? true,
    resources: {
      ...(isProcess ? processResources : inlineResources),
      ...toResources(defaults.resources),
      ...toResources(task.resources),
    },
    labels: { ...defaults.labels, ...task.labels },
    env: { ...defaults.env, ...task.env },
    cwd: said.cwd ?? null,
  };
}

function taskAction(task: DagFileTask): TaskAction {
  switch (task.type) {
    case 'shell':
      return { kind: 'shell', command: task.command };
    case 'python':
      return {
        kind: 'python',
        code: task.script ?? null,
        file: task.file ?? null,
        args: task.args ?? [],
      };
    case 'http':
      return {
        kind: 'http',
        method: task.method ?? 'GET',
        url: task.url,
        headers: task.headers ?? {},
        body: task.body ?? null,
        successStatus: task.successStatus ?? [],
      };
    case 'noop':
      return { kind: 'noop' };
  }
}

/** Amounts as people write them -> amounts as the model keeps them. */
function toResources(amounts: DagFileResources | undefined): Resources {
  const kept: Record<string, number> = {};
  for (const [name, amount] of Object.entries(amounts ?? {})) {
    if (amount === undefined) continue;
    kept[name] = wholeDimensions.has(name) ? amount : Math.round(amount * milliPerUnit);
  }
  return kept;
}
