import { describe, expect, it } from 'vitest';
import { logIndex, runId, taskId, term } from '../base/brand.ts';
import type { Command } from '../model/command.ts';
import type { HookMoment } from '../model/dag-flow.ts';
import { taskKey } from '../model/keys.ts';
import { giveWay, standBackMs } from './give-way.ts';
import { begun } from './testing/begun.ts';
import { type Decider, kindsOf, tasksIn } from './testing/decider.ts';
import { asks, cancelRun, executorOf, here, task } from './testing/rows.ts';
import { Turn } from './turn.ts';

const givesWay = { to: 'preempted', reason: 'x of r9 needs its room' } as const;

/** Task `a` stands assigned on n1. */
function assigned(differs: Parameters<typeof task>[0] = {}): Decider {
  const story = begun({ a: task(differs) });
  story.assign();
  return story;
}

/** A turn in which `a` is asked to give way. */
function ask(story: Decider, versionMax: 2 | 3 = 3): Turn {
  const place = { term: term(1), index: logIndex(99), at: story.now, versionMax };
  const turn = new Turn({ state: story.state, board: story.board }, place);
  turn.decide({ what: 'preempt', by: 'scheduler' }, () => giveWay(turn, story.live('a'), givesWay));
  return turn;
}

describe('an attempt that is asked to give way', () => {
  it('W11: keeps its room until it is gone; then its task waits, and no try is used up', () => {
    const story = assigned();
    const before = story.live('a').attempt;
    expect(kindsOf(ask(story).effects)).toEqual(['revoke']);
    expect(story.board.load('n1').slots).toBe(1);
    story.when(story.ends('a', 'cancelled', { error: 'stopped' }));
    expect(story.board.load('n1').slots ?? 0).toBe(0);
    const retryAt = story.now + standBackMs.first;
    expect(story.row('a')).toMatchObject({
      ...{ status: 'up_for_retry', retryAt, tries: 0, reason: givesWay.reason },
      attempts: [{ number: 1, token: before.token, outcome: 'preempted', error: givesWay.reason }],
    });
    story.wait(standBackMs.first);
    story.wake();
    expect(tasksIn(story.assign().facts)).toEqual(['a: queued']);
    expect(story.live('a').attempt).toMatchObject({ number: 2, revoked: false });
    expect(story.live('a').attempt.givesWay).toBeUndefined();
  });

  it('stands back for twice as long each time in a row: nobody is preempted for ever', () => {
    const story = assigned();
    const waits: number[] = [];
    for (let time = 0; time < 12; time++) {
      ask(story);
      story.when(story.ends('a', 'cancelled', { error: 'stopped' }));
      const row = story.row('a');
      const waitMs = row?.status === 'up_for_retry' ? row.retryAt - story.now : Number.NaN;
      waits.push(waitMs);
      story.wait(waitMs);
      story.wake();
      story.assign();
    }
    expect(waits.slice(0, 4)).toEqual([100, 200, 400, 800]);
    expect(waits.slice(-2)).toEqual([60_000, 60_000]);
  });

  it('is asked once', () => {
    const story = assigned();
    ask(story);
    expect(ask(story).effects).toEqual([]);
  });

  it('is left alone when its task must not be begun twice', () => {
    const story = assigned({ idempotent: false });
    expect(ask(story).decisions).toEqual([]);
  });

  it('is left alone while a member of the cluster would take its task for cancelled', () => {
    const story = assigned();
    expect(ask(story, 2).decisions).toEqual([]);
  });

  it('may have succeeded before it heard of it', () => {
    const story = assigned();
    ask(story);
    expect(tasksIn(story.when(story.ends('a')).facts)).toEqual(['a: success']);
  });

  it('may have failed before it heard of it: that is a try', () => {
    const story = assigned({ retries: 1 });
    ask(story);
    story.when(story.ends('a', 'failed'));
    expect(story.row('a')).toMatchObject({ status: 'up_for_retry', tries: 1 });
  });

  it('is lost when its node is, and not taken for one that gave way', () => {
    const story = assigned();
    ask(story);
    story.when({ kind: 'node-lost', executor: executorOf('n1') });
    expect(story.row('a')).toMatchObject({
      ...{ status: 'up_for_retry', attempts: [{ outcome: 'lost' }] },
    });
  });

  it('ends with its run, when that is cancelled meanwhile', () => {
    const story = assigned();
    ask(story);
    expect(kindsOf(story.when(asks(cancelRun('r1'))).effects)).not.toContain('revoke');
    expect(tasksIn(story.when(story.ends('a', 'cancelled')).facts)).toEqual(['a: cancelled']);
  });

  it('ends as a person marks it meanwhile', () => {
    const story = assigned();
    ask(story);
    const mark: Command = {
      ...{ kind: 'mark-tasks', namespace: here, runId: runId('r1'), tasks: [taskId('a')] },
      ...{ mapIndex: null, as: 'skipped', note: '', force: true },
    };
    story.when(asks(mark));
    story.when(story.ends('a', 'cancelled'));
    expect(story.row('a')).toMatchObject({ status: 'skipped', markedBy: 'ada' });
  });

  it('of a repeat: the next attempt finds what the round before has left', () => {
    const story = assigned({ repeat: { until: 'output.done', max: 3, delayMs: 0 } });
    story.when(story.ends('a', 'success', { output: '{"done":false}' }));
    story.wake();
    story.assign();
    ask(story);
    story.when(story.ends('a', 'cancelled'));
    const key = taskKey(here, runId('r1'), taskId('a'), 0);
    const outputs = story.state.run(here, runId('r1'))?.outputs;
    expect(outputs?.get(key)?.json).toBe('{"done":false}');
    expect(story.row('a')).toMatchObject({ status: 'up_for_retry', rounds: 1 });
  });

  it('is no failure and no retry to the hooks of its task', () => {
    const hook = (on: HookMoment) => task({ role: { kind: 'hook', on, of: taskId('a') } });
    const tasks = { a: task(), again: hook('retry'), over: hook('exit'), no: hook('failure') };
    const story = begun(tasks);
    story.assign();
    ask(story);
    expect(tasksIn(story.when(story.ends('a', 'cancelled')).facts)).toEqual(['a: up_for_retry']);
  });
});
