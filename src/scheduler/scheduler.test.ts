import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import { runId, term } from '../base/brand.ts';
import { fail, ok } from '../base/result.ts';
import { State } from '../model/state.ts';
import { heartbeatsWaitingMax } from './scheduler.ts';
import { FakeExecutor, type Script } from './testing/fake-executor.ts';
import { FakeLog } from './testing/fake-log.ts';
import {
  applyDag,
  behind,
  cancelRun,
  gateway,
  here,
  request,
  rerun,
  spec,
  start,
  startRun,
  task,
} from './testing/rows.ts';
import { SchedulerKit } from './testing/scheduler-kit.ts';

const one = spec({ a: task() });
const everyTenSeconds = { kind: 'every', everyMs: 10_000, jitterMs: 0 } as const;

function executors(
  kit: SchedulerKit,
  names: readonly string[],
  script: (task: string) => Script,
): readonly FakeExecutor[] {
  return names.map(
    (name) =>
      new FakeExecutor(name, {
        clock: kit.clock,
        wire: kit.wire,
        tell: (message) => kit.ref.tell({ kind: 'executor', message }),
        capacity: { slots: 1 },
        script: ({ id }) => script(id.taskId),
      }),
  );
}

function leading(): SchedulerKit {
  const kit = new SchedulerKit();
  kit.lead(term(1));
  return kit;
}

/** Two nodes of one cluster over one log; the first leads. */
function pair() {
  const shared = { log: new FakeLog(), clock: new VirtualClock(start) };
  const first = new SchedulerKit(shared);
  const second = new SchedulerKit(shared);
  const commit = (): void => {
    const entries = shared.log.commit();
    for (const kit of [first, second]) kit.feed.committed(entries, () => {});
    shared.clock.advance(0);
  };
  shared.log.beginTerm(term(1));
  first.feed.roleChanged({ role: 'leader', term: term(1), leader: undefined });
  commit();
  /** The second takes over; what the first had not committed is gone. */
  const failOver = (): void => {
    first.follow(term(2));
    shared.log.dropTail();
    shared.log.beginTerm(term(2));
    second.feed.roleChanged({ role: 'leader', term: term(2), leader: undefined });
    commit();
  };
  return { first, second, commit, failOver };
}

