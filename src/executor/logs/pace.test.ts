import { expect, test } from 'vitest';
import { copyLimits } from './limits.ts';
import { Pace } from './pace.ts';

test('logs: who does not answer is sent little and given more time, until it answers again', () => {
  const pace = new Pace();
  expect(pace).toMatchObject({
    messages: copyLimits.batchesInFlight,
    patienceMs: copyLimits.ackMs,
  });
  pace.silent();
  expect(pace).toMatchObject({ messages: 1, patienceMs: 2 * copyLimits.ackMs });
  for (let silence = 0; silence < 10; silence++) pace.silent();
  expect(pace).toMatchObject({ messages: 1, patienceMs: copyLimits.ackMsMax });
  pace.answered();
  expect(pace).toMatchObject({ messages: 2, patienceMs: copyLimits.ackMs });
  for (let answer = 0; answer < 10; answer++) pace.answered();
  expect(pace.messages).toBe(copyLimits.batchesInFlight);
});
