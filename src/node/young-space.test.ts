import { expect, it } from 'vitest';
import { YoungSpace } from './young-space.ts';

it('young space: it does not grow until the process is busy, and no more when it is quiet', () => {
  let now = 0;
  let cpu = 0;
  const said: boolean[] = [];
  const space = new YoungSpace({
    nowMs: () => now,
    cpuMs: () => cpu,
    setMayGrow: (mayGrow) => said.push(mayGrow),
  });
  const pass = (seconds: number, cpuMsEach: number): void => {
    for (let second = 0; second < seconds; second++) {
      now += 1000;
      cpu += cpuMsEach;
      space.look();
    }
  };
  expect(said).toEqual([false]);
  pass(10, 20);
  expect(said).toEqual([false]);
  pass(10, 800);
  expect(said).toEqual([false, true]);
  pass(10, 20);
  expect(said).toEqual([false, true, false]);
});

it('young space: many looks within a second are one', () => {
  let looks = 0;
  const space = new YoungSpace({
    nowMs: () => 100,
    cpuMs: () => {
      looks += 1;
      return 0;
    },
    setMayGrow: () => {},
  });
  for (let look = 0; look < 20; look++) space.look();
  expect(looks).toBe(1);
});
