/** Functions of numbers, and of lists of them: what they cost goes with the length of the list. */
import { type Budget, pay, payText, spent } from './budget.ts';
import { type Builtin, builtin, ofList, wants } from './builtin.ts';
import { calculate, compare } from './operators.ts';
import {
  type Fault,
  hold,
  isFault,
  isList,
  type List,
  missing,
  read,
  refused,
  toIntRange,
  type Value,
} from './value.ts';

/** Digits behind the point that a fraction can have. */
const digitsMax = 15;
const widthMax = 64;

export const numberFunctions = {
  sum: builtin(
    'list -> dyn',
    ofList((list, _rest, budget) => {
      let total: Value | Fault = 0n;
      for (const item of list) {
        if (!pay(budget, 1)) return spent;
        const value = read(item);
        if (!isNumber(value)) return wants('a list of numbers', value);
        total = calculate('+', total, value, budget);
        if (isFault(total)) return total;
      }
      return total;
    }),
  ),
  min: builtin(['list -> dyn', 'dyn, dyn -> dyn'], (args, budget) => outermost('<', args, budget)),
  max: builtin(['list -> dyn', 'dyn, dyn -> dyn'], (args, budget) => outermost('>', args, budget)),
  sort: builtin(
    'list -> list',
    ofList((list, _rest, budget) => sorted(list, budget)),
  ),
  round: builtin(['dyn -> int', 'dyn, int -> double'], ([value, digits]) => {
    if (!isNumber(value)) return wants('a number', value);
    if (digits === undefined) {
      return typeof value === 'bigint' ? value : wholeOf(roundHalfAway(value));
    }
    if (typeof digits !== 'bigint' || digits < 0n || digits > digitsMax) {
      return refused(`rounds to 0 to ${digitsMax} digits`);
    }
    return roundTo(Number(value), Number(digits));
  }),
  format: builtin('dyn, string -> string', ([value, pattern], budget) => {
    if (!isNumber(value)) return wants('a number', value);
    if (typeof pattern !== 'string') return wants('text', pattern);
    return payText(budget, pattern.length + widthMax) ? formatted(value, pattern) : spent;
  }),
} satisfies Record<string, Builtin>;

const isNumber = (value: Value | undefined): value is number | bigint =>
  typeof value === 'number' || typeof value === 'bigint';

/** The least or the greatest of a list, or of two values. */
function outermost(op: '<' | '>', args: readonly Value[], budget: Budget): Value | Fault {
  const [first = null] = args;
  if (args.length === 1 && !isList(first)) return wants('a list', first);
  const values: List = args.length === 1 && isList(first) ? first : args.map(hold);
  const [head, ...others] = values;
  if (head === undefined) return missing('the list is empty');
  if (!pay(budget, values.length)) return spent;
  let found = read(head);
  for (const held of others) {
    const value = read(held);
    const isFurther = compare(op, value, found, budget);
    if (isFault(isFurther)) return isFurther;
    if (isFurther === true) found = value;
  }
  return found;
}

/** All numbers or all texts, least first. */
function sorted(list: List, budget: Budget): Value | Fault {
  const letters = list.reduce<number>(
    (sum, it) => sum + (typeof it === 'string' ? it.length : 0),
    0,
  );
  const passes = Math.ceil(Math.log2(list.length + 2));
  if (!pay(budget, list.length * passes) || !payText(budget, letters * passes)) return spent;
  const values = list.map(read);
  const texts = values.every((value) => typeof value === 'string');
  if (!texts && !values.every(isNumber)) return refused('takes a list of numbers, or of texts');
  return values
    .sort((left, right) => {
      if (left === null || right === null || left === right) return 0;
      return left < right ? -1 : 1;
    })
    .map(hold);
}

/** Half goes away from zero, as people round. */
const roundHalfAway = (value: number): number => Math.sign(value) * Math.round(Math.abs(value));

const wholeOf = (value: number): Value | Fault =>
  Number.isFinite(value) ? toIntRange(BigInt(value)) : refused(`${value} cannot be rounded`);

/** By the digits that people see: 1.005 has a half at its end, which its binary form has not. */
function roundTo(value: number, digits: number): Value | Fault {
  if (!Number.isFinite(value)) return refused(`${value} cannot be rounded`);
  const text = String(Math.abs(value));
  if (text.includes('e')) return value;
  return Number(`${roundHalfAway(Number(`${value}e${digits}`))}e-${digits}`);
}

/** `%d`, `%5d`, `%03d`, `%.2f`, `%8.2f`, `%%`; one number goes in. */
function formatted(value: number | bigint, pattern: string): Value | Fault {
  const shape = /^((?:[^%]|%%)*)%(0?)(\d{0,2})(?:\.(\d{1,2}))?([df])((?:[^%]|%%)*)$/s.exec(pattern);
  if (shape === null) return refused('a pattern is as in "%d", "%03d" or "%.2f", with one % in it');
  const [, before = '', zero = '', width = '', digits, kind, after = ''] = shape;
  if (Number(width) > widthMax) return refused(`a number is at most ${widthMax} wide`);
  if (Number(digits ?? 0) > digitsMax) return refused(`at most ${digitsMax} digits`);
  if (kind === 'd' && digits !== undefined) return refused('%d has no digits behind a point');
  const number = kind === 'd' ? whole(value) : Number(value);
  if (isFault(number)) return number;
  const decimals = Number(digits ?? 6);
  const rounded = typeof number === 'number' ? roundTo(number, decimals) : number;
  if (isFault(rounded)) return rounded;
  const text = typeof rounded === 'number' ? rounded.toFixed(decimals) : String(rounded);
  const isNegative = text.startsWith('-');
  const room = Math.max(0, Number(width) - (isNegative ? 1 : 0));
  const padded =
    zero === ''
      ? text.padStart(Number(width))
      : `${isNegative ? '-' : ''}${text.slice(isNegative ? 1 : 0).padStart(room, '0')}`;
  return `${before.replaceAll('%%', '%')}${padded}${after.replaceAll('%%', '%')}`;
}

function whole(value: number | bigint): bigint | Fault {
  if (typeof value === 'bigint') return value;
  return Number.isInteger(value) ? BigInt(value) : refused('%d takes a whole number: round() it');
}
