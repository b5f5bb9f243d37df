/** When a demand can start on a busy node, and who may use the node until then. */
import { describe, expect, it } from 'vitest';
import { earliestStart, mayUse, use } from './reservation.ts';

const dimensionOf = new Map([
  ['cpu', 0],
  ['gpu', 1],
]);
const nowMs = 1_000;

const startOf = (
  wanted: readonly number[],
  free: readonly number[],
  endings: readonly (readonly [cpu: number, gpu: number, endsAtMs: number | null])[],
) => {
  const room = { wanted: Float64Array.from(wanted), free: Float64Array.from(free) };
  const ends = endings.map(([cpu, gpu, endsAtMs]) => ({ resources: { cpu, gpu }, endsAtMs }));
  const { startsAtMs, spare } = earliestStart({ ...room, dimensionOf, endings: ends }, nowMs);
  return { startsAtMs, spare: [...spare] };
};

describe('the earliest start on a node', () => {
  it('is when enough has ended, counted in the order of the ends', () => {
    const endings = [
      [4, 0, 9_000],
      [2, 0, 3_000],
      [2, 0, 5_000],
    ] as const;
    expect(startOf([4, 0], [0, 0], endings)).toEqual({ startsAtMs: 5_000, spare: [0, 0] });
  });

  it('leaves as spare what is free beside it at that time', () => {
    const endings = [
      [6, 1, 3_000],
      [1, 0, 3_000],
    ] as const;
    expect(startOf([4, 0], [1, 0], endings)).toEqual({ startsAtMs: 3_000, spare: [4, 1] });
  });

  it('waits for every dimension', () => {
    const endings = [
      [4, 0, 2_000],
      [0, 2, 7_000],
    ] as const;
    expect(startOf([2, 1], [0, 0], endings)).toEqual({ startsAtMs: 7_000, spare: [2, 1] });
  });

  it('is now when what should have ended goes on', () => {
    expect(startOf([2, 0], [0, 0], [[2, 0, 400]]).startsAtMs).toBe(nowMs);
  });

  it('is not known when too much says nothing of its end; spare is what it has no use for', () => {
    const endings = [
      [4, 0, null],
      [1, 0, 2_000],
    ] as const;
    expect(startOf([4, 0], [2, 3], endings)).toEqual({ startsAtMs: null, spare: [0, 3] });
  });
});

describe('a node that is kept', () => {
  const kept = (windowMs: number | null) => ({ windowMs, spare: Float64Array.from([1, 2]) });
  const [wide, narrow] = [Float64Array.from([2, 0]), Float64Array.from([1, 0])];

  it('takes what is expected to be over before', () => {
    expect(mayUse(kept(5_000), wide, 5_000)).toBe(true);
    expect(mayUse(kept(5_000), wide, 5_001)).toBe(false);
    expect(mayUse(kept(5_000), wide, null)).toBe(false);
    expect(mayUse(kept(null), wide, 1)).toBe(false);
  });

  it('takes what fits beside the other, until that is used up', () => {
    const node = kept(null);
    expect(mayUse(node, narrow, null)).toBe(true);
    use(node, narrow, null);
    expect(mayUse(node, narrow, null)).toBe(false);
  });

  it('keeps its spare room when somebody uses it who is over before', () => {
    const node = kept(5_000);
    use(node, narrow, 4_000);
    expect(mayUse(node, narrow, null)).toBe(true);
  });
});
