import { expect, it } from 'vitest';
import { dagFacts, here, later, queuedRun, spec, task } from '../scheduler/testing/rows.ts';
import type { DagSpec } from './dag.ts';
import { type Fact, poolFact, runFact } from './fact.ts';
import { recordVersionOf } from './newness.ts';

const highest = (facts: readonly Fact[]): number => Math.max(...facts.map(recordVersionOf));
const old = spec({ a: task() });

it('newness: what 0.2.0 could say goes into a record of version 1', () => {
  expect(highest(dagFacts('d', old))).toBe(1);
  expect(recordVersionOf({ table: 'pool', key: 'default/p', row: null })).toBe(2);
});

it('newness: a workflow that says something new needs version 2', () => {
  const newer: readonly DagSpec[] = [
    { ...old, templates: true },
    { ...old, schedules: [{ kind: 'after', afterMs: 1, jitterMs: 0 }] },
    { ...old, params: { p: { type: 'date', default: null, enum: null } } },
    { ...old, params: { p: { type: 'integer', default: 1, enum: null, minimum: 1 } } },
    spec({ a: task({ condition: 'true' }) }),
    spec({ a: task({ action: { kind: 'wait', forMs: 1, until: null } }) }),
  ];
  for (const content of newer) expect(highest(dagFacts('d', content))).toBe(2);
});

it('newness: a table that 0.2.0 does not have needs version 2', () => {
  const said = { description: '', updatedAt: later(0), updatedBy: 'test' };
  expect(recordVersionOf(poolFact({ namespace: here, name: 'p', slots: 1, ...said }))).toBe(2);
});

it('newness: a run that is paused would go on under an older leader', () => {
  const row = queuedRun('r', { name: 'd', content: old });
  expect(recordVersionOf(runFact(row))).toBe(1);
  expect(recordVersionOf(runFact({ ...row, isPaused: true }))).toBe(2);
});
