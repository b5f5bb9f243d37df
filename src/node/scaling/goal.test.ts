import { expect, it } from 'vitest';
import { nodeId, wallMs } from '../../base/brand.ts';
import { type Fact, nodeFact, nodePoolFact } from '../../model/fact.ts';
import type { NodeRow } from '../../model/node.ts';
import type { NodePoolRow } from '../../model/node-pool.ts';
import { State } from '../../model/state.ts';
import { node } from '../../scheduler/testing/rows.ts';
import { goalsOf, type PoolGoal } from './goal.ts';

const pool = (differs: Partial<NodePoolRow> = {}): Fact =>
  nodePoolFact({
    ...{ name: 'p', min: 0, max: 9, up: 80, down: 30, waitMsMax: null, cooldownMs: 1 },
    ...{ provider: { kind: 'local-process' }, wanted: 2, updatedAt: wallMs(3), updatedBy: 'ada' },
    scalings: [{ at: wallMs(5), from: 0, to: 2, reason: 'a test', outcome: null }],
    ...differs,
  });

const drain = { since: wallMs(0), until: null, by: 'autoscaler' };
const released = { ...drain, released: true } as const;
const poolNode = (name: string, differs: Partial<NodeRow> = {}): Fact =>
  nodeFact(node(name, { pool: 'p', ...differs }));

function goals(...facts: readonly Fact[]): readonly PoolGoal[] {
  const state = new State();
  for (const fact of facts) state.apply(fact);
  return goalsOf(state, (name) => (name === nodeId('p-1') ? 3 : 0));
}

it('goal: the nodes of the pool as they are, and those that may be taken away', () => {
  const facts = [
    poolNode('p-1'),
    poolNode('p-2', { drain }),
    poolNode('p-3', { drain: released }),
    poolNode('p-4', { drain: released, status: 'lost' }),
    poolNode('p-5', { drain: { ...drain, by: 'ada' } }),
    nodeFact(node('elsewhere')),
  ];
  expect(goals(pool(), ...facts)).toEqual([
    {
      ...{ pool: 'p', provider: { kind: 'local-process' }, wanted: 2, decidedAt: 5 },
      nodes: [
        { name: 'p-1', state: 'alive', running: 3 },
        { name: 'p-2', state: 'draining', running: 0 },
        { name: 'p-3', state: 'draining', running: 0 },
        { name: 'p-4', state: 'lost', running: 0 },
        { name: 'p-5', state: 'draining', running: 0 },
      ],
      remove: ['p-3', 'p-4'],
    },
  ]);
});

it('goal: there is none before anything was decided, unless a node is to go', () => {
  const undecided = pool({ wanted: null, scalings: [] });
  expect(goals(undecided, poolNode('p-1'))).toEqual([]);
  const leaving = poolNode('p-2', { drain: released, status: 'lost' });
  expect(goals(undecided, poolNode('p-1'), leaving)).toMatchObject([
    { wanted: 1, remove: ['p-2'], decidedAt: 3 },
  ]);
});
