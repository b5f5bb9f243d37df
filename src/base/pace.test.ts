import { expect, it } from 'vitest';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import { Pace } from './pace.ts';

it('rests for as long as the piece took, and no longer than it may', () => {
  const clock = new VirtualClock();
  const pace = new Pace(clock, 200);
  const rested: number[] = [];
  for (const tookMs of [0, 30, 5000]) {
    pace.begin();
    clock.advance(tookMs);
    const endedMs = clock.monotonicMs();
    pace.rest(() => rested.push(clock.monotonicMs() - endedMs));
    expect(rested.at(-1)).not.toBe(tookMs);
    clock.advance(1000);
  }
  expect(rested).toEqual([0, 30, 200]);
});
