import { expect, test } from 'vitest';
import { sqlLimits } from '../model/sql-action.ts';
import { complaints, tasksOf } from './testing/dag-texts.ts';

test('dag-file: sql is one text with params, or a list of statements', () => {
  const tasks = tasksOf(`
  one:
    type: sql
    connection: warehouse
    sql: INSERT INTO t VALUES ($1, $2)
    params: ["{{ ds }}", 2]
  many:
    type: sql
    connection: warehouse
    sql: ["DELETE FROM t", { sql: "INSERT INTO t VALUES (:a)", params: { a: [1] } }]
    transaction: false
    output: none
    maxRows: 5
`);
  expect(tasks.one!.action).toEqual({
    kind: 'sql',
    connection: 'warehouse',
    statements: [{ text: 'INSERT INTO t VALUES ($1, $2)', params: ['{{ ds }}', 2] }],
    transaction: true,
    output: 'rows',
    rowsMax: sqlLimits.rowsDefault,
  });
  expect(tasks.one!.resources).toMatchObject({ slots: 1, cpu: 250 });
  expect(tasks.many!.action).toMatchObject({
    statements: [
      { text: 'DELETE FROM t', params: [] },
      { text: 'INSERT INTO t VALUES (:a)', params: { a: [1] } },
    ],
    ...{ transaction: false, output: 'none', rowsMax: 5 },
  });
});

test('dag-file: templates in the SQL are refused, unless its author wants them pasted', () => {
  const sql = (more: string): string => `id: x
tasks:
  a:
    type: sql
    connection: c
    sql: SELECT * FROM {{ params.t }}
${more}params: { t: { type: string } }
`;
  expect(complaints(sql(''))).toEqual([expect.stringContaining('tasks.a.sql')]);
  expect(tasksOf(sql('    pasteTemplates: true\n')).a!.action).toMatchObject({ pastes: true });
  const listed = `id: x\ntasks: { a: { type: sql, connection: c, sql: ["SELECT {{ ds }}"] } }\n`;
  expect(complaints(listed)).toEqual([expect.stringContaining('tasks.a.sql')]);
});

test('dag-file: mistakes in SQL tasks are named', () => {
  const task = (said: string) => complaints(`id: x\ntasks: { a: { type: sql, ${said} } }\n`);
  expect(task('sql: SELECT 1')).toEqual([expect.stringContaining('connection')]);
  expect(task('connection: c')).toEqual([expect.stringContaining('sql')]);
  expect(task('connection: c, sql: [SELECT 1], params: [1]')).toEqual([
    expect.stringContaining('`params` goes with one text'),
  ]);
  expect(task('connection: c, sql: SELECT 1, params: { "a b": 1 }')).toHaveLength(1);
  expect(task('connection: c, sql: SELECT 1, maxRows: 0')).toHaveLength(1);
  expect(task('connection: c, sql: SELECT 1, query: x')).toEqual([
    expect.stringContaining('unknown key "query"'),
  ]);
});

test('dag-file: a task names its connections, and `defaults` cannot', () => {
  const shell = (said: string): string => `  a: { type: shell, command: env, ${said} }\n`;
  expect(tasksOf(shell('connections: [a, b]')).a).toMatchObject({ connections: ['a', 'b'] });
  expect(tasksOf(shell('timeout: 1m')).a).not.toHaveProperty('connections');
  const clash = complaints(`id: x\ntasks:\n${shell('connections: [my-db, my_db]')}`);
  expect(clash).toEqual([expect.stringContaining('the same variable')]);
  const defaults = complaints(`id: x\ndefaults: { connections: [a] }\ntasks:\n${shell('cwd: /')}`);
  expect(defaults).toEqual([expect.stringContaining('unknown key "connections"')]);
});
