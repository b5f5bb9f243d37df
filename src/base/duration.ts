/**
 * Durations and sizes as people write them. `90s`, `1h30m`, `250ms`, `2d`; `512Mi`, `1Gi`, `64KiB`.
 * Parsing never guesses: a bare number has no unit and is refused.
 */
import { fail, ok, type Result } from './result.ts';

const durationUnitsMs = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;

/** The longest duration that a definition may name: ten years, in milliseconds. */
export const durationMsMax = 3_650 * durationUnitsMs.d;

/** `1h30m` -> 5400000. The error is a sentence that says what is allowed. */
export function parseDuration(text: string): Result<number, string> {
  const howTo = 'write numbers with units, as in 30s, 5m, 1h30m or 2d';
  const refusal = `"${text}" is not a duration: ${howTo}`;
  if (text.length > 64 || !/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)) return fail(refusal);
  let total = 0;
  for (const [, amount, , unit] of text.matchAll(/(\d+(\.\d+)?)(ms|s|m|h|d)/g)) {
    total += Number(amount) * unitMs(unit);
  }
  if (total > durationMsMax) return fail(`"${text}" is longer than ten years`);
  return ok(Math.round(total));
}

function unitMs(unit: string | undefined): number {
  switch (unit) {
    case 'd':
      return durationUnitsMs.d;
    case 'h':
      return durationUnitsMs.h;
    case 'm':
      return durationUnitsMs.m;
    case 's':
      return durationUnitsMs.s;
    default:
      return durationUnitsMs.ms;
  }
}

/** Milliseconds for people: `250ms`, `4.2s`, `3m05s`, `2h10m`, `3d4h`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)}s`;
  const seconds = Math.round(ms / 1000);
  const pad = (value: number): string => String(value).padStart(2, '0');
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${pad(seconds % 60)}s`;
  if (seconds < 86_400)
    return `${Math.floor(seconds / 3600)}h${pad(Math.floor(seconds / 60) % 60)}m`;
  return `${Math.floor(seconds / 86_400)}d${Math.floor(seconds / 3600) % 24}h`;
}

const sizeUnits: Readonly<Record<string, number>> = {
  '': 1,
  K: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** `512Mi` -> 536870912 bytes. A trailing B is accepted (`512MiB`). */
export function parseSize(text: string): Result<number, string> {
  const match = /^(\d+(?:\.\d+)?)([KMGT]i?)?B?$/.exec(text);
  const factor = match === null ? undefined : sizeUnits[match[2] ?? ''];
  if (match === null || factor === undefined || text.length > 32) {
    return fail(`"${text}" is not a size: write bytes with a unit, as in 256Mi, 2Gi or 500M`);
  }
  return ok(Math.round(Number(match[1]) * factor));
}

/** Bytes for people: `512Mi`, `1.5Gi`. */
export function formatSize(bytes: number): string {
  for (const unit of ['Ti', 'Gi', 'Mi', 'Ki'] as const) {
    const factor = sizeUnits[unit] ?? 1;
    if (bytes >= factor) {
      const amount = bytes / factor;
      return `${Number.isInteger(amount) ? amount : amount.toFixed(1)}${unit}`;
    }
  }
  return `${bytes}`;
}
