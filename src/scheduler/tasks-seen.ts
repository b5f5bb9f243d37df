/**
 * How one task of a run looks to an expression: its state and its output. A mapped task is one
 * thing to those outside its map: the list of its instances' outputs (null where there is none), in
 * the order of the items. Within the map it is the instance of the same item.
 */
import type { TaskId } from '../base/brand.ts';
import { mapKey } from '../model/keys.ts';
import type { TaskInScope } from '../model/scope.ts';
import type { LiveRun } from '../model/state.ts';
import { type Item, outputAt, type Place, rowAt } from './live-values.ts';
import { RowsMemo } from './rows-memo.ts';
import type { Turn } from './turn.ts';

/** `item`: that of the instance that asks. */
export function taskSeen(
  source: Pick<Turn, 'board' | 'applied'>,
  live: LiveRun,
  { taskId, item }: { readonly taskId: TaskId; readonly item: Item | undefined },
): TaskInScope | undefined {
  const spec = source.board.planOf(live.run).spec.tasks[taskId];
  if (spec === undefined) return undefined;
  if (spec.map === undefined) return instanceSeen(live, { taskId, mapIndex: 0 });
  if (spec.map === item?.mapId) return instanceSeen(live, { taskId, mapIndex: item.index });
  const mapId = spec.map;
  const of = { run: live.run, taskId };
  return mappedTasks.get(source.applied, of, () => mappedSeen(live, { taskId, mapId }));
}

const mappedTasks = new RowsMemo<TaskInScope>();

function instanceSeen(live: LiveRun, at: Place): TaskInScope {
  return { state: stateAt(live, at), output: outputAt(live, at) ?? null };
}

const stateAt = (live: LiveRun, at: Place): string => rowAt(live, at)?.status ?? 'pending';

/** All instances of a mapped task as one; empty before the map's lists are known. */
function mappedSeen(
  live: LiveRun,
  { taskId, mapId }: { readonly taskId: TaskId; readonly mapId: string },
): TaskInScope {
  const { namespace, runId } = live.run;
  const size = live.expansions.get(mapKey(namespace, runId, mapId))?.size ?? 0;
  const places = Array.from({ length: size }, (_, mapIndex) => ({ taskId, mapIndex }));
  const states = new Set(places.map((at) => stateAt(live, at)));
  if (size === 0) states.add(stateAt(live, { taskId, mapIndex: 0 }));
  return {
    state: stateOfAll(states),
    output: places.map((at) => outputAt(live, at) ?? null),
  };
}

/** The worst end, once all have ended; `running` as soon as one has begun. */
function stateOfAll(states: ReadonlySet<string>): string {
  const [first] = states;
  if (first !== undefined && states.size === 1) return first;
  for (const state of states) if (!isEnd(state)) return 'running';
  return endsFromWorst.find((end) => states.has(end)) ?? 'running';
}

const endsFromWorst = ['failed', 'upstream_failed', 'cancelled', 'success', 'skipped'] as const;
const isEnd = (state: string): boolean => endsFromWorst.some((end) => end === state);
