import { describe, expect, it } from 'vitest';
import { runId, taskId } from '../../base/brand.ts';
import type { DagSpec } from '../../model/dag.ts';
import { begun } from '../testing/begun.ts';
import { type Decider, kindsOf, rowsOf, tasksIn } from '../testing/decider.ts';
import { asks, behind, here, rerun, task } from '../testing/rows.ts';

const runOf = (story: Decider) => story.state.run(here, runId('r1'))?.run;

const hook = (of: string | null) =>
  task({ role: { kind: 'hook', on: 'sla', of: of === null ? null : taskId(of) } });

describe('missed SLAs', () => {
  it('that of a run is marked, traced and told, once', () => {
    const story = begun({ a: task(), tell: hook(null) }, { dag: { slaMs: 60_000 } });
    story.assign();
    expect(story.wait(59_999).wake().facts).toEqual([]);
    const { effects } = story.wait(1).wake();
    expect(runOf(story)).toMatchObject({ status: 'running', slaMissed: true });
    expect(effects).toMatchObject([
      { kind: 'trace', level: 'warn', event: 'scheduler.sla-missed', fields: { runId: 'r1' } },
    ]);
    expect(story.row('tell')?.cause).toEqual({
      ...{ on: 'sla', taskId: null, mapIndex: 0, state: 'running' },
      reason: 'not ended 1m00s after its start',
    });
    story.board.rebuild();
    expect(kindsOf(story.wait(60_000).wake().effects)).toEqual([]);
    expect(tasksIn(story.assign().facts)).toEqual(['tell: queued']);
  });

  it('of a run whose tasks run again before is told once', () => {
    const story = begun({ a: task(), tell: hook(null) }, { dag: { slaMs: 60_000 } });
    story.assign();
    story.when(story.ends('a'));
    story.when(asks(rerun('r1')));
    expect(kindsOf(story.wait(60_000).wake().effects)).toEqual(['trace']);
    expect(story.row('tell[1]')).toBeUndefined();
  });

  it('that of a task is marked in its row, whatever it does', () => {
    const story = begun({ a: task({ slaMs: 1000 }), tell: hook('a') });
    story.assign();
    story.wait(1000).wake();
    expect(story.row('a')).toMatchObject({ status: 'queued', slaMissed: true });
    expect(story.row('tell')?.cause).toMatchObject({ on: 'sla', taskId: 'a', state: 'queued' });
    story.when(story.ends('a'));
    expect(story.row('a')).toMatchObject({ status: 'success', slaMissed: true });
  });

  it('a task that waits for others can be late too, and runs all the same', () => {
    const story = begun({ a: task(), b: behind(['a'], { slaMs: 1000 }) });
    story.assign();
    story.wait(1000).wake();
    expect(story.row('b')).toMatchObject({ status: 'pending', slaMissed: true });
    story.when(story.ends('a'));
    expect(tasksIn(story.assign().facts)).toEqual(['b: queued']);
    story.when(story.ends('b'));
    expect(story.row('b')).toMatchObject({ status: 'success', slaMissed: true });
  });

  it('what has ended in time is not late', () => {
    const story = begun({ a: task({ slaMs: 1000 }), tell: hook('a') });
    story.assign();
    story.when(story.ends('a'));
    const { facts, effects } = story.wait(1000).wake();
    expect([rowsOf('task', facts), kindsOf(effects)]).toEqual([[], []]);
  });

  it('of a mapped task one instance stands for all that are late, once', () => {
    const map = 'a';
    const maps: DagSpec['maps'] = {
      a: {
        over: { item: '[1, 2, 3]' },
        members: [taskId('a')],
        dependsOn: [],
        triggerRule: 'all_success',
        activeMax: null,
      },
    };
    const story = begun({ a: task({ map, slaMs: 1000 }) }, { dag: { maps } });
    story.assign();
    story.when(story.ends('a'));
    story.wait(1000).wake();
    const missed = [0, 1, 2].map(
      (index) => story.state.task(here, runId('r1'), taskId('a'), index)?.slaMissed,
    );
    expect(missed).toEqual([undefined, true, undefined]);
    story.board.rebuild();
    expect(kindsOf(story.wake().effects)).toEqual([]);
  });
});
