import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import { incarnation, term } from '../base/brand.ts';
import { failedWith } from './runner.ts';
import {
  attemptId,
  dispatchOf,
  ExecutorStory,
  killed,
  leaseMs,
  ownIncarnation,
} from './testing/executor-story.ts';

const newStory = (options: { slots?: number } = {}): ExecutorStory =>
  new ExecutorStory({ clock: new VirtualClock(), ...options });

/** An executor whose lease runs: its first heartbeat was answered. */
function leased(options: { slots?: number } = {}): ExecutorStory {
  const story = newStory(options);
  story.answer();
  return story;
}

describe('executor: dispatch', () => {
  test('a dispatch under a running lease starts the work', () => {
    const story = leased();
    story.dispatch([dispatchOf('a', 1)]);
    expect(story.starts('a')).toBe(1);
    expect(story.executor.status()).toMatchObject({ attempts: 1, leased: true });
  });

  test('before the first answer nothing starts, and nothing is fenced', () => {
    const story = newStory();
    story.dispatch([dispatchOf('a', 1)]);
    expect(story.starts('a')).toBe(0);
    story.answer();
    story.dispatch([dispatchOf('a', 1)]);
    expect(story.starts('a')).toBe(1);
  });

  test('a dispatch that arrives after the lease of its heartbeat starts nothing', () => {
    const story = leased();
    const leaseSeq = story.newestSeq;
    story.liveOn(leaseMs);
    story.dispatch([dispatchOf('a', 1)], { leaseSeq });
    expect(story.starts('a')).toBe(0);
  });

  test('a dispatch proves the answer that was lost', () => {
    const story = leased();
    story.clock.advance(leaseMs - 1);
    story.dispatch([dispatchOf('a', 1)]);
    story.clock.advance(500);
    expect(story.work('a').signals).toEqual([]);
  });

  test('a dispatch with a heartbeat that was never sent starts nothing', () => {
    const story = leased();
    story.dispatch([dispatchOf('a', 1)], { leaseSeq: 99 });
    expect(story.starts('a')).toBe(0);
  });

  test('a dispatch that comes twice starts once', () => {
    const story = leased();
    story.dispatch([dispatchOf('a', 1)]);
    story.dispatch([dispatchOf('a', 1)]);
    story.end('a');
    story.dispatch([dispatchOf('a', 1)]);
    story.ack(attemptId('a', 1));
    story.dispatch([dispatchOf('a', 1)]);
    expect(story.starts('a')).toBe(1);
  });

  test('a dispatch of an attempt that has ended here brings its report again at once', () => {
    const story = leased();
    story.dispatch([dispatchOf('a', 1)]);
    story.end('a');
    story.dispatch([dispatchOf('a', 1)]);
    expect(story.reports.map(({ outcome }) => outcome)).toEqual(['success', 'success']);
  });

  test('a token lower than one that was seen is refused', () => {
    const story = leased();
    story.dispatch([dispatchOf('a', 7)]);
    story.end('a');
    story.ack(attemptId('a', 7));
    story.dispatch([dispatchOf('a', 6)]);
    expect(story.starts('a')).toBe(1);
  });

  test('a newer token kills the older attempt, and starts only when that is gone', () => {
    const story = leased();
    story.dispatch([dispatchOf('a', 1)]);
    story.dispatch([dispatchOf('a', 2)]);
    expect(story.work('a').signals).toEqual(['KILL']);
    expect(story.starts('a')).toBe(1);
    story.end('a', killed);
    story.dispatch([dispatchOf('a', 2)]);
    expect(story.starts('a')).toBe(2);
    expect(story.reports[0]).toMatchObject({ id: { token: 1 }, outcome: 'cancelled' });
  });

  test('what does not fit is refused, and fits when room is free again', () => {
    const story = leased({ slots: 2 });
    story.dispatch([dispatchOf('a', 1), dispatchOf('b', 2), dispatchOf('c', 3)]);
    expect(story.works.length).toBe(2);
    story.end('a');
    story.dispatch([dispatchOf('c', 3)]);
    expect(story.starts('c')).toBe(1);
  });

  test('an attempt takes a slot even if its task says nothing of slots', () => {
    const story = leased({ slots: 1 });
    story.dispatch([dispatchOf('a', 1, { resources: {} }), dispatchOf('b', 2, { resources: {} })]);
    expect(story.works.length).toBe(1);
  });

  test('every dimension counts', () => {
    const story = leased({ slots: 9 });
    const resources = { slots: 1, cpu: 3000 };
    story.dispatch([dispatchOf('a', 1, { resources }), dispatchOf('b', 2, { resources })]);
    expect(story.works.length).toBe(1);
  });

  test('a type of task without a runner fails for good, with a sentence', () => {
    const story = leased();
    story.dispatch([dispatchOf('a', 1, { action: { kind: 'noop' } })]);
    expect(story.reports).toMatchObject([
      { outcome: 'failed', retryable: false, error: expect.stringContaining('"noop"') },
    ]);
  });
});

