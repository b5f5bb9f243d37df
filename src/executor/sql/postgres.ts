/** PostgreSQL by `pg`. Params are bound by the extended protocol: the server never parses them. */
import pg from 'pg';
import { isJsonList } from '../../model/json.ts';
import type { SqlStatement } from '../../model/sql-action.ts';
import {
  connectMs,
  messageOf,
  type OpenOptions,
  type Row,
  type Rows,
  type Settings,
  SqlFailure,
  type SqlSession,
  sqlStates,
  textAt,
} from './session.ts';
import { tlsOf } from './tls.ts';
import { jsonOf, wholeNumber } from './values.ts';

/** Types of `pg_type.h` whose texts have a JSON of their own; all others stay texts. */
const parsers: Readonly<Record<number, (text: string) => unknown>> = {
  16: (text) => text === 't',
  20: wholeNumber,
  21: Number,
  23: Number,
  26: Number,
  114: (text) => JSON.parse(text),
  700: Number,
  701: Number,
  3802: (text) => JSON.parse(text),
};
/** Lists of those, and of texts: here the driver knows best. */
const listTypes: ReadonlySet<number> = new Set([1000, 1005, 1007, 1009, 1015, 1016, 1021, 1022]);

const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    listTypes.has(oid)
      ? pg.types.getTypeParser(oid, format ?? 'text')
      : (parsers[oid] ?? ((text: string) => text)),
};

export async function openPostgres(options: OpenOptions): Promise<SqlSession> {
  const client = await connect(options);
  await prepare(client, options.serverTimeoutMs);
  return {
    run: (statement, rows) => run(client, statement, rows),
    async cancel() {
      const other = await connect(options);
      try {
        await other.query('SELECT pg_cancel_backend($1)', [Reflect.get(client, 'processID')]);
      } finally {
        await other.end();
      }
    },
    close: () => client.end(),
  };
}

async function connect({ settings, client: application_name }: OpenOptions): Promise<pg.Client> {
  const client = new pg.Client({ ...configOf(settings), application_name });
  // A connection that breaks between two statements is found out by the next one.
  client.on('error', () => {});
  try {
    await client.connect();
  } catch (error) {
    throw new SqlFailure(stateOf(error, sqlStates.cannotConnect), messageOf(error));
  }
  return client;
}

function configOf(settings: Settings): pg.ClientConfig {
  const { host = 'localhost', port, database, user, password = '', socket } = settings;
  return {
    host: socket ?? host,
    ...(port !== undefined && { port: Number(port) }),
    ...{ database, user, password },
    ssl: tlsOf(settings) ?? false,
    connectionTimeoutMillis: connectMs,
    types,
  };
}

/** The server ends what nobody waits for any more, where its version can. */
async function prepare(client: pg.Client, timeoutMs: number | null): Promise<void> {
  const set = (name: string, value: string): Promise<unknown> =>
    client.query('SELECT set_config($1, $2, false)', [name, value]);
  if (timeoutMs !== null) await set('statement_timeout', String(timeoutMs));
  await set('client_connection_check_interval', '1000').catch(() => {});
}

function run(client: pg.Client, statement: SqlStatement, rows: Rows): Promise<number> {
  const { text, params } = statement;
  if (!isJsonList(params)) {
    const message = 'PostgreSQL binds params by place: write $1, $2… and a list';
    return Promise.reject(new SqlFailure(sqlStates.badParams, message));
  }
  // Without params the simple protocol is used, which takes several statements in one text.
  const query = new pg.Query<Row, unknown[]>(
    params.length === 0 ? { text, types } : { text, values: [...params], types },
  );
  return new Promise((resolve, reject) => {
    let giving: pg.QueryResultBase | undefined;
    query.on('row', (values: object, result?: pg.QueryResultBase) => {
      if (result !== giving) rows.restart();
      giving = result;
      rows.take(Object.fromEntries(Object.entries(values).map(([name, it]) => [name, jsonOf(it)])));
    });
    query.on('end', (result: pg.QueryResultBase | readonly pg.QueryResultBase[]) => {
      const all = [result].flat();
      // One that asks for rows and finds none is seen here only.
      const gave = all.findLast((each) => each === giving || each.fields.length > 0);
      if (gave !== giving) rows.restart();
      resolve(all.at(-1)?.rowCount ?? 0);
    });
    query.on('error', (error: Error) => reject(failureOf(error)));
    client.query(query);
  });
}

function failureOf(error: unknown): SqlFailure {
  const detail = textAt(error, 'detail');
  const message = detail === undefined ? messageOf(error) : `${messageOf(error)} (${detail})`;
  return new SqlFailure(stateOf(error, sqlStates.connectionLost), message);
}

/** `code` is a SQLSTATE where the server spoke, and a word of Node where nobody did. */
function stateOf(error: unknown, unspoken: string): string {
  const code = textAt(error, 'code');
  return code !== undefined && /^[0-9A-Z]{5}$/.test(code) && !/^E[A-Z]+$/.test(code)
    ? code
    : unspoken;
}
