/** What stands in the fields of the form, and the JSON that it means. */
import type { ParamSpec } from '../../../../src/model/dag.ts';
import type { Json } from '../../../../src/model/json.ts';

export type FieldValue = string | boolean;
export type FieldValues = Readonly<Record<string, FieldValue>>;

/** What a field begins with: what was given before, else its default. */
export function fieldOf(spec: ParamSpec, given?: Json): FieldValue {
  const value = given ?? spec.default;
  if (spec.type === 'boolean' && spec.enum === null) return value === true;
  if (value === null) return '';
  if (spec.type === 'array' || spec.type === 'object') return JSON.stringify(value, null, 1);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

export const fieldsOf = (
  params: Readonly<Record<string, ParamSpec>>,
  given: Readonly<Record<string, Json>> = {},
): FieldValues =>
  Object.fromEntries(
    Object.entries(params).map(([name, spec]) => [
      name,
      fieldOf(spec, Object.hasOwn(given, name) ? given[name] : undefined),
    ]),
  );

export type Parsed =
  | { readonly kind: 'value'; readonly value: Json }
  /** Nothing was said: the default holds, or the node says that it must be given. */
  | { readonly kind: 'none' }
  | { readonly kind: 'wrong'; readonly as: 'number' | 'json' };

/** The node checks ranges, lengths and patterns; here only what cannot be sent is found. */
export function parsed(spec: ParamSpec, field: FieldValue): Parsed {
  if (typeof field === 'boolean') return { kind: 'value', value: field };
  const text = field.trim();
  if (spec.type === 'string') {
    if (field === '' && typeof spec.default !== 'string') return { kind: 'none' };
    return { kind: 'value', value: field };
  }
  if (text === '') return { kind: 'none' };
  switch (spec.type) {
    case 'date':
    case 'datetime':
      return { kind: 'value', value: text };
    case 'number':
    case 'integer': {
      const value = Number(text);
      return Number.isFinite(value) ? { kind: 'value', value } : { kind: 'wrong', as: 'number' };
    }
    case 'boolean':
    case 'array':
    case 'object':
      try {
        const value: Json = JSON.parse(text);
        return { kind: 'value', value };
      } catch {
        return { kind: 'wrong', as: 'json' };
      }
  }
}

export interface Given {
  readonly params: Readonly<Record<string, Json>>;
  /** By the name of the field. */
  readonly wrong: Readonly<Record<string, 'number' | 'json'>>;
}

/** What is sent: only what differs from the defaults. */
export function givenBy(params: Readonly<Record<string, ParamSpec>>, fields: FieldValues): Given {
  const given: Record<string, Json> = {};
  const wrong: Record<string, 'number' | 'json'> = {};
  for (const [name, spec] of Object.entries(params)) {
    const result = parsed(spec, fields[name] ?? fieldOf(spec));
    if (result.kind === 'wrong') wrong[name] = result.as;
    if (result.kind !== 'value') continue;
    if (JSON.stringify(result.value) !== JSON.stringify(spec.default)) given[name] = result.value;
  }
  return { params: given, wrong };
}

/** The param that a refusal of the node is about: `param n must be at most 9, not 12`. */
export function paramNamed(detail: string, names: readonly string[]): string | undefined {
  const name = /^param (\S+) /.exec(detail)?.[1];
  return name !== undefined && names.includes(name) ? name : undefined;
}
