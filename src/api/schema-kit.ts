/**
 * Small schemas of the doors where people come in: strict objects, durations, sizes, dates, ids.
 */
import { z } from 'zod';
import { wallMs } from '../base/brand.ts';
import { parseDuration, parseSize } from '../base/duration.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { didYouMean } from '../base/suggest.ts';
import { parseInstant } from '../model/instant.ts';
import { idPattern } from '../model/keys.ts';

/** Keys that the documents name and this version does not have yet, with what to do until then. */
const notYet: Readonly<Record<string, string>> = Object.fromEntries([
  ['sql', 'only a task of type `sql` has it: here use `command` with a client of the database'],
]);

export const isNotYet = (key: string): boolean => Object.hasOwn(notYet, key);

/**
 * An object with exactly these keys. The message of an unknown key has one line for each key, which
 * `findings.ts` takes apart again.
 */
export const strict = <S extends z.core.$ZodLooseShape>(shape: S) =>
  z.strictObject(shape, { error: (issue) => unknownKeysText(issue, Object.keys(shape), {}) });

/** The same within a DAG file, where keys of later versions get an answer of their own. */
export const strictInDag = <S extends z.core.$ZodLooseShape>(shape: S) =>
  z.strictObject(shape, { error: (issue) => unknownKeysText(issue, Object.keys(shape), notYet) });

function unknownKeysText(
  issue: z.core.$ZodRawIssue,
  known: readonly string[],
  later: Readonly<Record<string, string>>,
): string | undefined {
  if (issue.code !== 'unrecognized_keys') return undefined;
  const textOf = (key: string): string =>
    Object.hasOwn(later, key) ? (later[key] ?? '') : unknownKeyText(key, known);
  return issue.keys.map((key) => textOf(key)).join('\n');
}

function unknownKeyText(key: string, known: readonly string[]): string {
  const nearest = didYouMean(key, known);
  return `unknown key "${key}"${nearest === '' ? `; known are ${known.join(', ')}` : nearest}`;
}

/** A schema for text that `parse` turns into something else; its refusal is the message. */
const parsedText = <T>(parse: (text: string) => Result<T, string>, unitless: string) =>
  z
    .string({
      error: ({ input }) => (typeof input === 'number' ? `${input} ${unitless}` : undefined),
    })
    .transform((text, context) => {
      const parsed = parse(text);
      if (parsed.ok) return parsed.value;
      context.addIssue({ code: 'custom', message: parsed.error });
      return z.NEVER;
    });

const needsDurationUnit = 'has no unit: write a duration, as in 30s, 5m, 1h30m or 2d';

/** `5m` -> milliseconds, zero allowed. */
export const duration = parsedText(parseDuration, needsDurationUnit).meta({
  description: 'A duration: numbers with units, as in 30s, 5m, 1h30m or 2d.',
});

/** `5m` -> milliseconds, above zero. */
export const positiveDuration = parsedText((text) => {
  const parsed = parseDuration(text);
  return parsed.ok && parsed.value === 0 ? fail(`"${text}" must be longer than zero`) : parsed;
}, needsDurationUnit).meta({
  description: 'A duration above zero: numbers with units, as in 30s, 5m, 1h30m or 2d.',
});

/** `512Mi` -> bytes. */
export const size = parsedText(
  parseSize,
  'has no unit: write a size as text with a unit, as in 256Mi, 2Gi or 500M',
).meta({ description: 'A size in bytes with a unit, as in 256Mi, 2Gi or 500M.' });

/** `2026-01-31` or `2026-01-31T03:00:00+08:00` -> WallMs. */
export const instant = parsedText((text) => {
  const parsed = parseInstant(text);
  return parsed.ok ? ok(wallMs(parsed.value)) : parsed;
}, 'is not a date: write 2026-01-31 or 2026-01-31T03:00:00Z').meta({
  description: 'A date (2026-01-31) or a date and time (2026-01-31T03:00:00Z); UTC unless said.',
});

/** Paths take these two as steps: no address and no folder can have such a name. */
export const isNoStep = (id: string): boolean => id !== '.' && id !== '..';

export const idText = (what: string) =>
  z
    .string()
    .regex(idPattern, `${what} is 1 to 250 of letters, digits, "_", "." and "-"`)
    .refine(isNoStep, `${what} must not be "." or ".."`)
    .meta({ description: `${what}: 1 to 250 of letters, digits, "_", "." and "-".` });

/** Text, or a number or boolean that YAML made of it; kept as text. */
export const scalarText = (charactersMax: number) =>
  z.union([z.string().max(charactersMax), z.number(), z.boolean()]).transform(String);

/** A text or a list of texts -> a list. */
export const oneOrMore = (item: z.ZodString) =>
  z.union([item, z.array(item).max(50)]).transform((value) => [value].flat());
