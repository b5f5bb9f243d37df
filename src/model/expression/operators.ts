/** What the operators mean: numbers, order, equality. */
import { type Budget, pay, payText, spent } from './budget.ts';
import { nestingMax } from './convert.ts';
import type { Arithmetic, Comparison } from './syntax.ts';
import {
  type Dict,
  type Fault,
  type Held,
  isDict,
  isFault,
  isList,
  type List,
  read,
  refused,
  toIntRange,
  typeName,
  type Value,
} from './value.ts';

/** Both sides are whole: so is the result. One is a fraction: so is the result. */
export function calculate(
  op: Arithmetic,
  left: Value,
  right: Value,
  budget: Budget,
): Value | Fault {
  if (typeof left === 'bigint' && typeof right === 'bigint') return calculateInts(op, left, right);
  if (isNumber(left) && isNumber(right)) return calculateDoubles(op, Number(left), Number(right));
  if (op === '+' && typeof left === 'string' && typeof right === 'string') {
    return payText(budget, left.length + right.length) ? left + right : spent;
  }
  if (op === '+' && isList(left) && isList(right)) {
    return pay(budget, left.length + right.length) ? [...left, ...right] : spent;
  }
  const hint = op === '+' && typeof left === 'string' ? ': write string(…) around it' : '';
  return refused(`${typeName(left)} ${op} ${typeName(right)} has no meaning${hint}`);
}

const isNumber = (value: Value): value is number | bigint =>
  typeof value === 'number' || typeof value === 'bigint';

function calculateInts(op: Arithmetic, left: bigint, right: bigint): Value | Fault {
  switch (op) {
    case '+':
      return toIntRange(left + right);
    case '-':
      return toIntRange(left - right);
    case '*':
      return toIntRange(left * right);
    case '/':
      return right === 0n ? refused('division by zero') : toIntRange(left / right);
    case '%':
      return right === 0n ? refused('division by zero') : left % right;
  }
}

function calculateDoubles(op: Arithmetic, left: number, right: number): Value | Fault {
  switch (op) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    case '%':
      return refused('the remainder is for whole numbers');
  }
}

export function negate(value: Value): Value | Fault {
  if (typeof value === 'bigint') return toIntRange(-value);
  return typeof value === 'number' ? -value : refused(`${typeName(value)} has no negative`);
}

export function compare(op: Comparison, left: Value, right: Value, budget: Budget): Value | Fault {
  switch (op) {
    case '==':
      return equal(left, right, budget, 0);
    case '!=': {
      const same = equal(left, right, budget, 0);
      return isFault(same) ? same : !same;
    }
    case 'in':
      return within(left, right, budget);
    default:
      return inOrder(op, left, right, budget);
  }
}

function inOrder(
  op: '<' | '<=' | '>' | '>=',
  left: Value,
  right: Value,
  budget: Budget,
): Value | Fault {
  const texts = typeof left === 'string' && typeof right === 'string';
  if (texts && !payText(budget, Math.min(left.length, right.length))) return spent;
  const bools = typeof left === 'boolean' && typeof right === 'boolean';
  if (!texts && !bools && !(isNumber(left) && isNumber(right))) {
    return refused(`${typeName(left)} ${op} ${typeName(right)} has no meaning`);
  }
  // Numbers of both kinds are compared exactly: neither is converted.
  switch (op) {
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
  }
}

function within(item: Value, container: Value, budget: Budget): boolean | Fault {
  if (isList(container)) {
    for (const other of container) {
      const same = equal(item, other, budget, 0);
      if (same !== false) return same;
    }
    return false;
  }
  if (isDict(container)) return typeof item === 'string' && Object.hasOwn(container, item);
  const hint = typeof container === 'string' ? ': write text.contains(part)' : '';
  return refused(`"in" asks a list or a map, not ${typeName(container)}${hint}`);
}

/** Values of different types are not equal, but 1 is 1.0. */
function equal(one: Held, other: Held, budget: Budget, depth: number): boolean | Fault {
  if (!pay(budget, 1)) return spent;
  if (depth > nestingMax) return refused(`lists nest deeper than ${nestingMax} levels`);
  const left = read(one);
  const right = read(other);
  if (isNumber(left) && isNumber(right)) return left <= right && left >= right;
  if (isList(left) && isList(right)) return equalLists(left, right, budget, depth);
  if (isDict(left) && isDict(right)) return equalDicts(left, right, budget, depth);
  if (typeof left === 'string' && typeof right === 'string' && left.length === right.length) {
    return payText(budget, left.length) ? left === right : spent;
  }
  return left === right;
}

function equalLists(left: List, right: List, budget: Budget, depth: number): boolean | Fault {
  if (left.length !== right.length) return false;
  for (const [at, item] of left.entries()) {
    const same = equal(item, right[at] ?? null, budget, depth + 1);
    if (same !== true) return same;
  }
  return true;
}

function equalDicts(left: Dict, right: Dict, budget: Budget, depth: number): boolean | Fault {
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(right).length) return false;
  for (const key of keys) {
    if (!Object.hasOwn(right, key)) return false;
    const same = equal(left[key] ?? null, right[key] ?? null, budget, depth + 1);
    if (same !== true) return same;
  }
  return true;
}
