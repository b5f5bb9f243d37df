/**
 * Advance: what follows from what was just decided, within the same turn. Upstream failures and
 * skips reach every descendant (T01), tasks of the leader begin, maps expand, hooks are told, runs
 * whose tasks have all ended end themselves (T02), and queued runs start where their DAG has room.
 * Loops until nothing follows any more; the graph is finite.
 *
 * What follows may be long (a map of thousands is skipped, a run of ten thousand cancelled). Then
 * the rest is left for turns of its own: it can be derived from the rows again, so nothing is lost
 * with a leader. Hooks and assets are the exception: what they start is born with what happened.
 */
import { present } from '../base/assert.ts';
import { runFact, taskFact } from '../model/fact.ts';
import type { RunRow } from '../model/run.ts';
import type { Because } from '../model/run-graph-state.ts';
import { beginTask } from './begin.ts';
import type { Beginning, Verdict } from './board-to-do.ts';
import { closeSome } from './decisions/cancel-run.ts';
import { expandMap } from './expand.ts';
import { tellHooks } from './hooks.ts';
import { assetsProduced } from './inside-events.ts';
import { heldBack, othersOf } from './overlap.ts';
import { countRun, mayBeginRuns } from './quotas.ts';
import { endRun } from './run-ending.ts';
import { isWaiting, taskBase } from './task-rows.ts';
import { bytesPerTurnMax, type Turn } from './turn.ts';

/** Facts that follow within one turn, beside their bytes. Bounds the time that a turn takes. */
export const factsPerAdvanceMax = 500;

/** What must be evaluated costs time even if no fact comes of it; counted as so many facts. */
const costs = { beginning: 5, expansion: 20, instance: 0.1 } as const;

/** Call within a decision, at its end. */
export function advance(turn: Turn): void {
  const { board } = turn;
  const { toDo } = board;
  const most = turn.applied.length + factsPerAdvanceMax;
  const bytesMost = turn.bytes + bytesPerTurnMax;
  let evaluated = 0;
  const isFull = (): boolean => turn.applied.length + evaluated >= most || turn.bytes >= bytesMost;
  for (;;) {
    const happening = toDo.happenings.take();
    if (happening !== undefined) {
      tellHooks(turn, happening);
      continue;
    }
    const producer = board.triggers.takeProducer();
    if (producer !== undefined) {
      assetsProduced(turn, producer);
      continue;
    }
    if (toDo.size === 0) return;
    // Work that is left over has a turn of its own; others do not do it on the way.
    if (isFull()) board.goOn(turn.at);
    if (board.goesOn) return;
    evaluated += takeOne(turn, { most: most - evaluated, isFull });
  }
}

/** Follows up what is first; returns what the evaluation of it cost. */
function takeOne(
  turn: Turn,
  { most, isFull }: { readonly most: number; readonly isFull: () => boolean },
): number {
  const { toDo } = turn.board;
  const closing = toDo.closings.take();
  if (closing !== undefined) {
    if (!closeSome(turn, closing, most)) toDo.closings.add(closing);
    return 0;
  }
  const verdict = toDo.verdicts.take();
  if (verdict !== undefined) {
    closeTask(turn, verdict);
    return 0;
  }
  const beginning = toDo.beginnings.take();
  if (beginning !== undefined) {
    begin(turn, beginning);
    return costs.beginning;
  }
  const expansion = toDo.expansions.take();
  if (expansion !== undefined) {
    return costs.expansion + costs.instance * expandMap(turn, expansion);
  }
  const complete = toDo.completeRuns.take();
  if (complete !== undefined) {
    endRun(turn, complete);
    return 0;
  }
  const dagKey = toDo.takeDag();
  if (dagKey !== undefined) startQueuedRuns(turn, dagKey, isFull);
  return 0;
}

function closeTask(turn: Turn, { run: { namespace, runId }, settled }: Verdict): void {
  const { taskId, mapIndex, verdict, because } = settled;
  const run = turn.state.run(namespace, runId)?.run;
  const row = turn.state.task(namespace, runId, taskId, mapIndex);
  if (run === undefined || !isWaiting(row)) return;
  const base = { ...taskBase(run, taskId, row, mapIndex), endedAt: turn.at };
  if (run.status === 'cancelling' && because !== 'not-set-up') {
    turn.emit(taskFact({ ...base, status: 'cancelled', reason: run.reason }));
  } else if (verdict === 'upstream_failed') {
    turn.emit(taskFact({ ...base, status: 'upstream_failed' }));
  } else {
    turn.emit(taskFact({ ...base, status: 'skipped', reason: reasons[because] }));
  }
}

const reasons: Readonly<Record<Because, string>> = {
  rule: 'its trigger rule can no longer be met',
  branch: 'the branch before it did not follow it',
  empty: 'there is nothing to map over',
  'not-set-up': 'nothing was set up that it could tear down',
};

function begin(turn: Turn, { run: { namespace, runId }, place }: Beginning): void {
  const live = turn.state.run(namespace, runId);
  if (live !== undefined) beginTask(turn, live, place);
}

/** Higher ones first, and of the same priority the older one. */
export const byPriority = (queued: Iterable<RunRow>): readonly RunRow[] =>
  [...queued].sort((left, right) => right.priority - left.priority);

function startQueuedRuns(turn: Turn, dagKey: string, isFull: () => boolean): void {
  const { board } = turn;
  let others: readonly RunRow[] | undefined;
  for (const run of byPriority(board.runs.queued(dagKey))) {
    const { activeRunsMax } = board.planOf(run).spec;
    if (board.runs.running(run.namespace, run.dagId) >= activeRunsMax) return;
    if (!mayBeginRuns(turn, run.namespace)) return;
    const ask = (): readonly RunRow[] => {
      others ??= othersOf(turn, run);
      return others;
    };
    if (heldBack(turn, run, ask) !== undefined) continue;
    const live = present(turn.state.run(run.namespace, run.runId), 'a queued run is live');
    const { heldBy: _, ...freed } = live.run;
    turn.emit(runFact({ ...freed, status: 'running', startedAt: turn.at }));
    countRun(turn, run.namespace);
    others = undefined;
    if (isFull()) {
      board.toDo.addDag(dagKey);
      return;
    }
  }
}
