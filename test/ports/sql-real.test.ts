/**
 * SQL tasks against real servers: PostgreSQL and MariaDB of their own, and files of SQLite. What
 * holds for all of them is said once.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPolicy } from '../../src/model/http-policy.ts';
import type { SqlStatement } from '../../src/model/sql-action.ts';
import { connectionTester } from '../../src/node/connection-test.ts';
import { startMariadb, startPostgres } from '../support/databases.ts';
import { type Known, SqlBench } from '../support/tasks/sql-bench.ts';

const tester = connectionTester(openPolicy);

const bench = new SqlBench();
const folder = mkdtempSync(join(tmpdir(), 'skein-sqlite-'));
afterAll(async () => {
  await bench.close();
  rmSync(folder, { recursive: true });
});

const postgres = await startPostgres();
const mariadb = await startMariadb();
afterAll(async () => {
  await postgres?.stop();
  await mariadb?.stop();
});

interface Dialect {
  readonly name: string;
  readonly known: Known;
  /** The place of the nth param. */
  readonly place: (nth: number) => string;
  readonly sleep: string;
  readonly exact: string;
  /** Statements under way that sleep, as another session sees them. */
  readonly asleep?: string;
  /** Binds params by name. */
  readonly named: boolean;
}

const dialects: Dialect[] = [
  {
    name: 'SQLite',
    known: { kind: 'sqlite', fields: { file: join(folder, 'work.db') } },
    place: () => '?',
    named: true,
    sleep: `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000)
      SELECT count(*) FROM n`,
    exact: "SELECT 9007199254740993 AS big, 1.5 AS half, NULL AS absent, 'ü' AS text",
  },
];
if (postgres !== undefined) {
  const { fields, password } = postgres;
  dialects.push({
    name: 'PostgreSQL',
    known: { kind: 'postgres', fields, secrets: { password } },
    place: (nth) => `$${nth}`,
    named: false,
    sleep: 'SELECT pg_sleep(60)',
    asleep: `SELECT count(*) AS n FROM pg_stat_activity
      WHERE query LIKE '%pg_sleep(60%' AND state = 'active' AND pid <> pg_backend_pid()`,
    exact: "SELECT 9007199254740993 AS big, 1.5::float8 AS half, NULL AS absent, 'ü' AS text",
  });
}
if (mariadb !== undefined) {
  const { fields, password } = mariadb;
  dialects.push({
    name: 'MariaDB',
    known: { kind: 'mysql', fields, secrets: { password } },
    place: () => '?',
    named: true,
    sleep: 'SELECT sleep(60)',
    asleep: `SELECT count(*) AS n FROM information_schema.processlist
      WHERE info LIKE '%sleep(60%' AND id <> connection_id()`,
    exact: "SELECT 9007199254740993 AS big, 1.5e0 AS half, NULL AS absent, 'ü' AS text",
  });
}

const texts = (...all: string[]): readonly SqlStatement[] =>
  all.map((text) => ({ text, params: [] }));
const rowsOf = (output: string | null): unknown => JSON.parse(output ?? 'null')?.rows;

/** What people have put into statements since there are statements. */
const injections = [
  "'; DROP TABLE victims; --",
  "x' OR '1'='1",
  '"; DELETE FROM victims; --',
  "\\'; DELETE FROM victims; --",
  "'; DELETE FROM victims WHERE '' = '",
  '1; DELETE FROM victims',
  "') ; DELETE FROM victims ; /*",
  '*/ ; DELETE FROM victims ; /*',
  "' UNION SELECT text FROM victims --",
  '$1; DELETE FROM victims',
  '$$; DELETE FROM victims; $$',
  '?; :name; @name',
  '# DELETE FROM victims',
  "x'||(SELECT text FROM victims)||'",
  '`; DELETE FROM victims; `',
  '\u0027; DELETE FROM victims; \u2019',
  '%27; DELETE FROM victims; --',
  "admin'/*",
  '\\',
  "'",
  '"',
  '{{ params.x }}',
  '\r\n; DELETE FROM victims;\r\n',
];

