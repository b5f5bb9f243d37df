/**
 * The values of expressions: JSON, with whole numbers and fractions apart.
 *
 * A whole number is a bigint, a fraction is a number. JSON has one kind of number, so a number that
 * lies in a list or an object counts as whole if it is; a fraction that happens to be whole (2.0)
 * lies there in a `Double`, and stays what it is. That makes it possible to read what tasks and
 * people gave without a copy.
 */
export type Value = null | boolean | bigint | number | string | List | Dict;
/** A value as it lies in a list or an object; `read` makes a value of it. */
export type Held = null | boolean | bigint | number | string | Double | List | Dict;
export type List = readonly Held[];
export interface Dict {
  readonly [key: string]: Held;
}

/** A fraction that is whole at the moment. */
export class Double {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** Why there is no value. It is a value itself (no exception), for `||`, `exists` and `default`. */
export class Fault {
  /** `missing`: nothing is there. `spent`: the evaluation costs too much, and ends at once. */
  readonly kind: 'missing' | 'refused' | 'spent';
  readonly message: string;

  constructor(kind: Fault['kind'], message: string) {
    this.kind = kind;
    this.message = message;
  }
}

export const refused = (message: string): Fault => new Fault('refused', message);
export const missing = (message: string): Fault => new Fault('missing', message);

export const isFault = (value: unknown): value is Fault => value instanceof Fault;

export const isList = (value: Held): value is List => Array.isArray(value);

export const isDict = (value: Held): value is Dict =>
  typeof value === 'object' && value !== null && !isList(value) && !(value instanceof Double);

/** Keys of maps that look their members up: an engine asks such a map about each key again. */
const keysOfLookups = new WeakMap<object, readonly string[]>();

/** Says which keys the map has; without that they are counted, member by member. */
export const declareKeys = (map: object, keys: readonly string[]): void => {
  keysOfLookups.set(map, keys);
};

export const keysOf = (map: Dict): readonly string[] => keysOfLookups.get(map) ?? Object.keys(map);

export function read(held: Held): Value {
  if (typeof held === 'number') return Number.isSafeInteger(held) ? BigInt(held) : held;
  return held instanceof Double ? held.value : held;
}

export function hold(value: Value): Held {
  return typeof value === 'number' && Number.isSafeInteger(value) ? new Double(value) : value;
}

/** The name of a value's type, for messages. */
export function typeName(value: Value): string {
  switch (typeof value) {
    case 'bigint':
      return 'an int';
    case 'number':
      return 'a double';
    case 'string':
      return 'text';
    case 'boolean':
      return 'a bool';
    default:
      if (value === null) return 'null';
      return isList(value) ? 'a list' : 'a map';
  }
}

/** Whole numbers have 64 bits. */
const intMax = 2n ** 63n - 1n;
const intMin = -(2n ** 63n);

export const toIntRange = (value: bigint): bigint | Fault =>
  intMin <= value && value <= intMax ? value : refused(`${value} does not fit in an int`);