describe('scheduler: runs', () => {
  it('T21, L107: t1 (5 s) -> t2 (3 s) -> t3 (4 s) on two executors takes about 12 s', () => {
    const kit = leading();
    const lengths: Record<string, number> = { t1: 5000, t2: 3000, t3: 4000 };
    const script = (name: string): Script => ({ ms: lengths[name] ?? 0, outcome: 'success' });
    const both = executors(kit, ['n1', 'n2'], script);
    kit.pass(10);
    kit.ask(applyDag('d', spec({ t1: task(), t2: behind(['t1']), t3: behind(['t2']) })));
    kit.ask(startRun('d', 'r1'));
    kit.pass(13_000, 5);
    expect(kit.state.count('run')).toBe(0);
    const spans = both.flatMap(({ spans }) => spans).sort((left, right) => left.from - right.from);
    expect(spans.map((span) => span.task)).toEqual(['t1', 't2', 't3']);
    expect(spans[1]!.from).toBeGreaterThanOrEqual(spans[0]!.to);
    expect(spans[2]!.from).toBeGreaterThanOrEqual(spans[1]!.to);
    const total = spans[2]!.to - spans[0]!.from;
    expect(total).toBeGreaterThanOrEqual(12_000);
    expect(total).toBeLessThan(12_100);
  });

  it('T21: independent tasks of one run go to both executors at once', () => {
    const kit = leading();
    const both = executors(kit, ['n1', 'n2'], () => ({ ms: 1000, outcome: 'success' }));
    kit.pass(10);
    kit.ask(applyDag('d', spec({ a: task(), b: task(), c: task(), e: task() })));
    kit.ask(startRun('d', 'r1'));
    kit.pass(2100, 5);
    expect(kit.state.count('run')).toBe(0);
    expect(both.map(({ spans }) => spans.length)).toEqual([2, 2]);
  });

  it('W04, T18: the task of a node that dies is repeated on the other one', () => {
    const kit = leading();
    const both = executors(kit, ['n1', 'n2'], () => ({ ms: 3000, outcome: 'success' }));
    kit.pass(10);
    kit.ask(applyDag('d', one));
    kit.ask(startRun('d', 'r1'));
    kit.pass(100);
    const [attempt] = [...(kit.state.run(here, runId('r1'))?.tasks.values() ?? [])];
    const node = attempt && 'attempt' in attempt ? attempt.attempt.node : 'none';
    both.find(({ name }) => name === node)?.die();
    kit.pass(17_500, 50);
    const ended = [...kit.endedRuns.values()];
    expect(ended).toMatchObject([{ run: { status: 'success' }, tasks: [{ tries: 1 }] }]);
    expect(ended[0]?.tasks[0]?.attempts.map(({ outcome }) => outcome)).toEqual(['lost', 'success']);
  });

  it('a schedule fires by itself, and its run has the instant as its logical date', () => {
    const kit = leading();
    const schedules = [{ kind: 'every', everyMs: 60_000, jitterMs: 0 } as const];
    kit.ask(applyDag('d', spec({}, { schedules })));
    kit.pass(180_100, 100);
    const dates = [...kit.endedRuns.values()].map(({ run }) => (run.logicalDate ?? 0) - start);
    expect(dates.map((date) => Math.round(date / 1000))).toEqual([60, 120, 180]);
    expect([...kit.endedRuns.keys()][0]).toContain('scheduled-d-20260101T0001');
  });

  it('W16: a jump of the wall clock by a day fires no schedule twice', () => {
    const kit = leading();
    const schedules = [{ kind: 'every', everyMs: 3_600_000, jitterMs: 0 } as const];
    kit.ask(applyDag('d', spec({}, { schedules, startDate: start, catchUp: all })));
    kit.pass(2000, 100);
    kit.clock.jumpWall(86_400_000);
    kit.pass(2000, 100);
    kit.clock.jumpWall(-86_400_000);
    kit.pass(2000, 100);
    kit.clock.jumpWall(86_400_000);
    kit.pass(2000, 100);
    expect(kit.endedRuns.size).toBe(25);
    const at = kit.turns.map((turn) => turn.at);
    expect(at).toEqual(at.toSorted((left, right) => left - right));
  });
});

const all = { windowMs: null, coalesce: false } as const;

