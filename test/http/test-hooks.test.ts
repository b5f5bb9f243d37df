import { expect, test } from 'vitest';
import type { FailpointOrder, TestHooks } from '../../src/api/test-hooks.ts';
import { json, kit, post } from './kit.ts';

/** Hooks that only remember what they were told. */
function hooks() {
  const told: unknown[] = [];
  const testHooks: TestHooks = {
    stall: (ms) => void told.push(['stall', ms]),
    arm: (order: FailpointOrder) => {
      told.push(order);
      return !order.name.endsWith('spawn');
    },
    setClockOffset: (offsetMs) => void told.push(['clock', offsetMs]),
  };
  return { told, testHooks };
}

test('http: a node that was not started for tests has no hooks', async () => {
  const { app } = kit();
  for (const name of ['stall', 'failpoint', 'clock']) {
    const response = await post(app, `/test/${name}`, { ms: 1 });
    expect([response.status, (await json(response)).code]).toEqual([404, 'TEST_HOOKS_OFF']);
  }
});

test('http: hooks are told what to break', async () => {
  const { told, testHooks } = hooks();
  const { app } = kit({}, testHooks);
  const orders = [
    ['stall', { ms: 1000 }],
    ['failpoint', { name: 'before-sync', action: 'sleep', ms: 20, count: 3 }],
    ['failpoint', { name: 'after-send-vote', action: 'crash' }],
    ['clock', { offsetMs: -60_000 }],
  ] as const;
  for (const [name, body] of orders) {
    expect((await post(app, `/test/${name}`, body)).status).toBe(200);
  }
  expect(told).toEqual([
    ['stall', 1000],
    { name: 'before-sync', action: { kind: 'sleep', ms: 20 }, count: 3 },
    { name: 'after-send-vote', action: { kind: 'crash' }, count: 1 },
    ['clock', -60_000],
  ]);
});

test('http: a failpoint that does not exist, or is not passed here, is refused', async () => {
  const { testHooks } = hooks();
  const { app } = kit({}, testHooks);
  const unknown = await post(app, '/test/failpoint', { name: 'before-lunch', action: 'crash' });
  expect([unknown.status, (await json(unknown)).detail]).toEqual([
    400,
    expect.stringContaining('before-sync'),
  ]);
  const absent = await post(app, '/test/failpoint', { name: 'before-spawn', action: 'crash' });
  expect([absent.status, (await json(absent)).detail]).toEqual([
    400,
    expect.stringContaining('before-spawn'),
  ]);
  expect((await post(app, '/test/stall', { ms: 0 })).status).toBe(400);
});
