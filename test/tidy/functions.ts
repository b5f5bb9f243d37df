/** Finds the functions of a file and how many lines they have, by matching brackets. */
import type { Token } from './tokenize.ts';

export interface FunctionSpan {
  readonly name: string;
  readonly line: number;
  readonly lines: number;
  /** It declares tests (`it`, `describe`), which are functions of their own. */
  readonly group: boolean;
}

const controlWords = new Set('if for while switch catch with async await return super'.split(' '));
/** A brace behind one of these, in a return type, opens an object type and not the body. */
const typeGoesOn = new Set([
  ':',
  '|',
  '&',
  '=>',
  '<',
  ',',
  '(',
  '[',
  '?',
  'is',
  'extends',
  'keyof',
]);
const closes: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };

export function functionsOf(tokens: readonly Token[]): readonly FunctionSpan[] {
  const partner = matchBrackets(tokens);
  const text = (at: number): string => tokens[at]?.text ?? '';
  const found: FunctionSpan[] = [];
  const add = (start: number, end: number | undefined, name: string): void => {
    const first = tokens[start]?.line;
    const last = end === undefined ? undefined : tokens[end]?.line;
    if (first === undefined || last === undefined) return;
    const group = tokens
      .slice(start, end)
      .some((_, offset) => declaresTest(tokens, start + offset));
    found.push({ name, line: first, lines: last - first + 1, group });
  };
  tokens.forEach((token, at) => {
    if (token.kind === 'punctuation' && token.text === '=>') {
      const start = arrowStart(tokens, partner, at);
      add(start, partner.get(at + 1), 'arrow function');
    } else if (token.kind === 'punctuation' && token.text === '(' && isNamed(tokens, at)) {
      const body = bodyOf(tokens, partner, (partner.get(at) ?? at) + 1);
      if (body !== undefined) add(at - 1, partner.get(body), text(at - 1));
    }
  });
  return found;
}

/** `it('…'`, `describe.each(` and the like. */
const declaresTest = (tokens: readonly Token[], at: number): boolean =>
  /^(it|test|describe)$/.test(tokens[at]?.text ?? '') &&
  ['(', '.'].includes(tokens[at + 1]?.text ?? '') &&
  tokens[at - 1]?.text !== '.';

/** True if the parenthesis at `at` could open the parameters of a function or a method. */
function isNamed(tokens: readonly Token[], at: number): boolean {
  const before = tokens[at - 1];
  if (before?.kind === 'word') return !controlWords.has(before.text);
  return before?.kind === 'string' || before?.text === ']' || before?.text === '>';
}

/** The brace that opens a body, given the place behind the parameters; none for calls and types. */
function bodyOf(
  tokens: readonly Token[],
  partner: ReadonlyMap<number, number>,
  from: number,
): number | undefined {
  if (tokens[from]?.text === '{') return from;
  if (tokens[from]?.text !== ':') return undefined;
  let angles = 0;
  for (let at = from + 1; at < tokens.length; at++) {
    const text = tokens[at]?.text ?? '';
    if (text === '{' && !typeGoesOn.has(tokens[at - 1]?.text ?? '')) return at;
    if (text === '{' || text === '(' || text === '[') at = partner.get(at) ?? tokens.length;
    else if (text === '<') angles += 1;
    else if (text === '>') angles -= 1;
    else if (text in closes || text === ';' || text === '=') return undefined;
    else if (text === ',' && angles === 0) return undefined;
  }
  return undefined;
}

/** Where the parameters of the arrow at `at` begin, a return type left aside. */
function arrowStart(
  tokens: readonly Token[],
  partner: ReadonlyMap<number, number>,
  at: number,
): number {
  for (let back = at - 1; back > 0; back--) {
    const text = tokens[back]?.text ?? '';
    const next = tokens[back + 1]?.text;
    const open = text in closes ? partner.get(back) : undefined;
    if (text === ')' && (next === ':' || next === '=>') && open !== undefined) return open;
    if (open !== undefined) back = open;
    else if ([',', ';', '=', '(', '{', '[', '=>'].includes(text)) break;
  }
  return at - 1;
}

function matchBrackets(tokens: readonly Token[]): ReadonlyMap<number, number> {
  const partner = new Map<number, number>();
  const open: number[] = [];
  tokens.forEach(({ kind, text }, at) => {
    if (kind !== 'punctuation') return;
    if (text === '(' || text === '[' || text === '{') open.push(at);
    const expected = closes[text];
    if (expected === undefined) return;
    const start = open.pop();
    if (start === undefined) return;
    partner.set(start, at);
    partner.set(at, start);
  });
  return partner;
}
