import { expect, test } from 'vitest';
import type { At } from '../api/service.ts';
import { dagId, logIndex, monotonicMs, wallMs } from '../base/brand.ts';
import type { Clock } from '../base/ports.ts';
import type { ReadonlyState } from '../model/readonly-state.ts';
import { alive, measured, slots, stateOf } from '../scheduler/testing/forecast-past.ts';
import { behind, here, spec, start, task } from '../scheduler/testing/rows.ts';
import { makeForecasts, waitingMax } from './forecasts.ts';

/** A clock by which every look at it takes a millisecond; `rests` are how long the node rested. */
function slowClock() {
  const rests: number[] = [];
  let now = 0;
  const clock: Clock = {
    monotonicMs: () => monotonicMs(now++),
    wallMs: () => wallMs(start),
    after: (delayMs, run) => {
      rests.push(delayMs);
      now += delayMs;
      setImmediate(run);
      return { cancel: () => {} };
    },
    soon: (run) => void setImmediate(run),
  };
  return { clock, rests };
}

const names = Array.from({ length: 200 }, (_, place) => `t${place}`);
const chain = spec(
  Object.fromEntries(
    names.map((name, place) => [name, place === 0 ? task() : behind([`t${place - 1}`])]),
  ),
);
const past = measured('d', Object.fromEntries(names.map((name) => [name, 1_000])));
const state = stateOf(slots('n1', 4), alive('d', chain), past);
const look = async <T>(select: (rows: ReadonlyState) => T): Promise<At<T>> => ({
  index: logIndex(7),
  value: select(state),
});
const asked = { namespace: here, dagId: dagId('d'), params: {}, horizonMs: 86_400_000 };

test('forecasts: a node rests behind each piece of one for as long as the piece took', async () => {
  const { clock, rests } = slowClock();
  const never = new AbortController().signal;
  const made = await makeForecasts({ look }, clock).plan(asked, never);
  expect(made).toMatchObject({ ok: true, value: { index: 7 } });
  expect(rests.length).toBeGreaterThan(10);
  for (const rest of rests) expect(rest).toBeGreaterThanOrEqual(8);
});

test('forecasts: one that nobody waits for any more is given up between two pieces', async () => {
  const { clock, rests } = slowClock();
  const gone = new AbortController();
  const forecasts = makeForecasts(
    { look },
    {
      ...clock,
      after: (ms, run) => {
        if (rests.length === 2) gone.abort();
        return clock.after(ms, run);
      },
    },
  );
  const [first, second] = await Promise.all([
    forecasts.plan(asked, gone.signal),
    forecasts.plan(asked, new AbortController().signal),
  ]);
  expect(first).toMatchObject({ ok: false, error: { code: 'FORECAST_BUSY' } });
  expect(second.ok).toBe(true);
});

test('forecasts: who waits for its turn may go away, and its place is free again', async () => {
  const { clock } = slowClock();
  const forecasts = makeForecasts({ look }, clock);
  const never = new AbortController().signal;
  const gone = new AbortController();
  const first = forecasts.plan(asked, never);
  const waiting = Array.from({ length: waitingMax }, () => forecasts.plan(asked, gone.signal));
  expect((await forecasts.plan(asked, never)).ok).toBe(false);
  gone.abort();
  expect((await Promise.all(waiting)).map(({ ok }) => ok)).not.toContain(true);
  const next = forecasts.plan(asked, never);
  expect([(await first).ok, (await next).ok]).toEqual([true, true]);
  expect((await forecasts.plan(asked, gone.signal)).ok).toBe(false);
});

test('forecasts: one that breaks makes room for the next', async () => {
  const { clock } = slowClock();
  let looks = 0;
  const forecasts = makeForecasts(
    {
      look: async (select) => {
        looks += 1;
        if (looks === 1) throw new Error('the node is stopping');
        return look(select);
      },
    },
    clock,
  );
  const never = new AbortController().signal;
  await expect(forecasts.plan(asked, never)).rejects.toThrow('stopping');
  expect((await forecasts.plan(asked, never)).ok).toBe(true);
});
