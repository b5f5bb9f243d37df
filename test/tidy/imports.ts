/** What a file imports, found by its tokens. */
import { posix } from 'node:path';
import type { Token } from './tokenize.ts';

export interface Import {
  readonly line: number;
  /** As written: `./log.ts`, `node:fs`, `zod`. */
  readonly specifier: string;
  /** The path from the root, if the specifier is relative. */
  readonly target: string | undefined;
  /** A file that is only named, as in `new URL('./main.ts', import.meta.url)`. */
  readonly named: boolean;
  /** Loaded with the file itself: neither `await import(…)` nor types alone. */
  readonly atOnce: boolean;
}

export function importsOf(path: string, tokens: readonly Token[]): readonly Import[] {
  const found: Import[] = [];
  tokens.forEach((token, at) => {
    if (token.kind !== 'string') return;
    const before = tokens[at - 1]?.text;
    const specifier = token.text.slice(1, -1);
    const relative = specifier.startsWith('.');
    const call = before === '(' ? tokens[at - 2]?.text : undefined;
    const imported = before === 'from' || before === 'import' || call === 'import';
    const named = !imported && relative && (call === 'URL' || call === 'fork');
    if (!imported && !named) return;
    const target = relative ? posix.join(posix.dirname(path), specifier) : undefined;
    const atOnce = imported && call !== 'import' && !(before === 'from' && isOfTypes(tokens, at));
    found.push({ line: token.line, specifier, target, named, atOnce });
  });
  return found;
}

/** `import type … from` or `export type … from`, that ends at this token. */
function isOfTypes(tokens: readonly Token[], end: number): boolean {
  let at = end - 1;
  while (at > 0 && tokens[at]?.text !== 'import' && tokens[at]?.text !== 'export') at -= 1;
  const next = tokens[at + 1];
  // `import type from` would import a thing of that name.
  return next?.text === 'type' && tokens[at + 2]?.text !== 'from';
}

/** The package of a bare specifier: `@hono/node-server/static` -> `@hono/node-server`. */
export const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

/**
 * The places of tokens within `import … from` and `export … from` (or `export { … }`), where `as`
 * renames and asserts nothing.
 */
export function renamingTokens(tokens: readonly Token[]): ReadonlySet<number> {
  const places = new Set<number>();
  for (let at = 0; at < tokens.length; at++) {
    const text = tokens[at]?.text;
    if (text !== 'import' && text !== 'export') continue;
    let next = at + 1;
    if (tokens[next]?.text === 'type') next += 1;
    const opening = tokens[next]?.text;
    const starts = text === 'import' && tokens[next]?.kind === 'word';
    if (opening !== '{' && opening !== '*' && !starts) continue;
    for (; next < tokens.length; next++) {
      places.add(next);
      const { kind, text: part } = tokens[next] ?? { kind: 'punctuation', text: ';' };
      if (kind === 'string' || part === ';') break;
      if (part === '}' && tokens[next + 1]?.text !== 'from') break;
    }
    at = next;
  }
  return places;
}
