/**
 * Small schemas of the doors where people come in: strict objects, durations, sizes, dates, ids.
 */
import { z } from 'zod';
import { wallMs } from '../base/brand.ts';
import { parseDuration, parseSize } from '../base/duration.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { parseInstant } from '../model/instant.ts';
import { idPattern } from '../model/keys.ts';

/**
 * An object with exactly these keys. The message of unknown keys is the list of the known ones:
 * `unknown-keys.ts` makes sentences of it, for as many as are shown.
 */
export const strict = <S extends z.core.$ZodLooseShape>(shape: S) => {
  const known = Object.keys(shape).join(', ');
  return z.strictObject(shape, {
    error: ({ code }) => (code === 'unrecognized_keys' ? known : undefined),
  });
};

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
