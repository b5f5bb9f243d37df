import { describe, expect, it } from 'vitest';
import { logIndex, taskId, term } from '../base/brand.ts';
import type { TaskSpec } from '../model/dag.ts';
import type { HookMoment } from '../model/dag-flow.ts';
import type { EndedRun } from '../model/ended-run.ts';
import { Board } from './board.ts';
import { compensateEnded } from './run-ending.ts';
import { type Decided, Decider, rowsOf, runsIn, tasksIn } from './testing/decider.ts';
import {
  asks,
  behind,
  cancelRun,
  dagFacts,
  here,
  nodes,
  queuedRun,
  runningRun,
  spec,
  start,
  task,
} from './testing/rows.ts';
import { Turn } from './turn.ts';

const hook = (on: HookMoment, of: string | null = null): TaskSpec =>
  task({ role: { kind: 'hook', on, of: of === null ? null : taskId(of) } });

const undo = (of: string): TaskSpec => task({ role: { kind: 'compensation', of: taskId(of) } });

const begun = (tasks: Readonly<Record<string, TaskSpec>>): Decider => {
  const story = new Decider(...runningRun(spec(tasks)), ...nodes('n1'));
  story.assign();
  return story;
};

const lastRun = ({ facts }: Decided) => rowsOf('run', facts).at(-1);

const endedIn = ({ turn }: Decided): EndedRun => {
  const ended = turn.applied.find((applied) => applied.ended !== undefined)?.ended;
  if (ended === undefined) throw new Error('a run has ended in that turn');
  return ended;
};

describe('hooks of tasks', () => {
  it('are told what happened, in the decision in which it happened', () => {
    const story = begun({ a: task(), told: hook('failure', 'a') });
    const { facts, turn } = story.when(story.ends('a', 'failed'));
    expect(tasksIn(facts)).toEqual(['a: failed', 'told: pending']);
    expect(turn.decisions).toHaveLength(1);
    expect(story.row('told')).toMatchObject({
      cause: { on: 'failure', taskId: 'a', mapIndex: 0, state: 'failed', reason: 'it was failed' },
    });
    expect(runsIn(facts)).toEqual([]);
    expect(tasksIn(story.assign().facts)).toEqual(['told: queued']);
    expect(runsIn(story.when(story.ends('told')).facts)).toEqual(['r1: failed']);
  });

  it('get an instance for each time; their own failure does not fail the run', () => {
    const story = begun({
      a: task({ retries: 2 }),
      retried: hook('retry', 'a'),
      done: hook('success', 'a'),
      over: hook('exit', 'a'),
    });
    expect(tasksIn(story.when(story.ends('a', 'failed')).facts)).toEqual([
      'a: up_for_retry',
      'retried: pending',
    ]);
    story.wait(1000).wake();
    story.assign();
    expect(tasksIn(story.when(story.ends('a', 'failed')).facts)).toEqual([
      'a: up_for_retry',
      'retried[1]: pending',
    ]);
    story.wait(1000).wake();
    story.assign();
    expect(tasksIn(story.when(story.ends('a')).facts)).toEqual([
      'a: success',
      'done: pending',
      'over: pending',
    ]);
    story.assign();
    story.when(story.ends('retried', 'failed'), story.ends('retried[1]'), story.ends('over'));
    expect(runsIn(story.when(story.ends('done', 'failed')).facts)).toEqual(['r1: success']);
  });

  it('what never began has nothing to exit from', () => {
    const story = begun({ a: task(), b: behind(['a']), over: hook('exit', 'b') });
    expect(tasksIn(story.when(story.ends('a', 'failed')).facts)).toEqual([
      'a: failed',
      'b: upstream_failed',
    ]);
  });
});

