import { expect, test } from 'vitest';
import { type Crew, helpersMissing } from './crew-growth.ts';

const nowMs = 10_000;

/** Four warm helpers, all of them busy with what began so long ago. */
const crewOf = (agesMs: readonly number[], more: Partial<Crew> = {}): Crew => ({
  nowMs,
  warm: 4,
  alive: agesMs.length,
  launchedMs: agesMs.map((each) => nowMs - each),
  stuckSinceMs: nowMs - 5,
  isHostFull: false,
  ...more,
});

test('short attempts that end do not make a crew grow', () => {
  expect(helpersMissing(crewOf([1, 5, 30, 99]))).toBe(0);
});

test('each attempt that lasts is made up for by a helper', () => {
  expect(helpersMissing(crewOf([1, 5, 100, 2000]))).toBe(2);
  expect(helpersMissing(crewOf([1, 5, 7, 9, 100, 2000]))).toBe(0);
});

test('a crew that is stuck grows by as many as are kept warm', () => {
  expect(helpersMissing(crewOf([25, 25, 25, 25], { stuckSinceMs: nowMs - 19 }))).toBe(0);
  expect(helpersMissing(crewOf([25, 25, 25, 25], { stuckSinceMs: nowMs - 20 }))).toBe(4);
});

test('on a full host a large crew grows slowly: its attempts may only want a processor', () => {
  const full = { isHostFull: true };
  const fewer = Array.from({ length: 15 }, () => 999);
  const many = [...fewer, 999];
  expect(helpersMissing(crewOf(fewer, full))).toBe(4);
  expect(helpersMissing(crewOf(many, full))).toBe(-12);
  expect(
    helpersMissing(
      crewOf(
        many.map(() => 1000),
        full,
      ),
    ),
  ).toBe(4);
  expect(helpersMissing(crewOf(many, { ...full, stuckSinceMs: nowMs - 499 }))).toBe(-12);
  expect(helpersMissing(crewOf(many, { ...full, stuckSinceMs: nowMs - 500 }))).toBe(4);
  expect(helpersMissing(crewOf(many))).toBe(4);
});
