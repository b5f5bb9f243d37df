/**
 * Begin: what happens between "its upstream tasks let it run" and a start. A condition may skip the
 * task, a delay may hold it, and what the leader does by itself never goes to a node.
 *
 * Everything is worked out from committed rows, so a new leader that begins a task again decides
 * the same.
 */
import { unreachable } from '../base/assert.ts';
import { wallMs } from '../base/brand.ts';
import { evaluateBoolean } from '../model/expression.ts';
import type { LiveRun } from '../model/readonly-state.ts';
import { defer, endAs, failTask, type Instance, instanceAt, mayBegin } from './instance.ts';
import { beginApproval } from './leader-tasks/approval.ts';
import { beginAwait } from './leader-tasks/await.ts';
import { decideBranch } from './leader-tasks/branch.ts';
import { beginSubdag } from './leader-tasks/subdag.ts';
import { beginWait } from './leader-tasks/wait.ts';
import { type Place, scopeOf } from './scope-of.ts';
import { isWaiting } from './task-rows.ts';
import type { Turn } from './turn.ts';

/** An instance may run, as far as its upstream tasks go: it is skipped, delayed or started. */
export function beginTask(turn: Turn, { run }: LiveRun, place: Place): void {
  const instance = instanceAt(turn, run, place);
  if (instance === undefined || !isWaiting(instance.row)) return;
  const { spec, live } = instance;
  if (!mayBegin(live.run, spec)) return;
  if (spec.condition !== undefined) {
    const truth = evaluateBoolean(spec.condition, scopeOf(turn, live, place));
    if (!truth.ok) {
      failTask(turn, instance, `its condition cannot be evaluated: ${truth.error}`);
      return;
    }
    if (!truth.value) {
      endAs(turn, instance, { how: 'skip', reason: `its condition is false: ${spec.condition}` });
      return;
    }
  }
  if (spec.delayMs === undefined) {
    startTask(turn, instance);
    return;
  }
  const waitsFor = { kind: 'time', goal: 'start' } as const;
  defer(turn, instance, { waitsFor, until: wallMs(turn.at + spec.delayMs) });
}

/** Nothing holds the instance any more: the leader does its work, or a node will. */
export function startTask(turn: Turn, instance: Instance): void {
  const { action } = instance.spec;
  switch (action.kind) {
    case 'branch':
      decideBranch(turn, instance, action);
      return;
    case 'wait':
      beginWait(turn, instance, action);
      return;
    case 'approval':
      beginApproval(turn, instance, action);
      return;
    case 'subdag':
      beginSubdag(turn, instance, action);
      return;
    case 'await':
      beginAwait(turn, instance);
      return;
    case 'noop':
    case 'shell':
    case 'script':
    case 'python':
    case 'function':
    case 'http':
    case 'docker':
    case 'kubernetes':
    case 'sql':
    case 'email':
    case 'notify':
    case 'file':
      turn.board.makeReady(instance.live.run, instance.taskId, instance.mapIndex);
      return;
    default:
      unreachable(action);
  }
}
