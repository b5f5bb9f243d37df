import { expect, test } from 'vitest';
import { dagId } from '../../base/brand.ts';
import type { Command } from '../../model/command.ts';
import { Decider, rowsOf } from '../testing/decider.ts';
import { applyDag, asks, dagFacts, here, spec, task } from '../testing/rows.ts';

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

const hourMs = 3_600_000;
const hourly = spec(
  { a: task() },
  { schedules: [{ kind: 'every', everyMs: hourMs, jitterMs: 0 }] },
);
const skipsOf = (story: Decider) =>
  story.state.schedule(here, dagId('d'))?.skips?.map(({ count, reason }) => `${reason} ${count}`);

test('L072: what comes while it is paused starts no run, and is written down when it ends', () => {
  const story = new Decider(...dagFacts('d', hourly));
  story.when(asks(pause(true)));
  expect(story.state.dag(here, dagId('d'))?.pausedAt).toBe(story.now);
  expect(story.wait(3 * hourMs).wake().facts).toEqual([]);
  story.when(asks(pause(false)));
  expect(skipsOf(story)).toEqual(['paused 3']);
  expect(story.state.dag(here, dagId('d'))?.pausedAt).toBeUndefined();
  expect(rowsOf('run', story.wake().facts)).toEqual([]);
  expect(rowsOf('run', story.wait(hourMs).wake().facts).length).toBeGreaterThan(0);
});

test('with a catch-up rule the runs of a pause are made up for', () => {
  const story = new Decider(...dagFacts('d', { ...hourly, catchUp: allOfThem }));
  story.when(asks(pause(true)));
  story.wait(3 * hourMs).when(asks(pause(false)));
  expect(skipsOf(story)).toBeUndefined();
  story.wake();
  expect([...story.state.runs()]).toHaveLength(3);
});

const allOfThem = { windowMs: null, coalesce: false } as const;

test('W13: a DAG that was deleted and comes back lets go what came in between', () => {
  const story = new Decider(...dagFacts('d', hourly));
  story.when(asks({ kind: 'delete-dag', namespace: here, dagId: dagId('d') }));
  story.wait(2 * hourMs).when(asks(applyDag('d', { ...hourly, description: 'back' })));
  expect(skipsOf(story)).toEqual(['deleted 2']);
});

test('a DAG whose calendar is not there is refused', () => {
  const calendar = { include: 'workdays', exclude: null, shift: 'none' } as const;
  const schedules = [
    {
      kind: 'cron',
      expression: '0 9 * * *',
      timezone: 'UTC',
      dst: 'once',
      jitterMs: 0,
      calendar,
    } as const,
  ];
  const { answer } = new Decider().when(asks(applyDag('d', { ...hourly, schedules })));
  expect(answer).toMatchObject({
    ok: false,
    error: { code: 'DAG_INVALID', detail: expect.stringContaining('workdays') },
  });
});
