/** Functions of lists and maps, and conversions between types. */
import { paid, pay, payText, spent } from './budget.ts';
import { type Builtin, builtin, ofList, wants } from './builtin.ts';
import { toText } from './convert.ts';
import {
  type Fault,
  isDict,
  isFault,
  isList,
  keysOf,
  missing,
  read,
  refused,
  toIntRange,
  typeName,
  type Value,
} from './value.ts';

/** `range(n)`: as many as a map may have items. */
const rangeMax = 10_000n;

const size: Builtin['apply'] = ([value = null], budget) => {
  if (typeof value === 'string') {
    return payText(budget, value.length) ? BigInt(lengthOf(value)) : spent;
  }
  if (isList(value)) return BigInt(value.length);
  if (isDict(value)) {
    const count = keysOf(value).length;
    return pay(budget, count) ? BigInt(count) : spent;
  }
  return wants('text, a list or a map', value);
};

/** In code points, as CEL counts. */
function lengthOf(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

export const listFunctions = {
  size: builtin(['string -> int', 'list -> int', 'map -> int'], size),
  length: builtin(['string -> int', 'list -> int', 'map -> int'], size),
  first: builtin(
    'list -> dyn',
    ofList(([first]) => (first === undefined ? missing('the list is empty') : read(first))),
  ),
  last: builtin(
    'list -> dyn',
    ofList((list) => {
      const last = list.at(-1);
      return last === undefined ? missing('the list is empty') : read(last);
    }),
  ),
  join: builtin(
    ['list -> string', 'list, string -> string'],
    ofList((list, [separator = ''], budget) => {
      if (typeof separator !== 'string') return wants('text', separator);
      const parts: string[] = [];
      for (const item of list) {
        const text = toText(read(item));
        if (isFault(text)) return text;
        if (!payText(budget, text.length + separator.length)) return spent;
        parts.push(text);
      }
      return parts.join(separator);
    }),
  ),
  range: builtin('int -> list', ([count], budget) => {
    if (typeof count !== 'bigint') return wants('an int', count);
    if (count < 0n || count > rangeMax) return refused(`goes from 0 to ${rangeMax}`);
    if (!pay(budget, Number(count))) return spent;
    return Array.from({ length: Number(count) }, (_, at) => at);
  }),
  keys: builtin('map -> list', ([map = null], budget) => {
    if (!isDict(map)) return wants('a map', map);
    const keys = keysOf(map);
    return pay(budget, keys.length) ? keys : spent;
  }),

  int: builtin('dyn -> int', ([value = null]) => toInt(value)),
  double: builtin('dyn -> double', ([value = null]) => {
    if (typeof value === 'bigint' || typeof value === 'number') return Number(value);
    const isNumber = typeof value === 'string' && /^[-+]?\d+(\.\d+)?(e[-+]?\d+)?$/i.test(value);
    return isNumber ? Number(value) : refused(`makes no double of ${shown(value)}`);
  }),
  bool: builtin('dyn -> bool', ([value = null]) => {
    if (value === true || value === 'true') return true;
    if (value === false || value === 'false') return false;
    return refused(`makes no bool of ${shown(value)}`);
  }),
  string: builtin('dyn -> string', ([value = null], budget) =>
    typeof value === 'string' ? value : paid(budget, toText(value)),
  ),
  dyn: builtin('dyn -> dyn', ([value = null]) => value),
} satisfies Record<string, Builtin>;

function toInt(value: Value): Value | Fault {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number' && Number.isFinite(value))
    return toIntRange(BigInt(Math.trunc(value)));
  if (typeof value === 'string' && /^[-+]?\d{1,19}$/.test(value)) return toIntRange(BigInt(value));
  return refused(`makes no int of ${shown(value)}`);
}

const shown = (value: Value): string =>
  typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : typeName(value);
