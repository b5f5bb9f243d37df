/**
 * Syntax tree -> closures. A closure takes a frame and gives a value or a fault; it never throws
 * and never waits. What repeats pays from the frame's budget; what does not repeat is bounded by
 * the size of the tree.
 */
import { unreachable } from '../../base/assert.ts';
import { didYouMean } from '../../base/suggest.ts';
import { linearRegex } from '../linear-regex.ts';
import type { Builtin } from './builtin.ts';
import { toText } from './convert.ts';
import type { Frame, Step } from './frame.ts';
import { functionNamed, functionNames } from './functions.ts';
import { loopStep } from './loops.ts';
import { calculate, compare, negate } from './operators.ts';
import { type Flaw, isArithmetic, type Syntax, type SyntaxOf, weightOf } from './syntax.ts';
import {
  Fault,
  type Held,
  hold,
  isDict,
  isFault,
  isList,
  missing,
  read,
  refused,
  typeName,
  type Value,
} from './value.ts';

/** A name that no loop around gives: it must be one of the scope's. */
export interface FreeName {
  readonly name: string;
  readonly at: number;
}

export interface Compiled {
  readonly step: Step;
  readonly flaws: readonly Flaw[];
  readonly freeNames: readonly FreeName[];
}

interface Context {
  readonly text: string;
  readonly flaws: Flaw[];
  readonly freeNames: FreeName[];
  /** Variables of the loops around; their places are their slots. */
  readonly variables: readonly string[];
}

export function compile(syntax: Syntax, text: string): Compiled {
  const context: Context = { text, flaws: [], freeNames: [], variables: [] };
  return { step: stepOf(syntax, context), flaws: context.flaws, freeNames: context.freeNames };
}

function stepOf(node: Syntax, context: Context): Step {
  switch (node.kind) {
    case 'literal':
      return () => node.value;
    case 'name':
      return nameStep(node, context);
    case 'member': {
      const of = stepOf(node.of, context);
      return accessStep(of, () => node.key, sourceOf(node.of, context));
    }
    case 'index': {
      const of = stepOf(node.of, context);
      return accessStep(of, stepOf(node.at, context), sourceOf(node.of, context));
    }
    case 'has':
      return hasStep(stepOf(node.of, context), node.key);
    case 'call':
      return callStep(node, context);
    case 'loop':
      return loopOf(node, context);
    case 'list':
      return listStep(node.items.map((item) => stepOf(item, context)));
    case 'map':
      return mapStep(node, context);
    case 'choice':
      return choiceStep(node, context);
    case 'and':
    case 'or': {
      const left = stepOf(node.left, context);
      return logicalStep(left, stepOf(node.right, context), node.kind === 'or');
    }
    case 'not':
      return notStep(stepOf(node.of, context));
    case 'negative':
      return chain(stepOf(node.of, context), negate);
    case 'binary':
      return binaryStep(node, context);
    default:
      return unreachable(node);
  }
}

const sourceOf = (node: Syntax, { text }: Context): string =>
  text.slice(node.start, node.end).slice(0, 80);

const chain =
  (step: Step, next: (value: Value) => Value | Fault): Step =>
  (frame) => {
    const value = step(frame);
    return isFault(value) ? value : next(value);
  };

function nameStep({ name, start }: SyntaxOf<'name'>, context: Context): Step {
  const slot = context.variables.lastIndexOf(name);
  if (slot >= 0) return ({ slots }) => read(slots[slot] ?? null);
  context.freeNames.push({ name, at: start });
  return ({ scope }) => {
    const value = Object.hasOwn(scope, name) ? scope[name] : undefined;
    return value === undefined ? missing(`there is no ${name} here`) : read(value);
  };
}

function accessStep(of: Step, at: Step, source: string): Step {
  return (frame) => {
    const container = of(frame);
    if (isFault(container)) return container;
    const key = at(frame);
    return isFault(key) ? key : access(container, key, source);
  };
}

function access(container: Value, key: Value, source: string): Value | Fault {
  if (isDict(container) && typeof key === 'string') {
    const held = Object.hasOwn(container, key) ? container[key] : undefined;
    return held === undefined ? missing(`${source} has no "${key.slice(0, 80)}"`) : read(held);
  }
  if (isList(container) && typeof key === 'bigint') {
    const held = key < 0n ? undefined : container[Number(key)];
    if (held !== undefined) return read(held);
    return missing(`${source} has ${container.length} elements, and none at ${key}`);
  }
  // What is null has no fields, and that is no worse than a field that is not there.
  if (container === null) return missing(`${source} is null`);
  return refused(`${source} is ${typeName(container)}: it has no element at ${typeName(key)}`);
}

/** Also false if what should have the field is not there itself. */
function hasStep(of: Step, key: string): Step {
  return (frame) => {
    const container = of(frame);
    if (isFault(container)) return container.kind === 'missing' ? false : container;
    return isDict(container) && Object.hasOwn(container, key) && container[key] !== undefined;
  };
}

