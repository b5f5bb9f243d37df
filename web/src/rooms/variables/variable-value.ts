/**
 * A variable as people write it: JSON where it reads as JSON, a text otherwise. So is a number with
 * more digits than a number keeps: 12345678901234567890 would be stored as …7000.
 */
import type { Json } from '../../../../src/model/json.ts';

export interface ReadValue {
  readonly value: Json;
  readonly isText: boolean;
}

export function readVariable(text: string): ReadValue {
  try {
    const value: Json = JSON.parse(text);
    if (keepsDigits(text)) return { value, isText: false };
    return { value: text, isText: true };
  } catch {
    return { value: text, isText: true };
  }
}

/** Strings, so that the digits in them are passed over, and numbers. */
const stringOrNumber = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

const keepsDigits = (json: string): boolean =>
  (json.match(stringOrNumber) ?? []).every(
    (part) => part.startsWith('"') || digitsOf(part) === digitsOf(String(Number(part))),
  );

/** `-0.0120e7` -> `12`. */
const digitsOf = (number: string): string =>
  number
    .replace(/e.*$/i, '')
    .replace(/[-.]/g, '')
    .replace(/^0+|0+$/g, '');

/** A text that would read as something else keeps its quotes. */
export function writeVariable(value: Json): string {
  if (typeof value !== 'string') return JSON.stringify(value, null, 2);
  return readVariable(value).isText ? value : JSON.stringify(value);
}
