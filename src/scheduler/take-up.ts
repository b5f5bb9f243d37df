/**
 * A run is taken up again: an ended one comes back to memory and waits for its turn, a living one
 * is counted anew. Both get another generation, so that whatever was derived of the former one
 * (entries of the ready queue first of all) is known to be stale.
 */
import type { EndedRun } from '../model/ended-run.ts';
import { expansionFact, outputFact, runFact, taskFact } from '../model/fact.ts';
import { mapKey, taskKey } from '../model/keys.ts';
import type { LiveRun } from '../model/readonly-state.ts';
import type { RunRow } from '../model/run.ts';
import { type TaskRow, taskHasEnded } from '../model/task-instance.ts';
import { backfillRunTakenUp } from './backfills.ts';
import { isOutside, type Plan } from './plan.ts';
import type { Again } from './run-again.ts';
import type { Turn } from './turn.ts';

/** The row of an instance that waits again: its attempts are kept, nothing else of its past. */
export function waitingAgain(row: TaskRow): TaskRow {
  const { namespace, runId, taskId, mapIndex, attempts } = row;
  return { namespace, runId, taskId, mapIndex, attempts, tries: 0, status: 'pending' };
}

/**
 * Brings an ended run back as a queued one. Hooks of its former life are left in its history: they
 * may be called again. So are compensations of what is run again; what was undone and is not run
 * again stays undone.
 */
export function takeUpEnded(
  turn: Turn,
  plan: Plan,
  ended: EndedRun,
  next: { readonly run: RunRow; readonly again: Again },
): void {
  const { run, again } = next;
  const fresh = new Set(ended.tasks.filter((row) => again.has(row)).map(instanceKey));
  const isLeft = (row: TaskRow): boolean =>
    isOutside(plan, row.taskId) && !isUndoing(row, (key) => !fresh.has(key));
  const left = new Set(ended.tasks.filter(isLeft).map(instanceKey));
  turn.emit(runFact(run));
  for (const row of ended.expansions ?? []) {
    if (!again.maps.has(row.mapId)) turn.emit(expansionFact(row));
  }
  for (const row of ended.tasks) {
    const key = instanceKey(row);
    if (left.has(key)) continue;
    if (!fresh.has(key)) turn.emit(taskFact(row));
    else if (again.keeps(row)) turn.emit(taskFact(waitingAgain(row)));
  }
  for (const row of ended.outputs) {
    const key = instanceKey(row);
    if (!fresh.has(key) && !left.has(key)) turn.emit(outputFact(row));
  }
  backfillRunTakenUp(turn, ended.run);
}

/** Whether it undoes an instance that stays as it is. */
function isUndoing(
  { namespace, runId, cause }: TaskRow,
  stays: (instance: string) => boolean,
): boolean {
  if (cause?.on !== 'compensate' || cause.taskId === null) return false;
  return stays(taskKey(namespace, runId, cause.taskId, cause.mapIndex));
}

/** Sets instances of a living run back; its next generation comes behind that. */
export function takeUpLive(turn: Turn, live: LiveRun, again: Again): void {
  const { namespace, runId } = live.run;
  for (const row of [...live.tasks.values()]) {
    if (!taskHasEnded(row.status) || !again.has(row)) continue;
    const key = instanceKey(row);
    if (live.outputs.has(key)) turn.emit({ table: 'output', key, row: null });
    if (again.keeps(row)) turn.emit(taskFact(waitingAgain(row)));
    else turn.emit({ table: 'task', key, row: null });
  }
  for (const mapId of again.maps) {
    const key = mapKey(namespace, runId, mapId);
    if (live.expansions.has(key)) turn.emit({ table: 'expansion', key, row: null });
  }
}

/** The run as it is, in its next generation: the Board counts its rows anew. */
export const nextGeneration = <R extends RunRow>(run: R): R => ({
  ...run,
  generation: run.generation + 1,
});

/** An ended run as it waits for its turn again; what happened to it in its former life is gone. */
export function queuedAgain(run: RunRow): RunRow {
  const { namespace, runId, dagId, versionId, logicalDate, trigger } = run;
  const { params, priority, createdAt, createdBy, dataInterval, parent } = run;
  return {
    ...{ namespace, runId, dagId, versionId, logicalDate, trigger },
    ...{ params, priority, createdAt, createdBy },
    ...(dataInterval !== undefined && { dataInterval }),
    ...(parent !== undefined && { parent }),
    ...(run.payload !== undefined && { payload: run.payload }),
    ...(run.backfillId !== undefined && { backfillId: run.backfillId }),
    ...(run.notes !== undefined && { notes: run.notes }),
    generation: run.generation + 1,
    status: 'queued',
  };
}

const instanceKey = (row: Pick<TaskRow, 'namespace' | 'runId' | 'taskId' | 'mapIndex'>): string =>
  taskKey(row.namespace, row.runId, row.taskId, row.mapIndex);
