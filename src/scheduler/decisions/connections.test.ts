import { expect, it } from 'vitest';
import type { ObjectCommand } from '../../model/command.ts';
import { type ConnectionRow, connectionLimits, type Sealed } from '../../model/connection.ts';
import { connectionFact } from '../../model/fact.ts';
import { recordVersionOf } from '../../model/newness.ts';
import { Decider } from '../testing/decider.ts';
import { applyDag, asks, dagFacts, here, later, spec, task } from '../testing/rows.ts';

const sealed = (box: string, key = 'aaaaaaaa'): Sealed => ({ key, box });
const row = (name: string, secrets: ConnectionRow['secrets'] = {}): ConnectionRow => ({
  ...{ namespace: here, name, kind: 'postgres', description: '', fields: { host: 'h' }, secrets },
  ...{ updatedAt: later(0), updatedBy: 'test' },
});
const put = (name: string, more: Partial<ConnectionRow> = {}): ObjectCommand => {
  const { namespace, updatedAt: _, updatedBy: __, ...connection } = { ...row(name), ...more };
  return { kind: 'put-connection', namespace, connection };
};
const outcome = (decider: Decider, command: ObjectCommand): unknown => {
  const { answer } = decider.when(asks(command));
  if (answer?.ok === false) return answer.error.code;
  return answer?.value.kind === 'object-put' ? answer.value.outcome : answer?.value.kind;
};

it('connections: one is created, changed, and left as it is when nothing differs', () => {
  const decider = new Decider();
  const secrets = { password: sealed('one') };
  expect(outcome(decider, put('c', { secrets }))).toBe('created');
  expect(outcome(decider, put('c', { secrets }))).toBe('unchanged');
  expect(outcome(decider, put('c', { secrets: { password: sealed('two') } }))).toBe('changed');
  expect(outcome(decider, put('c', { fields: { host: 'other' } }))).toBe('changed');
  expect(decider.state.named('connection', here, 'c')).toMatchObject({ secrets: {} });
});

it('connections: one that DAGs name is deleted all the same', () => {
  const named = spec({ a: task({ connections: ['c'] }) });
  const decider = new Decider(...dagFacts('d', named), connectionFact(row('c')));
  const remove = {
    kind: 'delete-object',
    table: 'connection',
    namespace: here,
    name: 'c',
  } as const;
  expect(outcome(decider, remove)).toBe('object-deleted');
  expect(outcome(decider, remove)).toBe('OBJECT_NOT_FOUND');
  // And a DAG may name one that is not there yet.
  const { answer } = decider.when(asks(applyDag('d2', named)));
  expect(answer?.ok).toBe(true);
});

it('connections: a new box takes the place of the one that it was made of, and of no other', () => {
  const secrets = { password: sealed('old'), token: sealed('t') };
  const decider = new Decider(connectionFact(row('c', secrets)));
  const fresh = sealed('new', 'bbbbbbbb');
  const reseal = (from: Sealed): ObjectCommand => ({
    ...{ kind: 'reseal-connection', namespace: here, name: 'c' },
    secrets: { password: { from, to: fresh } },
  });
  expect(outcome(decider, reseal(sealed('older')))).toBe('unchanged');
  expect(outcome(decider, reseal(sealed('old')))).toBe('changed');
  expect(decider.state.named('connection', here, 'c')?.secrets).toEqual({
    ...{ password: fresh, token: sealed('t') },
  });
  expect(outcome(decider, { ...reseal(fresh), name: 'none' } as ObjectCommand)).toBe(
    'OBJECT_NOT_FOUND',
  );
});

it('connections: a namespace has so many, and a row is so large', () => {
  const many = Array.from({ length: connectionLimits.connections }, (_, n) => row(`c${n}`));
  const decider = new Decider(...many.map(connectionFact));
  expect(outcome(decider, put('one-more'))).toBe('LIMIT_REACHED');
  expect(outcome(decider, put('c0', { description: 'changed' }))).toBe('changed');
  const fields = { ca: 'x'.repeat(connectionLimits.rowBytes) };
  expect(outcome(decider, put('c1', { fields }))).toBe('TOO_LARGE');
});

it('connections: a record that carries one, or a DAG that names one, is of version 4', () => {
  expect(recordVersionOf(connectionFact(row('c')))).toBe(4);
  const [version] = dagFacts('d', spec({ a: task({ connections: ['c'] }) }));
  expect(version && recordVersionOf(version)).toBe(4);
});
