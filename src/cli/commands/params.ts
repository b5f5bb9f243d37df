/** `-p key=value` -> params of the types that the DAG asks for. */

import { ok, type Result } from '../../base/result.ts';
import { didYouMean } from '../../base/suggest.ts';
import { type Json, parseJson } from '../../model/json.ts';
import { usage } from '../command.ts';
import type { Failure } from '../exit-codes.ts';

type Value = Json;

/** `specs` by name; only their types matter here, the cluster checks the rest. */
export function paramsOf(
  pairs: readonly string[],
  specs: Readonly<Record<string, { readonly type: string }>>,
): Result<Record<string, Value>, Failure> {
  const params: Record<string, Value> = {};
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at <= 0) return usage(`"${pair}" is not key=value`, 'Write -p day=2026-01-31.');
    const name = pair.slice(0, at);
    const text = pair.slice(at + 1);
    if (!Object.hasOwn(specs, name)) {
      const known = Object.keys(specs);
      const list = known.length === 0 ? 'the DAG has no params' : `known are ${known.join(', ')}`;
      const hint = didYouMean(name, known);
      return usage(
        `the DAG has no param "${name}"${hint}`,
        `${list[0]?.toUpperCase()}${list.slice(1)}.`,
      );
    }
    const value = typedValue(text, specs[name]?.type ?? 'string');
    if (value === undefined) {
      return usage(`${name}: "${text}" is not of type ${specs[name]?.type}`, 'Correct the value.');
    }
    params[name] = value;
  }
  return ok(params);
}

function typedValue(text: string, type: string): Value | undefined {
  switch (type) {
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : undefined;
    case 'integer':
    case 'number': {
      const value = Number(text);
      if (text.trim() === '' || !Number.isFinite(value)) return undefined;
      return type === 'integer' && !Number.isInteger(value) ? undefined : value;
    }
    case 'array':
    case 'object': {
      const read = parseJson(text);
      return read.ok ? read.value : undefined;
    }
    default:
      return text;
  }
}
