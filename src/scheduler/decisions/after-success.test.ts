import { describe, expect, it } from 'vitest';
import { runId, taskId } from '../../base/brand.ts';
import type { RepeatSpec } from '../../model/dag-flow.ts';
import { taskKey } from '../../model/keys.ts';
import { begun } from '../testing/begun.ts';
import { type Decider, tasksIn } from '../testing/decider.ts';
import { asks, behind, cancelRun, here, later, task } from '../testing/rows.ts';

const repeating = (differs: Partial<RepeatSpec> = {}): Decider => {
  const repeat = { until: 'output.done', max: 3, delayMs: 1000, ...differs };
  const story = begun({ a: task({ repeat, retries: 1 }), b: behind(['a']) });
  story.assign();
  return story;
};

const outputOf = (story: Decider): string | undefined =>
  story.state.run(here, runId('r1'))?.outputs.get(taskKey(here, runId('r1'), taskId('a'), 0))?.json;

/** One round ends with an output; the next one begins when it is due. */
const round = (story: Decider, output: string | null): readonly string[] => {
  const { facts } = story.when(story.ends('a', 'success', { output }));
  story.wait(1000).wake();
  story.assign();
  return tasksIn(facts);
};

describe('repeat', () => {
  it('goes round until its expression is true, and frees its children only then', () => {
    const story = repeating();
    expect(round(story, '{"done":false}')).toEqual(['a: deferred']);
    expect(story.row('a')).toMatchObject({ status: 'queued', rounds: 1, attempt: { number: 2 } });
    expect(story.status('b')).toBeUndefined();
    expect(round(story, '{"done":true}')).toEqual(['a: success']);
    expect(outputOf(story)).toBe('{"done":true}');
    expect(story.status('b')).toBe('queued');
  });

  it('waits between two rounds without a slot', () => {
    const story = repeating({ delayMs: 60_000 });
    story.when(story.ends('a', 'success', { output: '{"done":false}' }));
    expect(story.row('a')).toMatchObject({
      ...{ status: 'deferred', until: later(60_000), waitsFor: { kind: 'round' } },
    });
    expect(story.board.load('n1')).toEqual({});
    expect(tasksIn(story.wait(59_999).wake().facts)).toEqual([]);
    expect(tasksIn(story.assign().facts)).toEqual([]);
  });

  it('fails after its last round, and leaves no output', () => {
    const story = repeating();
    for (let rounds = 0; rounds < 3; rounds += 1) round(story, '{"done":false}');
    expect(story.row('a')).toMatchObject({
      ...{ status: 'failed', rounds: 3 },
      reason: 'after 3 rounds it is still not true that output.done',
    });
    expect(outputOf(story)).toBeUndefined();
  });

  it('an expression that fails, fails the task', () => {
    const story = repeating();
    round(story, '{"rows":1}');
    expect(story.row('a')).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining('its `until` cannot be evaluated: '),
    });
  });

  it('each round sees the output of the one before', () => {
    const story = repeating({ until: 'tasks.a.output.page == 2' });
    round(story, '{"page":1}');
    expect(outputOf(story)).toBe('{"page":1}');
    round(story, '{"page":2}');
    expect(story.status('a')).toBe('success');
  });

  it('an output of a round does not outlive a round without one', () => {
    const story = repeating({ until: 'output == null' });
    round(story, '1');
    round(story, null);
    expect(story.status('a')).toBe('success');
    expect(outputOf(story)).toBeUndefined();
  });

  it('each round has its own retries; one that fails for good ends the task', () => {
    const story = repeating();
    story.when(story.ends('a', 'failed'));
    story.wait(1000).wake();
    story.assign();
    round(story, '{"done":false}');
    expect(story.row('a')).toMatchObject({ status: 'queued', tries: 0, rounds: 1 });
    story.when(story.ends('a', 'failed'));
    expect(story.status('a')).toBe('up_for_retry');
    story.wait(1000).wake();
    story.assign();
    story.when(story.ends('a', 'failed'));
    expect(story.status('a')).toBe('failed');
    expect(outputOf(story)).toBeUndefined();
  });

  it('a cancelled run goes round no more', () => {
    const story = repeating();
    story.when(asks(cancelRun('r1')));
    const { facts } = story.when(story.ends('a', 'success', { output: '{"done":false}' }));
    expect(tasksIn(facts)[0]).toBe('a: cancelled');
  });
});

describe('branches by output', () => {
  const branching = (): Decider => {
    const story = begun({
      a: task({ branches: true }),
      left: behind(['a']),
      right: behind(['a'], { group: 'side.inner' }),
      end: behind(['left', 'right'], { triggerRule: 'none_failed_min_one_success' }),
    });
    story.assign();
    return story;
  };

  it.each([
    ['"left"', 'left'],
    ['["left"]', 'left'],
    ['{"follow":"left","rows":3}', 'left'],
    ['"side"', 'right'],
  ])('%s follows %s alone', (output, followed) => {
    const story = branching();
    story.when(story.ends('a', 'success', { output }));
    const other = followed === 'left' ? 'right' : 'left';
    expect([story.status(followed), story.status(other)]).toEqual([undefined, 'skipped']);
  });

  it.each([['null'], ['[]'], [null]])('%s follows nobody', (output) => {
    const story = branching();
    story.when(story.ends('a', 'success', { output }));
    expect(['left', 'right', 'end'].map((id) => story.status(id))).toEqual([
      'skipped',
      'skipped',
      'skipped',
    ]);
  });

  it.each([['12'], ['["left", 3]'], ['{"rows":3}']])('%s says nothing, so it fails', (output) => {
    const story = branching();
    story.when(story.ends('a', 'success', { output }));
    const known = output === '{"rows":3}' ? 'output must be' : 'it branches, so its output must be';
    expect(story.row('a')).toMatchObject({
      ...{ status: 'failed', reason: expect.stringContaining(known) },
    });
  });

  it('a name that is no child is told, with those that are', () => {
    const story = branching();
    story.when(story.ends('a', 'success', { output: '["left","nobody"]' }));
    expect(story.row('a')).toMatchObject({
      ...{ status: 'failed', reason: 'its output names nobody, and its children are: left, right' },
    });
    expect(outputOf(story)).toBeUndefined();
  });
});
