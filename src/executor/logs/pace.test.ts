import { expect, test } from 'vitest';
import { copyLimits } from './limits.ts';
import { Pace } from './pace.ts';

test('logs: who answers slowly is sent less at a time, and again more when it is quick', () => {
  const pace = new Pace();
  expect(pace.messages).toBe(copyLimits.batchesInFlight);
  for (let answer = 0; answer < 10; answer++) pace.answered(copyLimits.slowMs + 1);
  expect(pace.messages).toBe(1);
  for (let answer = 0; answer < 10; answer++) pace.answered(copyLimits.slowMs);
  expect(pace.messages).toBe(copyLimits.batchesInFlight);
});

test('logs: who does not answer is given more time, within bounds, until it answers in time', () => {
  const pace = new Pace();
  pace.silent();
  expect(pace).toMatchObject({ messages: 1, patienceMs: 2 * copyLimits.ackMs });
  for (let silence = 0; silence < 10; silence++) pace.silent();
  expect(pace.patienceMs).toBe(copyLimits.ackMsMax);
  pace.answered(copyLimits.ackMs + 1);
  expect(pace.patienceMs).toBe(copyLimits.ackMsMax);
  pace.answered(copyLimits.ackMs);
  expect(pace.patienceMs).toBe(copyLimits.ackMs);
});
