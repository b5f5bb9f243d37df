/**
 * Finds the end of what `{{` opens, and the bars between its segments. It knows as much of the
 * language as that takes: texts in quotes and brackets.
 */
import { fail, ok, type Result } from '../../base/result.ts';
import type { Flaw } from '../expression/syntax.ts';

/** A part of the template, and where it begins there. */
export interface Segment {
  readonly text: string;
  readonly start: number;
}

export interface Inside {
  /** What stands between the bars: the value, then the filters. */
  readonly segments: readonly Segment[];
  /** Behind the `}}`. */
  readonly end: number;
}

export function scanInside(text: string, start: number): Result<Inside, Flaw> {
  const segments: Segment[] = [];
  let begin = start;
  let depth = 0;
  let at = start;
  while (at < text.length) {
    const letter = text[at];
    if (letter === '"' || letter === "'") {
      const end = endOfQuotes(text, at);
      if (end === undefined) return fail({ message: 'the text in quotes has no end', at });
      at = end;
      continue;
    }
    if (letter === '/' && text[at + 1] === '/') {
      return fail({ message: 'there are no comments in templates', at });
    }
    if (depth === 0 && letter === '}' && text[at + 1] === '}') {
      segments.push({ text: text.slice(begin, at), start: begin });
      return ok({ segments, end: at + 2 });
    }
    if (letter === '(' || letter === '[' || letter === '{') depth++;
    if (letter === ')' || letter === ']' || letter === '}') depth--;
    if (depth < 0) return fail({ message: `there is no bracket that ${letter} closes`, at });
    if (letter === '|' && text[at + 1] === '|') at++;
    else if (letter === '|' && depth === 0) {
      segments.push({ text: text.slice(begin, at), start: begin });
      begin = at + 1;
    }
    at++;
  }
  return fail({
    message: '{{ has no }} behind it; write {{ "{{" }} for the braces',
    at: start - 2,
  });
}

/** Behind the closing quotes. As in the language: one or three of them, and \ takes the next. */
function endOfQuotes(text: string, start: number): number | undefined {
  const quote = text.slice(start, start + 1);
  const long = text.startsWith(quote.repeat(3), start);
  const closing = long ? quote.repeat(3) : quote;
  for (let at = start + closing.length; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text.startsWith(closing, at)) return at + closing.length;
    else if (!long && (text[at] === '\n' || text[at] === '\r')) return undefined;
  }
  return undefined;
}
