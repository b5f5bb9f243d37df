/** Typed values as people type them: what stands in a field, and the JSON that it means. */
import type { Json } from '../../../src/model/json.ts';

/** The part of a param that decides how it is typed. */
export interface ValueSpec {
  readonly type: string;
  readonly default: Json;
  readonly enum: readonly Json[] | null;
}

export type ParsedValue =
  | { readonly ok: true; readonly value: Json | undefined }
  | { readonly ok: false; readonly why: 'notJson' | 'notNumber' };

/** What stands in the field at first. */
export function valueText(spec: ValueSpec): string {
  if (spec.default === null) return '';
  return typeof spec.default === 'string' ? spec.default : JSON.stringify(spec.default);
}

/** Undefined as a value: nothing was said, the default holds. */
export function parseValue(spec: ValueSpec, text: string): ParsedValue {
  if (spec.enum !== null) {
    const chosen = spec.enum.find((it) => enumText(it) === text);
    return { ok: true, value: chosen };
  }
  if (text === '') return { ok: true, value: undefined };
  switch (spec.type) {
    case 'number':
    case 'integer': {
      const value = Number(text);
      return Number.isFinite(value) ? { ok: true, value } : { ok: false, why: 'notNumber' };
    }
    case 'boolean':
      return { ok: true, value: text === 'true' };
    case 'array':
    case 'object':
    case 'json':
      try {
        const value: Json = JSON.parse(text);
        return { ok: true, value };
      } catch {
        return { ok: false, why: 'notJson' };
      }
    default:
      return { ok: true, value: text };
  }
}

export const enumText = (value: Json): string =>
  typeof value === 'string' ? value : JSON.stringify(value);

/** All fields at once; undefined where one of them cannot be read. */
export function parseValues(
  specs: Readonly<Record<string, ValueSpec>>,
  texts: Readonly<Record<string, string>>,
): Readonly<Record<string, Json>> | undefined {
  const values: Record<string, Json> = {};
  for (const [name, spec] of Object.entries(specs)) {
    const parsed = parseValue(spec, texts[name] ?? '');
    if (!parsed.ok) return undefined;
    if (parsed.value !== undefined) values[name] = parsed.value;
  }
  return values;
}
