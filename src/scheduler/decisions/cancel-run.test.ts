import { describe, expect, it } from 'vitest';
import { dagId, runId, taskId } from '../../base/brand.ts';
import { Decider, kindsOf, runsIn, tasksIn } from '../testing/decider.ts';
import {
  asks,
  behind,
  cancelRun,
  dagFacts,
  here,
  nodes,
  runningRun,
  spec,
  task,
} from '../testing/rows.ts';

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

describe('cancel, of what is more than tasks', () => {
  const setUp = (failsRun = false) => ({
    setup: task(),
    work: behind(['setup']),
    down: behind(['work'], {
      role: { kind: 'teardown', setups: [taskId('setup')], failsRun },
    } as const),
  });

  it('what was set up is torn down, then the run ends', () => {
    const story = new Decider(...runningRun(spec(setUp())), ...nodes('n1'));
    story.assign();
    story.when(story.ends('setup'));
    story.assign();
    expect(tasksIn(story.when(asks(cancelRun('r1'))).facts)).toEqual(['work: queued']);
    story.when(story.ends('work', 'cancelled'));
    expect(tasksIn(story.assign().facts)).toEqual(['down: queued']);
    expect(runsIn(story.when(story.ends('down')).facts)).toEqual(['r1: cancelled']);
  });

  it('a paused run is torn down like any other', () => {
    const story = new Decider(...runningRun(spec(setUp())), ...nodes('n1'));
    story.assign();
    const pause = { kind: 'pause-run', namespace: here, runId: runId('r1'), paused: true } as const;
    story.when(asks(pause));
    story.when(story.ends('setup'));
    expect(story.assign().facts).toEqual([]);
    expect(tasksIn(story.when(asks(cancelRun('r1'))).facts)).toEqual(['work: cancelled']);
    expect(tasksIn(story.assign().facts)).toEqual(['down: queued']);
    expect(runsIn(story.when(story.ends('down')).facts)).toEqual(['r1: cancelled']);
  });

  it('what was not set up is not torn down', () => {
    const story = new Decider(...runningRun(spec(setUp())), ...nodes('n1'));
    story.assign();
    story.when(asks(cancelRun('r1')));
    const { facts } = story.when(story.ends('setup', 'cancelled'));
    expect(tasksIn(facts)).toEqual(['setup: cancelled', 'down: skipped']);
    expect(runsIn(facts)).toEqual(['r1: cancelled']);
  });

  it('a failed teardown fails the run only if it is said to', () => {
    for (const failsRun of [false, true]) {
      const story = new Decider(...runningRun(spec(setUp(failsRun))), ...nodes('n1'));
      for (const name of ['setup', 'work']) {
        story.assign();
        story.when(story.ends(name));
      }
      story.assign();
      const { facts } = story.when(story.ends('down', 'failed'));
      expect(runsIn(facts)).toEqual([failsRun ? 'r1: failed' : 'r1: success']);
    }
  });

  it('every item of a map is closed, those that were not admitted as well', () => {
    const maps = {
      m: {
        over: { item: '[1, 2, 3]' },
        members: [taskId('a')],
        dependsOn: [],
        triggerRule: 'all_success',
        activeMax: 1,
      },
    } as const;
    const story = new Decider(
      ...runningRun(spec({ a: task({ map: 'm' }), b: behind(['a']) }, { maps })),
      ...nodes('n1'),
    );
    story.wake();
    story.assign();
    const { facts } = story.when(asks(cancelRun('r1')));
    expect(tasksIn(facts)).toEqual([
      'a: queued',
      'a[1]: cancelled',
      'a[2]: cancelled',
      'b: cancelled',
    ]);
    expect(runsIn(story.when(story.ends('a', 'cancelled')).facts)).toEqual(['r1: cancelled']);
  });

  it('a teardown whose map has no items yet is closed with the others', () => {
    const maps = {
      m: {
        over: { item: '[1, 2]' },
        members: [taskId('down')],
        dependsOn: [taskId('a')],
        triggerRule: 'all_done',
        activeMax: null,
      },
    } as const;
    const role = { kind: 'teardown', setups: [], failsRun: false } as const;
    const content = spec({ a: task(), down: behind(['a'], { map: 'm', role }) }, { maps });
    const story = new Decider(...runningRun(content), ...nodes('n1'));
    expect(tasksIn(story.when(asks(cancelRun('r1'))).facts)).toEqual([
      'a: cancelled',
      'down: cancelled',
    ]);
    expect(story.state.count('run')).toBe(0);
  });

  it('a run that a task waits for is stopped first, and its task ends with it', () => {
    const child = spec({ x: task() });
    const action = { kind: 'subdag', dagId: dagId('c'), params: {}, wait: true } as const;
    const story = new Decider(
      ...dagFacts('c', child),
      ...runningRun(spec({ sub: task({ action }) })),
      ...nodes('n1'),
    );
    story.wake();
    expect(story.status('sub')).toBe('deferred');
    story.assign();
    const [run] = [...story.state.runs()].filter((live) => live.run.dagId === 'c');
    const of = run?.run.runId ?? '';
    const stopped = story.when(asks(cancelRun('r1')));
    expect(runsIn(stopped.facts)).toEqual(['r1: cancelling', `${of}: cancelling`]);
    expect(story.status('sub')).toBe('deferred');
    const { facts } = story.when(story.ends('x', 'cancelled', { run: of }));
    expect(tasksIn(facts)).toEqual(['x: cancelled', 'sub: cancelled']);
    expect(runsIn(facts)).toEqual([`${of}: cancelled`, 'r1: cancelled']);
  });

  it('a large run is closed over several turns, and nothing starts in between', () => {
    const many = Object.fromEntries(
      Array.from({ length: 5000 }, (_, at) => [`t${at}`, at === 0 ? task() : behind(['t0'])]),
    );
    const story = new Decider(...runningRun(spec(many)), ...nodes('n1'));
    story.assign();
    const first = story.when(asks(cancelRun('r1')));
    expect(first.facts.length).toBeLessThan(2_000);
    story.when(story.ends('t0', 'success'));
    expect(story.assign().facts).toEqual([]);
    // Another leader goes on where this one was.
    const rows = [...story.state.facts()];
    const next = new Decider(...rows);
    next.wake();
    expect(next.state.count('run')).toBe(0);
    expect(runsIn(story.wake().facts)).toEqual(['r1: cancelled']);
  });
});
