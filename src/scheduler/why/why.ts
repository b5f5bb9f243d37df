/**
 * Why a task instance does not run: every gate that is closed, not only the first. Each is asked of
 * the very rule that the scheduler decides by, so what is said here is what holds it; nothing is
 * decided, and nothing changes.
 *
 *   run -> graph -> time, persons, events -> pools, keys, rates, limits, quotas -> nodes -> order
 *
 * Does not own: when it is asked. The caller looks between two turns, and tells nobody before what
 * was seen is committed (law 7).
 */
import type { Namespace, RunId, TaskId } from '../../base/brand.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { type Refusal, refusal } from '../../model/refusal.ts';
import { type TaskRow, taskHasEnded } from '../../model/task-instance.ts';
import type { TaskState } from '../../model/views/instances.ts';
import { timeText } from '../../model/views/time.ts';
import type { GateView, WhyView } from '../../model/views/why.ts';
import { closedGates } from '../gate-pass.ts';
import { isOfLeader, isOutside } from '../plan.ts';
import { isLive } from '../task-rows.ts';
import { askingOf } from './asking.ts';
import { byEvent, countText, gate, instanceText } from './gate.ts';
import { graphGates } from './graph-gates.ts';
import type { Look, Subject } from './look.ts';
import { nodeGates } from './node-gates.ts';
import { orderGates } from './order-gates.ts';
import { placementOf } from './placement.ts';
import { runGates } from './run-gates.ts';
import { slotGates } from './slot-gates.ts';
import { roomForRunsGates, waitGates } from './wait-gates.ts';

export interface InstanceAsked {
  readonly namespace: Namespace;
  readonly runId: RunId;
  readonly taskId: TaskId;
  readonly mapIndex: number;
}

/** Refused where there is no such live run, or no such instance in it. */
export function why(look: Look, asked: InstanceAsked): Result<WhyView, Refusal> {
  const { namespace, runId, taskId, mapIndex } = asked;
  const live = look.turn.state.run(namespace, runId);
  if (live === undefined) return fail(refusal('RUN_NOT_FOUND', `there is no live run "${runId}"`));
  const plan = look.turn.board.planOf(live.run);
  if (!Object.hasOwn(plan.spec.tasks, taskId)) {
    return fail(refusal('TASK_NOT_FOUND', `run ${runId} has no task "${taskId}"`));
  }
  const size = isOutside(plan, taskId) ? null : look.graphOf(live).sizeOf(taskId);
  if (size !== null && mapIndex >= size) {
    const detail = `task ${taskId} of run ${runId} has ${countText(size, 'instance')}`;
    return fail(refusal('TASK_NOT_FOUND', detail));
  }
  const subject = look.subject(live, asked);
  const gates = gatesOf(look, subject);
  return ok({
    ...{ namespace, runId, dagId: live.run.dagId, taskId, mapIndex, gates },
    state: stateOf(look, subject),
    summary: summaryOf(subject.row, gates),
    placement: placementOf(subject.row),
    eta: null,
    noEta: isWaitingRow(subject.row) ? 'no forecast was made' : null,
    at: timeText(look.turn.at),
  });
}

/** Every gate that is closed to an instance; none where it has an attempt, or has ended. */
export function gatesOf(look: Look, subject: Subject): readonly GateView[] {
  if (!isWaitingRow(subject.row)) return [];
  const outside = [...runGates(look, subject), ...graphGates(look, subject)];
  const before = [...outside, ...waitGates(look, subject, outside.length === 0)];
  if (isOfLeader(subject.spec)) {
    const gates = [...before, ...roomForRunsGates(look, subject)];
    return gates.length > 0 || subject.row?.status === 'deferred' ? gates : busy(look);
  }
  const gates = [...before, ...placeGates(look, subject)];
  return gates.length > 0 ? gates : busy(look);
}

/** What it needs to be placed on a node. */
function placeGates(look: Look, subject: Subject): readonly GateView[] {
  const asking = askingOf(look, subject);
  if (asking === undefined) return [];
  const nodes = nodeGates(look, asking);
  const slots = [...closedGates(look.turn, asking.asked)];
  const closed = { slots, isFull: nodes.length > 0 };
  return [...slotGates(look, asking), ...nodes, ...orderGates(look, asking, closed)];
}

/** The leader works off what follows from something large; the instance is part of that. */
function busy({ turn: { board } }: Look): readonly GateView[] {
  const { size } = board.toDo;
  if (size === 0) return [];
  const text = `the leader works off what has happened: ${countText(size, 'thing')} to do`;
  return [gate('LEADER_BUSY', text, { toDo: size }, byEvent('when it comes to it'))];
}

/** It has neither an attempt nor an end. */
export const isWaitingRow = (row: TaskRow | undefined): boolean =>
  row === undefined || !(isLive(row) || taskHasEnded(row.status));

function stateOf(look: Look, { row, live, plan, run, ...place }: Subject): TaskState {
  if (row !== undefined && row.status !== 'pending') return row.status;
  const mayRun = isOutside(plan, place.taskId)
    ? row !== undefined
    : look.graphOf(live).verdictOf(place) === 'run';
  return run.status !== 'queued' && mayRun ? 'scheduled' : 'pending';
}

function summaryOf(row: TaskRow | undefined, gates: readonly GateView[]): string {
  if (row !== undefined && !isWaitingRow(row)) return endOrAttempt(row);
  const [first] = gates;
  if (first === undefined) return 'nothing is in its way: it starts with the next turn';
  return gates.length === 1 ? first.text : `${gates.length} gates are closed`;
}

/** What there is to say of an instance that does not wait. */
export function endOrAttempt(row: TaskRow): string {
  if (row.status === 'queued' || row.status === 'running') {
    const { node, revoked, givesWay } = row.attempt;
    const what = row.status === 'running' ? 'it runs on' : 'it is assigned to';
    const leaves = givesWay === undefined ? '' : `: ${givesWay.reason}`;
    return revoked ? `${what} ${node}, and is being stopped${leaves}` : `${what} ${node}`;
  }
  const reason = 'reason' in row ? `: ${row.reason}` : '';
  return `${instanceText(row)} has ended: ${row.status}${reason}`;
}
