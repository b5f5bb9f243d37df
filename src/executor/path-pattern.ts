/**
 * Paths with `*`: any characters within one name, but for names that begin with a dot, as in a
 * shell. Nothing else is special.
 */
import { fail, ok, type Result } from '../base/result.ts';

/** One name of a path. */
export type Segment =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'pattern'; readonly fits: (name: string) => boolean };

/** The error is a sentence. `..` is refused: a value in a path must not lead out of its folder. */
export function parsePath(path: string): Result<readonly Segment[], string> {
  if (!path.startsWith('/')) return fail(`the path must be absolute, and "${path}" is not`);
  if (path.includes('\0')) return fail('the path holds a zero character');
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  if (names.includes('..')) return fail(`the path must not hold "..", as "${path}" does`);
  if (names.length === 0) return fail('the path names no file');
  return ok(names.map(segmentOf));
}

function segmentOf(name: string): Segment {
  if (!name.includes('*')) return { kind: 'name', name };
  const parts = name.split('*');
  return { kind: 'pattern', fits: (candidate) => fits(candidate, parts) };
}

/** Greedy from the left is enough for `*`: what fits early leaves the most for the rest. */
function fits(name: string, parts: readonly string[]): boolean {
  const [head = '', ...rest] = parts;
  const tail = rest.pop() ?? '';
  if (name.startsWith('.') && !head.startsWith('.')) return false;
  if (name.length < head.length + tail.length) return false;
  if (!name.startsWith(head) || !name.endsWith(tail)) return false;
  let at = head.length;
  const end = name.length - tail.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found === -1 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}
