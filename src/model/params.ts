/**
 * Params: what a DAG, or the form of an approval, declares, and whether values agree with it. The
 * same check serves the DAG file (defaults), the start of a run, an edited run and an approval.
 */
import { fail, ok, type Result } from '../base/result.ts';
import type { DagSpec, ParamSpec, ParamType, ParamValue } from './dag.ts';
import { isDay, isInstant } from './instant.ts';
import { isJsonList, isJsonObject, type Json } from './json.ts';
import { limits } from './limits.ts';
import { linearRegex } from './linear-regex.ts';
import { type Refusal, refusal } from './refusal.ts';
import { utf8Bytes } from './trigger.ts';

/** Given params over defaults: each checked against its declaration, all of them for their size. */
export function resolveParams(
  spec: Pick<DagSpec, 'params'>,
  given: Readonly<Record<string, ParamValue>>,
): Result<Readonly<Record<string, ParamValue>>, Refusal> {
  const resolved = resolveValues(spec.params, given);
  if (!resolved.ok) return fail(refusal('PARAM_INVALID', resolved.error));
  const bytes = utf8Bytes(JSON.stringify(resolved.value));
  if (bytes <= limits.paramBytes) return resolved;
  const detail = `the params have ${bytes} bytes as JSON, at most ${limits.paramBytes} are allowed`;
  return fail(refusal('PARAM_INVALID', `${detail}: say where the data is, not the data`));
}

/** The same for any declarations; the error is a sentence about the first value that is wrong. */
export function resolveValues(
  declarations: Readonly<Record<string, ParamSpec>>,
  given: Readonly<Record<string, ParamValue>>,
): Result<Readonly<Record<string, ParamValue>>, string> {
  const resolved: Record<string, ParamValue> = {};
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(declarations, name)) continue;
    const known = Object.keys(declarations).join(', ') || 'none';
    return fail(`unknown param ${name}; the DAG declares: ${known}`);
  }
  for (const [name, declared] of Object.entries(declarations)) {
    const value = (Object.hasOwn(given, name) ? given[name] : undefined) ?? declared.default;
    const isNull = value === null && declared.nullable === true;
    if (value === null && !isNull) return fail(`param ${name} must be given`);
    const wrong = isNull ? undefined : paramMismatch(declared, value);
    if (wrong !== undefined) return fail(`param ${name} ${wrong}`);
    resolved[name] = value;
  }
  return ok(resolved);
}

/** What is wrong with a value, as the end of a sentence: `must be of type integer, not "x"`. */
export function paramMismatch(declared: ParamSpec, value: ParamValue): string | undefined {
  if (!isOfType[declared.type](value)) {
    return `must be ${typeNames[declared.type]}, not ${shown(value)}`;
  }
  if (declared.enum !== null && !declared.enum.includes(value)) {
    return `must be one of ${declared.enum.map(String).join(', ')}, not ${shown(value)}`;
  }
  return (
    rangeFault(declared, value) ?? lengthFault(declared, value) ?? patternFault(declared, value)
  );
}

const isOfType: Readonly<Record<ParamType, (value: Json) => boolean>> = {
  string: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  integer: (value) => Number.isInteger(value),
  boolean: (value) => typeof value === 'boolean',
  date: (value) => typeof value === 'string' && isDay(value),
  datetime: (value) => typeof value === 'string' && isInstant(value),
  array: isJsonList,
  object: isJsonObject,
};

const typeNames: Readonly<Record<ParamType, string>> = {
  string: 'of type string',
  number: 'of type number',
  integer: 'of type integer',
  boolean: 'of type boolean',
  date: 'a date as in 2026-01-31',
  datetime: 'a date and time as in 2026-01-31T03:00:00Z',
  array: 'a list',
  object: 'a map',
};

function rangeFault({ minimum, maximum }: ParamSpec, value: Json): string | undefined {
  if (typeof value !== 'number') return undefined;
  if (minimum !== undefined && value < minimum) return `must be at least ${minimum}, not ${value}`;
  if (maximum !== undefined && value > maximum) return `must be at most ${maximum}, not ${value}`;
  return undefined;
}

function lengthFault({ minLength, maxLength }: ParamSpec, value: Json): string | undefined {
  const isText = typeof value === 'string';
  if (!isText && !isJsonList(value)) return undefined;
  // People count characters, JavaScript counts halves of some of them.
  const length = isText ? [...value].length : value.length;
  const unit = isText ? 'characters' : 'elements';
  if (minLength !== undefined && length < minLength) {
    return `must have at least ${minLength} ${unit}, not ${length}`;
  }
  if (maxLength !== undefined && length > maxLength) {
    return `must have at most ${maxLength} ${unit}, not ${length}`;
  }
  return undefined;
}

function patternFault({ pattern }: ParamSpec, value: Json): string | undefined {
  if (pattern === undefined || typeof value !== 'string') return undefined;
  const regex = linearRegex(pattern);
  if (!regex.ok) return `cannot be checked: ${regex.error}`;
  return regex.value.fits(value) ? undefined : `must match ${pattern}, unlike ${shown(value)}`;
}

/** Long values are cut: the sentence is for people. */
function shown(value: Json): string {
  const text = JSON.stringify(value);
  return text.length <= 200 ? text : `${text.slice(0, 200)}…`;
}
