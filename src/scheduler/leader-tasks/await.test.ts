import { describe, expect, it } from 'vitest';
import { dagId, runId, taskId, type WallMs } from '../../base/brand.ts';
import type { AwaitedEvent, TaskSpec } from '../../model/dag.ts';
import { runFact } from '../../model/fact.ts';
import { taskKey } from '../../model/keys.ts';
import type { RunRow } from '../../model/run.ts';
import { triggerLimits } from '../../model/trigger.ts';
import type { Happened } from '../awaiting.ts';
import { begun } from '../testing/begun.ts';
import { type Decider, tasksIn } from '../testing/decider.ts';
import { dagFacts, here, later, queuedRun, spec, start, task } from '../testing/rows.ts';
import { awaitedRunEnded, wakeAwaiting } from './await.ts';

const waiting = (event: AwaitedEvent, differs: Partial<TaskSpec> = {}): TaskSpec =>
  task({ action: { kind: 'await', event, onTimeout: 'fail' }, ...differs });

const ofOrders: AwaitedEvent = { kind: 'subject', subject: 'orders.>', filter: null };
const anOrder = { kind: 'subject', subject: 'orders.new' } as const;
const ofDag = (differs: Partial<Extract<AwaitedEvent, { kind: 'dag' }>> = {}): AwaitedEvent => ({
  ...{ kind: 'dag', dagId: dagId('up'), states: ['success'], sameLogicalDate: false },
  ...differs,
});

const outputOf = (story: Decider): string | undefined =>
  story.state.run(here, runId('r1'))?.outputs.get(taskKey(here, runId('r1'), taskId('a'), 0))?.json;

/** Something is told within a decision. */
const tell = (
  story: Decider,
  what: (turn: Parameters<typeof wakeAwaiting>[0]) => number,
): number => {
  const { turn } = story.when();
  return turn.decide({ what: 'test', by: 'test' }, () => what(turn));
};

const ended = (status: 'success' | 'failed', logicalDate: WallMs | null = null): RunRow => {
  const row = { ...queuedRun('u1', { name: 'up', content: spec({ u: task() }) }), logicalDate };
  const times = { startedAt: start, endedAt: later(1) };
  return status === 'success'
    ? { ...row, ...times, status }
    : { ...row, ...times, status, reason: 'broken' };
};

describe('await', () => {
  it('waits without a slot for an event that is told, which becomes its output', () => {
    const story = begun({ a: waiting(ofOrders), b: waiting(ofDag()) });
    expect(story.row('a')).toMatchObject({
      ...{ status: 'deferred', until: null, waitsFor: { kind: 'event' } },
    });
    const woken = tell(story, (turn) =>
      wakeAwaiting(turn, anOrder, (event) => (event.kind === 'subject' ? { order: 7 } : undefined)),
    );
    expect(woken).toBe(1);
    expect(story.status('a')).toBe('success');
    expect(outputOf(story)).toBe('{"order":7}');
    expect(story.status('b')).toBe('deferred');
  });

  it('what has ended is not told again', () => {
    const story = begun({ a: waiting(ofOrders) });
    expect(tell(story, (turn) => wakeAwaiting(turn, anOrder, () => 1))).toBe(1);
    expect(tell(story, (turn) => wakeAwaiting(turn, anOrder, () => 1))).toBe(0);
  });

  it('only those are asked that may wait for what has happened', () => {
    const plain = { ...ofOrders, subject: 'orders.new' };
    const asset = { kind: 'asset', uri: 'asset://raw' } as const;
    const tasks = {
      a: ofOrders,
      b: plain,
      c: { ...plain, subject: 'bills' },
      d: asset,
      e: ofDag(),
    };
    const story = begun(
      Object.fromEntries(Object.entries(tasks).map(([id, event]) => [id, waiting(event)])),
    );
    const asked: string[] = [];
    const ask = (happened: Happened): number =>
      tell(story, (turn) =>
        wakeAwaiting(turn, happened, (_event, { taskId: id }) => {
          asked.push(id);
          return undefined;
        }),
      );
    ask(anOrder);
    ask({ kind: 'subject', subject: 'invoices.new' });
    ask({ kind: 'asset', namespace: here, uri: 'asset://raw' });
    ask({ kind: 'asset', namespace: here, uri: 'asset://clean' });
    ask({ kind: 'dag', namespace: here, dagId: dagId('up') });
    expect(asked).toEqual(['b', 'a', 'd', 'e']);
    expect(tell(story, (turn) => wakeAwaiting(turn, anOrder, () => 1))).toBe(2);
    expect(tell(story, (turn) => wakeAwaiting(turn, anOrder, () => 1))).toBe(0);
  });

  it('so many tasks may wait for one thing; one more fails, and others wait for others', () => {
    const asset = (uri: string) => waiting({ kind: 'asset', uri });
    const many = Array.from(
      { length: triggerLimits.tasksWaiting + 1 },
      (_, at) => [`t${at}`, asset('asset://raw')] as const,
    );
    const story = begun({ ...Object.fromEntries(many), z: asset('asset://clean') });
    const failed = many.filter(([id]) => story.status(id) === 'failed');
    expect(failed).toHaveLength(1);
    expect(story.row(failed[0]?.[0] ?? '')).toMatchObject({
      reason: expect.stringContaining('LIMIT_REACHED'),
    });
    expect(story.status('z')).toBe('deferred');
    const raw = { kind: 'asset', namespace: here, uri: 'asset://raw' } as const;
    expect(tell(story, (turn) => wakeAwaiting(turn, raw, () => 1))).toBe(many.length - 1);
  });

  it('a new leader knows who waits', () => {
    const story = begun({ a: waiting(ofOrders) });
    story.board.rebuild();
    expect(tell(story, (turn) => wakeAwaiting(turn, anOrder, () => 1))).toBe(1);
  });

  it.each([
    ['fail', 'failed'],
    ['skip', 'skipped'],
  ] as const)('onTimeout %s ends it as %s', (onTimeout, status) => {
    const action = { kind: 'await', event: ofOrders, onTimeout } as const;
    const story = begun({ a: task({ action, timeoutMs: 60_000 }) });
    story.wait(60_000).wake();
    expect(story.row('a')).toMatchObject({
      ...{ status, reason: 'what it waits for did not come within 1m00s' },
    });
    expect(tell(story, (turn) => wakeAwaiting(turn, anOrder, () => 1))).toBe(0);
  });
});

