import { describe, expect, it } from 'vitest';
import { runId, taskId, token } from '../../base/brand.ts';
import { Decider, kindsOf, rowsOf, tasksIn } from '../testing/decider.ts';
import {
  attemptId,
  behind,
  executorOf,
  later,
  nodes,
  report,
  runningRun,
  spec,
  task,
} from '../testing/rows.ts';

/** One running run of one task, which stands assigned on n1. */
function assigned(differs: Parameters<typeof task>[0] = {}): Decider {
  const story = new Decider(...runningRun(spec({ a: task(differs) })), ...nodes('n1'));
  story.assign();
  return story;
}

describe('attempts ended', () => {
  it.each([0, 1, 3])('T04: retries %i means that many attempts after the first', (retries) => {
    const story = assigned({ retries });
    let attempts = 0;
    while (story.status('a') === 'queued') {
      attempts += 1;
      story.when(story.ends('a', 'failed'));
      story.wait(1000).wake();
      if (story.state.count('run') > 0) story.assign();
    }
    expect(attempts).toBe(retries + 1);
  });

  it('T05: a retry is a new attempt with a new token, made when it is due, through queued', () => {
    const story = assigned({ retries: 1, retryDelayMs: 5000 });
    const first = story.live('a').attempt;
    story.when(story.ends('a', 'failed'));
    expect(story.row('a')).toMatchObject({ status: 'up_for_retry', retryAt: later(5000) });
    story.wait(4999).wake();
    expect(tasksIn(story.assign().facts)).toEqual([]);
    story.wait(1).wake();
    expect(tasksIn(story.assign().facts)).toEqual(['a: queued']);
    expect(story.live('a').attempt.number).toBe(2);
    expect(story.live('a').attempt.token).toBeGreaterThan(first.token);
  });

  it('T06: a failure with a retry left is one transition, nobody sees `failed`', () => {
    const story = assigned({ retries: 1 });
    const { facts } = story.when(story.ends('a', 'failed'));
    expect(tasksIn(facts)).toEqual(['a: up_for_retry']);
    expect(rowsOf('task', facts)[0]?.attempts[0]?.outcome).toBe('failed');
  });

  it('T15: every way to end an attempt frees its room', () => {
    for (const outcome of ['success', 'failed', 'skipped', 'timed_out', 'cancelled'] as const) {
      const story = assigned({ retries: 1 });
      expect(story.board.load('n1')).toEqual({ slots: 1 });
      story.when(story.ends('a', outcome));
      expect(story.board.load('n1')).toEqual({});
      expect(story.board.attemptsOn('n1').size).toBe(0);
    }
  });

  it('W07: a result under an older token is acked, counted, and touches nothing', () => {
    const story = assigned({ retries: 1, retryDelayMs: 0 });
    const old = story.ends('a', 'success', { output: '"old"' });
    story.when(story.ends('a', 'failed'));
    story.wake();
    story.assign();
    const { facts, effects, superseded } = story.when(old);
    expect(facts).toEqual([]);
    expect(superseded).toBe(1);
    expect(kindsOf(effects)).toEqual(['ack']);
    expect(story.status('a')).toBe('queued');
  });

  it('T17: the same report twice in one message counts once', () => {
    const story = assigned();
    const end = story.ends('a');
    const { facts, superseded } = story.when(end, end);
    expect(tasksIn(facts)).toEqual(['a: success']);
    expect(superseded).toBe(1);
  });

  it('a report for a task that nobody knows is acked and forgotten', () => {
    const story = new Decider();
    const id = attemptId(runId('gone'), taskId('a'), token(7));
    const { facts, effects } = story.when({
      kind: 'attempts-ended',
      executor: executorOf('n1'),
      reports: [report(id, 'success')],
    });
    expect(facts).toEqual([]);
    expect(effects).toEqual([{ kind: 'ack', to: executorOf('n1'), tokens: [7] }]);
  });

  it('a failure that must not be retried ends the task', () => {
    const story = assigned({ retries: 5 });
    const { facts } = story.when(story.ends('a', 'failed', { retryable: false }));
    expect(tasksIn(facts)).toEqual(['a: failed']);
  });

  it('an end that nobody asked for is a lost attempt: repeated, and not counted as a try', () => {
    const story = assigned({ retries: 0 });
    story.when(story.ends('a', 'cancelled', { error: 'the lease ended' }));
    expect(story.row('a')).toMatchObject({ status: 'up_for_retry', tries: 0 });
    story.wake();
    expect(tasksIn(story.assign().facts)).toEqual(['a: queued']);
  });

  it('the output of a success goes to the children, that of a failure is dropped', () => {
    const content = spec({
      good: task(),
      bad: task(),
      end: behind(['good', 'bad'], { triggerRule: 'all_done' }),
    });
    const story = new Decider(...runningRun(content), ...nodes('n1'));
    story.assign();
    story.when(story.ends('good', 'success', { output: '{"rows":3}' }));
    story.when(story.ends('bad', 'failed', { output: '"half"' }));
    const [effect] = story.assign().effects;
    expect(effect).toMatchObject({ dispatch: { upstream: { good: '{"rows":3}' } } });
  });
});

describe('attempts started', () => {
  const started = (story: Decider, of = story.live('a')) => ({
    kind: 'attempts-started' as const,
    executor: executorOf('n1'),
    attempts: [{ id: attemptId(of.runId, of.taskId, of.attempt.token), startedAt: later(5) }],
  });

  it('T16: an attempt is running only after its executor said so', () => {
    const story = assigned();
    expect(story.status('a')).toBe('queued');
    story.when(started(story));
    expect(story.row('a')).toMatchObject({ status: 'running', startedAt: later(5) });
    expect(story.board.load('n1')).toEqual({ slots: 1 });
  });

  it('T16: the start of an attempt that has ended, or of an older one, is not recorded', () => {
    const story = assigned({ retries: 1, retryDelayMs: 0 });
    const late = started(story);
    story.when(story.ends('a', 'failed'));
    expect(story.when(late).facts).toEqual([]);
    story.wake();
    story.assign();
    expect(story.when(late).facts).toEqual([]);
    expect(story.status('a')).toBe('queued');
  });
});
