import { expect, test } from 'vitest';
import { alive, instance, measured, slots, stateOf, underWay } from '../testing/forecast-past.ts';
import { behind, later, spec, start, task } from '../testing/rows.ts';
import { etaOf, etaSteps, forecastUntil } from './eta.ts';
import { finish } from './forecast.ts';
import { fork, gatherRows } from './fork.ts';

const chain = spec({ a: task(), b: behind(['a']), c: behind(['b']) });
const past = measured('d', { a: 10_000, b: 20_000, c: 30_000 });
const state = stateOf(slots('n1', 4), alive('d', chain, 'r1'), past, underWay('r1', 'a', 4_000));

test('eta: a forecast goes no further than the start that was asked about', () => {
  const made = finish(forecastUntil(fork(state), instance('r1', 'b'), { now: start }));
  if (!made.ok) throw new Error(made.error.detail);
  const eta = etaOf(made.value, instance('r1', 'b'));
  expect(eta).toMatchObject({ startsAt: later(6_000), endsAt: null, span: { end: 'reached' } });
  expect(eta.behind).toMatchObject({ kind: 'upstream', of: { taskId: 'a' } });
  expect(etaOf(made.value, instance('r1', 'c')).startsAt).toBe(null);
});

test('eta: what will not start within the horizon has none', () => {
  const asked = { now: start, horizonMs: 5_000 };
  const eta = finish(etaSteps(gatherRows(state), instance('r1', 'b'), asked));
  expect(eta).toMatchObject({ ok: true, value: { startsAt: null, span: { end: 'horizon' } } });
  const nobody = finish(etaSteps(gatherRows(state), instance('r9', 'b'), asked));
  expect(nobody).toMatchObject({ ok: true, value: { startsAt: null, span: { end: 'reached' } } });
});

test('eta: says as well when it starts if all that is before it takes long', () => {
  const spread = measured('d', { a: [10_000, 10_000, 10_000, 16_000], b: 1_000 });
  const wide = stateOf(slots('n1', 4), alive('d', chain, 'r1'), spread, underWay('r1', 'a', 4_000));
  const eta = finish(etaSteps(gatherRows(wide), instance('r1', 'b'), { now: start }));
  expect(eta).toMatchObject({
    ok: true,
    value: { startsAt: later(6_000), startsLateAt: later(12_000) },
  });
});