describe('scheduler: leading and following', () => {
  it('P38: with full disks no work begins, what has begun goes on, and nothing is missed', () => {
    const kit = leading();
    executors(kit, ['n1'], () => ({ ms: 2000, outcome: 'success' }));
    kit.ask(applyDag('d', spec({ a: task() }, { schedules: [everyTenSeconds] })));
    const begun = kit.ask(startRun('d'));
    kit.pass(1000, 100);
    kit.disksFull = true;
    const refused = kit.ask(startRun('d'));
    kit.pass(14_000, 100);
    expect(kit.answerTo(refused)).toMatchObject({ answer: { error: { code: 'DISK_FULL' } } });
    expect(kit.answerTo(begun)).toMatchObject({ answer: { ok: true } });
    expect(kit.endedRuns.size).toBe(1);
    kit.disksFull = false;
    kit.pass(5000, 100);
    expect(kit.endedRuns.size).toBe(2);
  });

  it('C2, P89: a command that comes before the leader has caught up waits and is answered', () => {
    const kit = new SchedulerKit();
    kit.log.beginTerm(term(1));
    kit.feed.roleChanged({ role: 'leader', term: term(1), leader: undefined });
    kit.clock.advance(0);
    const asked = kit.ask(applyDag('d', one));
    expect(kit.answerTo(asked)).toBeUndefined();
    expect(kit.scheduler.isLeading).toBe(false);
    kit.commit();
    kit.pass(10);
    expect(kit.answerTo(asked)).toMatchObject({ kind: 'answer', answer: { ok: true } });
  });

  it('a follower says that it does not lead, and who does', () => {
    const kit = new SchedulerKit();
    kit.follow(term(3));
    const asked = kit.ask(applyDag('d', one));
    expect(kit.answerTo(asked)).toMatchObject({ kind: 'not-leader', leader: 's2' });
  });

  it('W37: a follower has the digest of its leader', () => {
    const { first, second, commit } = pair();
    first.tell({ kind: 'command', gateway, request: request(applyDag('d', one)) });
    first.tell({ kind: 'command', gateway, request: request(startRun('d', 'r1')) });
    commit();
    expect(second.state.digest()).toBe(first.state.digest());
    expect(second.state.digest()).not.toBe(new State().digest());
    expect(second.scheduler.appliedIndex).toBe(first.scheduler.appliedIndex);
  });

  it('T09, P85: what a deposed leader had not committed is undone', () => {
    const { first, second, commit, failOver } = pair();
    first.tell({ kind: 'command', gateway, request: request(applyDag('d', one)) });
    commit();
    const digest = first.state.digest();
    first.tell({ kind: 'command', gateway, request: request(startRun('d', 'r1')) });
    expect(first.state.digest()).not.toBe(digest);
    failOver();
    expect(first.state.digest()).toBe(second.state.digest());
    expect(first.state.count('run')).toBe(0);
    expect(first.scheduler.isLeading).toBe(false);
    expect(second.scheduler.isLeading).toBe(true);
  });

  it('W18: a repeated request gets the same answer from another leader', () => {
    const { first, second, commit, failOver } = pair();
    const apply = request(applyDag('d', one));
    const asked = request(startRun('d'));
    first.tell({ kind: 'command', gateway, request: apply });
    first.tell({ kind: 'command', gateway, request: asked });
    commit();
    const answer = first.answerTo(asked);
    failOver();
    second.tell({ kind: 'command', gateway, request: asked });
    commit();
    expect(answer).toMatchObject({
      answer: { ok: true, value: { reply: { kind: 'run-started' } } },
    });
    expect(second.answerTo(asked)).toMatchObject({
      answer: {
        value: {
          reply: answer?.kind === 'answer' && answer.answer.ok && answer.answer.value.reply,
        },
      },
    });
    expect(second.state.count('run')).toBe(1);
  });

  it('W19: what was undone and asked again happens once', () => {
    const { first, second, commit, failOver } = pair();
    first.tell({ kind: 'command', gateway, request: request(applyDag('d', one)) });
    commit();
    const asked = request(startRun('d'));
    first.tell({ kind: 'command', gateway, request: asked });
    failOver();
    expect(first.answerTo(asked)?.kind).toBe('not-leader');
    for (let i = 0; i < 3; i++) second.tell({ kind: 'command', gateway, request: asked });
    commit();
    expect(second.state.count('run')).toBe(1);
  });

  it('a read on the leader shows nothing that is not committed', () => {
    const kit = leading();
    kit.ask(applyDag('d', one));
    const seen: number[] = [];
    const read = (): void =>
      kit.scheduler.read(
        (state) => state.count('dag'),
        (count) => seen.push(count),
      );
    kit.tell({ kind: 'read', read });
    expect(seen).toEqual([]);
    kit.commit();
    expect(seen).toEqual([1]);
  });

  it('a read that saw what is undone is made again', () => {
    const { first, failOver } = pair();
    first.tell({ kind: 'command', gateway, request: request(applyDag('d', one)) });
    const seen: number[] = [];
    const read = (): void =>
      first.scheduler.read(
        (state) => state.count('dag'),
        (count) => seen.push(count),
      );
    first.tell({ kind: 'read', read });
    failOver();
    expect(seen).toEqual([0]);
  });
});

