/** What the SQL program asks of a database; each driver has one file with a body of it. */
import type { Json } from '../../model/json.ts';
import type { SqlStatement } from '../../model/sql-action.ts';

export interface SqlSession {
  /**
   * Runs a text and hands over the rows that it gives. Says how many its last statement changed, or
   * gave. Rejects with a `SqlFailure`.
   */
  run(statement: SqlStatement, rows: Rows): Promise<number>;
  /** Has the server end what runs now: from another connection, so it may take a moment. */
  cancel(): Promise<void>;
  close(): Promise<void>;
}

export type Row = Readonly<Record<string, Json>>;

/** Where rows go. */
export interface Rows {
  /** A statement gives rows, if only none: those of the one before count no more. */
  restart(): void;
  take(row: Row): void;
}

/** The fields of the connection, as texts. */
export type Settings = Readonly<Record<string, string>>;

export interface OpenOptions {
  readonly settings: Settings;
  /** Shown by the server in its list of sessions. */
  readonly client: string;
  /** So long the server may work on one statement, should nobody be left to cancel it. */
  readonly serverTimeoutMs: number | null;
}

export type OpenSession = (options: OpenOptions) => Promise<SqlSession>;

/** How long a database may take to let us in. */
export const connectMs = 15_000;

/** SQLSTATEs that have no text of a server behind them (ISO/IEC 9075-2, subclauses of 08). */
export const sqlStates = {
  cannotConnect: '08001',
  connectionLost: '08006',
  commitUnknown: '08007',
  badParams: '07001',
  general: 'HY000',
} as const;

export class SqlFailure extends Error {
  /** Five characters, as the standard has them. */
  readonly state: string;

  constructor(state: string, message: string) {
    super(message);
    this.state = state;
  }
}

export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message || error.name : String(error);

/** A text of an error object, such as `code`. */
export function textAt(error: unknown, key: 'code' | 'sqlState' | 'detail'): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const value: unknown = Reflect.get(error, key);
  return typeof value === 'string' && value !== '' ? value : undefined;
}
