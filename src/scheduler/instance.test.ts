import { expect, test } from 'vitest';
import type { RunRow } from '../model/run.ts';
import { isUnderWay, mayBegin } from './instance.ts';
import { queuedRun, spec, start, task } from './testing/rows.ts';

const content = spec({ a: task() });
const queued = queuedRun('r1', { name: 'd', content });
const running: RunRow = { ...queued, status: 'running', startedAt: start };
const reason = 'asked for';
const cancelling: RunRow = { ...running, status: 'cancelling', becoming: 'cancelled', reason };
const plain = task();
const teardown = task({ role: { kind: 'teardown', setups: [], failsRun: false } });

test.each([
  ['a queued run', queued, [false, false]],
  ['a running run', running, [true, true]],
  ['a run that is being cancelled', cancelling, [false, true]],
] as const)('instance: %s begins tasks, or what cleans up behind it', (_name, run, expected) => {
  const paused: RunRow = { ...run, isPaused: true };
  expect([plain, teardown].map((each) => mayBegin(run, each))).toEqual(expected);
  expect([plain, teardown].map((each) => mayBegin(paused, each))).toEqual([false, false]);
  // A pause holds what would begin, it does not make it stale.
  expect([plain, teardown].map((each) => isUnderWay(paused, each))).toEqual(expected);
});
