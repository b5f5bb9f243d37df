import { expect, test } from 'vitest';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import { defaultSettings } from './messages.ts';
import { dispatchOf, ExecutorStory } from './testing/executor-story.ts';

const { announceMs, gather } = defaultSettings;
const { attemptsMin, msPerAttempt, msMax } = gather;

/** An executor with so many attempts under way: `t1`, `t2`… */
function busyWith(count: number): ExecutorStory {
  const story = new ExecutorStory({ clock: new VirtualClock(), capacity: { slots: 1000 } });
  story.answer();
  const tokens = Array.from({ length: count }, (_, at) => at + 1);
  story.dispatch(tokens.map((token) => dispatchOf(`t${token}`, token)));
  return story;
}

const sizes = (story: ExecutorStory): number[] =>
  story.messages('ended').map(({ reports }) => reports.length);

test('in a crowd of short attempts the first report leaves at once, the next ones together', () => {
  const story = busyWith(40 + 3);
  story.end('t1');
  expect(sizes(story)).toEqual([1]);
  story.end('t2');
  story.clock.advance(40 * msPerAttempt - 1);
  story.end('t3');
  expect(sizes(story)).toEqual([1]);
  story.clock.advance(1);
  expect(sizes(story)).toEqual([1, 2]);
  story.clock.advance(msMax);
  expect(sizes(story)).toEqual([1, 2]);
});

test('no crowd is large enough to keep a report for longer than the limit', () => {
  const story = busyWith(1000);
  story.end('t1');
  story.end('t2');
  story.clock.advance(msMax - 1);
  expect(sizes(story)).toEqual([1]);
  story.clock.advance(1);
  expect(sizes(story)).toEqual([1, 1]);
});

test('what waits for company leaves at once when the crowd is gone', () => {
  const story = busyWith(attemptsMin + 2);
  story.end('t1');
  story.end('t2');
  expect(sizes(story)).toEqual([1]);
  story.end('t3');
  expect(sizes(story)).toEqual([1, 2]);
});

test('where few attempts are under way, each report leaves at once', () => {
  const story = busyWith(attemptsMin);
  for (const task of ['t1', 't2', 't3', 't4']) story.end(task);
  expect(sizes(story)).toEqual([1, 1, 1, 1]);
});

test('attempts that last are no crowd, however many they are', () => {
  const story = busyWith(attemptsMin + 10);
  for (let at = 1; at <= attemptsMin; at++) story.begin(`t${at}`);
  story.clock.advance(announceMs);
  story.answer();
  story.end('t20');
  story.end('t21');
  expect(sizes(story)).toEqual([1, 1]);
  // Also when those that lasted have ended.
  for (let at = 1; at <= attemptsMin; at++) story.end(`t${at}`);
  expect(sizes(story)).toHaveLength(2 + attemptsMin);
});

test('a report that is due again in a crowd waits no longer than the others', () => {
  const story = busyWith(attemptsMin + 3);
  story.end('t1');
  story.liveOn(999);
  story.end('t2');
  story.clock.advance(msMax);
  const tasks = story.messages('ended').map(({ reports }) => reports.map(({ id }) => id.taskId));
  expect(tasks).toEqual([['t1'], ['t2'], ['t1']]);
});
