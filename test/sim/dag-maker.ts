/** Random workflows: 1 to 40 tasks, edges, trigger rules, retries, time limits, room to take. */

import { type DagId, dagId, type TaskId, taskId, versionId } from '../../src/base/brand.ts';
import { hash32 } from '../../src/base/random.ts';
import type { DagSpec, ScheduleSpec, TaskAction, TaskSpec } from '../../src/model/dag.ts';
import { triggerRules } from '../../src/model/trigger-rule.ts';
import type { Chance } from './chance.ts';

export interface MadeDag {
  readonly dagId: DagId;
  readonly versionId: ReturnType<typeof versionId>;
  readonly spec: DagSpec;
  /** It has a task that ends only when somebody kills it. */
  readonly hangs: boolean;
}

export interface DagWishes {
  readonly name: string;
  readonly tasksMax: number;
  readonly scheduled: boolean;
}

export function makeDag(chance: Chance, wishes: DagWishes): MadeDag {
  const count = 1 + Math.floor(chance.fraction() ** 2 * wishes.tasksMax);
  const ids = Array.from({ length: count }, (_, at) => taskId(`t${at}`));
  const density = chance.pick([0.05, 0.2, 0.5]);
  const tasks: Record<TaskId, TaskSpec> = {};
  let hangs = false;
  for (const [at, id] of ids.entries()) {
    const parents = ids.slice(0, at).filter(() => chance.happens(density));
    const task = makeTask(chance, parents);
    tasks[id] = task;
    hangs ||= task.timeoutMs === null && isEndless(task.action);
  }
  const spec: DagSpec = {
    description: '',
    owners: [],
    tags: [],
    schedules: wishes.scheduled ? [makeSchedule(chance)] : [],
    startDate: null,
    endDate: null,
    catchUp: chance.happens(0.3) ? { windowMs: 600_000, coalesce: chance.happens(0.5) } : null,
    activeRunsMax: chance.pick([1, 2, 4, 16]),
    priority: chance.below(3),
    timeoutMs: chance.happens(0.2) ? 3000 + chance.below(20_000) : null,
    params: {},
    tasks,
  };
  const content = hash32(JSON.stringify(spec)).toString(16).padStart(8, '0');
  return { dagId: dagId(wishes.name), versionId: versionId(content), spec, hangs };
}

const isEndless = (action: TaskAction): boolean =>
  action.kind === 'shell' && action.command.includes('hang');

function makeSchedule(chance: Chance): ScheduleSpec {
  const jitterMs = chance.happens(0.2) ? 500 : 0;
  if (chance.happens(0.5)) {
    return { kind: 'every', everyMs: chance.pick([1000, 2500, 7000]), jitterMs };
  }
  const expression = chance.pick(['*/2 * * * * *', '*/5 * * * * *', '0,7,8 * * * * *']);
  const timezone = chance.pick(['UTC', 'Europe/Berlin', 'America/New_York']);
  return { kind: 'cron', expression, timezone, dst: 'once', jitterMs };
}

function makeTask(chance: Chance, dependsOn: readonly TaskId[]): TaskSpec {
  const action = makeAction(chance);
  const limitMs =
    isEndless(action) || chance.happens(0.1)
      ? 500 + chance.below(chance.pick([3000, 15_000]))
      : null;
  const timeoutMs = isEndless(action) && chance.happens(0.1) ? null : limitMs;
  // A noop takes no time, so its witness sees no room taken.
  const cpu = chance.below(3) * 400;
  const resources = cpu === 0 ? { slots: 1 } : { slots: 1, cpu };
  const limit = timeoutMs === null ? {} : { SIM_LIMIT_MS: String(timeoutMs) };
  return {
    action,
    dependsOn,
    triggerRule: chance.happens(0.7) ? 'all_success' : chance.pick(triggerRules),
    retries: chance.happens(0.5) ? 0 : chance.below(4),
    retryDelayMs: chance.pick([0, 100, 1000, 3000]),
    retryBackoff: chance.happens(0.5) ? 'fixed' : 'exponential',
    retryDelayMsMax: chance.happens(0.5) ? null : 2000,
    retryJitter: chance.happens(0.3),
    timeoutMs,
    idempotent: chance.happens(0.85),
    resources,
    labels: {},
    env: { SIM_TAKES: JSON.stringify(resources), ...limit },
    cwd: null,
  };
}

function makeAction(chance: Chance): TaskAction {
  const kind = chance.fraction();
  if (kind < 0.25) return { kind: 'noop' };
  const lasts =
    kind < 0.3
      ? 'hang'
      : String(Math.floor(chance.around(chance.pick([20, 20, 300, 300, 2000, 10_000]))));
  const word = chance.pick(['sim', 'sim', 'sim', 'sim', 'sim-output', 'sim-deaf']);
  return { kind: 'shell', command: `${word} ${lasts} ${makeCodes(chance)}` };
}

/** One exit code for each attempt; most succeed, some only later, some never. */
function makeCodes(chance: Chance): string {
  if (chance.happens(0.8)) return '0';
  const codes = [1, 1, 2, 99, 99, 100, 101];
  const before = Array.from({ length: 1 + chance.below(3) }, () => chance.pick(codes));
  return [...before, ...(chance.happens(0.7) ? [0] : [])].join(',');
}
