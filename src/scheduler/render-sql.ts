/** The params of statements are rendered, and their texts only where the author says so. */
import { isJsonList, type Json } from '../model/json.ts';
import type { SqlAction, SqlStatement } from '../model/sql-action.ts';

/** What renders a text, or JSON with texts in it; `field` names it in a message. */
export interface SqlTexts {
  one(field: string, template: string): string;
  value(field: string, value: Json): Json;
}

export function renderSql(action: SqlAction, texts: SqlTexts): SqlAction {
  const { pastes = false } = action;
  const statements = action.statements.map(({ text, params }, at) => ({
    text: pastes ? texts.one(`sql[${at}]`, text) : text,
    params: renderParams(params, at, texts),
  }));
  return { ...action, statements };
}

function renderParams(
  params: SqlStatement['params'],
  at: number,
  texts: SqlTexts,
): SqlStatement['params'] {
  const field = `params of statement ${at + 1}`;
  if (isJsonList(params)) return params.map((value) => texts.value(field, value));
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [name, texts.value(`${field} (${name})`, value)]),
  );
}