describe.each(dialects)('sql on $name', ({ known, place, sleep, exact, asleep, named }) => {
  const sql = (...all: string[]) => bench.sql(known, texts(...all));

  /** Asks until the database says so; the test's own time limit ends it. */
  const untilRows = async (text: string, rows: unknown): Promise<void> => {
    for (;;) {
      const { output } = await sql(text).result;
      if (JSON.stringify(rowsOf(output)) === JSON.stringify(rows)) return;
    }
  };

  beforeAll(async () => {
    const made = await bench.sql(
      known,
      texts(
        'CREATE TABLE victims (id INTEGER PRIMARY KEY, text VARCHAR(500))',
        'CREATE TABLE counts (n INTEGER NOT NULL)',
        "INSERT INTO victims VALUES (1, 'a'), (2, 'b')",
      ),
    ).result;
    expect(made).toMatchObject({ outcome: 'success', error: null });
  });

  test('rows become the output, with nothing rounded', async () => {
    const task = sql(exact);
    const { outcome, output, error } = await task.result;
    expect({ outcome, error }).toEqual({ outcome: 'success', error: null });
    expect(rowsOf(output)).toEqual([
      { big: '9007199254740993', half: 1.5, absent: null, text: 'ü' },
    ]);
    expect(task.log('stdout')).toMatch(/^statement 1: 1 rows, \d+ ms\n$/);
  });

  test('whatever a param holds, it is a value: no statement in it has an effect', async () => {
    for (const text of injections) {
      const asked = { text: `SELECT id FROM victims WHERE text = ${place(1)}`, params: [text] };
      const found = await bench.sql(known, [asked]).result;
      expect([text, found.error, rowsOf(found.output)]).toEqual([text, null, []]);
    }
    const insert = `INSERT INTO victims VALUES (${place(1)}, ${place(2)})`;
    const inserts = injections.map((text, at) => ({ text: insert, params: [100 + at, text] }));
    const stored = await bench.sql(known, [
      ...inserts,
      { text: `SELECT text FROM victims WHERE id >= ${place(1)} ORDER BY id`, params: [100] },
    ]).result;
    expect(rowsOf(stored.output)).toEqual(injections.map((text) => ({ text })));
    const { output } = await sql('DELETE FROM victims WHERE id >= 100', 'SELECT * FROM victims')
      .result;
    expect(rowsOf(output)).toHaveLength(2);
  });

  test('a statement that fails undoes those before it, and says its SQLSTATE', async () => {
    const insert = 'INSERT INTO victims VALUES (50, NULL)';
    const twice = await sql(insert, insert).result;
    expect(twice).toMatchObject({ outcome: 'failed', retryable: true, output: null });
    expect(twice.errorClass).toMatch(/^sql_23\d{3}$/);
    expect(twice.error).toContain('statement 2: ');
    const syntax = await sql('SELEC 1').result;
    expect(syntax.errorClass).toMatch(/^sql_42/);
    const { output } = await sql('SELECT id FROM victims ORDER BY id').result;
    expect(rowsOf(output)).toEqual([{ id: 1 }, { id: 2 }]);
  });

  test('without a transaction each statement stands for itself', async () => {
    const statements = texts('INSERT INTO counts VALUES (1)', 'INSERT INTO counts VALUES (NULL)');
    const { errorClass } = await bench.sql(known, statements, { transaction: false }).result;
    expect(errorClass).toMatch(/^sql_23/);
    const after = await sql('SELECT n FROM counts').result;
    expect(rowsOf(after.output)).toEqual([{ n: 1 }]);
    await sql('DELETE FROM counts').result;
  });

  test('more rows or bytes than are allowed undo what was done', async () => {
    const insert = 'INSERT INTO counts VALUES (7)';
    const all = texts(insert, 'SELECT * FROM victims');
    const rows = await bench.sql(known, all, { rowsMax: 1 }).result;
    expect(rows).toMatchObject({ outcome: 'failed', errorClass: 'sql_54000' });
    expect(rows.error).toContain('more than 1 rows');
    const long = [
      { text: insert, params: [] },
      { text: `SELECT ${place(1)} AS text`, params: ['x'.repeat(70_000)] },
    ];
    expect((await bench.sql(known, long).result).errorClass).toBe('sql_54000');
    expect((await bench.sql(known, long, { output: 'none' }).result).output).toBeNull();
    const { output } = await sql('SELECT count(*) AS n FROM counts').result;
    expect(rowsOf(output)).toEqual([{ n: 1 }]);
  });

  test('rows are those of the last statement that gives any', async () => {
    const { output } = await sql('SELECT 1 AS a', 'DELETE FROM counts').result;
    expect(rowsOf(output)).toEqual([{ a: 1 }]);
    const empty = await sql('SELECT 1 AS a', 'SELECT n FROM counts').result;
    expect(rowsOf(empty.output)).toEqual([]);
  });

  test('several statements in one text give the rows of the last that gives any', async () => {
    const two = await sql('SELECT 1 AS a; SELECT 2 AS b').result;
    // MySQL and MariaDB take one at a time.
    if (known.kind === 'mysql') {
      expect(two.errorClass).toBe('sql_42000');
      return;
    }
    const outputOf = async (...all: string[]) => {
      const { output, error } = await sql(...all).result;
      return error ?? JSON.parse(output ?? 'null');
    };
    expect(JSON.parse(two.output ?? 'null')).toEqual({ rows: [{ b: 2 }], rowCount: 1 });
    const none = 'SELECT n FROM counts';
    expect(await outputOf(`SELECT 1 AS a; ${none}`)).toEqual({ rows: [], rowCount: 0 });
    const insert = 'INSERT INTO counts VALUES (1), (2), (3)';
    const changes = [`${none}; SELECT 1 AS a; ${insert}`, 'SELECT 2 AS b; DELETE FROM counts;'];
    expect(await outputOf(changes[0] ?? '')).toEqual({ rows: [{ a: 1 }], rowCount: 3 });
    expect(await outputOf(...changes)).toEqual({ rows: [{ b: 2 }], rowCount: 6 });
    const most = 'SELECT 1 AS a UNION SELECT 2 AS a';
    const counted = await bench.sql(known, texts(`${most}; ${most}`), { rowsMax: 2 }).result;
    expect([counted.error, rowsOf(counted.output)]).toEqual([null, [{ a: 1 }, { a: 2 }]]);
    const over = await bench.sql(known, texts(`${most}; SELECT 1 AS a`), { rowsMax: 1 }).result;
    expect(over.errorClass).toBe('sql_54000');
  });

  test('a stop ends what the server does, and undoes what was done', async () => {
    const task = sql('INSERT INTO counts VALUES (9)', sleep);
    await task.started;
    await until(() => task.log('stdout').includes('statement 1'));
    if (asleep !== undefined) await untilRows(asleep, [{ n: 1 }]);
    const from = performance.now();
    task.job.stop('TERM');
    expect(await task.result).toMatchObject({ outcome: 'failed' });
    expect(performance.now() - from).toBeLessThan(5_000);
    if (asleep !== undefined) await untilRows(asleep, [{ n: 0 }]);
    const { output, error } = await sql('SELECT count(*) AS n FROM counts').result;
    expect([error, rowsOf(output)]).toEqual([null, [{ n: 0 }]]);
  });

  test('params are bound by name where the driver can, and are any JSON', async () => {
    const text = 'SELECT :a AS a, :b AS b, :a AS c, :d AS d';
    const params = { a: "x'", b: 2.5, d: { e: [null] } };
    const { output, errorClass } = await bench.sql(known, [{ text, params }]).result;
    if (!named) expect(errorClass).toBe('sql_07001');
    else expect(rowsOf(output)).toEqual([{ a: "x'", b: 2.5, c: "x'", d: '{"e":[null]}' }]);
    const limited = { text: `SELECT id FROM victims ORDER BY id LIMIT ${place(1)}`, params: [1] };
    const one = await bench.sql(known, [limited]).result;
    expect([one.error, rowsOf(one.output)]).toEqual([null, [{ id: 1 }]]);
    const wrong = { text: `SELECT ${place(1)}, ${place(2)}`, params: [1] };
    expect((await bench.sql(known, [wrong]).result).outcome).toBe('failed');
  });

  test('a process that is killed leaves nothing behind that stops the next one', async () => {
    const task = sql('INSERT INTO counts VALUES (9)', sleep);
    await task.started;
    await until(() => task.log('stdout').includes('statement 1'));
    task.job.stop('KILL');
    await task.result;
    // PostgreSQL looks every second whether anybody listens; MariaDB has its own time-outs.
    if (known.kind === 'postgres' && asleep !== undefined) await untilRows(asleep, [{ n: 0 }]);
    const { output, error } = await sql('SELECT count(*) AS n FROM counts').result;
    expect([error, rowsOf(output)]).toEqual([null, [{ n: 0 }]]);
  });
});

