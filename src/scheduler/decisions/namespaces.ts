/** What a namespace may use is put and taken back. Both may be done while it is in use. */
import { fail, ok, type Result } from '../../base/result.ts';
import type { ClusterCommand, CommandReply } from '../../model/command.ts';
import { namespaceFact } from '../../model/fact.ts';
import { objectLimits } from '../../model/object-limits.ts';
import { type Refusal, refusal } from '../../model/refusal.ts';
import { isSameValue } from '../../model/version-diff.ts';
import type { Turn } from '../turn.ts';

type Put = Extract<ClusterCommand, { readonly kind: 'put-namespace' }>;
type Delete = Extract<ClusterCommand, { readonly kind: 'delete-namespace' }>;
type Answer = Result<CommandReply, Refusal>;

export function putNamespace(turn: Turn, command: Put, by: string): Answer {
  const { namespace, weight, quota, description } = command;
  const before = turn.state.namespace(namespace);
  const isSame =
    before?.weight === weight &&
    before.description === description &&
    isSameValue({ ...before.quota }, { ...quota });
  if (isSame) return ok({ kind: 'object-put', outcome: 'unchanged' });
  if (before === undefined && turn.state.count('namespace') >= objectLimits.namespaces) {
    const detail = `${objectLimits.namespaces} namespaces have a row already`;
    return fail(refusal('LIMIT_REACHED', detail));
  }
  const updated = { updatedAt: turn.at, updatedBy: by };
  turn.emit(namespaceFact({ namespace, weight, quota, description, ...updated }));
  return ok({ kind: 'object-put', outcome: before === undefined ? 'created' : 'changed' });
}

/** From then on it has a weight of 1 and no quota, like all that nobody has spoken of. */
export function deleteNamespace(turn: Turn, { namespace }: Delete): Answer {
  if (turn.state.namespace(namespace) === undefined) {
    const detail = `nothing was said about namespace ${namespace}`;
    return fail(refusal('OBJECT_NOT_FOUND', detail));
  }
  turn.emit({ table: 'namespace', key: namespace, row: null });
  return ok({ kind: 'object-deleted' });
}
