import type { LookupAddress } from 'node:dns';
import { expect, test } from 'vitest';
import { inTurns } from './http-connector.ts';

test('names are looked up a few at a time, and each gets its own answer', async () => {
  const waiting: ((addresses: readonly LookupAddress[]) => void)[] = [];
  const resolve = inTurns(2, (host, done) => {
    waiting.push((addresses) => done(host === 'bad' ? new Error('no such name') : null, addresses));
  });
  const ask = (host: string) =>
    new Promise((done) => resolve(host, (error, [first]) => done(error ?? first?.address)));
  const asked = [ask('a'), ask('bad'), ask('c')];
  expect(waiting.length).toBe(2);
  waiting[1]?.([]);
  expect(await asked[1]).toEqual(new Error('no such name'));
  expect(waiting.length).toBe(3);
  waiting[2]?.([{ address: '10.0.0.3', family: 4 }]);
  waiting[0]?.([{ address: '10.0.0.1', family: 4 }]);
  expect([await asked[0], await asked[2]]).toEqual(['10.0.0.1', '10.0.0.3']);
});
