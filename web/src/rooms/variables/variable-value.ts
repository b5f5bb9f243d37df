/** A variable as people write it: JSON where it reads as JSON, a text otherwise. */
import type { Json } from '../../../../src/model/json.ts';

export interface ReadValue {
  readonly value: Json;
  readonly isText: boolean;
}

export function readVariable(text: string): ReadValue {
  try {
    const value: Json = JSON.parse(text);
    return { value, isText: false };
  } catch {
    return { value: text, isText: true };
  }
}

/** A text that would read as something else keeps its quotes. */
export function writeVariable(value: Json): string {
  if (typeof value !== 'string') return JSON.stringify(value, null, 2);
  return readVariable(value).isText ? value : JSON.stringify(value);
}