describe('scheduler: disks that are nearly full', () => {
  it('P38: new work is refused and nothing is written for it; what makes room is done', () => {
    const kit = leading();
    kit.ask(applyDag('d', one));
    kit.ask(startRun('d', 'r1'));
    kit.pass(5);
    kit.disksFull = true;
    const before = kit.log.entries.length;
    const refused = [applyDag('e', one), startRun('d', 'r2'), rerun('r1')].map((command) => {
      const asked = kit.ask(command);
      return kit.answerTo(asked);
    });
    const full = { kind: 'answer', answer: { ok: false, error: { code: 'DISK_FULL' } } };
    expect(refused).toMatchObject([full, full, full]);
    expect(kit.log.entries).toHaveLength(before);
    const cancelled = kit.ask(cancelRun('r1'));
    kit.pass(5);
    expect(kit.answerTo(cancelled)).toMatchObject({ answer: { ok: true } });
  });
});

describe('scheduler: runs that have ended', () => {
  function withEndedRun(): SchedulerKit {
    const kit = leading();
    kit.ask(applyDag('d', one));
    kit.ask(startRun('d', 'r1'));
    kit.ask(cancelRun('r1'));
    kit.pass(10);
    expect(kit.endedRuns.size).toBe(1);
    return kit;
  }

  it('T10: a run id is taken for ever, a logical date is not', () => {
    const kit = withEndedRun();
    const again = kit.ask(startRun('d', 'r1'));
    const logicalDate = start;
    const two = ['r2', 'r3'].map((id) => kit.ask(startRun('d', id, { logicalDate })));
    kit.pass(10);
    expect(kit.answerTo(again)).toMatchObject({ answer: { error: { code: 'RUN_EXISTS' } } });
    for (const each of two) expect(kit.answerTo(each)).toMatchObject({ answer: { ok: true } });
  });

  it('a rerun finds the run in the ledger', () => {
    const kit = withEndedRun();
    kit.historyMs = 50;
    const asked = kit.ask(rerun('r1'));
    kit.pass(100);
    expect(kit.answerTo(asked)).toMatchObject({ answer: { ok: true } });
    expect(kit.state.run(here, runId('r1'))?.run.generation).toBe(2);
  });

  it('a run whose end is not yet committed can be rerun as well', () => {
    const kit = leading();
    kit.commitMs = undefined;
    kit.ask(applyDag('d', one));
    kit.ask(startRun('d', 'r1'));
    kit.commit();
    kit.ask(cancelRun('r1'));
    const asked = kit.ask(rerun('r1'));
    kit.clock.advance(10);
    kit.commitMs = 1;
    kit.pass(100);
    expect(kit.answerTo(asked)).toMatchObject({ answer: { ok: true } });
  });

  it('two reruns at once: one happens', () => {
    const kit = withEndedRun();
    kit.historyMs = 20;
    const asked = [kit.ask(rerun('r1')), kit.ask(rerun('r1'))];
    kit.pass(100);
    const answers = asked.map((each) => kit.answerTo(each));
    expect(answers).toMatchObject([
      { answer: { ok: true } },
      { answer: { error: { code: 'RUN_ACTIVE' } } },
    ]);
  });
});

