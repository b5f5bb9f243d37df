import { expect, it } from 'vitest';
import { incarnation, nodeId, runId, taskId, token } from '../base/brand.ts';
import { dagFacts, here, later, node, queuedRun, spec, task } from '../scheduler/testing/rows.ts';
import type { DagSpec } from './dag.ts';
import { type Fact, nodeFact, poolFact, runFact, taskFact } from './fact.ts';
import { recordVersionOf } from './newness.ts';
import type { NodeRow } from './node.ts';
import type { DagPlacing, TaskPlacing } from './placing.ts';

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

it('newness: a workflow that says something of places and turns needs version 3', () => {
  const ofTask = {
    limits: { cpu: 1000 },
    nodePool: 'big',
    queue: 'etl',
    tolerations: [{ key: 'spot', value: null }],
    affinity: { require: { zone: ['a'] } },
    maxConcurrency: 1,
    preemptible: true,
    priorityClass: 'high',
  } as const satisfies Required<TaskPlacing>;
  const ofDag = {
    priorityClass: 'high',
    maxConcurrency: 1,
    weight: 2,
    order: 'sjf',
    placement: 'spread',
  } as const satisfies Required<DagPlacing>;
  const newer: readonly DagSpec[] = [
    ...Object.entries(ofTask).map(([key, said]) => spec({ a: task({ [key]: said }) })),
    ...Object.entries(ofDag).map(([key, said]) => ({ ...old, [key]: said })),
    spec({ a: task({ condition: 'true' }), b: task({ queue: 'etl' }) }),
  ];
  for (const content of newer) expect(highest(dagFacts('d', content))).toBe(3);
});

it('newness: an older leader would take what gives way for cancelled', () => {
  const attempt = {
    ...{ number: 1, node: nodeId('n1'), incarnation: incarnation('1'), token: token(1) },
    ...{ assignedAt: later(0), revoked: true },
  };
  const row = {
    ...{ namespace: here, runId: runId('r'), taskId: taskId('a'), mapIndex: 0 },
    ...{ attempts: [], tries: 0 },
  };
  const status = 'queued' as const;
  const givesWay = { to: 'preempted', reason: 'somebody else' } as const;
  expect(recordVersionOf(taskFact({ ...row, status, attempt }))).toBe(1);
  expect(recordVersionOf(taskFact({ ...row, status, attempt: { ...attempt, givesWay } }))).toBe(3);
});

it('newness: a node that belongs somewhere, or is drained, needs version 3', () => {
  const row = node('n1');
  const newer: readonly Partial<NodeRow>[] = [
    { pool: 'big' },
    { queues: ['etl'] },
    { taints: [{ key: 'spot', value: '', effect: 'avoid' }] },
    { drain: { since: later(0), until: null, by: 'ada' } },
  ];
  expect(recordVersionOf(nodeFact(row))).toBe(1);
  for (const said of newer) expect(recordVersionOf(nodeFact({ ...row, ...said }))).toBe(3);
});
