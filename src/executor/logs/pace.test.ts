import { expect, test } from 'vitest';
import { copyLimits } from './limits.ts';
import { Pace } from './pace.ts';

const { busyBytesPerSecond, slowMs, ackMs, ackMsMax, batchesInFlight } = copyLimits;

test('logs: who does not answer is sent little and given more time, until it answers again', () => {
  const pace = new Pace(1e9);
  expect(pace).toMatchObject({ messages: batchesInFlight, patienceMs: ackMs });
  pace.silent();
  expect(pace).toMatchObject({ messages: 1, patienceMs: 2 * ackMs });
  for (let silence = 0; silence < 10; silence++) pace.silent();
  expect(pace).toMatchObject({ messages: 1, patienceMs: ackMsMax });
  pace.answered(1, false);
  expect(pace).toMatchObject({ messages: 2, patienceMs: ackMs });
  for (let answer = 0; answer < 10; answer++) pace.answered(1, false);
  expect(pace.messages).toBe(batchesInFlight);
});

test('logs: quick answers raise the rate, slow ones lower it, within bounds', () => {
  const rateMax = 4 * busyBytesPerSecond;
  const pace = new Pace(rateMax);
  expect(pace.bytesPerSecond).toBe(busyBytesPerSecond);
  for (let answer = 0; answer < 1000; answer++) pace.answered(slowMs, false);
  expect(pace.bytesPerSecond).toBe(rateMax);
  pace.answered(slowMs + 1, false);
  expect(pace.bytesPerSecond).toBeLessThan(rateMax);
  for (let answer = 0; answer < 1000; answer++) pace.answered(slowMs + 1, false);
  expect(pace.bytesPerSecond).toBe(busyBytesPerSecond);
  // What is allowed is never exceeded, also where it is less than that.
  const low = new Pace(1000);
  low.answered(1, false);
  expect(low.bytesPerSecond).toBe(1000);
});

test('logs: where our own processors have other work, quick answers do not raise the rate', () => {
  const pace = new Pace(4 * busyBytesPerSecond);
  for (let answer = 0; answer < 1000; answer++) pace.answered(1, true);
  expect(pace.bytesPerSecond).toBe(busyBytesPerSecond);
  for (let answer = 0; answer < 1000; answer++) pace.answered(1, false);
  expect(pace.bytesPerSecond).toBe(4 * busyBytesPerSecond);
  for (let answer = 0; answer < 1000; answer++) pace.answered(1, true);
  expect(pace.bytesPerSecond).toBe(busyBytesPerSecond);
});
