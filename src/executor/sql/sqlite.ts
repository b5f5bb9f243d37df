/**
 * SQLite by `node-sqlite3-wasm`: the database runs in this process, and while it works nothing else
 * does. So nothing is cancelled here: the process is ended, and whoever opens the file next undoes
 * what was not committed.
 *
 * The package locks a file by a directory beside it, which a killed process leaves behind. The
 * runner starts this program under `flock(1)` on the file (`runners/sql.ts`), a lock that the
 * kernel takes back: whoever has it may remove a directory that is still there.
 */
import { rmdirSync } from 'node:fs';
import sqlite, { type BindValues, type JSValue } from 'node-sqlite3-wasm';
import { isJsonList, isJsonObject, type Json } from '../../model/json.ts';
import type { SqlStatement } from '../../model/sql-action.ts';
import {
  messageOf,
  type OpenOptions,
  type Rows,
  SqlFailure,
  type SqlSession,
  sqlStates,
} from './session.ts';
import { asksForRows, statementsIn, unboundPlace } from './statement-text.ts';
import { jsonOf } from './values.ts';

type Database = InstanceType<typeof sqlite.Database>;

export async function openSqlite({ settings }: OpenOptions): Promise<SqlSession> {
  const { file = ':memory:', readOnly } = settings;
  if (file !== ':memory:') removeLeftLock(file);
  const database = guarded(
    () => new sqlite.Database(file, { readOnly: readOnly === 'true' }),
    sqlStates.cannotConnect,
  );
  return {
    run: async (statement, rows) => guarded(() => run(database, statement, rows)),
    cancel: async () => {},
    close: async () => database.close(),
  };
}

function removeLeftLock(file: string): void {
  try {
    rmdirSync(`${file}.lock`);
  } catch {
    // There is none, as nearly always.
  }
}

/** One after the other: of a text, SQLite prepares the first statement alone. */
function run(database: Database, { text, params }: SqlStatement, rows: Rows): number {
  const texts = statementsIn(text);
  if (texts.length > 1 && !isBare(params)) {
    throw new SqlFailure(sqlStates.badParams, 'params are bound to one statement, not to several');
  }
  let rowCount = 0;
  for (const each of texts) rowCount = runOne(database, { text: each, params }, rows);
  return rowCount;
}

const isBare = (params: SqlStatement['params']): boolean =>
  isJsonList(params) ? params.length === 0 : Object.keys(params).length === 0;

function runOne(database: Database, { text, params }: SqlStatement, rows: Rows): number {
  const unbound = unboundPlace(text, params);
  if (unbound !== undefined) throw new SqlFailure(sqlStates.badParams, unbound);
  const before = changes(database);
  const statement = database.prepare(text);
  try {
    let given = 0;
    for (const values of statement.iterate(isBare(params) ? undefined : valuesOf(params))) {
      if (given === 0) rows.restart();
      given += 1;
      rows.take(Object.fromEntries(Object.entries(values).map(([name, it]) => [name, jsonOf(it)])));
    }
    const changed = changes(database) - before;
    if (given > 0) return given;
    if (changed === 0 && asksForRows(text)) rows.restart();
    return changed;
  } finally {
    statement.finalize();
  }
}

const changes = (database: Database): number =>
  Number(database.get('SELECT total_changes() AS n')?.n ?? 0);

function valuesOf(params: SqlStatement['params']): BindValues {
  if (isJsonList(params)) return params.map(bound);
  return Object.fromEntries(Object.entries(params).map(([name, it]) => [`:${name}`, bound(it)]));
}

const bound = (value: Json): JSValue =>
  isJsonList(value) || isJsonObject(value) ? JSON.stringify(value) : value;

/** SQLite has result codes of its own and tells them in words; these are their SQLSTATEs. */
const states: readonly (readonly [RegExp, string])[] = [
  [/^UNIQUE constraint|PRIMARY KEY/i, '23505'],
  [/^NOT NULL constraint/i, '23502'],
  [/^FOREIGN KEY constraint/i, '23503'],
  [/^CHECK constraint/i, '23514'],
  [/constraint/i, '23000'],
  [/^no such (table|view)/i, '42P01'],
  [/^no such column|has no column/i, '42703'],
  [/syntax error|incomplete input|unrecognized token/i, '42601'],
  [/already exists/i, '42P07'],
  [/readonly|read-only/i, '25006'],
  [/locked|busy/i, '55P03'],
  [/binding|bind|parameter/i, sqlStates.badParams],
  [/unable to open/i, sqlStates.cannotConnect],
];

function guarded<T>(work: () => T, otherwise: string = sqlStates.general): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof SqlFailure) throw error;
    const message = messageOf(error);
    const state = states.find(([words]) => words.test(message))?.[1] ?? otherwise;
    throw new SqlFailure(state, message);
  }
}