describe('hooks of the run', () => {
  const tasks = { a: task(), won: hook('success'), lost: hook('failure'), over: hook('exit') };

  it('are told how it will end; the final row comes behind them', () => {
    const story = begun(tasks);
    const ending = story.when(story.ends('a', 'failed'));
    expect(tasksIn(ending.facts)).toEqual(['a: failed', 'lost: pending', 'over: pending']);
    expect(lastRun(ending)).toMatchObject({
      status: 'running',
      ending: { becoming: 'failed', reason: 'failed at its end: a', stage: 'hooks' },
    });
    story.assign();
    expect(runsIn(story.when(story.ends('lost')).facts)).toEqual([]);
    const end = story.when(story.ends('over', 'failed'));
    expect(lastRun(end)).toMatchObject({ status: 'failed', reason: 'failed at its end: a' });
    expect(lastRun(end)).not.toHaveProperty('ending');
  });

  it('a new leader goes on with them', () => {
    const story = begun(tasks);
    story.when(story.ends('a'));
    const again = new Board(story.state);
    expect(again.ready.size).toBe(2);
    expect(again.toDo.completeRuns.size).toBe(0);
  });

  it('a cancelled run is told of its exit alone, and a queued one of nothing', () => {
    const story = begun(tasks);
    story.when(asks(cancelRun('r1')));
    const { facts } = story.when(story.ends('a', 'cancelled'));
    expect(tasksIn(facts)).toEqual(['a: cancelled', 'over: pending']);
    expect(tasksIn(story.assign().facts)).toEqual(['over: queued']);
    expect(runsIn(story.when(story.ends('over')).facts)).toEqual(['r1: cancelled']);
  });

  it('cancelling stops the hooks of a run that is ending already', () => {
    const story = begun(tasks);
    story.when(story.ends('a', 'failed'));
    expect(tasksIn(story.when(asks(cancelRun('r1'))).facts)).toEqual([
      'lost: cancelled',
      'over: cancelled',
    ]);
    expect(story.state.count('run')).toBe(0);
  });
});

