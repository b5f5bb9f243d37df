/** Times for people and programs: ISO 8601 in UTC, with milliseconds. */
import type { WallMs } from '../../base/brand.ts';

export const timeText = (at: WallMs): string => new Date(at).toISOString();

export const timeTextOrNull = (at: WallMs | null): string | null =>
  at === null ? null : timeText(at);
