/**
 * A version of a DAG, as a file that says the same: its reader makes the same version of it.
 * Callbacks and compensations stand with their tasks again, and tasks in their groups.
 */
import type { DagSpec, ScheduleSpec, TaskSpec } from '../../../../src/model/dag.ts';
import type { EventSource, EventTrigger } from '../../../../src/model/dag-trigger.ts';
import { type FileMap, paramsFile } from './spec-action.ts';
import { mapFile, namesSetups, taskFile } from './spec-task.ts';
import { durationText, given, instantText } from './spec-words.ts';

type Files = Record<string, unknown>;

const activeRunsDefault = 16;

export function specFile(id: string, spec: DagSpec): FileMap {
  const { catchUp } = spec;
  return given({
    id,
    description: spec.description === '' ? undefined : spec.description,
    owner: some(spec.owners),
    tags: some(spec.tags),
    schedule: oneOrMore(spec.schedules.map(scheduleFile)),
    triggers: spec.triggers?.map(triggerFile),
    startDate: spec.startDate === null ? undefined : instantText(spec.startDate),
    endDate: spec.endDate === null ? undefined : instantText(spec.endDate),
    catchup:
      catchUp === null
        ? undefined
        : catchUp.windowMs === null && !catchUp.coalesce
          ? true
          : given({
              window: catchUp.windowMs === null ? undefined : durationText(catchUp.windowMs),
              coalesce: catchUp.coalesce || undefined,
            }),
    overlap: spec.overlap,
    dependsOnPast: spec.dependsOnPast,
    maxActiveRuns: spec.activeRunsMax === activeRunsDefault ? undefined : spec.activeRunsMax,
    priority: spec.priority === 0 ? undefined : spec.priority,
    priorityClass: spec.priorityClass,
    maxConcurrency: spec.maxConcurrency,
    weight: spec.weight,
    order: spec.order,
    placement: spec.placement,
    timeout: spec.timeoutMs === null ? undefined : durationText(spec.timeoutMs),
    sla: spec.slaMs === undefined ? undefined : durationText(spec.slaMs),
    params: paramsFile(spec.params),
    ...hooksOf(spec, null),
    tasks: tasksFile(spec),
  });
}

const some = <T extends object>(value: T): T | undefined =>
  Object.keys(value).length === 0 ? undefined : value;

const oneOrMore = (list: readonly unknown[]): unknown =>
  list.length === 0 ? undefined : list.length === 1 ? list[0] : list;

function scheduleFile(schedule: ScheduleSpec): unknown {
  if (schedule.kind === 'once') return '@once';
  const jitter = schedule.jitterMs === 0 ? undefined : durationText(schedule.jitterMs);
  if (schedule.kind === 'after') return given({ after: durationText(schedule.afterMs), jitter });
  const rule = schedule.calendar;
  const calendar =
    rule === undefined
      ? undefined
      : given({
          ...{ include: rule.include ?? undefined, exclude: rule.exclude ?? undefined },
          shift: rule.shift === 'none' ? undefined : rule.shift,
        });
  if (schedule.kind === 'every') {
    const { timezone } = schedule;
    return given({ every: durationText(schedule.everyMs), timezone, jitter, calendar });
  }
  const { expression, timezone, dst } = schedule;
  const rest = given({
    timezone: timezone === 'UTC' ? undefined : timezone,
    ...{ dst: dst === 'once' ? undefined : dst, jitter, calendar },
  });
  return Object.keys(rest).length === 0 ? expression : { cron: expression, ...rest };
}

function triggerFile({ name, needs, sources, ...trigger }: EventTrigger): FileMap {
  const [first] = sources;
  const isOne = needs === 'any' && sources.length === 1 && first !== undefined;
  return given({
    name,
    ...(isOne && first.kind !== 'time' ? sourceFile(first) : { [needs]: sources.map(sourceFile) }),
    window: trigger.windowMs === null ? undefined : durationText(trigger.windowMs),
    params: some(trigger.params),
    whilePaused: trigger.whilePaused === 'keep' ? undefined : trigger.whilePaused,
  });
}

function sourceFile(source: EventSource): FileMap {
  switch (source.kind) {
    case 'webhook':
      return {
        webhook: given({
          ...{ secretSha256: source.secretDigest ?? undefined, filter: source.filter ?? undefined },
        }),
      };
    case 'subject':
      return given({ subject: source.subject, filter: source.filter ?? undefined });
    case 'file':
      return given({ file: source.path, labels: some(source.labels) });
    case 'dag': {
      const states = source.states.join() === 'success' ? undefined : source.states;
      return given({ dag: source.dagId, states });
    }
    case 'asset':
      return { asset: source.uri };
    case 'time': {
      const timezone = source.timezone === 'UTC' ? undefined : source.timezone;
      return given({ cron: source.cron, timezone });
    }
  }
}

const moments = {
  onSuccess: 'success',
  onFailure: 'failure',
  onRetry: 'retry',
  onSlaMiss: 'sla',
  onExit: 'exit',
} as const;

/** The callbacks of a task, or of the run (null). */
function hooksOf(spec: DagSpec, of: string | null): FileMap {
  const hooks: Files = {};
  for (const [key, moment] of Object.entries(moments)) {
    const mine = Object.values(spec.tasks).filter(
      ({ role }) => role?.kind === 'hook' && role.on === moment && role.of === of,
    );
    if (mine.length > 0) hooks[key] = mine.map((task) => ({ task: taskFile(task, undefined) }));
  }
  return hooks;
}

/** Groups are made of the ids that tasks give; names in a group are those behind its own. */
function tasksFile(spec: DagSpec): Files {
  const root: Files = {};
  const inner = new Map<string, Files>();
  for (const id of spec.groups ?? []) {
    const tasks: Files = {};
    inner.set(id, tasks);
    const map = spec.maps?.[id];
    const at = id.lastIndexOf('.');
    const around = at < 0 ? root : (inner.get(id.slice(0, at)) ?? root);
    around[id.slice(at + 1)] = given({
      type: 'group',
      ...mapFile(map),
      dependsOn: map === undefined ? undefined : some(map.dependsOn),
      tasks,
    });
  }
  for (const [id, task] of Object.entries(spec.tasks)) {
    if (task.role?.kind === 'hook') continue;
    if (task.role?.kind === 'compensation' && isInline(id, task.role.of)) continue;
    const around = task.group === undefined ? root : (inner.get(task.group) ?? root);
    const name = task.group === undefined ? id : id.slice(task.group.length + 1);
    around[name] = leafFile(spec, id, task);
  }
  return root;
}

const isInline = (id: string, of: string): boolean => id === `undo.${of}`;

function leafFile(spec: DagSpec, id: string, task: TaskSpec): FileMap {
  const map = spec.maps?.[id];
  const undo = task.compensate;
  const undone = undo === undefined ? undefined : spec.tasks[undo];
  return given({
    ...taskFile(task, map),
    setup: isSetup(spec, id) ? true : undefined,
    compensate:
      undo === undefined || undone === undefined
        ? undefined
        : isInline(undo, id)
          ? taskFile(undone, undefined)
          : undo,
    ...hooksOf(spec, id),
  });
}

/** Whether a teardown that does not name its set-ups takes it for one. */
const isSetup = (spec: DagSpec, id: string): boolean =>
  Object.values(spec.tasks).some((task) => {
    const { role } = task;
    return role?.kind === 'teardown' && !namesSetups(task) && role.setups.some((it) => it === id);
  });
