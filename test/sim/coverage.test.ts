import { expect, it } from 'vitest';
import { neverSeen, together } from './coverage.ts';
import { sightsWanted } from './sights.ts';

it('coverage names what a batch of seeds never reached', () => {
  const all = Object.fromEntries(sightsWanted.map((name) => [name, { times: 1, seeds: 1 }]));
  const { preempted: _, ...others } = all;
  const faults = ['crash', 'wipe'];
  const missing = neverSeen(together(others, { 'fault crash': { times: 3, seeds: 1 } }), faults);
  expect(missing).toEqual(expect.arrayContaining(['preempted', 'fault wipe']));
  expect(missing).not.toContain('fault crash');
  expect(missing).not.toContain('drained');
});
