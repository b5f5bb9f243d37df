/** What the code may not say: impure words on pure floors, holes in the types, unfinished work. */
import { renamingTokens } from './imports.ts';
import { assertingFiles, impureMembers, impureWords, pureRooms, unfinishedWords } from './rules.ts';
import { endsExpression, type Token } from './tokenize.ts';
import type { Tree, Violation } from './tree.ts';

export function* checkPurity(tree: Tree): Generator<Violation> {
  for (const { path, room, tokens } of tree.code.values()) {
    if (!pureRooms.includes(room?.name ?? '')) continue;
    for (const [at, token] of tokens.entries()) {
      const said = impurity(tokens, at);
      if (said === undefined) continue;
      const advice = `${room?.name} says no ${said.what}: ${said.instead}`;
      yield { file: path, line: token.line, rule: 'purity', advice };
    }
  }
}

function impurity(
  tokens: readonly Token[],
  at: number,
): { readonly what: string; readonly instead: string } | undefined {
  const token = tokens[at];
  const text = (offset: number): string => tokens[at + offset]?.text ?? '';
  if (token?.kind !== 'word' || isMember(tokens, at)) return undefined;
  const what = `${token.text}.${text(2)}`;
  const member = text(1) === '.' && Object.hasOwn(impureMembers, what);
  if (member) return { what, instead: impureMembers[what] ?? '' };
  const word = Object.hasOwn(impureWords, token.text) ? impureWords[token.text] : undefined;
  const isSaid = token.text !== 'require' || text(1) === '(';
  if (word !== undefined && isSaid && !isKey(tokens, at)) {
    return { what: token.text, instead: word };
  }
  const date = token.text === 'Date' && text(-1) === 'new';
  const bare = date && (text(1) !== '(' || text(2) === ')');
  return bare ? { what: 'bare new Date', instead: 'use Clock.wallMs' } : undefined;
}

const isMember = (tokens: readonly Token[], at: number): boolean =>
  ['.', '?.'].includes(tokens[at - 1]?.text ?? '');

/** `{ process: 1 }`, `readonly process?: string`: a name, not the thing. */
function isKey(tokens: readonly Token[], at: number): boolean {
  const before = tokens[at - 1]?.text ?? '';
  const after = tokens[at + 1]?.text ?? '';
  const starts = ['{', ',', ';', 'readonly', '('].includes(before);
  return starts && (after === ':' || (after === '?' && tokens[at + 2]?.text === ':'));
}

export function* checkTypes(tree: Tree): Generator<Violation> {
  for (const { path, tokens, test } of tree.code.values()) {
    const renaming = renamingTokens(tokens);
    const anyIsValue = declaresAny(tokens);
    for (const [at, token] of tokens.entries()) {
      const violation = { file: path, line: token.line, rule: 'types' };
      const hole = !anyIsValue && isAny(tokens, at);
      if (hole) yield { ...violation, advice: 'no any: say unknown, and narrow it' };
      if (isEnum(tokens, at)) yield { ...violation, advice: 'no enum: use a union of strings' };
      if (test) continue;
      if (isNonNull(tokens, at)) yield { ...violation, advice: 'no !: narrow it, or present()' };
      const asserts = isAssertion(tokens, at) && !renaming.has(at) && !assertingFiles.has(path);
      if (asserts) yield { ...violation, advice: 'no as: narrow with a guard, or decode<T>()' };
    }
  }
}

const isAny = (tokens: readonly Token[], at: number): boolean =>
  tokens[at]?.kind === 'word' &&
  tokens[at]?.text === 'any' &&
  !isMember(tokens, at) &&
  !isKey(tokens, at) &&
  tokens[at + 1]?.text !== '(';

/** A variable of that name makes the word ambiguous; Biome's noExplicitAny still knows. */
const declaresAny = (tokens: readonly Token[]): boolean =>
  tokens.some(({ text }, at) => text === 'any' && /^(const|let)$/.test(tokens[at - 1]?.text ?? ''));

const isEnum = (tokens: readonly Token[], at: number): boolean =>
  tokens[at]?.text === 'enum' && !isMember(tokens, at) && tokens[at + 1]?.kind === 'word';

function isNonNull(tokens: readonly Token[], at: number): boolean {
  const token = tokens[at];
  if (token?.kind !== 'punctuation' || token.text !== '!') return false;
  const before = tokens[at - 1];
  // A prefix `!` never stands behind the end of an expression on the same line.
  return endsExpression(before) && before?.line === token.line && !isPrefix(tokens, at);
}

/** `if (a) !b` does not occur in formatted code; `else !b` and `=> !b` end no expression. */
const isPrefix = (tokens: readonly Token[], at: number): boolean =>
  tokens[at - 1]?.text === 'asserts';

function isAssertion(tokens: readonly Token[], at: number): boolean {
  const token = tokens[at];
  if (token?.kind !== 'word' || token.text !== 'as' || isMember(tokens, at)) return false;
  const before = tokens[at - 1];
  const after = tokens[at + 1];
  if (after?.text === 'const' || after === undefined) return false;
  const expression = endsExpression(before) || before?.text === '}' || before?.text === '!';
  const type = ['word', 'string', 'template', 'number'].includes(after.kind);
  return expression && (type || ['{', '(', '['].includes(after.text));
}

export function* checkUnfinished(tree: Tree): Generator<Violation> {
  for (const { path, comments, tokens, test } of tree.code.values()) {
    for (const { text, line } of comments) {
      if (!unfinishedWords.test(text)) continue;
      yield { file: path, line, rule: 'unfinished', advice: 'do it, or write down what is absent' };
    }
    for (const [at, { text, line }] of tokens.entries()) {
      const modifier = text === 'skip' || text === 'only' || text === 'todo';
      const runner = /^(it|test|describe|bench)$/.test(tokens[at - 2]?.text ?? '');
      if (!test || !modifier || !runner || tokens[at - 1]?.text !== '.') continue;
      yield { file: path, line, rule: 'unfinished', advice: `no .${text}: every test runs` };
    }
  }
}
