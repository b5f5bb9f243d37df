/**
 * The CEL package behind one door: it parses and checks types; it does not evaluate. Its own
 * evaluation has no limit of time, so the tree is translated and evaluated by us (record 17).
 */
import {
  type ASTNode,
  Environment,
  ParseError,
  TypeError as TypeProblem,
} from '@marcbachmann/cel-js';
import { fail, ok, type Result } from '../../base/result.ts';
import type { Signature } from './builtin.ts';
import type { Arithmetic, Comparison, Entry, Flaw, LoopKind, Range, Syntax } from './syntax.ts';
import { isFault, toIntRange } from './value.ts';

/** What the parser refuses to read. */
const limits = {
  maxAstNodes: 1_000,
  maxDepth: 48,
  maxListElements: 500,
  maxMapEntries: 500,
  maxCallArguments: 8,
};
const options = { homogeneousAggregateLiterals: false, limits };

const parser = new Environment(options);

export function parse(text: string): Result<Syntax, Flaw> {
  try {
    const flaws: Flaw[] = [];
    const syntax = translate(parser.parse(text).ast, flaws);
    const [first] = flaws;
    return first === undefined ? ok(syntax) : fail(first);
  } catch (error) {
    return fail(flawOf(error));
  }
}

/** Finds errors of type in texts that parse. It knows the names and functions that it was given. */
export class TypeChecker {
  readonly #environment: Environment;

