import { describe, expect, it } from 'vitest';
import { runId, taskId } from '../../base/brand.ts';
import { taskFact, variableFact } from '../../model/fact.ts';
import type { TaskRow } from '../../model/task-instance.ts';
import { Leases } from '../leases.ts';
import { reconcile } from '../reconcile.ts';
import { begun } from '../testing/begun.ts';
import { kindsOf, rowsOf, tasksIn } from '../testing/decider.ts';
import { asks, cancelRun, executorOf, here, later, start, task } from '../testing/rows.ts';
import { defaultSchedulerSettings } from '../world.ts';

const pause = (paused: boolean) =>
  asks({ kind: 'pause-run', namespace: here, runId: runId('r1'), paused });

describe('waking', () => {
  it('W28: a deadline of a former wait wakes nothing', () => {
    const story = begun({ a: task({ delayMs: 1000 }) });
    const stale = { kind: 'task-wake', at: later(500) } as const;
    const whose = { namespace: here, runId: runId('r1'), taskId: taskId('a'), mapIndex: 0 };
    story.wait(5000);
    story.when({ kind: 'deadline', deadline: { ...stale, ...whose } });
    story.when({ kind: 'deadline', deadline: { ...stale, at: later(9000), ...whose } });
    expect(tasksIn(story.assign().facts)).toEqual([]);
    story.wake();
    expect(tasksIn(story.assign().facts)).toEqual(['a: queued']);
  });

  it('W28: the deadline of a task whose run has ended wakes nothing', () => {
    const story = begun({ a: task({ delayMs: 1000 }) });
    story.when(asks(cancelRun('r1')));
    expect(tasksIn(story.wait(1000).wake().facts)).toEqual([]);
  });

  it('in a paused run what was waited for ends, and nothing starts until it is resumed', () => {
    const story = begun({
      a: task({ delayMs: 1000 }),
      b: task({ action: { kind: 'wait', forMs: 1000, until: null } }),
    });
    story.when(pause(true));
    expect(tasksIn(story.wait(1000).wake().facts)).toEqual(['b: success']);
    expect(tasksIn(story.assign().facts)).toEqual([]);
    story.when(pause(false));
    story.wake();
    expect(tasksIn(story.assign().facts)).toEqual(['a: queued']);
  });

  it('a retry that is due in a paused run waits too', () => {
    const story = begun({ a: task({ retries: 1, retryDelayMs: 1000 }) });
    story.assign();
    story.when(story.ends('a', 'failed'));
    story.when(pause(true));
    story.wait(1000).wake();
    expect(tasksIn(story.assign().facts)).toEqual([]);
    story.when(pause(false));
    story.wake();
    expect(tasksIn(story.assign().facts)).toEqual(['a: queued']);
  });

  it('a row that an older version wrote is read as well', () => {
    const story = begun({ a: task() });
    const row: TaskRow = {
      ...{ namespace: here, runId: runId('r1'), taskId: taskId('a'), mapIndex: 0 },
      ...{ attempts: [], tries: 1, status: 'up_for_retry', retryAt: later(1), reason: 'x' },
    };
    story.state.apply(taskFact(row));
    story.board.rebuild();
    story.wait(1).wake();
    expect(tasksIn(story.assign().facts)).toEqual(['a: queued']);
  });
});

describe('dispatches that are sent again', () => {
  it('one that cannot be rendered any more is called back; the next attempt says why', () => {
    const variable = { namespace: here, name: 'v', value: 1, updatedAt: start, updatedBy: 'ada' };
    const tasks = { a: task({ env: { V: '{{ vars.v }}' } }) };
    const story = begun(tasks, { past: [variableFact(variable)] });
    story.assign();
    const { token } = story.live('a').attempt;
    story.state.apply({ table: 'variable', key: 'default/v', row: null });
    const { turn } = story.when();
    const beat = { ...executorOf('n1'), seq: 3, capacity: {}, labels: {}, address: '', held: [] };
    const leases = new Leases(defaultSchedulerSettings);
    reconcile(turn, leases, { kind: 'heartbeat', ...beat }, new Set([token]));
    expect(kindsOf(turn.effects)).toEqual(['revoke']);
    story.when(story.ends('a', 'cancelled', { error: 'cancelled before it started' }));
    story.wake();
    const { facts } = story.assign();
    expect(rowsOf('task', facts)).toMatchObject([
      { status: 'failed', reason: expect.stringContaining('its env.V cannot be rendered: ') },
    ]);
  });
});

describe('cleaning up behind a cancelled run', () => {
  it('a teardown that was lost or has failed is repeated all the same', () => {
    const role = { kind: 'teardown', setups: [taskId('a')], failsRun: false } as const;
    const story = begun({ a: task(), b: task({ role, dependsOn: [taskId('a')], retries: 1 }) });
    story.assign();
    story.when(story.ends('a'));
    story.assign();
    story.when(asks(cancelRun('r1')));
    expect(story.status('b')).toBe('queued');
    story.when(story.ends('b', 'cancelled', { error: 'the lease ended' }));
    expect(story.status('b')).toBe('up_for_retry');
    story.wake();
    story.assign();
    story.when(story.ends('b', 'failed'));
    expect(story.status('b')).toBe('up_for_retry');
    story.wait(1000).wake();
    story.assign();
    const { facts } = story.when(story.ends('b'));
    expect(tasksIn(facts)).toEqual(['b: success']);
  });
});
