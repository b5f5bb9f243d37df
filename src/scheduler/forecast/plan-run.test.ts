import { expect, test } from 'vitest';
import { dagId } from '../../base/brand.ts';
import type { PlanAsked } from '../../model/forecast.ts';
import { alive, measured, slots, stateOf, underWay } from '../testing/forecast-past.ts';
import { behind, here, later, spec, start, task } from '../testing/rows.ts';
import { finish } from './forecast.ts';
import { gatherRows } from './fork.ts';
import { planSteps } from './plan-run.ts';

const day = 86_400_000;

function plan(state: ReturnType<typeof stateOf>, asked: Partial<PlanAsked> = {}) {
  const whole = { namespace: here, dagId: dagId('d'), params: {}, horizonMs: day, ...asked };
  return finish(planSteps(gatherRows(state), whole, start));
}

const diamond = spec({ a: task(), b: behind(['a']), c: behind(['a']), z: behind(['b', 'c']) });
const past = measured('d', { a: 1_000, b: 50_000, c: 10_000, z: 2_000 });

test('plan: the critical path of a run is the chain that determined its end', () => {
  const made = plan(stateOf(slots('n1', 4), alive('d', diamond), past));
  if (!made.ok) throw new Error(made.error.detail);
  const { run, critical, tasks, nodes, span, assumptions } = made.value;
  expect(critical.map(({ taskId }) => taskId)).toEqual(['a', 'b', 'z']);
  expect(tasks.map(({ taskId }) => taskId)).toEqual(['a', 'b', 'c', 'z']);
  expect(run.endsAt).toBe(tasks.at(-1)?.endsAt);
  expect(Math.round(((run.endsAt ?? 0) - start) / 1_000)).toBe(53);
  expect(span.end).toBe('reached');
  expect(nodes).toMatchObject([{ node: 'n1', attempts: 4 }]);
  expect(nodes[0]?.use).toBeCloseTo(63 / 53 / 4, 2);
  expect(assumptions).toHaveLength(1);
});

test('plan: the critical path leads through the run that kept the room', () => {
  const one = spec({ x: task() });
  const others = [...alive('other', one, 'r1'), ...measured('other', { x: 30_000 })];
  const busy = [...others, underWay('r1', 'x', 5_000)];
  const made = plan(stateOf(slots('n1', 1), busy, alive('d', diamond), past));
  if (!made.ok) throw new Error(made.error.detail);
  const [first, second] = made.value.critical;
  expect(first).toMatchObject({ runId: 'r1', taskId: 'x', startsAt: later(-5_000) });
  expect(second).toMatchObject({ taskId: 'a', behind: { kind: 'room', of: { runId: 'r1' } } });
});

test('plan: fires that come before its end are named, and what is assumed is said', () => {
  const cron = { kind: 'cron', expression: '* * * * *', timezone: 'UTC' } as const;
  const often = spec({ x: task() }, { schedules: [{ ...cron, dst: 'once', jitterMs: 0 }] });
  const facts = [...alive('often', often), ...measured('often', { x: 1_000 })];
  const slow = measured('d', { a: 150_000, b: 1_000 });
  const made = plan(stateOf(slots('n1', 4), facts, alive('d', diamond), slow));
  if (!made.ok) throw new Error(made.error.detail);
  expect(made.value.fires.map(({ startsAt }) => startsAt)).toEqual([later(60_000), later(120_000)]);
  expect(made.value.assumptions.join(' ')).toContain('d.c, d.z: not measured yet');
});

test('plan: what cannot be started is refused as a start would be', () => {
  expect(plan(stateOf(slots('n1', 4)))).toMatchObject({
    ok: false,
    error: { code: 'DAG_NOT_FOUND' },
  });
  const wanting = spec(
    { a: task() },
    { params: { n: { type: 'integer', default: null, enum: null } } },
  );
  expect(plan(stateOf(alive('d', wanting)))).toMatchObject({
    ok: false,
    error: { code: 'PARAM_INVALID' },
  });
});