  /** `names`: name -> its type in CEL. `functions`: name -> its signatures. */
  constructor(
    names: Readonly<Record<string, string>>,
    functions: Readonly<Record<string, readonly Signature[]>>,
  ) {
    this.#environment = new Environment(options);
    registerMixedNumbers(this.#environment);
    registerFunctions(this.#environment, functions);
    for (const [name, type] of Object.entries(names))
      this.#environment.registerVariable(name, type);
  }

  flawIn(text: string): Flaw | undefined {
    const result = this.#environment.check(text);
    return result.valid ? undefined : flawOf(result.error);
  }
}

/** The checker asks for a body, and nobody calls it. */
const body = (): null => null;

/**
 * JSON does not say whether 2 is whole by nature or by chance, so we calculate across both kinds of
 * numbers: the result is a fraction.
 */
function registerMixedNumbers(environment: Environment): void {
  for (const op of ['+', '-', '*', '/']) {
    environment.registerOperator(`int ${op} double: double`, body);
    environment.registerOperator(`double ${op} int: double`, body);
  }
}

/** Both forms of each, `f(a, b)` and `a.f(b)`, as far as the package does not have them. */
function registerFunctions(
  environment: Environment,
  functions: Readonly<Record<string, readonly Signature[]>>,
): void {
  // Asked of another environment: one that has been asked shares what is registered later (a flaw
  // of the package, by which the functions of one would come twice in the next).
  const { functions: known } = new Environment(options).getDefinitions();
  const has = (name: string, method: boolean, count: number): boolean =>
    known.some(
      (it) =>
        it.name === name && (it.receiverType !== null) === method && it.params.length === count,
    );
  for (const [name, signatures] of Object.entries(functions)) {
    for (const { takes, gives } of signatures) {
      const [first, ...rest] = takes;
      if (!has(name, false, takes.length)) {
        environment.registerFunction(`${name}(${takes.join(', ')}): ${gives}`, body);
      }
      if (first !== undefined && !has(name, true, rest.length)) {
        environment.registerFunction(`${first}.${name}(${rest.join(', ')}): ${gives}`, body);
      }
    }
  }
}

function flawOf(error: unknown): Flaw {
  if (error instanceof ParseError || error instanceof TypeProblem) {
    return { message: error.summary, at: error.range?.start ?? null };
  }
  return { message: error instanceof Error ? error.message : String(error), at: null };
}

type Node<Op extends ASTNode['op']> = Extract<ASTNode, { op: Op }>;

/** The parser's tree -> ours. What we have no word for is a flaw, and stands there as null. */
function translate(node: ASTNode, flaws: Flaw[]): Syntax {
  const sub = (child: ASTNode): Syntax => translate(child, flaws);
  const range = { start: node.start, end: node.end };
  switch (node.op) {
    case 'value':
      return literal(node, flaws);
    case 'id':
      return { ...range, kind: 'name', name: node.args };
    case '.':
      return { ...range, kind: 'member', of: sub(node.args[0]), key: node.args[1] };
    case '[]':
      return { ...range, kind: 'index', of: sub(node.args[0]), at: sub(node.args[1]) };
    case 'call':
      if (node.args[0] === 'has') return hasCall(node, flaws);
      return { ...range, kind: 'call', name: node.args[0], args: node.args[1].map(sub) };
    case 'rcall':
      return methodCall(node, flaws);
    case 'list':
      return { ...range, kind: 'list', items: node.args.map(sub) };
    case 'map':
      return { ...range, kind: 'map', entries: node.args.map((pair) => entry(pair, flaws)) };
    case '?:': {
      const [test, yes, no] = node.args;
      return { ...range, kind: 'choice', test: sub(test), yes: sub(yes), no: sub(no) };
    }
    case '&&':
    case '||': {
      const kind = node.op === '&&' ? 'and' : 'or';
      return { ...range, kind, left: sub(node.args[0]), right: sub(node.args[1]) };
    }
    case '!_':
      return { ...range, kind: 'not', of: sub(node.args) };
    case '-_':
      return { ...range, kind: 'negative', of: sub(node.args) };
    case '.?':
    case '[?]':
      return flawed(
        range,
        flaws,
        'optional access is not part of the language: use has() or default()',
      );
    default: {
      const op: Arithmetic | Comparison = node.op;
      return { ...range, kind: 'binary', op, left: sub(node.args[0]), right: sub(node.args[1]) };
    }
  }
}

function flawed({ start, end }: Range, flaws: Flaw[], message: string): Syntax {
  flaws.push({ message, at: start });
  return { start, end, kind: 'literal', value: null };
}

function literal(node: Node<'value'>, flaws: Flaw[]): Syntax {
  const value = node.args;
  switch (typeof value) {
    case 'bigint':
      if (!isFault(toIntRange(value))) break;
      return flawed(node, flaws, 'the number does not fit in an int');
    case 'object':
      if (value === null) break;
      return flawed(node, flaws, 'bytes and unsigned numbers are not part of the language');
  }
  return { start: node.start, end: node.end, kind: 'literal', value };
}

function hasCall(node: Node<'call'>, flaws: Flaw[]): Syntax {
  const [target] = node.args[1];
  if (target?.op !== '.') return flawed(node, flaws, 'has() takes a field, as in has(params.name)');
  const of = translate(target.args[0], flaws);
  return { start: node.start, end: node.end, kind: 'has', of, key: target.args[1] };
}

/** Loops by their number of arguments, as the parser knows them. */
const loops: Readonly<Record<string, LoopKind>> = {
  'all 2': 'all',
  'exists 2': 'exists',
  'exists_one 2': 'exists_one',
  'filter 2': 'filter',
  'map 2': 'map',
  'map 3': 'map',
};

function methodCall(node: Node<'rcall'>, flaws: Flaw[]): Syntax {
  const [name, receiver, args] = node.args;
  const range = { start: node.start, end: node.end };
  const of = translate(receiver, flaws);
  const loop = loops[`${name} ${args.length}`];
  const [variable, first, second] = args;
  if (loop === undefined || variable?.op !== 'id' || first === undefined) {
    const values = args.map((arg) => translate(arg, flaws));
    return { ...range, kind: 'call', name, args: [of, ...values] };
  }
  const named: Syntax = { ...range, kind: 'name', name: variable.args };
  const test = translate(first, flaws);
  const shared = { ...range, kind: 'loop', loop, over: of, variable: variable.args } as const;
  if (second !== undefined) return { ...shared, keep: test, body: translate(second, flaws) };
  return loop === 'filter'
    ? { ...shared, keep: test, body: named }
    : { ...shared, keep: null, body: test };
}

/**
 * Keys are text, as in JSON. Keys of any type would let the type checker work for ever: the name of
 * a map's type contains the name of its key's type, and `.map(a, {a: a})` doubles it.
 */
function entry([key, value]: readonly [ASTNode, ASTNode], flaws: Flaw[]): Entry {
  const literalText = key.op === 'value' && typeof key.args === 'string';
  const madeText = key.op === 'call' && key.args[0] === 'string';
  if (!literalText && !madeText) {
    flaws.push({ message: 'a key is text in quotes, or string(…)', at: key.start });
  }
  if (literalText && key.args === '__proto__') {
    flaws.push({ message: 'a key may not be called __proto__', at: key.start });
  }
  return { key: translate(key, flaws), value: translate(value, flaws) };
}
