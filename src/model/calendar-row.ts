/** A named calendar: which days belong to it. Schedules include or exclude them. */
import type { Namespace, WallMs } from '../base/brand.ts';

/** A local day as people write it: `2026-12-25`. */
export type DayText = string;

export interface CalendarRow {
  readonly namespace: Namespace;
  readonly name: string;
  readonly description: string;
  /** Every day of the week with one of these numbers belongs to it; 0 is Sunday. */
  readonly weekdays: readonly number[];
  /** Single days that belong to it; sorted. */
  readonly days: readonly DayText[];
  /** Every year on these: `12-25`. */
  readonly yearly: readonly string[];
  /** Days that do not belong to it although the rules above say so. */
  readonly except: readonly DayText[];
  readonly updatedAt: WallMs;
  readonly updatedBy: string;
}
