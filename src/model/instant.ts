/** Dates and instants as people write them. */
import { fail, ok, type Result } from '../base/result.ts';

const dayPattern = /^\d{4}-\d{2}-\d{2}$/;
const instantPattern =
  /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?)?$/;

/** A date, or a date and time, in milliseconds since 1970; without an offset it is UTC. */
export function parseInstant(text: string): Result<number, string> {
  const refusal = `"${text.slice(0, 64)}" is not a date: write 2026-01-31 or 2026-01-31T03:00:00Z`;
  if (!instantPattern.test(text)) return fail(refusal);
  const day = text.slice(0, 10);
  const dayAt = Date.parse(`${day}T00:00:00Z`);
  // Date.parse takes 30 February for 2 March.
  if (Number.isNaN(dayAt) || !new Date(dayAt).toISOString().startsWith(day)) return fail(refusal);
  const hasOffset = text.length === 10 || /(Z|[+-]\d{2}:\d{2})$/.test(text);
  const at = Date.parse(hasOffset ? text : `${text}Z`);
  return Number.isNaN(at) ? fail(refusal) : ok(at);
}

/** `2026-01-31`, a day that exists. */
export const isDay = (text: string): boolean => dayPattern.test(text) && parseInstant(text).ok;

/** `2026-01-31T03:00:00Z`; a day alone is its first moment. */
export const isInstant = (text: string): boolean => parseInstant(text).ok;
