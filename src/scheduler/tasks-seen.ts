/**
 * How one task of a run looks to an expression: its state, its output, how its attempts went. A
 * mapped task is one thing to those outside its map: the list of its instances' outputs (null where
 * there is none), in the order of the items. Within the map it is the instance of the same item.
 */
import type { TaskId } from '../base/brand.ts';
import { mapKey } from '../model/keys.ts';
import type { LiveRun } from '../model/readonly-state.ts';
import type { TaskInScope } from '../model/scope.ts';
import type { TaskRow } from '../model/task-instance.ts';
import { type Item, outputAt, type Place, rowAt } from './live-values.ts';
import { RowsMemo } from './rows-memo.ts';
import { isLive } from './task-rows.ts';
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
  const state = stateAt(live, at);
  return { state, output: outputAt(live, at) ?? null, work: workOf([rowAt(live, at)]) };
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
    work: workOf(places.map((at) => rowAt(live, at))),
  };
}

type Work = NonNullable<TaskInScope['work']>;

/** Of several instances: from the first begin to the last end. */
function workOf(rows: readonly (TaskRow | undefined)[]): Work {
  let work: Work = { exitCode: null, startedAt: null, endedAt: null, attempts: 0 };
  let open = rows.length === 0;
  for (const row of rows) {
    const last = row?.attempts.at(-1);
    const startedAt = row?.status === 'running' ? row.startedAt : (last?.startedAt ?? null);
    const endedAt = row !== undefined && 'endedAt' in row ? row.endedAt : null;
    open ||= endedAt === null;
    work = {
      exitCode: rows.length === 1 ? (last?.exitCode ?? null) : null,
      startedAt:
        startedAt === null ? work.startedAt : Math.min(startedAt, work.startedAt ?? startedAt),
      endedAt: Math.max(endedAt ?? 0, work.endedAt ?? 0),
      attempts: work.attempts + (isLive(row) ? row.attempt.number : (last?.number ?? 0)),
    };
  }
  return open ? { ...work, endedAt: null } : work;
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
