/**
 * Templates -> pieces. `{{ value | filter | filter(argument) }}` becomes one expression: a filter
 * is a function whose first argument is what stands before it. The pieces remember where they came
 * from, so that a flaw in an expression points into the template.
 */
import { fail, ok, type Result } from '../../base/result.ts';
import { expressionLengthMax, type Program, programOf } from '../expression/program.ts';
import type { Flaw, Syntax } from '../expression/syntax.ts';
import { type Segment, scanInside } from './scan.ts';

/** Characters of one template. */
export const templateLengthMax = 256 * 1024;
/** `{{ … }}` in one template. */
export const valuesMax = 500;
/** Filters behind one value. */
export const filtersMax = 20;

export type Piece = { readonly kind: 'text'; readonly text: string } | ValuePiece;

export interface ValuePiece {
  readonly kind: 'value';
  readonly program: Program;
  readonly expression: string;
  readonly warrant: Warrant;
  /** Where the value stands in the template: from the `{{` to behind the `}}`. */
  readonly start: number;
  readonly end: number;
  /** A position in the expression -> one in the template. */
  readonly positionOf: (at: number | null) => number;
}

/**
 * What makes the value safe where it stands: the outermost function. A value that is nothing but a
 * literal is the author's own word, and counts as `raw`.
 */
export type Warrant = 'none' | 'quote' | 'json' | 'raw';

export function parseTemplate(text: string): Result<readonly Piece[], Flaw> {
  if (text.length > templateLengthMax) {
    const message = `a template has at most ${templateLengthMax} characters`;
    return fail({ message, at: templateLengthMax });
  }
  const pieces: Piece[] = [];
  let at = 0;
  for (let values = 0; ; values++) {
    const open = text.indexOf('{{', at);
    if (open < 0) break;
    if (values >= valuesMax) {
      return fail({ message: `a template has at most ${valuesMax} values`, at: open });
    }
    if (open > at) pieces.push({ kind: 'text', text: text.slice(at, open) });
    const inside = scanInside(text, open + 2);
    if (!inside.ok) return inside;
    const piece = valuePiece(inside.value.segments, open, inside.value.end);
    if (!piece.ok) return piece;
    pieces.push(piece.value);
    at = inside.value.end;
  }
  if (at < text.length) pieces.push({ kind: 'text', text: text.slice(at) });
  return ok(pieces);
}

function valuePiece(
  segments: readonly Segment[],
  start: number,
  end: number,
): Result<ValuePiece, Flaw> {
  const [first, ...filters] = segments;
  if (first === undefined || first.text.trim() === '') {
    return fail({ message: 'there is no value between {{ and }}', at: start });
  }
  if (end - start > expressionLengthMax) {
    return fail({ message: `a value has at most ${expressionLengthMax} characters`, at: start });
  }
  if (filters.length > filtersMax) {
    return fail({ message: `a value has at most ${filtersMax} filters`, at: start });
  }
  let chunks: readonly Chunk[] = [ours('('), theirs(first), ours(')')];
  for (const filter of filters) {
    const called = applyFilter(filter, chunks);
    if (!called.ok) return called;
    chunks = called.value;
  }
  const expression = chunks.map(({ text }) => text).join('');
  const positionOf = (at: number | null): number => sourceOf(chunks, at) ?? start;
  const program = programOf(expression);
  if (!program.ok) {
    const { message, at } = program.error;
    return fail({ message, at: positionOf(at) });
  }
  const warrant = warrantOf(program.value.syntax);
  const shared = { program: program.value, expression, positionOf };
  return ok({ kind: 'value', ...shared, warrant, start, end });
}

/** A part of an expression: text of the template that begins there at `source`, or ours (null). */
interface Chunk {
  readonly text: string;
  readonly source: number | null;
}

const ours = (text: string): Chunk => ({ text, source: null });
const theirs = ({ text, start }: Segment): Chunk => ({ text, source: start });

/** `name` or `name(arguments)`, with nothing behind. */
const filterPattern = /^(\s*)([A-Za-z_]\w*)\s*(?:(\()(.*)\)\s*)?$/s;

function applyFilter(filter: Segment, value: readonly Chunk[]): Result<readonly Chunk[], Flaw> {
  const match = filterPattern.exec(filter.text);
  const [, space = '', name = '', bracket, args = ''] = match ?? [];
  if (match === null || !isBalanced(args)) {
    const message = 'behind | stands a filter: a name, or a name with values in brackets';
    return fail({ message, at: filter.start });
  }
  const nameAt = filter.start + space.length;
  const argsAt = filter.start + filter.text.indexOf('(') + 1;
  const call = [theirs({ text: name, start: nameAt }), ours('('), ...value];
  const more = bracket !== undefined && args.trim() !== '';
  if (more) call.push(ours(', '), theirs({ text: args, start: argsAt }));
  return ok([...call, ours(')')]);
}

/** Whether no bracket of ours would be closed by the text: `a) + f(b` is not balanced. */
function isBalanced(text: string): boolean {
  const inside = scanInside(`${text}}}`, 0);
  return inside.ok && inside.value.end === text.length + 2;
}

function sourceOf(chunks: readonly Chunk[], at: number | null): number | undefined {
  if (at === null) return undefined;
  let begin = 0;
  let nearest: number | undefined;
  for (const { text, source } of chunks) {
    if (begin > at) break;
    if (source !== null) nearest = source + Math.min(at - begin, text.length);
    begin += text.length;
  }
  return nearest;
}

function warrantOf(syntax: Syntax): Warrant {
  if (syntax.kind === 'literal') return 'raw';
  if (syntax.kind !== 'call') return 'none';
  return syntax.name === 'quote' || syntax.name === 'json' || syntax.name === 'raw'
    ? syntax.name
    : 'none';
}
