/** The header `retry-after` (RFC 9110, section 10.2.3): seconds, or a date. */
import type { WallMs } from '../../base/brand.ts';

/** Statuses that say "later". */
const later: ReadonlySet<number> = new Set([429, 503]);
/** A server may put an attempt off for so long, and no longer: one day. */
const retryAfterMsMax = 86_400_000;

/** Milliseconds from now; undefined where it says nothing that can be read. */
export function retryAfterMs(
  { status, retryAfter }: { readonly status: number; readonly retryAfter: string | undefined },
  now: WallMs,
): number | undefined {
  if (retryAfter === undefined || !later.has(status)) return undefined;
  const text = retryAfter.trim();
  const wantedMs = /^\d{1,10}$/.test(text) ? Number(text) * 1000 : dateOf(text) - now;
  return Number.isNaN(wantedMs) ? undefined : Math.max(0, Math.min(wantedMs, retryAfterMsMax));
}

/** Only dates as HTTP has them: `Date.parse` would read much else. */
const dateOf = (text: string): number =>
  /^[A-Z][a-z]{2,8},? .*\d{2}:\d{2}:\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
