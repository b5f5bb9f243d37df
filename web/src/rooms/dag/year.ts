/** A year of outcomes: one square a day, weeks from Monday on, the future with what is to fire. */
import type { YearDay } from '../../kit/charts/year-chart.tsx';

interface Outcome {
  /** On the reader's clock. */
  readonly day: string;
  readonly state: string;
}

const dayMs = 86_400_000;

export function yearOf(
  year: number,
  outcomes: readonly Outcome[],
  comingDays: readonly string[],
): readonly YearDay[] {
  const first = Date.UTC(year, 0, 1);
  const count = Math.round((Date.UTC(year + 1, 0, 1) - first) / dayMs);
  const shift = (new Date(first).getUTCDay() + 6) % 7;
  const ended = new Map<string, { ended: number; failed: number }>();
  for (const { day, state } of outcomes) {
    if (state !== 'success' && state !== 'failed') continue;
    const own = ended.get(day) ?? { ended: 0, failed: 0 };
    ended.set(day, own);
    own.ended += 1;
    if (state === 'failed') own.failed += 1;
  }
  const coming = new Map<string, number>();
  for (const day of comingDays) coming.set(day, (coming.get(day) ?? 0) + 1);
  return Array.from({ length: count }, (_, at) => {
    const day = new Date(first + at * dayMs).toISOString().slice(0, 10);
    const place = at + shift;
    return {
      ...{ day, week: Math.floor(place / 7), weekday: place % 7 },
      ...(ended.get(day) ?? { ended: 0, failed: 0 }),
      coming: coming.get(day) ?? 0,
    };
  });
}