function callStep(node: SyntaxOf<'call'>, context: Context): Step {
  const args = node.args.map((arg) => stepOf(arg, context));
  const builtin = functionNamed(node.name);
  const flaw = builtin === undefined ? unknownFunction(node.name) : callFlaw(node, builtin);
  if (flaw !== undefined) context.flaws.push({ message: flaw, at: node.start });
  if (builtin === undefined) return () => refused(`there is no function ${node.name}`);
  const [value, otherwise] = args;
  if (node.name === 'default' && value !== undefined && otherwise !== undefined) {
    return defaultStep(value, otherwise);
  }
  return (frame) => {
    const values = evaluateAll(args, frame);
    if (isFault(values)) return values;
    const result = builtin.apply(values, frame);
    if (!isFault(result) || result.kind === 'spent') return result;
    return new Fault(result.kind, `${node.name}(): ${result.message}`);
  };
}

function unknownFunction(name: string): string {
  if (name === 'matches') {
    return 'there is no matches(), as that can take for ever: write re_match(text, pattern)';
  }
  return `there is no function ${name}()${didYouMean(name, functionNames)}`;
}

/** What can be said about a call without evaluating it. */
function callFlaw({ name, args }: SyntaxOf<'call'>, builtin: Builtin): string | undefined {
  const counts = [...new Set(builtin.signatures.map(({ takes }) => takes.length))];
  if (!counts.includes(args.length)) {
    return `${name}() takes ${counts.join(' or ')} values, and here are ${args.length}`;
  }
  const pattern = name === 're_match' ? args[1] : undefined;
  if (pattern?.kind !== 'literal' || typeof pattern.value !== 'string') return undefined;
  const regex = linearRegex(pattern.value);
  return regex.ok ? undefined : regex.error;
}

function evaluateAll(steps: readonly Step[], frame: Frame): Value[] | Fault {
  const values: Value[] = [];
  for (const step of steps) {
    const value = step(frame);
    if (isFault(value)) return value;
    values.push(value);
  }
  return values;
}

/** What is not there, and what is null, has the other value. Other faults stay faults. */
function defaultStep(step: Step, otherwise: Step): Step {
  return (frame) => {
    const value = step(frame);
    const absent = isFault(value) ? value.kind === 'missing' : value === null;
    return absent ? otherwise(frame) : value;
  };
}

function loopOf(node: SyntaxOf<'loop'>, context: Context): Step {
  const over = stepOf(node.over, context);
  const slot = context.variables.length;
  const inner = { ...context, variables: [...context.variables, node.variable] };
  const keep = node.keep === null ? null : stepOf(node.keep, inner);
  const body = stepOf(node.body, inner);
  const cost = 1 + weightOf(node.body) + (node.keep === null ? 0 : weightOf(node.keep));
  return loopStep(node.loop, { over, keep, body, slot, cost });
}

function listStep(items: readonly Step[]): Step {
  return (frame) => {
    const values = evaluateAll(items, frame);
    return isFault(values) ? values : values.map(hold);
  };
}

function mapStep(node: SyntaxOf<'map'>, context: Context): Step {
  const entries = node.entries.map(({ key, value }) => ({
    key: stepOf(key, context),
    value: stepOf(value, context),
  }));
  return (frame) => {
    const map: Record<string, Held> = Object.create(null);
    for (const entry of entries) {
      const key = entry.key(frame);
      if (isFault(key)) return key;
      const value = entry.value(frame);
      if (isFault(value)) return value;
      const name = toText(key);
      if (isFault(name)) return name;
      if (name === '__proto__') return refused('a key may not be called __proto__');
      map[name] = hold(value);
    }
    return map;
  };
}

function choiceStep(node: SyntaxOf<'choice'>, context: Context): Step {
  const test = stepOf(node.test, context);
  const yes = stepOf(node.yes, context);
  const no = stepOf(node.no, context);
  return (frame) => {
    const answer = test(frame);
    if (isFault(answer)) return answer;
    if (typeof answer !== 'boolean') return noBool('the condition before ?', answer);
    return answer ? yes(frame) : no(frame);
  };
}

const noBool = (what: string, value: Value): Fault =>
  refused(`${what} is true or false, not ${typeName(value)}`);

/**
 * `decisive` on either side is the answer, even if the other side is a fault (as CEL has it): so
 * `has(a.b) && a.b > 1` and `a.b > 1 || !has(a.b)` both do what people mean.
 */
function logicalStep(left: Step, right: Step, decisive: boolean): Step {
  const what = `each side of ${decisive ? '||' : '&&'}`;
  return (frame) => {
    const one = left(frame);
    if (one === decisive) return decisive;
    if (isFault(one) && one.kind === 'spent') return one;
    const other = right(frame);
    if (other === decisive) return decisive;
    if (isFault(one)) return one;
    if (typeof one !== 'boolean') return noBool(what, one);
    return isFault(other) || typeof other === 'boolean' ? other : noBool(what, other);
  };
}

const notStep = (step: Step): Step =>
  chain(step, (value) => (typeof value === 'boolean' ? !value : noBool('what ! turns', value)));

function binaryStep({ op, left, right }: SyntaxOf<'binary'>, context: Context): Step {
  const one = stepOf(left, context);
  const other = stepOf(right, context);
  const apply = isArithmetic(op)
    ? (a: Value, b: Value, frame: Frame) => calculate(op, a, b, frame)
    : (a: Value, b: Value, frame: Frame) => compare(op, a, b, frame);
  return (frame) => {
    const a = one(frame);
    if (isFault(a)) return a;
    const b = other(frame);
    return isFault(b) ? b : apply(a, b, frame);
  };
}
