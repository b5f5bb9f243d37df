import { expect, test } from 'vitest';
import { dagId, nodeId } from '../../base/brand.ts';
import { poolFact } from '../../model/fact.ts';
import type { WhatIfAsked } from '../../model/forecast.ts';
import { alive, measured, slots, stateOf } from '../testing/forecast-past.ts';
import { here, spec, start, task } from '../testing/rows.ts';
import { finish } from './forecast.ts';
import { gatherRows } from './fork.ts';
import { whatIfSteps } from './what-if.ts';

const hour = 3_600_000;
const minute = 60_000;
const nothing: WhatIfAsked = {
  ...{ addNodes: 0, like: null, removeNodes: [], pools: [], crons: [], weights: [] },
  ...{ order: null, horizonMs: hour },
};

function whatIf(state: ReturnType<typeof stateOf>, asked: Partial<WhatIfAsked>) {
  const made = finish(whatIfSteps(gatherRows(state), { ...nothing, ...asked }, start));
  if (!made.ok) throw new Error(made.error.code);
  return made.value;
}

const pooled = task({ pool: 'mysql' });
const wide = spec({ a: pooled, b: pooled, c: pooled, d: pooled });
const minutes = measured('d', { a: minute, b: minute, c: minute, d: minute });
const pool = (count: number) =>
  poolFact({
    ...{ namespace: here, name: 'mysql', slots: count, description: 'a database' },
    ...{ updatedAt: start, updatedBy: 'ada' },
  });
const crowded = stateOf(slots('n1', 1), pool(2), alive('d', wide, 'r1'), minutes);
const inMinutes = (ms: number | null) => (ms === null ? null : Math.round(ms / minute));

test('what-if: more nodes end a run earlier, and the two are shown beside each other', () => {
  const { asItIs, changed, runs } = whatIf(crowded, { addNodes: 1 });
  expect(inMinutes(asItIs.makespanMs)).toBe(4);
  expect(inMinutes(changed.makespanMs)).toBe(2);
  expect(changed.nodes.map(({ node }) => node)).toEqual(['n1', 'new-1']);
  expect(asItIs.nodes.map(({ node }) => node)).toEqual(['n1']);
  // Four minutes of one node are two minutes of both, and two of rest.
  expect(asItIs.nodes.map(({ use }) => use)).toEqual([expect.closeTo(1, 2)]);
  expect(changed.nodes[0]?.use).toBeCloseTo(0.5, 2);
  expect(changed.meanWaitMs).toBeLessThan(asItIs.meanWaitMs);
  expect(runs).toHaveLength(1);
  expect(inMinutes((runs[0]?.endsAt ?? 0) - (runs[0]?.endsAtChanged ?? 0))).toBe(2);
});

test('what-if: a wider pool lets more of its tasks run at a time', () => {
  const roomy = stateOf(slots('n1', 4), pool(1), alive('d', wide, 'r1'), minutes);
  const pools = [{ namespace: here, name: 'mysql', slots: 4 }];
  const { asItIs, changed } = whatIf(roomy, { pools });
  expect(inMinutes(asItIs.makespanMs)).toBe(4);
  expect(inMinutes(changed.makespanMs)).toBe(1);
});

test('what-if: another cron starts its DAG more often', () => {
  const cron = { kind: 'cron', timezone: 'UTC', dst: 'once', jitterMs: 0 } as const;
  const hourly = spec({ a: task() }, { schedules: [{ ...cron, expression: '30 * * * *' }] });
  const state = stateOf(slots('n1', 4), alive('d', hourly), measured('d', { a: minute }));
  const crons = [{ namespace: here, dagId: dagId('d'), expression: '*/10 * * * *' }];
  const { asItIs, changed } = whatIf(state, { crons, horizonMs: hour - minute });
  expect([asItIs.runsEnded, changed.runsEnded]).toEqual([1, 5]);
});

test('what-if: a node that goes takes nothing new', () => {
  const state = stateOf(slots('n1', 1), slots('n2', 1), pool(2), alive('d', wide, 'r1'), minutes);
  const { asItIs, changed } = whatIf(state, { removeNodes: [nodeId('n2')] });
  expect(inMinutes(asItIs.makespanMs)).toBe(2);
  expect(inMinutes(changed.makespanMs)).toBe(4);
  expect(changed.nodes.find(({ node }) => node === 'n2')?.attempts ?? 0).toBe(0);
});

test('what-if: what it names must be there', () => {
  const refused = (asked: Partial<WhatIfAsked>) =>
    finish(whatIfSteps(gatherRows(crowded), { ...nothing, ...asked }, start));
  const cron = { namespace: here, dagId: dagId('nobody'), expression: '* * * * *' };
  expect(refused({ addNodes: 1, like: nodeId('n9') })).toMatchObject({
    error: { code: 'NODE_NOT_FOUND' },
  });
  expect(refused({ removeNodes: [nodeId('n9')] })).toMatchObject({
    error: { code: 'NODE_NOT_FOUND' },
  });
  expect(refused({ crons: [cron] })).toMatchObject({ error: { code: 'DAG_NOT_FOUND' } });
});
