/**
 * Expressions: conditions, lists to map over, what `branch` and `until` ask. The language is CEL
 * (common expression language): typed, without side effects, and always at an end.
 *
 * The leader evaluates, and only the result is recorded (law 1). Nothing here throws; a text of
 * anybody is safe to check and to evaluate, in bounded time and memory.
 */

import { fail, ok, type Result } from '../base/result.ts';
import { didYouMean } from '../base/suggest.ts';
import { TypeChecker } from './expression/cel.ts';
import { toJson } from './expression/convert.ts';
import { signatures } from './expression/functions.ts';
import { expressionLengthMax, membersNamed, programOf, run } from './expression/program.ts';
import type { Flaw, Syntax } from './expression/syntax.ts';
import { type Fault, isFault, refused, typeName, type Value } from './expression/value.ts';
import type { Json } from './json.ts';
import { type Scope, typesOf } from './scope.ts';
import { scanInside } from './template/scan.ts';

export { expressionLengthMax };

/** `column` counts characters of the text from 1; null where the whole text is meant. */
export interface ExpressionFlaw {
  readonly message: string;
  readonly column: number | null;
}

/** Reads it, looks for names that are none of `names`, and checks the types. */
export function checkExpression(
  text: string,
  names: readonly string[],
): Result<void, ExpressionFlaw> {
  const program = programOf(text);
  if (!program.ok) return fail(filterFlaw(text) ?? flawOf(program.error));
  for (const { name, at } of program.value.freeNames) {
    if (names.includes(name)) continue;
    return fail(withColumn(`unknown name ${name}${namesHint(name, names)}`, at));
  }
  const flaw = checkerFor(names).flawIn(text);
  return flaw === undefined ? ok(undefined) : fail(withColumn(flaw.message, flaw.at));
}

const flawOf = ({ message, at }: Flaw): ExpressionFlaw => withColumn(message, at);

/** Who comes from templates writes filters: `params.n | int` is `int(params.n)` here. */
function filterFlaw(text: string): ExpressionFlaw | undefined {
  const inside = scanInside(`${text}}}`, 0);
  const [value, ...filters] = inside.ok ? inside.value.segments : [];
  const [first] = filters;
  if (value === undefined || first === undefined) return undefined;
  let called = value.text.trim();
  for (const filter of filters) {
    const [, name, args] = /^\s*(\w+)\s*(?:\((.*)\)\s*)?$/s.exec(filter.text) ?? [];
    const more = args === undefined || args.trim() === '' ? '' : `, ${args.trim()}`;
    called = name === undefined ? '' : `${name}(${called}${more})`;
    if (called === '') break;
  }
  const example = called === '' ? 'a function, as in int(params.n)' : called;
  return withColumn(`filters are for templates: write ${example}`, first.start - 1);
}

const withColumn = (message: string, at: number | null): ExpressionFlaw => ({
  message,
  column: at === null ? null : at + 1,
});

function namesHint(name: string, names: readonly string[]): string {
  const nearest = didYouMean(name, names);
  if (nearest !== '') return nearest;
  return names.length === 0 ? '' : `; there are ${[...names].sort().join(', ')}`;
}

const checkers = new Map<string, TypeChecker>();
/** Sets of names: there is one for each kind of place where expressions stand. */
const checkersKept = 64;

function checkerFor(names: readonly string[]): TypeChecker {
  const key = names.join(' ');
  const known = checkers.get(key);
  if (known !== undefined) return known;
  const checker = new TypeChecker(typesOf(names), signatures);
  if (checkers.size >= checkersKept) checkers.clear();
  checkers.set(key, checker);
  return checker;
}

/** Its value, as JSON. The error is a sentence for people. */
export function evaluate(text: string, scope: Scope): Result<Json, string> {
  const value = valueFor(text, scope);
  if (isFault(value)) return fail(value.message);
  const json = toJson(value);
  return isFault(json) ? fail(json.message) : ok(json);
}

/** For conditions: anything but true and false is an error. */
export function evaluateBoolean(text: string, scope: Scope): Result<boolean, string> {
  const value = valueFor(text, scope);
  if (isFault(value)) return fail(value.message);
  if (typeof value === 'boolean') return ok(value);
  return fail(`a condition is true or false, and this one gives ${typeName(value)}`);
}

function valueFor(text: string, scope: Scope): Value | Fault {
  const program = programOf(text);
  return program.ok ? run(program.value, scope) : refused(program.error.message);
}

/** Its syntax tree, if it can be read. */
export function syntaxOf(text: string): Syntax | undefined {
  const program = programOf(text);
  return program.ok ? program.value.syntax : undefined;
}

/**
 * The tasks whose state or output it reads, or all if it does not name them with constant ids. An
 * expression that cannot be read names all.
 */
export function mentionedTasks(text: string): readonly string[] | 'all' {
  const program = programOf(text);
  const members = program.ok ? membersNamed(program.value, 'tasks') : 'all';
  return members === 'all' ? 'all' : [...members];
}
