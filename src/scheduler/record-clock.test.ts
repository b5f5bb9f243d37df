import { describe, expect, it } from 'vitest';
import { type MonotonicMs, monotonicMs, type WallMs, wallMs } from '../base/brand.ts';
import { RecordClock, steadyMs } from './record-clock.ts';

class Clocks {
  wall = 1_000_000;
  monotonic = 0;

  wallMs(): WallMs {
    return wallMs(this.wall);
  }

  monotonicMs(): MonotonicMs {
    return monotonicMs(this.monotonic);
  }

  pass(ms: number): void {
    this.wall += ms;
    this.monotonic += ms;
  }
}

function begun() {
  const clocks = new Clocks();
  return { clocks, time: new RecordClock(clocks, wallMs(clocks.wall)) };
}

describe('record clock', () => {
  it('W16: is the wall clock, and goes on at half the speed while that is behind', () => {
    const { clocks, time } = begun();
    clocks.pass(10);
    expect(time.now()).toBe(1_000_010);
    clocks.wall -= 100;
    clocks.pass(20);
    expect(time.now()).toBe(1_000_020);
    clocks.pass(500);
    expect(time.now()).toBe(clocks.wall);
  });

  it('R1: never goes back, also when the clock that was behind has nearly caught up', () => {
    const { clocks, time } = begun();
    const told: number[] = [];
    for (const jumpMs of [3_600_000, -3_600_000, 5, -7, 40, -90, 3_600_000, -1]) {
      clocks.wall += jumpMs;
      for (let step = 0; step < 50; step++) {
        clocks.pass(step % 3);
        told.push(time.now());
      }
    }
    expect(told).toEqual([...told].sort((left, right) => left - right));
  });

  it('a jump forward is believed at once by the one, and after a while by the other', () => {
    const { clocks, time } = begun();
    for (let second = 0; second < 100; second++) {
      clocks.pass(1_000);
      expect(time.steady()).toBe(clocks.wall);
    }
    clocks.wall += 3_600_000;
    expect(time.now()).toBe(clocks.wall);
    expect(time.steady()).toBe(clocks.wall - 3_600_000);
    for (let second = 1; second < steadyMs / 1_000; second++) {
      clocks.pass(1_000);
      expect(time.steady()).toBe(clocks.wall - 3_600_000);
    }
    for (let second = 0; second < 10; second++) {
      clocks.pass(1_000);
      time.now();
    }
    expect(time.steady()).toBe(clocks.wall);
  });

  it('a leader whose clock is ahead of the newest record may be wrong for as long', () => {
    const clocks = new Clocks();
    const lastAt = wallMs(clocks.wall);
    clocks.wall += 3_600_000;
    const time = new RecordClock(clocks, lastAt);
    clocks.pass(1_000);
    expect(time.now()).toBe(clocks.wall);
    expect(time.steady()).toBe(clocks.wall - 3_600_000);
  });
});
