/**
 * MySQL and MariaDB by `mysql2`. A statement with params is prepared by the server, which gets them
 * apart from its text. Several statements in one text are refused, files of the client are not
 * read.
 */
import mysql from 'mysql2';
import { isJsonList, isJsonObject, type Json } from '../../model/json.ts';
import type { SqlStatement } from '../../model/sql-action.ts';
import {
  connectMs,
  messageOf,
  type OpenOptions,
  type Rows,
  type Settings,
  SqlFailure,
  type SqlSession,
  sqlStates,
  textAt,
} from './session.ts';
import { tlsOf } from './tls.ts';
import { jsonOf } from './values.ts';

export async function openMysql(options: OpenOptions): Promise<SqlSession> {
  const connection = await connect(options.settings);
  await prepare(connection, options.serverTimeoutMs);
  return {
    run: (statement, rows) => run(connection, statement, rows),
    async cancel() {
      const other = await connect(options.settings);
      await ask(other, `KILL QUERY ${connection.threadId}`);
      other.destroy();
    },
    close: () => new Promise((done) => connection.end(() => done())),
  };
}

function connect(settings: Settings): Promise<mysql.Connection> {
  const connection = mysql.createConnection(configOf(settings));
  return new Promise((resolve, reject) => {
    // A connection that breaks between two statements is found out by the next one.
    connection.on('error', () => {});
    connection.connect((error) => {
      if (error === null) resolve(connection);
      else {
        connection.destroy();
        const state = textAt(error, 'sqlState') ?? sqlStates.cannotConnect;
        reject(new SqlFailure(state, messageOf(error)));
      }
    });
  });
}

function configOf(settings: Settings): mysql.ConnectionOptions {
  const { host = 'localhost', port, database, user, password = '', socket } = settings;
  const { charset, timezone = 'Z' } = settings;
  const ssl = tlsOf(settings);
  return {
    ...(socket === undefined ? { host } : { socketPath: socket }),
    ...(port !== undefined && { port: Number(port) }),
    ...(database !== undefined && { database }),
    ...(user !== undefined && { user }),
    ...{ password, timezone },
    ...(charset !== undefined && { charset }),
    ...(ssl !== undefined && { ssl }),
    connectTimeout: connectMs,
    multipleStatements: false,
    namedPlaceholders: true,
    // As the server writes them: nothing is rounded, and no zone is guessed.
    dateStrings: true,
    supportBigNumbers: true,
    bigNumberStrings: false,
  };
}

/** MariaDB and MySQL have different words for it, and each ignores those of the other. */
async function prepare(connection: mysql.Connection, timeoutMs: number | null): Promise<void> {
  if (timeoutMs === null) return;
  await ask(connection, `SET SESSION max_statement_time = ${timeoutMs / 1000}`);
  await ask(connection, `SET SESSION max_execution_time = ${timeoutMs}`);
}

/** Asks for what may be refused. */
const ask = (connection: mysql.Connection, text: string): Promise<void> =>
  new Promise((done) => connection.query(text, () => done()));

/**
 * Of a connection that is lost, the driver tells the connection alone: its statement says nothing.
 */
function run(connection: mysql.Connection, statement: SqlStatement, rows: Rows): Promise<number> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => {
      connection.off('error', failed);
      const state = textAt(error, 'sqlState') ?? sqlStates.connectionLost;
      reject(new SqlFailure(state, messageOf(error)));
    };
    connection.on('error', failed);
    const query = sent(connection, statement);
    let [rowCount, givesRows, isRow] = [0, false, false];
    query.on('error', failed);
    query.on('fields', (fields: unknown) => {
      isRow = fields !== undefined;
      if (!isRow) return;
      givesRows = true;
      rowCount = 0;
      rows.restart();
    });
    query.on('result', (result: object) => {
      if (!isRow) {
        // A procedure ends with what it changed, also where it has given rows.
        if (!givesRows) rowCount = affected(result);
        return;
      }
      rowCount += 1;
      rows.take(Object.fromEntries(Object.entries(result).map(([name, it]) => [name, jsonOf(it)])));
    });
    query.on('end', () => {
      connection.off('error', failed);
      resolve(rowCount);
    });
  });
}

/** Some statements cannot be prepared; without params nothing is lost. */
function sent(connection: mysql.Connection, { text, params }: SqlStatement): mysql.Query {
  const isBare = isJsonList(params) ? params.length === 0 : Object.keys(params).length === 0;
  return isBare
    ? connection.query({ sql: text })
    : connection.execute({ sql: text, values: valuesOf(params) });
}

function affected(result: object): number {
  const count: unknown = Reflect.get(result, 'affectedRows');
  return typeof count === 'number' ? count : 0;
}

type Bound = string | number | boolean | null;

function valuesOf(params: SqlStatement['params']): Bound[] | Record<string, Bound> {
  if (isJsonList(params)) return params.map(bound);
  return Object.fromEntries(Object.entries(params).map(([name, it]) => [name, bound(it)]));
}

/** Lists and maps are bound as their JSON. */
const bound = (value: Json): Bound =>
  isJsonList(value) || isJsonObject(value) ? JSON.stringify(value) : value;
