/**
 * A checked DAG file -> the content of a version: every default written out, groups flattened, and
 * callbacks and inline compensations made tasks of their own.
 */
import { type TaskId, taskId } from '../base/brand.ts';
import type { DagSpec, TaskSpec } from '../model/dag.ts';
import type { MapSpec, SpreadSpec } from '../model/map.ts';
import type { PriorityClass } from '../model/placing.ts';
import { isTemplate } from '../model/template.ts';
import type { TriggerRule } from '../model/trigger-rule.ts';
import type { ChildNames } from './dag-file-actions.ts';
import { artifactSpec } from './dag-file-artifact-checks.ts';
import type { DagFileBehaviour } from './dag-file-behaviour.ts';
import {
  type CallbackSubject,
  type Callbacks,
  callbackTasks,
  failoverHook,
} from './dag-file-callbacks.ts';
import type { DagFileGroup, DagFileTasks } from './dag-file-groups.ts';
import { bareExpression } from './dag-file-kit.ts';
import { WorkNames } from './dag-file-near.ts';
import { nodeNamed } from './dag-file-outline.ts';
import { paramSpecs } from './dag-file-params.ts';
import { dagClassOf, dagPlacingSpec, type PlacingPlace } from './dag-file-placing-specs.ts';
import { catchUp, scheduleSpecs } from './dag-file-schedules.ts';
import type { DagFile } from './dag-file-schema.ts';
import { inlineSpec, mergedDefaults, taskSpec } from './dag-file-specs.ts';
import type { DagFileLeaf } from './dag-file-tasks.ts';
import { triggerSpecs } from './dag-file-triggers.ts';
import type { Wiring } from './dag-file-wiring.ts';

const activeRunsDefault = 16;

/** `wiring` is made of the same file. */
export function normalise(file: DagFile, wiring: Wiring): DagSpec {
  const flattener = new Flattener(wiring, dagClassOf(file));
  flattener.walk(file.tasks, { group: null, map: null, defaults: file.defaults ?? {} });
  flattener.callRunHooks(file);
  const { maps, groups } = flattener;
  const { overlap } = file;
  const triggers = triggerSpecs(file.triggers);
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
    params: paramSpecs(file.params),
    tasks: flattener.tasks,
    ...(Object.keys(maps).length === 0 ? {} : { maps }),
    ...(triggers.length === 0 ? {} : { triggers }),
    ...(overlap === undefined || overlap === 'allow' ? {} : { overlap }),
    ...(file.dependsOnPast === true ? { dependsOnPast: true } : {}),
    ...(file.sla === undefined ? {} : { slaMs: file.sla }),
    ...dagPlacingSpec(file),
    ...(groups.length === 0 ? {} : { groups }),
    ...(Object.values(flattener.tasks).some(holdsTemplate) ? { templates: true } : {}),
  };
}

const holdsTemplate = ({ action, env }: TaskSpec): boolean => saysTemplate([action, env]);

/** Whether a text in it, at any depth, is a template. */
function saysTemplate(value: unknown): boolean {
  if (typeof value === 'string') return isTemplate(value);
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some(saysTemplate);
}

/** What is around the tasks of one level. */
interface Frame {
  readonly group: string | null;
  readonly map: string | null;
  readonly defaults: DagFileBehaviour;
}

class Flattener {
  readonly tasks: Record<TaskId, TaskSpec> = {};
  readonly maps: Record<string, MapSpec> = {};
  readonly groups: string[] = [];
  readonly #wiring: Wiring;
  readonly #dagClass: PriorityClass;
  readonly #work: WorkNames;
  /** Trigger rules that groups say for their roots. */
  readonly #groupRules = new Map<string, TriggerRule>();
  /** Conditions that groups say for their roots. */
  readonly #groupConditions = new Map<string, string>();
  readonly #members = new Map<string, TaskId[]>();

  constructor(wiring: Wiring, dagClass: PriorityClass) {
    this.#wiring = wiring;
    this.#dagClass = dagClass;
    this.#work = new WorkNames(wiring.outline);
  }

