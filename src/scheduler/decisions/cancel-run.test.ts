import { describe, expect, it } from 'vitest';
import { Decider, kindsOf, runsIn, tasksIn } from '../testing/decider.ts';
import { asks, behind, cancelRun, nodes, runningRun, spec, task } from '../testing/rows.ts';

const chain = spec({ a: task(), b: behind(['a']) });

describe('cancel', () => {
  it('W09: what waits is cancelled, what runs is revoked, then the run ends', () => {
    const story = new Decider(...runningRun(chain), ...nodes('n1'));
    story.assign();
    const { facts, effects } = story.when(asks(cancelRun('r1')));
    expect(tasksIn(facts)).toEqual(['a: queued', 'b: cancelled']);
    expect(runsIn(facts)).toEqual(['r1: cancelling']);
    expect(kindsOf(effects)).toEqual(['revoke', 'answer']);
    const end = story.when(story.ends('a', 'cancelled'));
    expect(tasksIn(end.facts)).toEqual(['a: cancelled']);
    expect(runsIn(end.facts)).toEqual(['r1: cancelled']);
  });

  it('a run without live attempts ends at once', () => {
    const story = new Decider(...runningRun(chain));
    const { facts } = story.when(asks(cancelRun('r1')));
    expect(runsIn(facts)).toEqual(['r1: cancelling', 'r1: cancelled']);
    expect(tasksIn(facts)).toEqual(['a: cancelled', 'b: cancelled']);
  });

  it('T03: a task that waits for its retry is cancelled, and its retry never comes', () => {
    const story = new Decider(...runningRun(spec({ a: task({ retries: 3 }) })), ...nodes('n1'));
    story.assign();
    story.when(story.ends('a', 'failed'));
    const { facts } = story.when(asks(cancelRun('r1')));
    expect(tasksIn(facts)).toEqual(['a: cancelled']);
    story.wait(10_000).wake();
    expect(story.assign().facts).toEqual([]);
  });

  it('a failure while the run is being cancelled is not retried', () => {
    const story = new Decider(...runningRun(spec({ a: task({ retries: 3 }) })), ...nodes('n1'));
    story.assign();
    story.when(asks(cancelRun('r1')));
    const { facts } = story.when(story.ends('a', 'failed'));
    expect(tasksIn(facts)).toEqual(['a: cancelled']);
    expect(runsIn(facts)).toEqual(['r1: cancelled']);
  });

  it('asked twice it is told the same, and revokes once', () => {
    const story = new Decider(...runningRun(chain), ...nodes('n1'));
    story.assign();
    const first = story.when(asks(cancelRun('r1')));
    const second = story.when(asks(cancelRun('r1')));
    expect(second.answer).toEqual(first.answer);
    expect(kindsOf(second.effects)).toEqual(['answer']);
  });

  it('W20: a run whose time is up is cancelled and fails', () => {
    const content = spec({ a: task() }, { timeoutMs: 5000 });
    const story = new Decider(...runningRun(content), ...nodes('n1'));
    story.assign();
    expect(story.wait(4999).wake().facts).toEqual([]);
    expect(runsIn(story.wait(1).wake().facts)).toEqual(['r1: cancelling']);
    const { facts } = story.when(story.ends('a', 'cancelled'));
    expect(facts.at(-1)?.row).toMatchObject({
      status: 'failed',
      reason: 'timed out after 5000 ms',
    });
  });

  it('refuses a run that nobody knows, and one that has ended', () => {
    const story = new Decider(...runningRun(chain));
    expect(story.when(asks(cancelRun('x'))).answer).toMatchObject({
      error: { code: 'RUN_NOT_FOUND' },
    });
    story.when(asks(cancelRun('r1')));
    expect(story.when(asks(cancelRun('r1'))).answer).toMatchObject({
      error: { code: 'RUN_ENDED' },
    });
  });
});
