/**
 * Branch: chooses among its children by a condition. The choice is its output; who follows it is
 * worked out from that (`model/branch.ts`).
 */
import { evaluateBoolean } from '../../model/expression.ts';
import { failTask, type Instance, succeed } from '../instance.ts';
import { scopeOf } from '../scope-of.ts';
import type { Turn } from '../turn.ts';
import type { ActionOf } from './action-of.ts';

export function decideBranch(turn: Turn, instance: Instance, action: ActionOf<'branch'>): void {
  const truth = evaluateBoolean(action.condition, scopeOf(turn, instance.live, instance));
  if (!truth.ok) {
    failTask(turn, instance, `its branch condition cannot be evaluated: ${truth.error}`);
    return;
  }
  const follow = truth.value ? (action.follow ?? true) : action.otherwise;
  succeed(turn, instance, { follow });
}
