import { expect, test } from 'vitest';
import { requestId } from '../../base/brand.ts';
import { ok } from '../../base/result.ts';
import { requestFact } from '../../model/fact.ts';
import { alive, measured, slots, stateOf } from '../testing/forecast-past.ts';
import { spec, start, task } from '../testing/rows.ts';
import { fork, forkSteps, gatherRows } from './fork.ts';

const rowsIn = (state: ReturnType<typeof stateOf>) => [...state.facts()];

test('fork: it has the very rows of the other, but for the answers to requests', () => {
  const answered = requestFact({
    ...{ requestId: requestId('q'), bodyDigest: 'x', expiresAt: start },
    answer: ok({ kind: 'dag-deleted' }),
  });
  const state = stateOf(slots('n1', 4), alive('d', spec({ a: task() }), 'r1'), answered);
  const forked = fork(state);
  const wanted = rowsIn(state).filter(({ table }) => table !== 'request');
  expect(rowsIn(forked)).toEqual(wanted);
  for (const [place, { row }] of rowsIn(forked).entries()) expect(row).toBe(wanted[place]?.row);
  expect(forked.count('request')).toBe(0);
});

test('fork: what is applied to one of the two is not seen by the other', () => {
  const state = stateOf(slots('n1', 4));
  const forked = fork(state);
  state.apply(slots('n2', 4));
  forked.apply(slots('n3', 4));
  expect([...state.nodes()].map(({ nodeId }) => nodeId)).toEqual(['n1', 'n2']);
  expect([...forked.nodes()].map(({ nodeId }) => nodeId)).toEqual(['n1', 'n3']);
});

test('fork: built in steps, it is the state of the moment when the rows were gathered', () => {
  const tasks = Object.fromEntries(Array.from({ length: 3_000 }, (_, place) => [`t${place}`, 9]));
  const state = stateOf(slots('n1', 4), measured('d', tasks));
  const before = rowsIn(state);
  const steps = forkSteps(gatherRows(state));
  let taken = 0;
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done) {
      expect(rowsIn(step.value)).toEqual(before);
      break;
    }
    taken += 1;
    state.apply(slots(`later-${taken}`, 4));
  }
  expect(taken).toBeGreaterThan(2);
});