/** Passes on to a database what comes, until it is cut. */
async function wireTo(port: number) {
  const sockets = new Set<Socket>();
  const server = createServer((from) => {
    const to = createConnection(port, '127.0.0.1');
    for (const socket of [from, to]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => to.destroy());
    }
    from.pipe(to).pipe(from);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const cut = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { port: typeof address === 'object' ? (address?.port ?? 0) : 0, cut };
}

test.each(dialects.filter(({ asleep }) => asleep !== undefined))(
  'sql: on $name a connection that breaks fails the task, and says so',
  async ({ known, sleep }) => {
    const wire = await wireTo(Number(known.fields.port));
    const fields = { ...known.fields, port: String(wire.port) };
    const task = bench.sql({ ...known, fields }, texts('SELECT 1', sleep));
    await task.started;
    await until(() => task.log('stdout').includes('statement 1'));
    wire.cut();
    const { errorClass, error, exitCode } = await task.result;
    expect({ errorClass, exitCode }).toEqual({ errorClass: 'sql_08006', exitCode: 1 });
    expect(error).toMatch(/^statement 2: /);
  },
);

test.each(dialects.filter(({ known }) => known.kind === 'mysql'))(
  'sql: on $name a procedure gives the rows of its last statement that gives any',
  async ({ known }) => {
    const made = texts(
      'CREATE TABLE called (n INTEGER)',
      `CREATE PROCEDURE gives(IN n INTEGER) BEGIN
        SELECT 'before' AS a; SELECT n UNION SELECT n + 1; INSERT INTO called VALUES (n);
      END`,
      'CREATE PROCEDURE finds() BEGIN SELECT 1 AS a; SELECT n FROM called WHERE n < 0; END',
      'CREATE PROCEDURE changes() BEGIN UPDATE called SET n = n + 10; END',
    );
    expect(await bench.sql(known, made).result).toMatchObject({ outcome: 'success', error: null });
    const outputOf = async (...statements: SqlStatement[]) => {
      const { output, error } = await bench.sql(known, statements, { rowsMax: 2 }).result;
      return error ?? JSON.parse(output ?? 'null');
    };
    const given = { rows: [{ n: 1 }, { n: 2 }], rowCount: 2 };
    expect(await outputOf({ text: 'CALL gives(1)', params: [] })).toEqual(given);
    expect(await outputOf({ text: 'CALL gives(?)', params: [1] })).toEqual(given);
    expect(await outputOf(...texts('CALL finds()'))).toEqual({ rows: [], rowCount: 0 });
    const changed = await outputOf(...texts('SELECT 1 AS a', 'CALL changes()'));
    expect(changed).toEqual({ rows: [{ a: 1 }], rowCount: 2 });
  },
);

test('sql: a connection that is not there is said, and may be tried again', async () => {
  const { outcome, retryable, errorClass, error } = await bench.sql(null, texts('SELECT 1')).result;
  expect({ outcome, retryable, errorClass }).toEqual({
    ...{ outcome: 'failed', retryable: true, errorClass: 'connection_missing' },
  });
  expect(error).toContain('skein conn set db');
});

test('sql: who does not answer, and who does not let us in, have their classes', async () => {
  const nobody = { kind: 'postgres', fields: { host: '127.0.0.1', port: '1' } } as const;
  expect((await bench.sql(nobody, texts('SELECT 1')).result).errorClass).toBe('sql_08001');
  const noDatabase = { kind: 'http', fields: { url: 'http://x' } } as const;
  expect((await bench.sql(noDatabase, texts('SELECT 1')).result).errorClass).toBe('sql_08001');
  for (const server of [postgres, mariadb]) {
    if (server === undefined) continue;
    const { kind, fields } = server;
    const wrong = { kind, fields, secrets: { password: 'not the password' } };
    const { errorClass, error } = await bench.sql(wrong, texts('SELECT 1')).result;
    expect(errorClass).toMatch(/^sql_28/);
    expect(error).not.toContain('not the password');
  }
});

test('sql: a connection is tried from a node', async () => {
  for (const server of [postgres, mariadb]) {
    if (server === undefined) continue;
    const { kind, fields, password } = server;
    expect(await tester.test(kind, { ...fields, password })).toMatchObject({
      ...{ reached: true, detail: 'the database lets us in' },
    });
    const wrong = await tester.test(kind, { ...fields, password: fields.user ?? '' });
    expect(wrong?.reached).toBe(false);
  }
  const closed = { host: '127.0.0.1', port: '1' };
  expect(await tester.test('postgres', closed)).toMatchObject({ reached: false });
  expect(await tester.test('http', { url: 'http://127.0.0.1:1' })).toMatchObject({
    reached: false,
  });
  expect(tester.test('slack', {})).toBeUndefined();
});

/** Waits for a condition; the test's own time limit ends it. */
async function until(condition: () => boolean): Promise<void> {
  while (!isTrue(condition)) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** A file that is not there yet is no reason to fail. */
function isTrue(condition: () => boolean): boolean {
  try {
    return condition();
  } catch {
    return false;
  }
}