describe('compensations', () => {
  it('when somebody stops them, the hooks are told before the run ends', () => {
    const story = begun({
      a: task(),
      z: task({ dependsOn: [taskId('a')] }),
      undone: undo('a'),
      left: hook('exit'),
    });
    story.when(story.ends('a'));
    story.assign();
    story.when(story.ends('z', 'failed'));
    story.assign();
    story.when(asks(cancelRun('r1')));
    const { facts } = story.when(story.ends('undone', 'cancelled'));
    expect(tasksIn(facts)).toEqual(['undone: cancelled', 'left: pending']);
    story.assign();
    expect(lastRun(story.when(story.ends('left')))).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining('cancelled by'),
    });
  });

  const saga = {
    pay: task({ compensate: taskId('refund') }),
    refund: undo('pay'),
    ship: behind(['pay'], { compensate: taskId('fetch') }),
    fetch: undo('ship'),
    bill: behind(['ship']),
    over: hook('exit'),
  };

  /** Payment and shipping succeed, the bill fails. */
  function failed() {
    const story = begun(saga);
    for (const name of ['pay', 'ship']) {
      story.wait(10).when(story.ends(name));
      story.assign();
    }
    return { story, ending: story.wait(10).when(story.ends('bill', 'failed')) };
  }

  it('undo what succeeded in a failed run, newest first, one after the other', () => {
    const { story, ending } = failed();
    expect(tasksIn(ending.facts)).toEqual(['bill: failed', 'fetch: pending']);
    expect(lastRun(ending)).toMatchObject({ ending: { stage: 'compensate' } });
    expect(story.row('fetch')).toMatchObject({
      cause: { on: 'compensate', taskId: 'ship', mapIndex: 0 },
    });
    story.assign();
    expect(tasksIn(story.when(story.ends('fetch')).facts)).toEqual([
      'fetch: success',
      'refund: pending',
    ]);
    story.assign();
    expect(tasksIn(story.when(story.ends('refund')).facts)).toEqual([
      'refund: success',
      'over: pending',
    ]);
    story.assign();
    expect(lastRun(story.when(story.ends('over')))).toMatchObject({
      status: 'failed',
      reason: 'failed at its end: bill',
    });
  });

  it('one that fails is named, and the others go on', () => {
    const { story } = failed();
    story.assign();
    expect(tasksIn(story.when(story.ends('fetch', 'failed')).facts)).toContain('refund: pending');
    story.assign();
    story.when(story.ends('refund'));
    story.assign();
    expect(lastRun(story.when(story.ends('over')))).toMatchObject({
      reason: 'failed at its end: bill; compensation failed: ship',
    });
  });

  it('a run that succeeds is not undone, but for somebody who asks for it', () => {
    const story = begun({ pay: task(), refund: undo('pay'), over: hook('exit') });
    expect(tasksIn(story.when(story.ends('pay')).facts)).toEqual(['pay: success', 'over: pending']);
    story.assign();
    const ended = endedIn(story.when(story.ends('over')));
    const again = asked(story, ended);
    expect(again.tasks).toEqual(['pay']);
    expect(tasksIn(again.facts)).toEqual(['pay: success', 'over: success', 'refund: pending']);
    story.assign();
    const end = story.when(story.ends('refund'));
    expect(lastRun(end)).toMatchObject({ status: 'success', generation: 2 });
  });

  it('a compensation that failed is tried again when somebody asks for it', () => {
    const { story } = failed();
    story.assign();
    story.wait(10).when(story.ends('fetch', 'failed'));
    story.assign();
    story.when(story.ends('refund'));
    story.assign();
    const ended = endedIn(story.when(story.ends('over')));
    story.wait(10);
    const again = asked(story, ended);
    expect(again.tasks).toEqual(['ship']);
    expect(tasksIn(again.facts).at(-1)).toBe('fetch[1]: pending');
    story.assign();
    expect(lastRun(story.when(story.ends('fetch[1]')))).toMatchObject({
      status: 'failed',
      reason: 'failed at its end: bill; compensation failed: ship',
    });
  });

  it('a run without anything to undo stays as it ended', () => {
    const story = begun({ a: task() });
    const ended = endedIn(story.when(story.ends('a')));
    expect(asked(story, ended)).toMatchObject({ tasks: [], facts: [] });
  });

  it('a run that ended in the queue is undone, and what never was is closed', () => {
    const content = spec({ a: task(), refund: undo('a'), b: task({ dependsOn: [taskId('a')] }) });
    const run = queuedRun('r1', { name: 'd', content });
    const ended = { status: 'cancelled', startedAt: null, endedAt: start, reason: 'x' } as const;
    const row = { namespace: here, runId: run.runId, taskId: taskId('a'), mapIndex: 0 };
    const marked = { attempts: [], tries: 0, markedBy: 'ada', endedAt: start } as const;
    const tasks = [{ ...row, ...marked, status: 'success' } as const];
    const story = new Decider(...dagFacts('d', content), ...nodes('n1'));
    const again = asked(story, { run: { ...run, ...ended }, tasks, outputs: [] });
    expect(tasksIn(again.facts)).toEqual(['a: success', 'b: cancelled', 'refund: pending']);
    story.assign();
    expect(lastRun(story.when(story.ends('refund')))).toMatchObject({ status: 'cancelled' });
  });

  /** Somebody asks for the compensations of an ended run. */
  function asked(story: Decider, ended: EndedRun) {
    const place = { term: term(1), index: logIndex(1_000), at: story.now };
    const turn = new Turn({ state: story.state, board: story.board }, place);
    const tasks = turn.decide({ what: 'compensate-run', by: 'ada' }, () => {
      const chosen = compensateEnded(turn, ended);
      return chosen;
    });
    const { facts } = story.when({ kind: 'deadline', deadline: { kind: 'go-on', at: story.now } });
    return { tasks, facts: [...turn.decisions.flatMap((decision) => decision.facts), ...facts] };
  }
});