describe('await: runs of other DAGs that ended before', () => {
  const questions = ({ effects }: ReturnType<Decider['when']>) =>
    effects.flatMap((effect) => (effect.kind === 'look-back' ? [effect.question] : []));
  const sameDate = ofDag({ sameLogicalDate: true });
  const dated = () => begun({ a: waiting(sameDate) }, { run: { logicalDate: start } });
  const who = {
    ...{ namespace: here, runId: runId('r1'), taskId: taskId('a'), mapIndex: 0, since: start },
  };

  it('the ledger is asked, for the date or for what ended since the run was made', () => {
    const asked = { namespace: here, dagId: dagId('up'), states: ['success'] };
    const story = dated();
    story.board.rebuild();
    expect(questions(story.wake())).toEqual([
      { who, asked: { ...asked, logicalDate: start, endedSince: 0 } },
    ]);
    const any = begun({ a: waiting(ofDag()) });
    any.board.rebuild();
    expect(questions(any.wake())).toEqual([
      { who, asked: { ...asked, logicalDate: null, endedSince: start } },
    ]);
  });

  it('a run that had ended ends the task, once', () => {
    const story = dated();
    const answer = { kind: 'looked-back', who, found: ended('success', start) } as const;
    story.when(answer);
    expect(story.status('a')).toBe('success');
    expect(JSON.parse(outputOf(story) ?? '')).toMatchObject({ runId: 'u1', state: 'success' });
    expect(story.when(answer).facts).toEqual([]);
  });

  it('without such a run it waits on, is still told, and does not ask again', () => {
    const story = dated();
    story.when({ kind: 'looked-back', who, found: null });
    expect(story.row('a')).toMatchObject({ status: 'deferred', waitsFor: { kind: 'event' } });
    story.board.rebuild();
    expect(questions(story.wait(60_000).wake())).toEqual([]);
    expect(tell(story, (turn) => awaitedRunEnded(turn, ended('success', start)))).toBe(1);
  });

  it('a question without an answer is asked again, by the same leader or another', () => {
    const story = dated();
    expect(questions(story.wait(59_999).wake())).toEqual([]);
    expect(questions(story.wait(1).wake())).toHaveLength(1);
    story.board.rebuild();
    expect(questions(story.wake())).toHaveLength(1);
  });

  it('an answer to an earlier wait of the task is none', () => {
    const story = dated();
    const answer = { kind: 'looked-back', found: ended('success', start) } as const;
    expect(story.when({ ...answer, who: { ...who, since: later(-1) } }).facts).toEqual([]);
  });

  it('nothing is asked where no run can have the date, nor for subjects', () => {
    const story = begun({ a: waiting(sameDate), b: waiting(ofOrders) });
    story.board.rebuild();
    expect(questions(story.wake())).toEqual([]);
  });
});

describe('await: runs of other DAGs', () => {
  it('ends with a run that ended as it should, and says which', () => {
    const story = begun({ a: waiting(ofDag()) });
    expect(tell(story, (turn) => awaitedRunEnded(turn, ended('failed')))).toBe(0);
    expect(tell(story, (turn) => awaitedRunEnded(turn, ended('success', start)))).toBe(1);
    expect(JSON.parse(outputOf(story) ?? '')).toEqual({
      ...{ runId: 'u1', dagId: 'up', state: 'success', logicalDate: '2026-01-01T00:00:00.000Z' },
    });
  });

  it('with the same logical date, other dates and none do not count', () => {
    const event = ofDag({ sameLogicalDate: true });
    const story = begun({ a: waiting(event) }, { run: { logicalDate: start } });
    expect(tell(story, (turn) => awaitedRunEnded(turn, ended('success')))).toBe(0);
    expect(tell(story, (turn) => awaitedRunEnded(turn, ended('success', later(1))))).toBe(0);
    expect(tell(story, (turn) => awaitedRunEnded(turn, ended('success', start)))).toBe(1);
    const undated = begun({ a: waiting(event) });
    expect(tell(undated, (turn) => awaitedRunEnded(turn, ended('success')))).toBe(0);
  });

  it('the end of the run and of the task that waits for it are one turn', () => {
    const content = spec({ u: task() });
    const up = { ...queuedRun('u1', { name: 'up', content }), startedAt: start };
    const past = [...dagFacts('up', content), runFact({ ...up, status: 'running' })];
    const story = begun({ a: waiting(ofDag()) }, { past });
    story.assign();
    const { facts } = story.when(story.ends('u', 'success', { run: 'u1' }));
    expect(tasksIn(facts)).toEqual(['u: success', 'a: success']);
  });
});