describe('versions beside each other', () => {
  it('P90: what is in the log has been known to all: a new leader need not ask anybody', () => {
    const { first, second, commit, failOver } = pair();
    const content = spec({ a: task({ delayMs: 60_000 }) }, { schedules: [everyTenSeconds] });
    first.commitMs = undefined;
    second.commitMs = undefined;
    first.ask(applyDag('d', content));
    commit();
    second.recordVersionMax = 1;
    failOver();
    second.clock.advance(11_000);
    commit();
    expect(second.state.count('run')).toBe(1);
    expect(second.events.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

describe('C4: heartbeats and the majority', () => {
  /** A leader of whom it is not known whether it still leads, and one heartbeat. */
  function doubtful(): SchedulerKit {
    const kit = leading();
    kit.log.confirms = false;
    executors(kit, ['n1'], () => ({ ms: 1, outcome: 'success' }));
    kit.clock.advance(0);
    return kit;
  }

  it('a heartbeat is answered only when the leader was confirmed after it came', () => {
    const kit = doubtful();
    expect(kit.wire.said('heartbeat-answer')).toEqual([]);
    for (const answer of kit.log.questions.splice(0)) answer(ok(kit.log.committed));
    kit.clock.advance(0);
    expect(kit.wire.said('heartbeat-answer')).toMatchObject([{ seq: 1, term: 1 }]);
  });

  it('a heartbeat without confirmation is lost, and the next one is a new chance', () => {
    const kit = doubtful();
    for (const answer of kit.log.questions.splice(0)) answer(fail('timeout'));
    kit.log.confirms = true;
    kit.pass(1500);
    expect(kit.wire.said('heartbeat-answer')).toMatchObject([{ seq: 2 }]);
  });

  it('a confirmation of another term grants nothing', () => {
    const kit = doubtful();
    kit.follow(term(2));
    kit.lead(term(3));
    for (const answer of kit.log.questions.splice(0)) answer(ok(kit.log.committed));
    kit.clock.advance(0);
    expect(kit.wire.said('heartbeat-answer')).toEqual([]);
  });

  it('only so many heartbeats wait for a confirmation', () => {
    const kit = doubtful();
    kit.pass(1000 * (heartbeatsWaitingMax + 10), 1000);
    expect(kit.log.questions).toHaveLength(heartbeatsWaitingMax);
  });
});

describe('C5, W31: answers without an entry, and the majority', () => {
  const paused = { kind: 'pause-dag', namespace: here, dagId: 'd' as never, paused: true } as const;
  /** Has a DAG, and may have been cut off since. */
  function doubtful(): SchedulerKit {
    const kit = leading();
    kit.ask(applyDag('d', one));
    kit.pass(10);
    kit.log.confirms = false;
    return kit;
  }
  const confirm = (kit: SchedulerKit): void => {
    for (const answer of kit.log.questions.splice(0)) answer(ok(kit.log.committed));
    kit.clock.advance(0);
  };

  // Found by seed 861364: a leader that was cut off knew nothing of a run that another had begun.
  it('a refusal waits until the leader was confirmed behind the decision', () => {
    const kit = doubtful();
    const asked = kit.ask(cancelRun('r1'));
    kit.pass(10);
    expect(kit.answerTo(asked)).toBeUndefined();
    confirm(kit);
    expect(kit.answerTo(asked)).toMatchObject({ answer: { error: { code: 'RUN_NOT_FOUND' } } });
  });

  it('so does the word that nothing changes', () => {
    const kit = doubtful();
    const asked = kit.ask(applyDag('d', one));
    kit.pass(10);
    expect(kit.answerTo(asked)).toBeUndefined();
    confirm(kit);
    const unchanged = { value: { reply: { outcome: 'unchanged' } } };
    expect(kit.answerTo(asked)).toMatchObject({ answer: unchanged });
  });

  it('confirmed or not, nobody is told of what is not committed', () => {
    const kit = doubtful();
    kit.commitMs = undefined;
    const first = kit.ask(paused);
    kit.pass(10);
    const second = kit.ask(cancelRun('r1'));
    kit.pass(10);
    confirm(kit);
    const answers = () => [kit.answerTo(first), kit.answerTo(second)].map((said) => said?.kind);
    expect(answers()).toEqual([undefined, undefined]);
    kit.commit();
    expect(answers()).toEqual(['answer', 'answer']);
  });

  it('a leader that is not confirmed, or leads another term by then, says nothing', () => {
    const kit = doubtful();
    const asked = [kit.ask(cancelRun('r1')), kit.ask(applyDag('d', one))];
    kit.pass(10);
    kit.log.questions.shift()?.(fail('timeout'));
    kit.follow(term(2));
    kit.lead(term(3));
    confirm(kit);
    expect(asked.map((each) => kit.answerTo(each))).toEqual([undefined, undefined]);
  });
});
