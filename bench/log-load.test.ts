import { expect, it } from 'vitest';
import { type LogIndex, logIndex } from '../src/base/brand.ts';
import { ok } from '../src/base/result.ts';
import { LogLoad, type LogMeasured } from './log-load.ts';

/** A log that commits what it is told to. */
function logOf(load: LogLoad, order: { readonly inFlight: number; readonly seconds: number }) {
  let last = 0;
  const ended: LogMeasured[] = [];
  load.begin(
    { ...order, bytes: 256 },
    {
      propose: () => ok(logIndex(++last)),
      ended: (measured) => ended.push(measured),
    },
  );
  return { ended, last: (): LogIndex => logIndex(last) };
}

it('keeps as many entries in flight as it was told to', () => {
  const load = new LogLoad();
  const log = logOf(load, { inFlight: 64, seconds: 60 });
  expect(log.last()).toBe(64);
  load.committed(logIndex(1));
  load.committed(logIndex(2));
  expect(log.last()).toBe(66);
});

it('does not count entries of others, such as a new leader’s first', () => {
  const load = new LogLoad();
  const log = logOf(load, { inFlight: 1, seconds: 60 });
  load.committed(logIndex(1_000));
  expect(log.last()).toBe(1);
});

it('proposes no more when the time is up, and ends with the last commit', () => {
  const load = new LogLoad();
  const log = logOf(load, { inFlight: 2, seconds: 0 });
  load.committed(logIndex(1));
  expect(log.ended).toHaveLength(0);
  load.committed(logIndex(2));
  expect(log.ended).toHaveLength(1);
  expect(log.last()).toBe(2);
});

it('measures anew after it has ended', () => {
  const load = new LogLoad();
  logOf(load, { inFlight: 1, seconds: 0 });
  load.committed(logIndex(1));
  const again = logOf(load, { inFlight: 1, seconds: 0 });
  load.committed(logIndex(1));
  expect(again.ended).toHaveLength(1);
});
