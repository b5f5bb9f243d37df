/**
 * Expand: the lists of a map are evaluated, and its members get one instance for each item. Only
 * the items are recorded (law 1). Lists that are none, or too long, fail the roots of the map; what
 * depends on them follows.
 */
import { present } from '../base/assert.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { evaluate } from '../model/expression.ts';
import { expansionFact, taskFact } from '../model/fact.ts';
import { isJsonList, type Json, type JsonList } from '../model/json.ts';
import { type MapSpec, mapCharactersMax, mapItemsMax, type SpreadSpec } from '../model/map.ts';
import type { MapShape } from '../model/run-shape.ts';
import type { Scope } from '../model/scope.ts';
import type { Expansion } from './board-to-do.ts';
import type { Plan } from './plan.ts';
import { scopeOfMap } from './scope-of.ts';
import { spreadItems } from './spread.ts';
import { isWaiting, taskBase } from './task-rows.ts';
import type { Turn } from './turn.ts';

/** Items times members: the task instances that one map may add to a run. */
export const mapInstancesMax = 50_000;

/** Returns how many task instances there are now. */
export function expandMap(turn: Turn, { run: { namespace, runId }, mapId }: Expansion): number {
  const live = turn.state.run(namespace, runId);
  const board = turn.board.runBoard({ namespace, runId });
  if (live?.run.status !== 'running' || board?.graph.phaseOf(mapId) !== 'asked') return 0;
  const shape = present(board.plan.shape.maps.get(mapId), `the version has map ${mapId}`);
  const { spread } = shape.spec;
  const items =
    spread === undefined
      ? itemsOf(shape, scopeOfMap(turn, live, mapId))
      : spreadOf(turn, board.plan, shape, spread);
  if (items.ok) {
    const { size, text } = items.value;
    turn.emit(expansionFact({ namespace, runId, mapId, size, items: text }));
    return size * shape.members.length;
  }
  const reason = `cannot map ${mapId}: ${items.error}`;
  for (const taskId of shape.roots) {
    const row = turn.state.task(namespace, runId, taskId, 0);
    if (!isWaiting(row)) continue;
    const base = taskBase(live.run, taskId, row);
    turn.emit(taskFact({ ...base, status: 'failed', endedAt: turn.at, reason }));
  }
  return 0;
}

function spreadOf(
  { state }: Turn,
  { spec }: Plan,
  { members }: MapShape,
  spread: SpreadSpec,
): Items {
  const taskId = present(members[0], 'a spread task is the member of its map');
  const items = spreadItems(state, spec, { spread, taskId });
  if (items.length === 0) return fail('no node that is alive can take it');
  return ok({ size: items.length, text: JSON.stringify(items) });
}

type Items = Result<{ readonly size: number; readonly text: string }, string>;

function itemsOf({ spec, members }: MapShape, scope: Scope): Items {
  const lists = listsOf(spec, scope);
  if (!lists.ok) return lists;
  const size = lists.value.reduce((product, { list }) => product * list.length, 1);
  if (size > mapItemsMax) return fail(`${size} items are more than ${mapItemsMax}`);
  const instances = size * members.length;
  if (instances > mapInstancesMax) {
    return fail(`${instances} task instances are more than ${mapInstancesMax}`);
  }
  const [only, ...others] = lists.value;
  const isPlain = only?.name === 'item' && others.length === 0;
  // A product repeats its elements: what it will be is measured before it is made.
  const length = isPlain ? JSON.stringify(only.list).length : productLength(lists.value, size);
  if (length > mapCharactersMax) {
    return fail(`its items have ${length} characters of JSON, more than ${mapCharactersMax}`);
  }
  const text = JSON.stringify(isPlain ? only.list : product(lists.value, size));
  return ok({ size, text });
}

interface NamedList {
  readonly name: string;
  readonly list: JsonList;
}

function listsOf(spec: MapSpec, scope: Scope): Result<readonly NamedList[], string> {
  const lists: NamedList[] = [];
  for (const [name, text] of Object.entries(spec.over)) {
    const value = evaluate(text, scope);
    if (!value.ok) return fail(`${name}: ${value.error}`);
    if (!isJsonList(value.value)) return fail(`${name}: ${text} gives no list`);
    lists.push({ name, list: value.value });
  }
  return ok(lists);
}

/** Every combination; the last list changes first. */
function product(lists: readonly NamedList[], size: number): JsonList {
  const items: Json[] = [];
  for (let at = 0; at < size; at++) {
    let rest = at;
    const entries: (readonly [string, Json])[] = [];
    for (const { name, list } of lists.toReversed()) {
      entries.unshift([name, list[rest % list.length] ?? null]);
      rest = Math.floor(rest / list.length);
    }
    items.push(Object.fromEntries(entries));
  }
  return items;
}

/** Characters of the product as JSON text, with its keys, commas and braces. */
function productLength(lists: readonly NamedList[], size: number): number {
  if (size === 0) return 2;
  let characters = 1 + 2 * size;
  for (const { name, list } of lists) {
    const elements = JSON.stringify(list).length - 1 - list.length;
    characters += size * (JSON.stringify(name).length + 2) + elements * (size / list.length);
  }
  return characters;
}
