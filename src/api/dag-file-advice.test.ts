import { expect, test } from 'vitest';
import { read } from './testing/dag-texts.ts';

const adviceOn = (text: string): readonly string[] => {
  const result = read(text);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value.advice.map(
    ({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`,
  );
};

test('advice: a lone task on a timer, without retries and limits, is no more than cron', () => {
  expect(adviceOn('id: x\nschedule: "@daily"\ntasks: { a: { type: noop } }')).toEqual([
    '2:1 schedule: a lone task on a timer is no more than cron: say `retries` and `timeout`',
  ]);
  expect(adviceOn('id: x\nschedule: "@daily"\ntasks: { a: { type: noop, retries: 1 } }')).toEqual(
    [],
  );
});

test('advice: runs that are made up for should look at their date', () => {
  const file = (command: string): string =>
    `id: x
schedule: "@daily"
timeout: 1h
catchup: true
tasks: { a: { type: shell, command: "${command}" } }`;
  expect(adviceOn(file('make all'))[0]).toMatch(/^4:1 catchup: .*\{\{ ds \}\}/);
  expect(adviceOn(file('make {{ ds }}'))).toEqual([]);
  expect(adviceOn(file('make $SKEIN_LOGICAL_DATE'))).toEqual([]);
});

test('advice: endless sensors, repeated writes, rules without retries, idle set-ups', () => {
  expect(
    adviceOn(`id: x
tasks:
  a: { type: sensor, file: /a }
  b: { type: http, url: "https://x", method: POST, retries: 2 }
  c: { type: http, url: "https://x", method: POST, retries: 2, idempotent: true }
  d: { type: noop, retryOn: { exitCodes: [1] } }
  e: { type: noop, setup: true }
`),
  ).toEqual([
    '3:3 tasks.a: this sensor may wait for ever: say `giveUp`',
    '4:3 tasks.b: POST is repeated by retries: say `idempotent`, true or false',
    '6:3 tasks.d: it says which failures are tried again, and has no `retries`',
    '7:20 tasks.e.setup: no teardown stands behind this set-up',
  ]);
});
