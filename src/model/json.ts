/** JSON as a type, and the two guards that narrow it. */
import { fail, ok, type Result } from '../base/result.ts';

export type Json = null | boolean | number | string | JsonList | JsonObject;
export type JsonList = readonly Json[];
export interface JsonObject {
  readonly [key: string]: Json;
}

export const isJsonList = (value: Json): value is JsonList => Array.isArray(value);

export const isJsonObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !isJsonList(value);

/** Text -> JSON. The error is the parser's sentence. */
export function parseJson(text: string): Result<Json, string> {
  try {
    const value: Json = JSON.parse(text);
    return ok(value);
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}
