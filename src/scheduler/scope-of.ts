/**
 * What expressions and templates of a run see, made of committed rows. Everything is looked up when
 * it is asked for: most expressions name one task, and a run may have ten thousand.
 *
 * `trigger` is `{kind, payload}`: how the run was started, and what the event that started it said.
 * A hook or a compensation sees there too what it was called for: `on`, `taskId`, `mapIndex`,
 * `state`, `reason`.
 */
import { type Namespace, taskId } from '../base/brand.ts';
import type { DagSpec } from '../model/dag.ts';
import { type Json, type JsonObject, parseJson } from '../model/json.ts';
import type { LiveRun, ReadonlyState } from '../model/readonly-state.ts';
import type { RunRow } from '../model/run.ts';
import { makeScope, type Scope } from '../model/scope.ts';
import type { TaskRow } from '../model/task-instance.ts';
import { meaningOf, namesWithin, outerGroup } from '../model/task-name.ts';
import { itemAt, type Place, rowAt, valueOfItem } from './live-values.ts';
import { isLive } from './task-rows.ts';
import { taskSeen } from './tasks-seen.ts';
import type { Turn } from './turn.ts';

export type { Place };

/** What a scope is made from. */
export type ScopeSource = Pick<Turn, 'state' | 'board' | 'applied'>;

/** The scope of a task instance; of the run as a whole where `at` is null. */
export function scopeOf(source: ScopeSource, live: LiveRun, at: Place | null): Scope {
  const { spec } = source.board.planOf(live.run);
  const group = at === null ? null : (spec.tasks[at.taskId]?.group ?? null);
  return scopeWithin(source, live, { at, group });
}

/** The scope of the lists of a map, which are known before any of its instances is. */
export function scopeOfMap(source: ScopeSource, live: LiveRun, mapId: string): Scope {
  const { spec } = source.board.planOf(live.run);
  const task = spec.tasks[taskId(mapId)];
  const group = task === undefined ? outerGroup(mapId) : (task.group ?? null);
  return scopeWithin(source, live, { at: null, group });
}

/** `group`: where names of tasks are looked up first. */
function scopeWithin(
  source: ScopeSource,
  live: LiveRun,
  { at, group }: { readonly at: Place | null; readonly group: string | null },
): Scope {
  const { run } = live;
  const { spec } = source.board.planOf(run);
  const exists = (id: string): boolean => Object.hasOwn(spec.tasks, id);
  const item = at === null ? undefined : itemAt(spec, live, at);
  return makeScope({
    run: { ...run, dataInterval: run.dataInterval ?? null },
    task: at === null ? null : { ...at, attempt: attemptAt(rowAt(live, at)) },
    params: run.params,
    tasks: {
      taskIds: taskNamesOf(spec, group),
      find: (name) => {
        const id = meaningOf(name, group, exists);
        return id === undefined ? undefined : taskSeen(source, live, { taskId: taskId(id), item });
      },
    },
    item: item && valueOfItem(live, item),
    triggerPayload: triggerOf(live, at),
    vars: variables(source.state, run.namespace),
  });
}

/** A version may have ten thousand tasks, and each of them asks. */
const taskNames = new WeakMap<DagSpec, Map<string | null, readonly string[]>>();

function taskNamesOf(spec: DagSpec, group: string | null): readonly string[] {
  const ofSpec = taskNames.get(spec) ?? new Map<string | null, readonly string[]>();
  taskNames.set(spec, ofSpec);
  const names = ofSpec.get(group) ?? namesWithin(group, Object.keys(spec.tasks));
  ofSpec.set(group, names);
  return names;
}

/** How the run was started, and what a hook or a compensation was called for. */
function triggerOf(live: LiveRun, at: Place | null): JsonObject {
  const { value } = runTriggerOf(live.run);
  const cause = at === null ? undefined : rowAt(live, at)?.cause;
  if (cause === undefined) return value;
  const { on, taskId: of, mapIndex, state, reason } = cause;
  return { ...value, on, taskId: of, mapIndex, state, reason };
}

/** The same as JSON text. */
export function triggerText(live: LiveRun, at: Place): string {
  const hasCause = rowAt(live, at)?.cause !== undefined;
  return hasCause ? JSON.stringify(triggerOf(live, at)) : runTriggerOf(live.run).text;
}

interface RunTrigger {
  readonly value: JsonObject;
  readonly text: string;
}

/** Payloads may be large, and every task of a run asks for the same one; rows are immutable. */
const runTriggers = new WeakMap<RunRow, RunTrigger>();

function runTriggerOf(run: RunRow): RunTrigger {
  const known = runTriggers.get(run);
  if (known !== undefined) return known;
  const payload = run.payload === undefined ? undefined : parseJson(run.payload);
  const value = { kind: run.trigger, payload: payload?.ok ? payload.value : null };
  const made = { value, text: JSON.stringify(value) };
  runTriggers.set(run, made);
  return made;
}

/** The number of the attempt under way, or of the next one. */
const attemptAt = (row: TaskRow | undefined): number =>
  isLive(row) ? row.attempt.number : (row?.attempts.at(-1)?.number ?? 0) + 1;

/** The variables of a namespace, looked up as they are asked for: there may be thousands. */
function variables(state: ReadonlyState, namespace: Namespace): JsonObject {
  const value = (name: string | symbol): Json | undefined =>
    typeof name === 'string' ? state.named('variable', namespace, name)?.value : undefined;
  const names = (): string[] =>
    [...state.allNamed('variable')]
      .filter((row) => row.namespace === namespace)
      .map(({ name }) => name);
  const target: JsonObject = Object.create(null);
  return new Proxy(target, {
    get: (_target, name) => value(name),
    has: (_target, name) => value(name) !== undefined,
    ownKeys: names,
    getOwnPropertyDescriptor: (_target, name) => {
      const found = value(name);
      return found === undefined
        ? undefined
        : { value: found, enumerable: true, configurable: true };
    },
  });
}
