import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { namespace, wallMs } from '../base/brand.ts';
import { isOverAt, opensAt, type RateRow, startsWithin, withStart } from './rate.ts';

const here = namespace('default');

/** Starts whenever the rate lets one through, at the given steps of time. */
function startsOf(
  limit: { readonly max: number; readonly perMs: number },
  steps: readonly number[],
) {
  const starts: number[] = [];
  let row: RateRow | undefined;
  let now = 0;
  for (const step of steps) {
    now += step;
    if (startsWithin(row, wallMs(now)) >= limit.max) continue;
    row = withStart(row, { namespace: here, key: 'k', perMs: limit.perMs }, wallMs(now));
    starts.push(now);
  }
  return { starts, row, now };
}

describe('rate', () => {
  it('few starts are counted exactly', () => {
    const { starts } = startsOf({ max: 2, perMs: 1000 }, [0, 10, 10, 980, 5, 4, 1000]);
    expect(starts).toEqual([0, 10, 1000, 2009]);
  });

  it('no window of any place holds more than the limit, however many starts there are', () => {
    const anyLimit = fc.record({
      max: fc.integer({ min: 1, max: 200 }),
      perMs: fc.integer({ min: 1, max: 5000 }),
    });
    const anySteps = fc.array(fc.nat(60), { maxLength: 600 });
    fc.assert(
      fc.property(anyLimit, anySteps, (limit, steps) => {
        const { starts, row } = startsOf(limit, steps);
        for (const [i, first] of starts.entries()) {
          const after = starts[i + limit.max];
          if (after !== undefined) expect(after - first).toBeGreaterThanOrEqual(limit.perMs);
        }
        expect(row?.slices.length ?? 0).toBeLessThanOrEqual(65);
      }),
    );
  });

  it('a closed rate says when it opens, at most a 32nd of the window late', () => {
    const limit = { max: 50, perMs: 3200 };
    const { row, now, starts } = startsOf(
      limit,
      Array.from({ length: 90 }, () => 7),
    );
    const at = opensAt(row, limit.max, wallMs(now));
    expect(startsWithin(row, wallMs(at - 1))).toBe(50);
    expect(startsWithin(row, wallMs(at))).toBeLessThan(50);
    expect(at - ((starts[0] ?? 0) + limit.perMs)).toBeLessThanOrEqual(100);
    expect(opensAt(undefined, 1, wallMs(5))).toBe(5);
    expect(opensAt(row, 1, wallMs(now))).toBe(isOverAt(row!));
  });

  it('a row is for one window: who shares a key but not that is counted apart', () => {
    const rate = { namespace: here, key: 'k', perMs: 1000 };
    expect(withStart(undefined, rate, wallMs(0)).name).toBe('1000/k');
    expect(withStart(undefined, { ...rate, perMs: 5 }, wallMs(0)).name).toBe('5/k');
  });
});
