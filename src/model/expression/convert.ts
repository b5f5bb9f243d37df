/** Values -> JSON, and values -> text. Both have limits: what they make goes into rows. */
import type { Json } from '../json.ts';
import { Double, type Fault, type Held, isFault, isList, refused, type Value } from './value.ts';

/** Of a result: characters of text and keys, and one for each element. The items of a map fit. */
export const resultSizeMax = 512 * 1024;
/** Lists in lists, in a result and wherever values are compared. */
export const nestingMax = 64;

interface Room {
  left: number;
}

/** A copy without anything of ours in it. */
export function toJson(value: Value, sizeMax: number = resultSizeMax): Json | Fault {
  const room = { left: sizeMax };
  const problem = copyProblem(value, room, 0);
  return problem ?? copy(value);
}

/** What keeps the value from being JSON. Asked before anything is copied. */
function copyProblem(held: Held, room: Room, depth: number): Fault | undefined {
  if (depth > nestingMax) return refused(`the result nests deeper than ${nestingMax} levels`);
  room.left -= typeof held === 'string' ? held.length + 1 : 1;
  if (room.left < 0) return refused('the result is too large');
  if (typeof held === 'bigint') return bigProblem(held);
  if (typeof held === 'number') {
    return Number.isFinite(held) ? undefined : refused(`${held} is not a number that JSON knows`);
  }
  if (typeof held !== 'object' || held === null || held instanceof Double) return undefined;
  if (isList(held)) {
    for (const item of held) {
      const problem = copyProblem(item, room, depth + 1);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }
  for (const key of Object.keys(held)) {
    if (key === '__proto__') return refused('a key may not be called __proto__');
    room.left -= key.length;
    const problem = copyProblem(held[key] ?? null, room, depth + 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function bigProblem(value: bigint): Fault | undefined {
  if (BigInt.asIntN(54, value) === value) return undefined;
  return refused(`${value} is too large for a number in JSON: make it text with string()`);
}

function copy(held: Held): Json {
  if (typeof held === 'bigint') return Number(held);
  if (held instanceof Double) return held.value;
  if (typeof held !== 'object' || held === null) return held;
  if (isList(held)) return held.map(copy);
  return Object.fromEntries(Object.keys(held).map((key) => [key, copy(held[key] ?? null)]));
}

/** How a value reads in a text: text as it is, whole numbers with all digits, lists as JSON. */
export function toText(value: Value, sizeMax: number = resultSizeMax): string | Fault {
  switch (typeof value) {
    case 'string':
      if (value.length > sizeMax) return refused('the text is too long');
      return value;
    case 'bigint':
    case 'boolean':
      return String(value);
    case 'number':
      return Number.isFinite(value) ? String(value) : refused(`${value} has no digits`);
    default:
      if (value === null) return refused('it is null: give it a value with default("…")');
      return toJsonText(value, sizeMax);
  }
}

export function toJsonText(value: Value, sizeMax: number = resultSizeMax): string | Fault {
  const json = toJson(value, sizeMax);
  return isFault(json) ? json : JSON.stringify(json);
}