describe('executor: whom it believes', () => {
  test('a message of a lower term than the highest has no effect', () => {
    const story = leased();
    story.answer({ term: 5, from: 'n3' });
    story.dispatch([dispatchOf('a', 1)], { term: 4 });
    expect(story.starts('a')).toBe(0);
    story.dispatch([dispatchOf('b', 2)], { term: 5 });
    story.revoke(attemptId('b', 2), 4);
    expect(story.work('b').signals).toEqual([]);
    story.end('b');
    story.ack(attemptId('b', 2), 4);
    expect(story.executor.status()?.reportsWaiting).toBe(1);
    expect(story.executor.status()?.counters.stale).toBe(3);
  });

  test('an answer of a lower term renews nothing', () => {
    const story = leased();
    story.dispatch([dispatchOf('a', 1)]);
    story.hear({ kind: 'new-leader', term: term(2) }, 'n3');
    for (let second = 0; second < 11; second++) {
      story.clock.advance(1000);
      story.answer({ term: 1 });
    }
    expect(story.work('a').signals).toEqual(['KILL']);
  });

  test('a message for another incarnation has no effect', () => {
    const story = leased();
    story.hear({
      kind: 'dispatch',
      term: term(1),
      incarnation: incarnation('life-0'),
      leaseSeq: story.newestSeq,
      dispatches: [dispatchOf('a', 1)],
    });
    expect(story.starts('a')).toBe(0);
  });

  test('what is no message of a scheduler is not heard', () => {
    const story = leased();
    story.deliver('executor', { kind: 'surprise' }, { node: 'n2', side: 'peer' });
    story.deliver('executor', null, { node: 'n2', side: 'peer' });
    const hello = { kind: 'new-leader', term: 9 };
    story.deliver('executor', hello, { node: 'n2', side: 'executor' });
    expect(story.failures).toEqual([]);
    expect(story.executor.status()?.term).toBe(1);
  });

  test('a new leader gets a heartbeat and the whole outbox at once', () => {
    const story = leased();
    story.dispatch([dispatchOf('a', 1), dispatchOf('b', 2)]);
    story.begin('b');
    story.end('a');
    const before = story.sent.length;
    story.hear({ kind: 'new-leader', term: term(2) }, 'n3');
    const news = story.sent.slice(before);
    expect(news.map(({ message, to }) => [message.kind, to])).toEqual([
      ['heartbeat', 'n3'],
      ['ended', 'n3'],
    ]);
    expect(story.messages('heartbeat').at(-1)?.held).toMatchObject([
      { id: { taskId: 'b' }, phase: 'running' },
      { id: { taskId: 'a' }, phase: 'ended' },
    ]);
  });

  test('a higher term in any message is a new leader', () => {
    const story = leased();
    const before = story.messages('heartbeat').length;
    story.answer({ term: 2, from: 'n3' });
    expect(story.messages('heartbeat').length).toBe(before + 1);
  });
});

