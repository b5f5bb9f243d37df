import { expect, test } from 'vitest';
import { pairsOf, tasksUsing } from './uses.ts';

test('connections: a task uses one by its list, by its action, or to log in', () => {
  const shell = { kind: 'shell' };
  const tasks = {
    listed: { connections: ['db', 'x'], action: shell },
    sql: { action: { kind: 'sql', connection: 'db' } },
    http: { action: { kind: 'http', auth: { kind: 'connection', name: 'db' } } },
    basic: { action: { kind: 'http', auth: { kind: 'basic', name: 'db' } } },
    other: { connections: ['x'], action: shell },
  };
  expect(tasksUsing(tasks, 'db')).toEqual(['listed', 'sql', 'http']);
});

test('connections: a value may hold further equals signs', () => {
  expect(pairsOf('a=1=2\nnothing\n=x\nb= y')).toEqual({ a: '1=2', b: ' y' });
});
