import { describe, expect, it } from 'vitest';
import { atlas } from './atlas.ts';
import { type Burst, schedule } from './schedule.ts';

function take(seed: number, count: number): readonly Burst[] {
  const bursts: Burst[] = [];
  for (const burst of schedule(seed, atlas)) {
    bursts.push(burst);
    if (bursts.length === count) break;
  }
  return bursts;
}

const told = (bursts: readonly Burst[]) =>
  bursts.map(({ faults, calmMs }) => [
    calmMs,
    ...faults.map(({ fault, delayMs, holdMs, seed }) => [fault.name, delayMs, holdMs, seed]),
  ]);

describe('chaos schedule', () => {
  it('is the same for the same seed, and another one for another seed', () => {
    expect(told(take(7, 50))).toEqual(told(take(7, 50)));
    expect(told(take(7, 50))).not.toEqual(told(take(8, 50)));
  });

  it('brings every fault before it repeats itself', () => {
    const names = take(3, atlas.length).flatMap(({ faults }) =>
      faults.map((one) => one.fault.name),
    );
    expect(new Set(names.slice(0, atlas.length)).size).toBe(atlas.length);
  });

  it('never puts a fault that destroys data beside another one', () => {
    for (const { faults } of take(5, 500)) {
      if (faults.some(({ fault }) => fault.nature === 'alone')) expect(faults).toHaveLength(1);
    }
  });

  it('holds every fault as long as the fault allows', () => {
    for (const { fault, holdMs } of take(9, 300).flatMap(({ faults }) => faults)) {
      expect(holdMs).toBeGreaterThanOrEqual(fault.holdMs[0]);
      expect(holdMs).toBeLessThanOrEqual(fault.holdMs[1]);
    }
  });
});
