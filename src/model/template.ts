/**
 * Templates: text with `{{ value | filter }}` in it. Values are expressions; filters are functions.
 *
 * The leader renders, and only the result travels (law 1). Nothing here throws. A value never
 * reaches a shell or an interpreter as code: see `template/admission.ts`.
 */
import { fail, ok, type Result } from '../base/result.ts';
import type { Budget } from './expression/budget.ts';
import { toJson, toText } from './expression/convert.ts';
import { membersNamed, newBudget, run } from './expression/program.ts';
import type { Flaw, Syntax } from './expression/syntax.ts';
import { isFault } from './expression/value.ts';
import { checkExpression } from './expression.ts';
import type { Json } from './json.ts';
import type { Scope } from './scope.ts';
import {
  placementProblem,
  readerFor,
  type TemplatePlace,
  valueProblem,
} from './template/admission.ts';
import { type Piece, parseTemplate, type ValuePiece } from './template/parse.ts';
import type { Reader } from './template/surroundings.ts';
import { TextCache } from './text-cache.ts';

export type { TemplatePlace };

/** Characters of what a template gives. */
export const renderedLengthMax = 256 * 1024;
/** Characters of templates that are kept in pieces. */
const templateCharactersMax = 1024 * 1024;

const templates = new TextCache<Result<readonly Piece[], Flaw>>(templateCharactersMax);

const piecesOf = (text: string): Result<readonly Piece[], Flaw> =>
  templates.get(text, parseTemplate);

/** Whether there is anything in it to render. */
export const isTemplate = (text: string): boolean => text.includes('{{');

/** `offset` counts characters of the template from 0. */
export interface TemplateFlaw {
  readonly message: string;
  readonly offset: number;
}

/** All that can be said without values: syntax, names, types, and quotes within quotes. */
export function checkTemplate(
  text: string,
  place: TemplatePlace,
  names: readonly string[],
): Result<void, TemplateFlaw> {
  const pieces = piecesOf(text);
  if (!pieces.ok) return fail({ message: pieces.error.message, offset: pieces.error.at ?? 0 });
  let reader = readerFor(place);
  for (const piece of pieces.value) {
    if (piece.kind === 'text') {
      reader?.read(piece.text);
      continue;
    }
    const flaw = valueFlaw(piece, names) ?? placeFlaw(piece, place, reader);
    if (flaw !== undefined) return fail(flaw);
    const { syntax } = piece.program;
    if (syntax.kind === 'literal') reader?.read(String(syntax.value));
    // What else is raw may open quotes or close them: without the value we cannot follow.
    else if (piece.warrant === 'raw') reader = null;
    else reader?.read('x');
  }
  return ok(undefined);
}

function valueFlaw(piece: ValuePiece, names: readonly string[]): TemplateFlaw | undefined {
  const checked = checkExpression(piece.expression, names);
  if (checked.ok) return undefined;
  const { message, column } = checked.error;
  return { message, offset: piece.positionOf(column === null ? null : column - 1) };
}

function placeFlaw(
  piece: ValuePiece,
  place: TemplatePlace,
  reader: Reader | null,
): TemplateFlaw | undefined {
  if (reader === null) return undefined;
  const surroundings = reader.surroundings();
  const message =
    placementProblem(place, piece.warrant, surroundings) ??
    (place === 'shell' && piece.warrant === 'json' && surroundings === 'quoted'
      ? 'JSON has quotes of its own, which end yours: write | json | quote, outside of quotes'
      : null);
  return message === null ? undefined : { message, offset: piece.start };
}

/** The text, with its values. The error names the value and says what to do. */
export function render(text: string, scope: Scope, place: TemplatePlace): Result<string, string> {
  const pieces = piecesOf(text);
  if (!pieces.ok) return fail(pieces.error.message);
  const reader = readerFor(place);
  const budget = newBudget();
  let rendered = '';
  for (const piece of pieces.value) {
    const part = renderPiece(piece, { text, scope, place, reader, budget });
    if (!part.ok) return part;
    reader?.read(part.value);
    rendered += part.value;
    if (rendered.length > renderedLengthMax) {
      return fail(`the text would have more than ${renderedLengthMax} characters`);
    }
  }
  return ok(rendered);
}

interface Rendering {
  /** The template. */
  readonly text: string;
  readonly scope: Scope;
  readonly place: TemplatePlace;
  readonly reader: Reader | null;
  /** One for all values of the template. */
  readonly budget: Budget;
}

function renderPiece(piece: Piece, rendering: Rendering): Result<string, string> {
  if (piece.kind === 'text') return ok(piece.text);
  const { scope, place, reader, budget } = rendering;
  const refuse = (message: string): Result<string, string> =>
    fail(`${rendering.text.slice(piece.start, piece.end).slice(0, 120)}: ${message}`);
  const value = run(piece.program, scope, budget);
  if (isFault(value)) return refuse(value.message);
  const part = toText(value, renderedLengthMax);
  if (isFault(part)) return refuse(part.message);
  if (reader === null) return ok(part);
  const problem = valueProblem(place, piece.warrant, reader.surroundings(), part);
  return problem === null ? ok(part) : refuse(problem);
}

/**
 * A template that is one value and nothing else gives that value as it is: numbers stay numbers,
 * lists stay lists. Every other template gives its text.
 */
export function renderValue(text: string, scope: Scope): Result<Json, string> {
  const pieces = piecesOf(text);
  if (!pieces.ok) return fail(pieces.error.message);
  const [only, ...others] = pieces.value;
  if (only?.kind !== 'value' || others.length > 0) return render(text, scope, 'text');
  const value = run(only.program, scope);
  const json = isFault(value) ? value : toJson(value);
  return isFault(json) ? fail(`${text.slice(0, 120)}: ${json.message}`) : ok(json);
}

/** The expressions in it; none if it cannot be read. */
export function templateValues(
  text: string,
): readonly { readonly syntax: Syntax; readonly positionOf: (at: number) => number }[] {
  const pieces = piecesOf(text);
  if (!pieces.ok) return [];
  return pieces.value.flatMap((piece) => {
    if (piece.kind === 'text') return [];
    const { program, positionOf } = piece;
    return [{ syntax: program.syntax, positionOf }];
  });
}

/** As `mentionedTasks` for an expression: the tasks whose state or output the template reads. */
export function templateTasks(text: string): readonly string[] | 'all' {
  const pieces = piecesOf(text);
  if (!pieces.ok) return 'all';
  const taskIds = new Set<string>();
  for (const piece of pieces.value) {
    if (piece.kind === 'text') continue;
    const members = membersNamed(piece.program, 'tasks');
    if (members === 'all') return 'all';
    for (const taskId of members) taskIds.add(taskId);
  }
  return [...taskIds];
}
