/** Statements for a database that a connection names. */
import type { Json } from './json.ts';

export interface SqlAction {
  readonly kind: 'sql';
  /** The name of a connection of kind postgres, mysql or sqlite. */
  readonly connection: string;
  /** One after the other. */
  readonly statements: readonly SqlStatement[];
  /** All of them or none. */
  readonly transaction: boolean;
  /** `rows`: those of the last statement that gives any become the output. */
  readonly output: 'rows' | 'none';
  /** More rows than these are a failure, and nothing is committed. */
  readonly rowsMax: number;
  /** The texts of the statements are templates too, and what they give is pasted. */
  readonly pastes?: true;
}

export interface SqlStatement {
  readonly text: string;
  /** Bound, never pasted; texts in them may be templates. A map: by name, where drivers can. */
  readonly params: readonly Json[] | Readonly<Record<string, Json>>;
}

export const sqlLimits = {
  /** Of one task. */
  statements: 100,
  statementCharacters: 120 * 1024,
  /** Of one statement. */
  params: 1_000,
  rowsDefault: 1_000,
  rows: 10_000,
} as const;
