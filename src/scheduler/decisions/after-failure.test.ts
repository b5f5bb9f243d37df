import { describe, expect, it } from 'vitest';
import { runId } from '../../base/brand.ts';
import type { TaskSpec } from '../../model/dag.ts';
import type { SensorSpec } from '../../model/dag-flow.ts';
import { begun } from '../testing/begun.ts';
import { type Decider, tasksIn } from '../testing/decider.ts';
import { asks, cancelRun, here, later, task } from '../testing/rows.ts';

const looking = (sensor: Partial<SensorSpec> = {}, differs: Partial<TaskSpec> = {}): Decider => {
  const spec: SensorSpec = { everyMs: 10_000, giveUpMs: 25_000, onTimeout: 'fail', ...sensor };
  const story = begun({ a: task({ sensor: spec, ...differs }) });
  story.assign();
  return story;
};

/** A look says "not yet"; the next one begins when it is due. */
const look = (story: Decider, ms = 10_000): readonly string[] => {
  story.when(story.ends('a', 'failed'));
  story.wait(ms).wake();
  return tasksIn(story.assign().facts);
};

describe('sensors', () => {
  it('a failed look waits for the next one without a slot, and is no try', () => {
    const story = looking();
    story.when(story.ends('a', 'failed'));
    expect(story.row('a')).toMatchObject({
      ...{ status: 'deferred', until: later(10_000), tries: 0 },
      waitsFor: { kind: 'look', looks: 1, giveUpAt: later(25_000) },
    });
    expect(story.board.load('n1')).toEqual({});
    expect(tasksIn(story.wait(9999).wake().facts)).toEqual([]);
    expect(tasksIn(story.assign().facts)).toEqual([]);
    story.wait(1).wake();
    expect(tasksIn(story.assign().facts)).toEqual(['a: queued']);
  });

  it('succeeds with the look that finds what it waits for', () => {
    const story = looking();
    look(story);
    story.when(story.ends('a', 'success', { output: '1' }));
    expect(story.row('a')).toMatchObject({ status: 'success', looked: { looks: 1 } });
  });

  it('a look that is too slow is "not yet" as well', () => {
    const story = looking();
    story.when(story.ends('a', 'timed_out'));
    expect(story.status('a')).toBe('deferred');
  });

  it.each([
    ['fail', 'failed'],
    ['skip', 'skipped'],
  ] as const)('gives up in time, counted from the first look: %s', (onTimeout, status) => {
    const story = looking({ onTimeout });
    look(story);
    look(story);
    story.when(story.ends('a', 'failed'));
    expect(story.row('a')).toMatchObject({ until: later(25_000) });
    expect(tasksIn(story.wait(5000).wake().facts)).toEqual([`a: ${status}`]);
    expect(story.row('a')).toMatchObject({
      reason: 'what it waits for did not come within 25s',
    });
  });

  it('a look that ends behind the time to give up is the last one', () => {
    const story = looking();
    story.wait(30_000);
    story.when(story.ends('a', 'failed'));
    expect(story.status('a')).toBe('failed');
  });

  it('looks for ever if it is never to give up, and remembers the newest looks', () => {
    const story = looking({ giveUpMs: null });
    for (let looks = 0; looks < 25; looks += 1) expect(look(story)).toEqual(['a: queued']);
    const row = story.row('a');
    expect(row?.attempts).toHaveLength(10);
    expect(row).toMatchObject({ attempt: { number: 26 }, looked: { looks: 25, giveUpAt: null } });
  });

  it('W28: a new leader goes on with the looks and the time to give up', () => {
    const story = looking();
    look(story);
    story.board.rebuild();
    expect(story.row('a')).toMatchObject({ looked: { looks: 1, giveUpAt: later(25_000) } });
    story.when(story.ends('a', 'failed'));
    story.board.rebuild();
    story.wait(10_000).wake();
    expect(tasksIn(story.assign().facts)).toEqual(['a: queued']);
  });

  it('a failure that must not be retried, or is named, is one', () => {
    const forGood = looking();
    forGood.when(forGood.ends('a', 'failed', { retryable: false }));
    expect(forGood.status('a')).toBe('failed');
    const named = looking({}, { noRetryOn: { exitCodes: [3], errors: null } });
    named.when(named.ends('a', 'failed', { exitCode: 3 }));
    expect(named.status('a')).toBe('failed');
  });

  it('a cancelled run looks no more', () => {
    const story = looking();
    story.when(asks(cancelRun('r1')));
    expect(tasksIn(story.when(story.ends('a', 'failed')).facts)).toEqual(['a: cancelled']);
  });

  it('nothing looks in a paused run; resumed, it does', () => {
    const story = looking();
    story.when(story.ends('a', 'failed'));
    const pause = (paused: boolean) =>
      asks({ kind: 'pause-run', namespace: here, runId: runId('r1'), paused });
    story.when(pause(true));
    story.wait(10_000).wake();
    expect(tasksIn(story.assign().facts)).toEqual([]);
    story.when(pause(false));
    story.wake();
    expect(tasksIn(story.assign().facts)).toEqual(['a: queued']);
  });
});

describe('retries by kind of failure', () => {
  const failing = (differs: Partial<TaskSpec>): Decider => {
    const story = begun({ a: task({ retries: 5, ...differs }) });
    story.assign();
    return story;
  };
  const statusAfter = (story: Decider, end: Parameters<Decider['ends']>[2]): string | undefined => {
    story.when(story.ends('a', 'failed', end));
    return story.status('a');
  };

  it('only what `retryOn` names is retried', () => {
    const rule = { exitCodes: [75], errors: ['ValueError'] };
    const story = (): Decider => failing({ retryOn: rule });
    expect(statusAfter(story(), { exitCode: 75 })).toBe('up_for_retry');
    expect(statusAfter(story(), { exitCode: 1, errorClass: 'ValueError' })).toBe('up_for_retry');
    expect(statusAfter(story(), { exitCode: 1, errorClass: 'TypeError' })).toBe('failed');
    expect(statusAfter(story(), { exitCode: 2 })).toBe('failed');
  });

  it('what `noRetryOn` names is not, even if the other rule names it too', () => {
    const rule = { exitCodes: null, errors: ['http'] };
    const never = { exitCodes: null, errors: ['http_404'] };
    const story = (): Decider => failing({ retryOn: rule, noRetryOn: never });
    expect(statusAfter(story(), { exitCode: null, errorClass: 'http_503' })).toBe('up_for_retry');
    expect(statusAfter(story(), { exitCode: null, errorClass: 'http_404' })).toBe('failed');
  });

  it('exit code 100 is never retried', () => {
    const story = failing({ retryOn: { exitCodes: [100], errors: null } });
    expect(statusAfter(story, { exitCode: 100, retryable: false })).toBe('failed');
  });

  it('the class is kept with the attempt', () => {
    const story = failing({});
    statusAfter(story, { errorClass: 'ValueError' });
    expect(story.row('a')?.attempts).toMatchObject([{ errorClass: 'ValueError' }]);
  });
});