describe('executor: heartbeats', () => {
  test('each has the next number, and says what the node offers', () => {
    const story = newStory();
    story.clock.advance(2000);
    const beats = story.messages('heartbeat');
    expect(beats.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(beats[0]).toMatchObject({
      node: 'n1',
      incarnation: ownIncarnation,
      capacity: { slots: 4, cpu: 4000 },
      labels: { zone: 'a' },
      address: 'http://127.0.0.1:8080',
      held: [],
    });
    expect(story.sent[0]).toMatchObject({ to: 'all', inbox: 'scheduler', lane: 'control' });
  });

  test('they go to the leader that answers, and to all when it does not', () => {
    const story = leased();
    story.answer();
    story.clock.advance(1000);
    expect(story.sent.at(-1)?.to).toBe('n2');
    story.clock.advance(1000);
    expect(story.sent.at(-1)?.to).toBe('all');
  });
});

describe('executor: the lease', () => {
  test('its end kills everything at once, and says so', () => {
    const story = leased();
    story.dispatch([dispatchOf('a', 1), dispatchOf('b', 2)]);
    story.clock.advance(leaseMs - 1);
    expect(story.work('a').signals).toEqual([]);
    story.clock.advance(1);
    expect(story.work('a').signals).toEqual(['KILL']);
    expect(story.work('b').signals).toEqual(['KILL']);
    story.end('a', killed);
    expect(story.reports).toMatchObject([
      { outcome: 'cancelled', error: expect.stringContaining('lost touch') },
    ]);
    expect(story.sent.at(-1)?.to).toBe('all');
  });

  test('a late answer does not lengthen it', () => {
    const story = leased();
    const seq = story.newestSeq;
    story.dispatch([dispatchOf('a', 1)]);
    story.clock.advance(leaseMs - 1);
    story.answer({ seq });
    story.clock.advance(1);
    expect(story.work('a').signals).toEqual(['KILL']);
  });

  test('answers keep it running', () => {
    const story = leased();
    story.dispatch([dispatchOf('a', 1)]);
    story.liveOn(5 * leaseMs);
    expect(story.work('a').signals).toEqual([]);
  });

  test('a lease that comes back does not save what ran through the gap', () => {
    const story = leased();
    story.dispatch([dispatchOf('a', 1)]);
    story.clock.advance(leaseMs + 5000);
    story.answer();
    expect(story.work('a').signals).toEqual(['KILL']);
    story.dispatch([dispatchOf('b', 2)]);
    expect(story.starts('b')).toBe(1);
  });

  test('each end of a lease kills what it meets', () => {
    const story = leased();
    story.dispatch([dispatchOf('a', 1)]);
    story.clock.advance(leaseMs);
    story.end('a', killed);
    story.answer();
    story.dispatch([dispatchOf('b', 2)]);
    story.clock.advance(leaseMs);
    expect(story.work('b').signals).toEqual(['KILL']);
    expect(story.executor.status()?.counters.leasesEnded).toBe(2);
  });

  test('room stays taken until what was killed is gone', () => {
    const story = leased({ slots: 1 });
    story.dispatch([dispatchOf('a', 1)]);
    story.clock.advance(leaseMs);
    story.answer();
    story.dispatch([dispatchOf('b', 2)]);
    expect(story.starts('b')).toBe(0);
    story.end('a', killed);
    story.dispatch([dispatchOf('b', 2)]);
    expect(story.starts('b')).toBe(1);
  });
});

describe('executor: revoke', () => {
  test('asks politely, insists after the grace, and reports when all is gone', () => {
    const story = leased();
    story.dispatch([dispatchOf('a', 1)]);
    story.begin('a');
    story.revoke(attemptId('a', 1));
    story.revoke(attemptId('a', 1));
    expect(story.work('a').signals).toEqual(['TERM']);
    story.liveOn(5000);
    expect(story.work('a').signals).toEqual(['TERM', 'KILL']);
    expect(story.reports).toEqual([]);
    story.end('a', killed);
    expect(story.reports).toMatchObject([{ outcome: 'cancelled', signal: 9 }]);
  });

  test('before the dispatch it is confirmed at once, and the dispatch starts nothing', () => {
    const story = leased();
    story.revoke(attemptId('a', 1));
    expect(story.reports).toMatchObject([{ outcome: 'cancelled', startedAt: null }]);
    story.dispatch([dispatchOf('a', 1)]);
    story.ack(attemptId('a', 1));
    story.dispatch([dispatchOf('a', 1)]);
    expect(story.starts('a')).toBe(0);
  });

  test('of an attempt that has ended brings its report again', () => {
    const story = leased();
    story.dispatch([dispatchOf('a', 1)]);
    story.end('a');
    story.revoke(attemptId('a', 1));
    expect(story.reports.map(({ outcome }) => outcome)).toEqual(['success', 'success']);
  });

  test('of an old token does not touch the attempt that runs', () => {
    const story = leased();
    story.dispatch([dispatchOf('a', 5)]);
    story.revoke(attemptId('a', 3));
    expect(story.work('a').signals).toEqual([]);
    expect(story.reports).toMatchObject([{ id: { token: 3 }, outcome: 'cancelled' }]);
  });

  test('a task that ends well while it is being stopped is cancelled all the same', () => {
    const story = leased();
    story.dispatch([dispatchOf('a', 1)]);
    story.revoke(attemptId('a', 1));
    story.end('a');
    expect(story.reports).toMatchObject([{ outcome: 'cancelled', output: null }]);
  });
});

describe('executor: time-outs', () => {
  test('count from the start of the work, and are not restarted by a new leader', () => {
    const story = leased();
    story.dispatch([dispatchOf('a', 1, { timeoutMs: 3000 })]);
    story.liveOn(1000);
    story.begin('a');
    story.liveOn(2900);
    story.hear({ kind: 'new-leader', term: term(2) }, 'n3');
    expect(story.work('a').signals).toEqual([]);
    story.clock.advance(100);
    expect(story.work('a').signals).toEqual(['TERM']);
    story.end('a', killed);
    expect(story.reports).toMatchObject([
      {
        ...{ outcome: 'timed_out', errorClass: 'timeout' },
        error: expect.stringContaining('timed out after 3.0s'),
      },
    ]);
  });

  test('of work that ended in time are forgotten', () => {
    const story = leased();
    story.dispatch([dispatchOf('a', 1, { timeoutMs: 3000 })]);
    story.begin('a');
    story.end('a');
    story.ack(attemptId('a', 1));
    story.liveOn(4000);
    expect(story.work('a').signals).toEqual([]);
    expect(story.reports).toMatchObject([{ outcome: 'success' }]);
  });
});

describe('executor: reports', () => {
  test('an attempt that lasts is announced once, together with others', () => {
    const story = leased();
    story.dispatch([dispatchOf('a', 1), dispatchOf('b', 2), dispatchOf('c', 3)]);
    story.begin('a');
    story.begin('b');
    story.begin('c');
    story.end('c');
    story.clock.advance(99);
    expect(story.messages('started')).toEqual([]);
    story.clock.advance(901);
    const attempts = story.messages('started').flatMap((message) => message.attempts);
    expect(story.messages('started').length).toBe(1);
    expect(attempts.map(({ id }) => id.taskId)).toEqual(['a', 'b']);
  });

  test('ends of one turn leave as one message', () => {
    const story = leased();
    story.dispatch([dispatchOf('a', 1), dispatchOf('b', 2)]);
    story.work('a').tell({ kind: 'ended', result: failedWith('no', { retryable: false }) });
    story.work('b').tell({ kind: 'ended', result: { ...killed, stderrTail: Buffer.from('oh\n') } });
    story.clock.advance(0);
    expect(story.messages('ended').length).toBe(1);
    expect(story.reports).toMatchObject([
      { outcome: 'failed', retryable: false, error: 'no' },
      { outcome: 'failed', retryable: true, error: 'ended by signal 9\noh' },
    ]);
    expect(story.sent.at(-1)?.lane).toBe('control');
  });

  test('a report with an output goes by the bulk lane', () => {
    const story = leased();
    story.dispatch([dispatchOf('a', 1)]);
    story.end('a', { ...killed, outcome: 'success', output: '{"rows":1}' });
    expect(story.sent.at(-1)).toMatchObject({ lane: 'bulk', inbox: 'scheduler', to: 'n2' });
  });

  test('is repeated with growing pauses until it is acked', () => {
    const story = leased();
    story.dispatch([dispatchOf('a', 1)]);
    story.end('a');
    story.liveOn(8000);
    expect(story.reports.length).toBe(4);
    story.ack(attemptId('a', 1));
    story.liveOn(60_000);
    expect(story.reports.length).toBe(4);
    expect(story.messages('heartbeat').at(-1)?.held).toEqual([]);
  });

  test('a second report does not wait for the pause of the first', () => {
    const story = leased();
    story.dispatch([dispatchOf('a', 1), dispatchOf('b', 2)]);
    story.end('a');
    story.liveOn(16_000);
    story.end('b');
    const before = story.reports.filter(({ id }) => id.taskId === 'b').length;
    story.liveOn(1000);
    expect(story.reports.filter(({ id }) => id.taskId === 'b').length).toBe(before + 1);
  });

  test('results are kept while there is no leader, however long', () => {
    const story = leased();
    story.dispatch([dispatchOf('a', 1)]);
    story.end('a');
    story.clock.advance(10 * 60_000);
    story.hear({ kind: 'new-leader', term: term(9) }, 'n3');
    expect(story.sent.at(-1)).toMatchObject({
      to: 'n3',
      message: { kind: 'ended', reports: [{ id: { token: 1 }, outcome: 'success' }] },
    });
  });
});

describe('executor: stop', () => {
  test('stops the tasks politely, reports them, and is done when they are gone', () => {
    const story = leased();
    story.dispatch([dispatchOf('a', 1)]);
    let done = false;
    story.executor.stop(() => {
      done = true;
    });
    story.clock.advance(0);
    expect(story.work('a').signals).toEqual(['TERM']);
    story.dispatch([dispatchOf('b', 2)]);
    expect(story.starts('b')).toBe(0);
    expect(done).toBe(false);
    story.end('a', killed);
    expect(done).toBe(true);
    expect(story.reports).toMatchObject([
      { outcome: 'cancelled', error: expect.stringContaining('shut down') },
    ]);
    const before = story.sent.length;
    story.clock.advance(60_000);
    expect(story.sent.length).toBe(before);
  });

  test('with nothing to stop it is done at once', () => {
    const story = leased();
    let done = false;
    story.executor.stop(() => {
      done = true;
    });
    story.clock.advance(0);
    expect(done).toBe(true);
  });
});

describe('executor: what is offered', () => {
  const capacities = (story: ExecutorStory): readonly unknown[] =>
    story.sent.flatMap(({ message }) => (message.kind === 'heartbeat' ? [message.capacity] : []));

  test('a pause is said at once, nothing begins in it, and what runs goes on (E6)', () => {
    const story = leased();
    story.dispatch([dispatchOf('a', 1)]);
    story.executor.offer('pause');
    story.clock.advance(0);
    expect(capacities(story).at(-1)).toEqual({ slots: 0, cpu: 0 });
    story.answer();
    story.dispatch([dispatchOf('b', 2)]);
    expect([story.starts('b'), story.work('a').signals, story.reports]).toEqual([0, [], []]);
    story.end('a');
    expect(story.reports).toMatchObject([{ outcome: 'success' }]);
  });

  test('behind a pause the same dispatch starts', () => {
    const story = leased();
    story.executor.offer('pause');
    story.clock.advance(0);
    story.dispatch([dispatchOf('b', 2)]);
    story.executor.offer('work');
    story.clock.advance(0);
    expect(capacities(story).at(-1)).toEqual({ slots: 4, cpu: 4000 });
    story.dispatch([dispatchOf('b', 2)]);
    expect(story.starts('b')).toBe(1);
  });

  test('what comes when nothing is offered any more is handed back, for good (E6)', () => {
    const story = leased();
    story.executor.offer('nothing');
    story.clock.advance(0);
    story.dispatch([dispatchOf('b', 2)]);
    expect(story.reports).toMatchObject([
      { id: { token: 2 }, outcome: 'cancelled', startedAt: null, retryable: true },
    ]);
    expect(story.reports[0]?.error).toContain('about to be replaced');
    story.executor.offer('work');
    story.clock.advance(0);
    story.ack(attemptId('b', 2));
    story.dispatch([dispatchOf('b', 2)]);
    expect(story.starts('b')).toBe(0);
  });
});
