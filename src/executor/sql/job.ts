/** What the runner and the SQL program say to each other: a file before, a file behind. */
import type { SqlAction } from '../../model/sql-action.ts';

/** Given as a file; secrets come by the environment of the process alone. */
export interface SqlJob {
  readonly action: SqlAction;
  /** The variable that holds the connection. */
  readonly variable: string;
  readonly client: string;
  readonly serverTimeoutMs: number | null;
}

/** Written to where the output would be, when the program ends with `failedExitCode`. */
export interface SqlFailed {
  readonly errorClass: string;
  readonly message: string;
}

export const failedExitCode = 1;

/** `sql_23505` */
export const sqlClass = (state: string): string => `sql_${state}`;
