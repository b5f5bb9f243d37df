import { expect, it } from 'vitest';
import { namespace } from '../base/brand.ts';
import type { ConnectionRow } from '../model/connection.ts';
import type { TaskSpec } from '../model/dag.ts';
import { connectionFact } from '../model/fact.ts';
import type { Dispatch } from '../model/protocol.ts';
import { begun } from './testing/begun.ts';
import { here, later, task } from './testing/rows.ts';

const row = (name: string, of = here): ConnectionRow => ({
  ...{ namespace: of, name, kind: 'postgres', description: 'd', fields: { host: name } },
  ...{ secrets: { password: { key: 'k', box: `box of ${name}` } } },
  ...{ updatedAt: later(0), updatedBy: 'test' },
});

function dispatched(differs: Partial<TaskSpec>): Dispatch | undefined {
  const facts = [row('a'), row('b'), row('c', namespace('other'))].map(connectionFact);
  const { effects } = begun({ t: task(differs) }, { past: facts }).assign();
  const [effect] = effects;
  return effect?.kind === 'dispatch' ? effect.dispatch : undefined;
}

it('given connections: only those that the task names, sealed, and null for none', () => {
  const { connections } = dispatched({ connections: ['a', 'c'] }) ?? {};
  expect(connections).toEqual({
    a: {
      ...{ namespace: here, name: 'a', kind: 'postgres', fields: { host: 'a' } },
      secrets: { password: { key: 'k', box: 'box of a' } },
    },
    c: null,
  });
});

it('given connections: SQL is given its own, and a task that names none nothing', () => {
  const action = {
    ...({ kind: 'sql', connection: 'b', transaction: true } as const),
    ...({ output: 'rows', rowsMax: 1 } as const),
    statements: [{ text: 'SELECT $1', params: ['x'] }],
  } as const;
  expect(Object.keys(dispatched({ action })?.connections ?? {})).toEqual(['b']);
  expect(dispatched({})).not.toHaveProperty('connections');
});

it('given connections: an email, a message and a request are given their own', () => {
  const email = {
    ...({ kind: 'email', connection: 'a', to: ['a@b.org'], cc: [], bcc: [] } as const),
    ...{ subject: 's', text: 't', html: null },
  } as const;
  const notify = {
    ...({ kind: 'notify', connection: 'b', title: null, message: 'm' } as const),
    ...({ severity: 'info', details: {} } as const),
  } as const;
  const http = {
    ...({ kind: 'http', method: 'GET', url: '/x', headers: {}, body: null } as const),
    ...({ successStatus: [], auth: { kind: 'connection', name: 'a' } } as const),
  } as const;
  const given = (action: TaskSpec['action'], connections?: readonly string[]) =>
    Object.keys(dispatched({ action, ...(connections && { connections }) })?.connections ?? {});
  expect(given(email)).toEqual(['a']);
  expect(given(notify, ['a'])).toEqual(['b', 'a']);
  expect(given(http)).toEqual(['a']);
  expect(given({ ...http, auth: { kind: 'bearer', token: 't' } })).toEqual([]);
});
