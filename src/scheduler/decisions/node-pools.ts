/** The rules by which a node pool scales are put and taken back. Its nodes stay as they are. */
import { fail, ok, type Result } from '../../base/result.ts';
import type { ClusterCommand, CommandReply } from '../../model/command.ts';
import { nodePoolFact } from '../../model/fact.ts';
import { type NodePoolRow, nodePoolsMax } from '../../model/node-pool.ts';
import { type Refusal, refusal } from '../../model/refusal.ts';
import { isSameValue } from '../../model/version-diff.ts';
import type { Turn } from '../turn.ts';

type Put = Extract<ClusterCommand, { readonly kind: 'put-node-pool' }>;
type Delete = Extract<ClusterCommand, { readonly kind: 'delete-node-pool' }>;
type Answer = Result<CommandReply, Refusal>;

export function putNodePool(turn: Turn, { name, rules }: Put, by: string): Answer {
  const before = turn.state.nodePool(name);
  if (before !== undefined && isSameValue(rulesOf(before), rulesOf(rules))) {
    return ok({ kind: 'object-put', outcome: 'unchanged' });
  }
  if (before === undefined && turn.state.count('node-pool') >= nodePoolsMax) {
    const detail = `${nodePoolsMax} node pools have rules already`;
    return fail(refusal('LIMIT_REACHED', detail));
  }
  const past = { wanted: before?.wanted ?? null, scalings: before?.scalings ?? [] };
  const updated = { updatedAt: turn.at, updatedBy: by };
  turn.emit(nodePoolFact({ name, ...rules, ...past, ...updated }));
  return ok({ kind: 'object-put', outcome: before === undefined ? 'created' : 'changed' });
}

export function deleteNodePool(turn: Turn, { name }: Delete): Answer {
  if (turn.state.nodePool(name) === undefined) {
    return fail(refusal('OBJECT_NOT_FOUND', `node pool ${name} has no rules`));
  }
  turn.emit({ table: 'node-pool', key: name, row: null });
  return ok({ kind: 'object-deleted' });
}

const rulesOf = (rules: Put['rules'] | NodePoolRow) => {
  const { min, max, up, down, waitMsMax, cooldownMs, provider } = rules;
  const ways = JSON.stringify(provider);
  return { min, max, up, down, waitMsMax, cooldownMs, ways };
};
