import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { connectionsWithin, httpLimits } from './limits.ts';

const limits = (soft: string): string =>
  ['Max processes            1024     1024     processes', `Max open files           ${soft}`].join(
    '\n',
  );

test.each([
  ['256                  256                  files', 128],
  ['1024                 1048576              files', 768],
  ['4096                 4096                 files', 3_072],
  ['1048576              1048576              files', httpLimits.connectionsMax],
  ['unlimited            unlimited            files', httpLimits.connectionsMax],
  ['64                   64                   files', 1],
])('http: of %s, %i are for connections', (soft, connections) => {
  expect(connectionsWithin(limits(soft))).toBe(connections);
});

test('http: where nobody says how many files there may be, the limit is our own', () => {
  expect(connectionsWithin('')).toBe(httpLimits.connectionsMax);
});

test('http: this process says how many files it may open', () => {
  expect(readFileSync('/proc/self/limits', 'utf8')).toMatch(/^Max open files +(\d+|unlimited) /m);
});
