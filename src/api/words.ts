/**
 * Splits a command into its arguments, as people write commands. Only quotes and backslashes mean
 * anything: no shell ever reads it, so `$HOME`, `*`, `|` and `;` are letters like others. What
 * stands in `{{ }}` is never split: what it becomes is one argument, or a part of one.
 *
 *     convert "in file.png" -resize '{{ params.size }}' out.png
 */
import { fail, ok, type Result } from '../base/result.ts';

export function splitWords(text: string): Result<readonly string[], string> {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < text.length; ) {
    const piece = pieceAt(text, at);
    if (!piece.ok) return piece;
    const { value, length } = piece.value;
    at += length;
    if (value !== null) word = (word ?? '') + value;
    else if (word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  if (word !== undefined) words.push(word);
  return words.length === 0 ? fail('a command has at least one word') : ok(words);
}

interface Piece {
  /** What it adds to the word; null: the word ends here. */
  readonly value: string | null;
  readonly length: number;
}

function pieceAt(text: string, at: number): Result<Piece, string> {
  const letter = text.charAt(at);
  if (/\s/.test(letter)) return ok({ value: null, length: 1 });
  if (text.startsWith('{{', at)) return ok(templateAt(text, at));
  if (letter === '"' || letter === "'") return quotedAt(text, at);
  if (letter !== '\\') return ok({ value: letter, length: 1 });
  return at + 1 < text.length
    ? ok({ value: text.charAt(at + 1), length: 2 })
    : fail('a command does not end with a backslash');
}

function templateAt(text: string, at: number): Piece {
  const end = text.indexOf('}}', at);
  const value = end < 0 ? text.slice(at) : text.slice(at, end + 2);
  return { value, length: value.length };
}

/** In single quotes every letter is itself; in double quotes a backslash keeps `"` and `\`. */
function quotedAt(text: string, from: number): Result<Piece, string> {
  const quote = text.charAt(from);
  let value = '';
  for (let at = from + 1; at < text.length; ) {
    const letter = text.charAt(at);
    if (letter === quote) return ok({ value, length: at + 1 - from });
    if (text.startsWith('{{', at)) {
      const template = templateAt(text, at);
      value += template.value;
      at += template.length;
    } else if (quote === '"' && letter === '\\' && /["\\]/.test(text.charAt(at + 1))) {
      value += text.charAt(at + 1);
      at += 2;
    } else {
      value += letter;
      at += 1;
    }
  }
  return fail(`a quote (${quote}) is not closed`);
}
