/** What the text of a SQLite statement is, as far as it can be told without a parser. */
import { isJsonList } from '../../model/json.ts';
import type { SqlStatement } from '../../model/sql-action.ts';

/** Strings, quoted names and comments: what stands in them ends nothing and begins nothing. */
const skipped = /'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/g;

/** As long as the text. */
const masked = (text: string): string =>
  text.replaceAll(skipped, (found) => (/^(--|\/\*)/.test(found) ? ' ' : 'x').repeat(found.length));

const bareText = (text: string): string =>
  masked(text)
    .trim()
    .replace(/;[\s;]*$/, '');

const opensTrigger = /^\s*create\s+(?:temp(?:orary)?\s+)?trigger\b/i;

/**
 * At least one. Cut at each semicolon; a trigger goes on to the one behind its END, which is how
 * `sqlite3_complete` tells it.
 */
export function statementsIn(text: string): readonly string[] {
  const bare = masked(text);
  const all: string[] = [];
  let [from, to] = [0, 0];
  for (const piece of bare.split(';')) {
    to += piece.length + 1;
    const isOpen = opensTrigger.test(bare.slice(from, to)) && !/^\s*end\s*$/i.test(piece);
    if (isOpen && to < bare.length) continue;
    if (/[^\s;]/.test(bare.slice(from, to))) all.push(text.slice(from, to));
    from = to;
  }
  return all.length > 0 ? all : [text];
}

/** Whether it asks for rows, also where there are none. A `WITH` may stand before a change. */
export function asksForRows(text: string): boolean {
  const bare = bareText(text);
  if (/^(select|values|pragma|explain)\b|\breturning\b/i.test(bare)) return true;
  // Reserved words, so no names; REPLACE is also a function.
  return /^with\b/i.test(bare) && !/\b(insert|update|delete|replace\s+into)\b/i.test(bare);
}

/**
 * What is wrong between the places of a text and its params. SQLite itself takes a place that has
 * no param for NULL, and says nothing.
 */
export function unboundPlace(text: string, params: SqlStatement['params']): string | undefined {
  const bare = bareText(text);
  const names = new Set([...bare.matchAll(/(?<![:\w]):(\w+)/g)].map(([, name = '']) => name));
  if (isJsonList(params)) {
    if (names.size > 0) return 'its places are named: give its params as a map';
    const places = placesOf(bare);
    if (places === params.length) return undefined;
    return `it has ${places} places and ${params.length} param${params.length === 1 ? '' : 's'}`;
  }
  if (placesOf(bare) > 0) return 'params that are given by name have places as in :name';
  const missing = [...names].find((name) => !Object.hasOwn(params, name));
  if (missing !== undefined) return `its place :${missing} has no param`;
  const extra = Object.keys(params).find((name) => !names.has(name));
  return extra === undefined ? undefined : `its param "${extra}" has no place`;
}

/** `?` is the place behind the highest so far, `?3` is the third. */
function placesOf(bare: string): number {
  let most = 0;
  for (const [, digits = ''] of bare.matchAll(/\?(\d*)/g)) {
    most = digits === '' ? most + 1 : Math.max(most, Number(digits));
  }
  return most;
}
