/** Tasks that are SQL: their schema, and from the file to the model. */
import { z } from 'zod';
import { type SqlAction, type SqlStatement, sqlLimits } from '../model/sql-action.ts';
import { describe, paramValue } from './dag-file-kit.ts';
import { idText, strict } from './schema-kit.ts';

const text = z.string().min(1).max(sqlLimits.statementCharacters);

const params = z
  .union([
    z.array(paramValue).max(sqlLimits.params),
    z
      .record(
        z.string().regex(/^[A-Za-z_]\w{0,63}$/, 'a param is named by letters, digits and "_"'),
        paramValue,
      )
      .refine((map) => Object.keys(map).length <= sqlLimits.params, {
        error: `at most ${sqlLimits.params} params`,
      }),
  ])
  .meta(describe('Bound, never pasted: a list, or a map for MySQL and SQLite. May be templates.'));

const statement = z.union([text, strict({ sql: text, params: params.optional() })]);

export const sql = {
  type: z.literal('sql'),
  connection: idText('a connection').meta(
    describe('Of kind postgres, mysql or sqlite; it need not be there when the DAG is applied.'),
  ),
  sql: z
    .union([text, z.array(statement).min(1).max(sqlLimits.statements)])
    .meta(describe('One text, or a list of texts and of {sql, params}.')),
  params: params.optional(),
  transaction: z
    .boolean()
    .optional()
    .meta(describe('All statements or none (true); false: each for itself.')),
  output: z
    .enum(['rows', 'none'])
    .optional()
    .meta(describe('rows: those of the last statement that gives any (rows).')),
  maxRows: z
    .int()
    .min(1)
    .max(sqlLimits.rows)
    .optional()
    .meta(describe(`More are a failure (${sqlLimits.rowsDefault}).`)),
  pasteTemplates: z
    .literal(true)
    .optional()
    .meta(describe('Templates in the SQL itself: what they give is pasted, not bound.')),
};

type SqlTask = z.output<z.ZodObject<typeof sql>>;

/** A list says its params beside each statement. */
export const paramsBesideOneText = (task: Pick<SqlTask, 'sql' | 'params'>): boolean =>
  task.params === undefined || typeof task.sql === 'string';
export const paramsOfList = {
  error: '`params` goes with one text: in a list write {sql, params} for each statement',
  path: ['params'],
};

export function sqlAction(task: SqlTask): SqlAction {
  const { params: ofAll = [] } = task;
  const statements =
    typeof task.sql === 'string' ? [{ text: task.sql, params: ofAll }] : task.sql.map(statementOf);
  return {
    kind: 'sql',
    connection: task.connection,
    statements,
    transaction: task.transaction ?? true,
    output: task.output ?? 'rows',
    rowsMax: task.maxRows ?? sqlLimits.rowsDefault,
    ...(task.pasteTemplates === true && { pastes: true }),
  };
}

const statementOf = (said: z.output<typeof statement>): SqlStatement =>
  typeof said === 'string'
    ? { text: said, params: [] }
    : { text: said.sql, params: said.params ?? [] };
