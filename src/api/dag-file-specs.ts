/** One task of a file -> its spec: defaults written out, and nothing there that was not said. */
import type { TaskId } from '../base/brand.ts';
import type { RetryRule, TaskSpec } from '../model/dag.ts';
import type { TaskFlow } from '../model/dag-flow.ts';
import type { TriggerRule } from '../model/trigger-rule.ts';
import {
  type ChildNames,
  type Leaf,
  noChildren,
  sensorSpec,
  taskAction,
} from './dag-file-actions.ts';
import { limitsSaid, requestOf } from './dag-file-amounts.ts';
import type { DagFileBehaviour } from './dag-file-behaviour.ts';
import type { DagFileInlineTask } from './dag-file-inline.ts';
import { mergedPlacing, type PlacingPlace, taskPlacingSpec } from './dag-file-placing-specs.ts';
import type { DagFileLeaf } from './dag-file-tasks.ts';

const retryDelayMsDefault = 5 * 60_000;
/** What surrounds a task and decides what it becomes. */
export interface Surroundings {
  readonly defaults: DagFileBehaviour;
  readonly place: PlacingPlace;
  readonly dependsOn: readonly TaskId[];
  readonly triggerRule: TriggerRule;
  readonly children: ChildNames;
}

const nowhere = { dependsOn: [], triggerRule: 'all_success', children: noChildren } as const;

export const taskSpec = (task: DagFileLeaf, around: Surroundings): TaskSpec => ({
  ...commonSpec(task, around),
  ...flowOf(task, around.defaults),
});

/** A task inside a callback or a compensation: it has no place in the graph. */
export function inlineSpec(
  task: DagFileInlineTask,
  around: Pick<Surroundings, 'defaults' | 'place'>,
): TaskSpec {
  const { condition } = task;
  const spec = commonSpec(task, { ...nowhere, ...around });
  return { ...spec, ...(condition === undefined ? {} : { condition }) };
}

function commonSpec(task: Leaf, around: Surroundings): TaskSpec {
  const action = taskAction(task, around.children);
  const head = { action, dependsOn: around.dependsOn, triggerRule: around.triggerRule };
  if (isWork(task) && action.kind !== 'await') {
    return { ...head, ...workSpec(task, around) };
  }
  const isChildRun = task.type === 'subdag' || task.type === 'trigger';
  return {
    ...head,
    ...retriesOf(isChildRun ? { ...around.defaults, ...task } : {}),
    timeoutMs: patienceOf(task),
    idempotent: true,
    resources: {},
    labels: {},
    env: {},
    cwd: null,
  };
}

const leaderTypes = ['branch', 'conditional', 'wait', 'approval', 'subdag', 'trigger'] as const;
type LeaderLeaf = Extract<Leaf, { readonly type: (typeof leaderTypes)[number] }>;
type WorkLeaf = Exclude<Leaf, LeaderLeaf>;

const isWork = (task: Leaf): task is WorkLeaf => !leaderTypes.some((type) => type === task.type);

/** How long a task of the leader waits. */
function patienceOf(task: Leaf): number | null {
  if (task.type === 'sensor') return task.giveUp ?? null;
  const isLimited = task.type === 'approval' || task.type === 'subdag' || task.type === 'trigger';
  if (!isLimited || !('timeout' in task)) return null;
  return task.timeout ?? null;
}

type Retries = Pick<
  DagFileBehaviour,
  'retries' | 'retryDelay' | 'retryBackoff' | 'maxRetryDelay' | 'retryJitter'
>;

const retriesOf = (said: Retries) => ({
  retries: said.retries ?? 0,
  retryDelayMs: said.retryDelay ?? retryDelayMsDefault,
  retryBackoff: said.retryBackoff ?? 'fixed',
  retryDelayMsMax: said.maxRetryDelay ?? null,
  retryJitter: said.retryJitter ?? false,
});

/** What concerns attempts. */
function workSpec(task: WorkLeaf, { defaults, place }: Surroundings) {
  const said = { ...defaults, ...task };
  const isSensor = task.type === 'sensor';
  const { pool, poolSlots = 1, concurrency, rateLimit, priority = 0 } = said;
  const request = requestOf(task, defaults);
  const limits = limitsSaid(task, defaults);
  return {
    ...retriesOf(isSensor ? {} : said),
    timeoutMs: said.timeout ?? null,
    idempotent: said.idempotent ?? true,
    resources: request,
    labels: { ...defaults.labels, ...task.labels },
    env: { ...defaults.env, ...task.env },
    cwd: said.cwd ?? null,
    ...(task.connections === undefined ? {} : { connections: task.connections }),
    ...(pool === undefined ? {} : { pool }),
    ...(pool === undefined || poolSlots === 1 ? {} : { poolSlots }),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(rateLimit === undefined
      ? {}
      : { rate: { key: rateLimit.key, max: rateLimit.max, perMs: rateLimit.per } }),
    ...(priority === 0 ? {} : { priority }),
    ...(isSensor || said.retryOn === undefined ? {} : { retryOn: retryRule(said.retryOn) }),
    ...(isSensor || said.noRetryOn === undefined ? {} : { noRetryOn: retryRule(said.noRetryOn) }),
    ...taskPlacingSpec({ ...said, ...mergedPlacing(defaults, task) }, { request, limits }, place),
  };
}

const retryRule = (rule: NonNullable<DagFileBehaviour['retryOn']>): RetryRule => ({
  exitCodes: rule.exitCodes ?? null,
  errors: rule.errors ?? null,
});

/** What concerns the run: conditions, loops, looks. */
function flowOf(task: DagFileLeaf, defaults: DagFileBehaviour): Partial<TaskSpec> {
  const { delay = 0, sla } = { ...defaults, ...task };
  const { condition, produces } = task;
  // The condition of a branch is what it does, not whether it does.
  const isBranch = task.type === 'branch' || task.type === 'conditional';
  return {
    ...(isBranch || condition === undefined ? {} : { condition }),
    ...(delay === 0 ? {} : { delayMs: delay }),
    ...(sla === undefined ? {} : { slaMs: sla }),
    ...(produces === undefined || produces.length === 0 ? {} : { produces }),
    ...('repeat' in task && task.repeat !== undefined ? { repeat: repeatOf(task.repeat) } : {}),
    ...('branch' in task && task.branch === true ? { branches: true } : {}),
    ...lookOf(task),
  };
}

const repeatOf = (said: {
  readonly until: string;
  readonly max: number;
  readonly delay?: number | undefined;
}): NonNullable<TaskFlow['repeat']> => ({
  until: said.until,
  max: said.max,
  delayMs: said.delay ?? 0,
});

function lookOf(task: DagFileLeaf): Pick<TaskFlow, 'sensor'> {
  const sensor = task.type === 'sensor' ? sensorSpec(task) : undefined;
  return sensor === undefined ? {} : { sensor };
}

/** Inner defaults over outer ones; maps are put together. */
export const mergedDefaults = (
  outer: DagFileBehaviour,
  inner: DagFileBehaviour | undefined,
): DagFileBehaviour =>
  inner === undefined
    ? outer
    : {
        ...outer,
        ...inner,
        labels: { ...outer.labels, ...inner.labels },
        env: { ...outer.env, ...inner.env },
        resources: { ...outer.resources, ...inner.resources },
        ...mergedPlacing(outer, inner),
      };
