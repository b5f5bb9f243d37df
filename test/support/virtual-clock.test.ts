import { expect, it } from 'vitest';
import { VirtualClock } from './virtual-clock.ts';

it('virtual clock: callbacks run by time, then by the order of arming', () => {
  const clock = new VirtualClock();
  const notes: string[] = [];
  clock.after(10, () => notes.push(`late ${clock.monotonicMs()}`));
  clock.after(5, () => notes.push(`first ${clock.monotonicMs()}`));
  clock.after(5, () => notes.push('second'));
  clock.soon(() => notes.push('soon'));
  expect(notes).toEqual([]);
  clock.advance(5);
  expect(notes).toEqual(['soon', 'first 5', 'second']);
  clock.runAll();
  expect(notes.at(-1)).toBe('late 10');
});

it('virtual clock: a cancelled callback does not run and a wall jump wakes nobody', () => {
  const clock = new VirtualClock(1000);
  let ran = 0;
  clock.after(5, () => ran++).cancel();
  clock.jumpWall(-600);
  clock.advance(7);
  expect([ran, clock.wallMs(), clock.monotonicMs()]).toEqual([0, 407, 7]);
});

it('virtual clock: runAll gives up on what never ends, and an hour is the longest delay', () => {
  const clock = new VirtualClock();
  const again = (): void => clock.soon(again);
  again();
  expect(() => clock.runAll(100)).toThrow('still busy');
  expect(() => clock.after(3_600_001, () => {})).toThrow('not for a Clock');
});
