import { expect, test } from 'vitest';
import { dagId } from '../../base/brand.ts';
import type { Command } from '../../model/command.ts';
import { Decider, rowsOf } from '../testing/decider.ts';
import { asks, dagFacts, here, spec, task } from '../testing/rows.ts';

const pause = (paused: boolean, dag = 'd'): Command => ({
  kind: 'pause-dag',
  namespace: here,
  dagId: dagId(dag),
  paused,
});

test('a DAG is paused and unpaused, each by one fact, and only if it is not so already', () => {
  const story = new Decider(...dagFacts('d', spec({ a: task() })));
  const wanted = [true, true, false, false];
  const written = wanted.map((paused) => {
    const { facts, answer } = story.when(asks(pause(paused)));
    expect(answer).toEqual({ ok: true, value: { kind: 'dag-paused', paused } });
    expect(story.state.dag(here, dagId('d'))?.paused).toBe(paused);
    return rowsOf('dag', facts).map((row) => row?.paused);
  });
  expect(written).toEqual([[true], [], [false], []]);
});

test('a DAG that is not there cannot be paused', () => {
  const { answer } = new Decider().when(asks(pause(true, 'none')));
  expect(answer).toMatchObject({ ok: false, error: { code: 'DAG_NOT_FOUND' } });
});
