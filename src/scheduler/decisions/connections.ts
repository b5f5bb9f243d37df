/**
 * Connections are put, and sealed anew under another key. What is decided here is sealed already:
 * the scheduler never sees a secret, and has no key.
 */
import type { Namespace } from '../../base/brand.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import type { CommandReply, ObjectCommand } from '../../model/command.ts';
import { type ConnectionRow, connectionLimits, type Sealed } from '../../model/connection.ts';
import { connectionFact } from '../../model/fact.ts';
import type { ReadonlyState } from '../../model/readonly-state.ts';
import { type Refusal, refusal } from '../../model/refusal.ts';
import { isSameValue } from '../../model/version-diff.ts';
import type { Turn } from '../turn.ts';

type Of<K extends ObjectCommand['kind']> = Extract<ObjectCommand, { readonly kind: K }>;
type Answer = Result<CommandReply, Refusal>;

/** Puts the whole connection: secrets that are not said again are gone. */
export function putConnection(turn: Turn, command: Of<'put-connection'>, by: string): Answer {
  const { namespace, connection } = command;
  const before = turn.state.named('connection', namespace, connection.name);
  if (before !== undefined && isSame(before, connection)) {
    return ok({ kind: 'object-put', outcome: 'unchanged' });
  }
  const row = { namespace, ...connection, updatedAt: turn.at, updatedBy: by };
  const refused = tooMuch(turn.state, row, before === undefined);
  if (refused !== undefined) return fail(refused);
  turn.emit(connectionFact(row));
  return ok({ kind: 'object-put', outcome: before === undefined ? 'created' : 'changed' });
}

/** Somebody may have put another secret in the meantime: that one stays. */
export function resealConnection(turn: Turn, command: Of<'reseal-connection'>, by: string): Answer {
  const { namespace, name } = command;
  const before = turn.state.named('connection', namespace, name);
  if (before === undefined) {
    const detail = `there is no connection ${name} in namespace ${namespace}`;
    return fail(refusal('OBJECT_NOT_FOUND', detail));
  }
  const secrets: Record<string, Sealed> = {};
  for (const [field, sealed] of Object.entries(before.secrets)) {
    const change = command.secrets[field];
    secrets[field] = change?.from.box === sealed.box ? change.to : sealed;
  }
  if (isSameValue(secrets, before.secrets)) {
    return ok({ kind: 'object-put', outcome: 'unchanged' });
  }
  turn.emit(connectionFact({ ...before, secrets, updatedAt: turn.at, updatedBy: by }));
  return ok({ kind: 'object-put', outcome: 'changed' });
}

const isSame = (
  before: ConnectionRow,
  { kind, description, fields, secrets }: Of<'put-connection'>['connection'],
): boolean =>
  before.kind === kind &&
  before.description === description &&
  isSameValue(before.fields, fields) &&
  isSameValue(before.secrets, secrets);

function tooMuch(state: ReadonlyState, row: ConnectionRow, isNew: boolean): Refusal | undefined {
  const { connections, rowBytes } = connectionLimits;
  // Characters are counted, and each may take three bytes.
  if (JSON.stringify(row).length > rowBytes) {
    return refusal('TOO_LARGE', `a connection has at most ${rowBytes} characters as JSON`);
  }
  if (!isNew || countIn(state, row.namespace) < connections) return undefined;
  const detail = `namespace ${row.namespace} has its ${connections} connections already`;
  return refusal('LIMIT_REACHED', detail);
}

function countIn(state: ReadonlyState, namespace: Namespace): number {
  // Most clusters have fewer in all of their namespaces.
  if (state.count('connection') < connectionLimits.connections) return 0;
  let count = 0;
  for (const row of state.allNamed('connection')) if (row.namespace === namespace) count += 1;
  return count;
}