  walk(tasks: DagFileTasks, frame: Frame): void {
    for (const [name, task] of Object.entries(tasks)) {
      const id = frame.group === null ? name : `${frame.group}.${name}`;
      if (task.type === 'group') this.#group(id, task, frame);
      else this.#leaf(taskId(id), task, frame);
    }
  }

  #group(id: string, group: DagFileGroup, frame: Frame): void {
    this.groups.push(id);
    if (group.triggerRule !== undefined) this.#groupRules.set(id, group.triggerRule);
    if (group.condition !== undefined) this.#groupConditions.set(id, group.condition);
    const isMapped = group.forEach !== undefined;
    const members: TaskId[] = [];
    if (isMapped) this.#members.set(id, members);
    const defaults = mergedDefaults(frame.defaults, group.defaults);
    this.walk(group.tasks, { group: id, map: isMapped ? id : frame.map, defaults });
    if (!isMapped) return;
    const dependsOn = this.#wiring.edges.groupParents.get(id) ?? [];
    const triggerRule = this.#ruleOf(id, group.triggerRule, frame.defaults);
    this.maps[id] = mapSpec(group, { members, dependsOn, triggerRule });
  }

  #leaf(id: TaskId, task: DagFileLeaf, frame: Frame): void {
    const { edges, compensations, teardowns } = this.#wiring;
    const undoes = compensations.of.get(id);
    const dependsOn = edges.parents.get(id) ?? [];
    const triggerRule = this.#ruleOf(id, task.triggerRule, frame.defaults);
    const children = this.#childrenOf(id);
    const { defaults } = frame;
    const place = this.#placeOf(id, frame.group);
    const spec = taskSpec(task, { defaults, place, dependsOn, triggerRule, children });
    const spread = 'spread' in task ? spreadSpec(task.spread) : undefined;
    const isMapped = task.forEach !== undefined || spread !== undefined;
    const map = undoes === undefined ? (isMapped ? id : frame.map) : null;
    const setups = teardowns.setups.get(id);
    const failsRun = 'failsRun' in task && task.failsRun === true;
    this.tasks[id] = {
      ...spec,
      ...this.#conditionOf(id, spec.condition),
      ...artifactSpec(task, this.#wiring.outline, frame.group),
      ...(map === null ? {} : { map }),
      ...(frame.group === null ? {} : { group: frame.group }),
      ...this.#compensatedBy(id, task, frame),
      ...(undoes === undefined ? {} : { role: { kind: 'compensation', of: undoes } }),
      ...(setups === undefined ? {} : { role: { kind: 'teardown', setups, failsRun } }),
    };
    if (isMapped) {
      const around = { members: [id], dependsOn, triggerRule };
      this.maps[id] = mapSpec(task, { ...around, ...(spread && { spread }) });
    } else if (map !== null) this.#members.get(map)?.push(id);
    if (undoes === undefined) this.#callHooks(id, task, frame);
  }

  /** Its own rule, or that of a group which it is a root of, or the defaults'. */
  #ruleOf(id: string, own: TriggerRule | undefined, defaults: DagFileBehaviour): TriggerRule {
    const groups = this.#wiring.edges.rootOf.get(id) ?? [];
    const inherited = groups.map((group) => this.#groupRules.get(group)).find(Boolean);
    return own ?? inherited ?? defaults.triggerRule ?? 'all_success';
  }

  /** Those of the groups that it is a root of, outer ones first, then its own. */
  #conditionOf(id: string, own: string | undefined): Pick<TaskSpec, 'condition'> {
    const groups = this.#wiring.edges.rootOf.get(id) ?? [];
    const inherited = groups.toReversed().map((group) => this.#groupConditions.get(group));
    const all = [...inherited, own].filter((it) => it !== undefined);
    const [first, ...others] = all;
    if (first === undefined) return {};
    return { condition: others.length === 0 ? first : all.map((it) => `(${it})`).join(' && ') };
  }

  #childrenOf(id: TaskId): ChildNames {
    const { outline, edges, graph } = this.#wiring;
    const from = outline.nodes.get(id) ?? null;
    const named = (names: readonly string[]): readonly TaskId[] => [
      ...new Set(
        names.flatMap((name) => {
          const target = nodeNamed(outline, name, from);
          if (target === undefined) return [];
          return target.isGroup ? (edges.roots.get(target.id) ?? []) : [taskId(target.id)];
        }),
      ),
    ];
    return { named, all: graph.children.get(id) ?? [] };
  }

  #placeOf(id: TaskId, group: string | null): PlacingPlace {
    const tasksNamed = (names: readonly string[]): readonly TaskId[] => [
      ...new Set(names.flatMap((name) => this.#work.named(name, group) ?? [])),
    ];
    return { id, dagClass: this.#dagClass, tasksNamed };
  }

  #compensatedBy(
    id: TaskId,
    { compensate }: DagFileLeaf,
    { group, defaults }: Frame,
  ): Pick<TaskSpec, 'compensate'> {
    if (compensate === undefined) return {};
    const known = this.#wiring.compensations.by.get(id);
    if (typeof compensate === 'string') return known === undefined ? {} : { compensate: known };
    const undo = taskId(`undo.${id}`);
    const role = { kind: 'compensation', of: id } as const;
    this.tasks[undo] = {
      ...inlineSpec(compensate, { defaults, place: this.#placeOf(undo, group) }),
      ...(group === null ? {} : { group }),
      role,
    };
    return { compensate: undo };
  }

  /** What `defaults` say of retries and SLAs is nothing to a task that has none. */
  #callHooks(id: TaskId, task: DagFileLeaf, { group, defaults }: Frame): void {
    const spec = this.tasks[id];
    const callbacks: Callbacks = {
      onSuccess: task.onSuccess ?? defaults.onSuccess,
      onFailure: task.onFailure ?? defaults.onFailure,
      onRetry: task.onRetry ?? (spec?.retries === 0 ? undefined : defaults.onRetry),
      onSlaMiss: task.onSlaMiss ?? (spec?.slaMs === undefined ? undefined : defaults.onSlaMiss),
    };
    this.#addHooks(callbacks, { of: id, group, defaults });
  }

  callRunHooks(file: DagFile): void {
    const { onSuccess, onFailure = [], onExit, onSlaMiss, failover } = file;
    const all = failover === undefined ? onFailure : [...onFailure, failoverHook(failover)];
    const callbacks: Callbacks = { onSuccess, onFailure: all, onExit, onSlaMiss };
    this.#addHooks(callbacks, { of: null, group: null, defaults: file.defaults ?? {} });
  }

  #addHooks(callbacks: Callbacks, about: Omit<CallbackSubject, 'placeOf'>): void {
    const placeOf = (id: TaskId): PlacingPlace => this.#placeOf(id, about.group);
    for (const [id, spec] of callbackTasks(callbacks, { ...about, placeOf })) {
      this.tasks[id] = spec;
    }
  }
}

type Mapped = Pick<DagFileLeaf, 'forEach' | 'maxParallel'>;

const mapSpec = (
  { forEach, maxParallel }: Mapped,
  rest: Omit<MapSpec, 'over' | 'activeMax'>,
): MapSpec => ({ over: listsOf(forEach), ...rest, activeMax: maxParallel ?? null });

function spreadSpec(said: 'broadcast' | { readonly shards: number } | undefined) {
  if (said === undefined) return undefined;
  const spec: SpreadSpec =
    said === 'broadcast' ? { kind: 'broadcast' } : { kind: 'shards', count: said.shards };
  return spec;
}

/** Lists by name; a list alone is called `item`. Lists that stand in the file are JSON, as text. */
function listsOf(forEach: Mapped['forEach']): Readonly<Record<string, string>> {
  if (forEach === undefined) return {};
  if (typeof forEach === 'string' || Array.isArray(forEach)) return { item: listText(forEach) };
  const over: Record<string, string> = {};
  for (const [name, list] of Object.entries(forEach)) over[name] = listText(list);
  return over;
}

export const listText = (list: string | readonly unknown[]): string =>
  typeof list === 'string' ? bareExpression(list) : JSON.stringify(list);
