import { expect, test } from 'vitest';
import { dagId, taskId } from '../../base/brand.ts';
import { unknownMs } from '../estimates.ts';
import { alive, measured, stateOf } from '../testing/forecast-past.ts';
import { here, spec, task } from '../testing/rows.ts';
import { Expected } from './expected.ts';

const named = (dag: string, name: string) => ({
  ...{ namespace: here, dagId: dagId(dag), taskId: taskId(name) },
});
const content = spec({ a: task(), b: task(), c: task(), d: task() });

test('expected: half of the samples took no longer', () => {
  const state = stateOf(alive('d', content), measured('d', { a: [9, 1, 5, 7, 3] }));
  expect(new Expected(state).of(named('d', 'a'))).toEqual({ ms: 5, from: 'task' });
});

test('expected: without samples, the median of the tasks of the DAG, or a second', () => {
  const state = stateOf(alive('d', content), measured('d', { a: 10, b: 20, c: 90 }));
  const expected = new Expected(state);
  expect(expected.of(named('d', 'd'))).toEqual({ ms: 20, from: 'dag' });
  expect(expected.of(named('other', 'd'))).toEqual({ ms: unknownMs, from: 'nothing' });
});

test('expected: the rest of an attempt is never nothing', () => {
  const samples = [1_000, 2_000, 3_000, 9_000];
  const expected = new Expected(stateOf(alive('d', content), measured('d', { a: samples })));
  const rest = (elapsedMs: number) => expected.restMs(named('d', 'a'), elapsedMs);
  expect([500, 2_000, 8_500, 60_000].map(rest)).toEqual([1_500, 7_000, 1_000, 1_000]);
});

test('expected: what is learnt meanwhile changes nothing', () => {
  const state = stateOf(alive('d', content));
  const expected = new Expected(state);
  expect(expected.of(named('d', 'a')).from).toBe('nothing');
  for (const fact of measured('d', { a: 77 })) state.apply(fact);
  expect(expected.of(named('d', 'a')).from).toBe('nothing');
});
