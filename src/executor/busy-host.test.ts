import { expect, test } from 'vitest';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import { busyHost, busyIdleShare } from './busy-host.ts';

test('a host is busy while its processors are hardly idle', () => {
  const clock = new VirtualClock();
  const times = { user: 0, nice: 0, sys: 0, idle: 0, irq: 0 };
  const look = () => [{ times: { ...times } }, { times: { ...times } }];
  const isBusy = busyHost(clock, look, busyIdleShare);
  const pass = (idle: number, user: number): boolean => {
    times.idle += idle;
    times.user += user;
    clock.advance(idle + user);
    return isBusy();
  };
  expect(isBusy()).toBe(false);
  expect(pass(800, 200)).toBe(false);
  expect(pass(100, 900)).toBe(true);
  // Too soon to say anything else.
  expect(pass(100, 0)).toBe(true);
  expect(pass(500, 500)).toBe(false);
  expect(pass(490, 510)).toBe(true);
  expect(pass(510, 490)).toBe(false);
});
