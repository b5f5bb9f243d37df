/** Amounts of resources as people write them, and back. */
import { formatSize } from '../../../src/base/duration.ts';

/** `memory` in binary units; everything else as a number. */
export function amountText(dimension: string, amount: number): string {
  if (dimension === 'memory' || dimension === 'disk') return formatSize(amount);
  return String(Math.round(amount * 1_000) / 1_000);
}

/** Part of a whole, 0 to 1. */
export const shareOf = (part: number, whole: number): number =>
  whole <= 0 ? 0 : Math.max(0, Math.min(1, part / whole));
