/**
 * Where somebody writes in a YAML text: the keys above, and whether a key or a value comes next.
 */

export interface YamlPlace {
  /** Keys from the root; `[]` for an item of a list. */
  readonly path: readonly string[];
  readonly kind: 'key' | 'value';
  /** What stands there already, left of the cursor. */
  readonly typed: string;
  /** The `type:` beside it, where there is one. */
  readonly type: string | null;
}

interface Line {
  readonly indent: number;
  /** List marks in front of the key, each with its column. */
  readonly items: readonly number[];
  readonly key: string | null;
  readonly rest: string;
  readonly isBlank: boolean;
}

const keyPattern =
  /^("[^"]*"|'[^']*'|[^\s:#{}[\],&*!|>'"%@`-][^:#{}[\]]*?|-[^\s:][^:]*?)\s*:(?:\s+|$)/;

function readLine(text: string): Line {
  let at = text.length - text.trimStart().length;
  const items: number[] = [];
  while (/^-(\s|$)/.test(text.slice(at))) {
    items.push(at);
    const after = text.slice(at + 1);
    at += 1 + (after.length - after.trimStart().length);
  }
  const content = text.slice(at);
  const match = keyPattern.exec(content);
  const isBlank = content === '' || content.startsWith('#');
  return {
    indent: at,
    items,
    key: match === null ? null : (match[1] ?? '').replace(/^["']|["']$/g, ''),
    rest: match === null ? content : content.slice(match[0].length),
    isBlank: isBlank && items.length === 0,
  };
}

export function placeAt(text: string, offset: number): YamlPlace {
  const lines = text.slice(0, offset).split('\n');
  const all = text.split('\n');
  const row = lines.length - 1;
  const current = lines[row] ?? '';
  const line = readLine(current);
  const around = pathAbove(all, row, line.items[0] ?? line.indent);
  const items = line.items.map(() => '[]');
  const type = typeBeside(all, row, line.indent);
  const flow = flowPlace(line, [...around, ...items]);
  if (flow !== undefined) return { ...flow, type: typeInFlow(line.rest) ?? type };
  if (line.key !== null) {
    const path = [...around, ...items, line.key];
    return { path, kind: 'value', typed: line.rest, type };
  }
  return { path: [...around, ...items], kind: 'key', typed: line.rest, type };
}

/** Inside of `{ … }` or `[ … ]` on the line of the cursor. */
function flowPlace(
  { key, rest }: Line,
  around: readonly string[],
): Omit<YamlPlace, 'type'> | undefined {
  const open = Math.max(rest.lastIndexOf('{'), rest.lastIndexOf('['));
  if (key === null || open < 0 || open < Math.max(rest.lastIndexOf('}'), rest.lastIndexOf(']'))) {
    return undefined;
  }
  const inner = rest.slice(open + 1);
  const part = inner.slice(inner.lastIndexOf(',') + 1).trimStart();
  if (rest[open] === '[') return { path: [...around, key, '[]'], kind: 'value', typed: part };
  const match = /^([\w-]+):\s+(.*)$/.exec(part);
  const own = match?.[1];
  return own === undefined
    ? { path: [...around, key], kind: 'key', typed: part }
    : { path: [...around, key, own], kind: 'value', typed: match?.[2] ?? '' };
}

const typeInFlow = (rest: string): string | undefined => /[{,]\s*type:\s*([\w-]+)/.exec(rest)?.[1];

/** Keys of the lines that stand further left, one for each step to the left. */
function pathAbove(lines: readonly string[], row: number, column: number): readonly string[] {
  const path: string[] = [];
  let edge = column;
  for (let at = row - 1; at >= 0 && edge > 0; at -= 1) {
    const line = readLine(lines[at] ?? '');
    if (line.isBlank) continue;
    if (line.key !== null && line.indent < edge) {
      path.unshift(line.key);
      edge = line.indent;
    }
    for (const item of line.items.toReversed()) {
      if (item >= edge) continue;
      path.unshift('[]');
      edge = item;
    }
  }
  // A list may stand as far left as its key.
  if (edge === column && column === 0) return path;
  return path;
}

/** The `type` of the map that the line stands in. */
function typeBeside(lines: readonly string[], row: number, indent: number): string | null {
  const found = (step: 1 | -1): string | null => {
    for (let at = row; at >= 0 && at < lines.length; at += step) {
      const line = readLine(lines[at] ?? '');
      if (line.isBlank && at !== row) continue;
      if (line.indent < indent && at !== row) return null;
      if (line.key === 'type' && line.indent === indent) return line.rest.trim();
    }
    return null;
  };
  return found(-1) ?? found(1);
}
