import { describe, expect, it } from 'vitest';
import { dagId, runId } from '../base/brand.ts';
import type { TaskSpec } from '../model/dag.ts';
import { namespaceFact, nodeFact } from '../model/fact.ts';
import type { Quota } from '../model/namespace-row.ts';
import { Decider } from './testing/decider.ts';
import {
  applyDag,
  asks,
  dagFacts,
  here,
  later,
  node,
  spec,
  startRun,
  task,
} from './testing/rows.ts';

const quotaOf = (quota: Quota) => {
  const said = { description: '', updatedAt: later(0), updatedBy: 'test' };
  return namespaceFact({ namespace: here, weight: 1, quota, ...said });
};

const room = nodeFact(node('n1', { capacity: { cpu: 100, memory: 100, slots: 100 } }));

/** One run with these tasks under a quota. */
function storyOf(quota: Quota, tasks: Readonly<Record<string, TaskSpec>>): Decider {
  const story = new Decider(...dagFacts('d', spec(tasks)), room, quotaOf(quota));
  story.when(asks(startRun('d', 'r1')));
  story.assign();
  return story;
}

const started = (story: Decider, ...names: readonly string[]): readonly string[] =>
  names.filter((name) => story.status(name) !== undefined);

describe('quotas of what runs', () => {
  const cpu = (amount: number) => task({ resources: { cpu: amount } });

  it('W24: what is used and one attempt more is never above the quota', () => {
    const story = storyOf({ cpu: 5 }, { a: cpu(2), b: cpu(2), c: cpu(2) });
    expect(started(story, 'a', 'b', 'c')).toEqual(['a', 'b']);
    story.when(story.ends('a'));
    story.assign();
    expect(story.status('c')).toBe('queued');
  });

  it('what is left of it is kept for the most urgent one that needs more', () => {
    const wide = task({ resources: { cpu: 4 }, priority: 1 });
    const story = storyOf(
      { cpu: 5 },
      { a: task({ resources: { cpu: 2 }, priority: 9 }), b: wide, c: cpu(2) },
    );
    expect(started(story, 'a', 'b', 'c')).toEqual(['a']);
    story.when(story.ends('a'));
    story.assign();
    expect(started(story, 'a', 'b', 'c')).toEqual(['a', 'b']);
  });

  it('what asks for more than the quota holds nobody up', () => {
    const wide = task({ resources: { cpu: 6 }, priority: 1 });
    expect(started(storyOf({ cpu: 5 }, { a: wide, b: cpu(2) }), 'a', 'b')).toEqual(['b']);
  });

  it('nothing is kept for a task that no node could hold', () => {
    const nowhere = task({ resources: { cpu: 4 }, labels: { zone: 'x' }, priority: 1 });
    const first = task({ resources: { cpu: 2 }, priority: 9 });
    const story = storyOf({ cpu: 5 }, { a: first, b: nowhere, c: cpu(2) });
    expect(started(story, 'a', 'b', 'c')).toEqual(['a', 'c']);
  });

  it('running tasks are counted, and so is each dimension that has a quota', () => {
    expect(started(storyOf({ runningTasks: 1 }, { a: cpu(1), b: cpu(1) }), 'a', 'b')).toHaveLength(
      1,
    );
    const memory = task({ resources: { memory: 60 } });
    expect(started(storyOf({ memory: 100 }, { a: memory, b: memory }), 'a', 'b')).toHaveLength(1);
  });

  it('a quota that is raised lets them in at once', () => {
    const story = storyOf({ runningTasks: 1 }, { a: cpu(1), b: cpu(1) });
    const more = { weight: 1, quota: { runningTasks: 2 }, description: '' };
    story.when(asks({ kind: 'put-namespace', namespace: here, ...more }));
    story.assign();
    expect(started(story, 'a', 'b')).toHaveLength(2);
  });
});

describe('quotas of runs', () => {
  const content = spec({ a: task() });
  const statusOf = (story: Decider, run: string) => story.state.run(here, runId(run))?.run.status;

  function runsUnder(quota: Quota, ...dags: readonly string[]): Decider {
    const facts = dags.flatMap((name) => dagFacts(name, content));
    const story = new Decider(...facts, room, quotaOf(quota));
    for (const name of dags) story.when(asks(startRun(name, name)));
    story.assign();
    return story;
  }

  it('only so many are active; the one that waits longest begins next, of whatever DAG', () => {
    const story = runsUnder({ activeRuns: 1 }, 'd1', 'd2', 'd3');
    expect(['d1', 'd2', 'd3'].map((run) => statusOf(story, run))).toEqual([
      ...['running', 'queued', 'queued'],
    ]);
    story.wait(1).when(asks(startRun('d1', 'again')));
    story.when(story.ends('a', 'success', { run: 'd1' }));
    expect(['d2', 'd3', 'again'].map((run) => statusOf(story, run))).toEqual([
      ...['running', 'queued', 'queued'],
    ]);
  });

  it('only so many begin within a minute; the next does when the first is a minute old', () => {
    const story = runsUnder({ runsPerMinute: 2 }, 'd1', 'd2', 'd3');
    expect(statusOf(story, 'd3')).toBe('queued');
    story.wait(59_999).wake();
    expect(statusOf(story, 'd3')).toBe('queued');
    story.wait(1).wake();
    expect(statusOf(story, 'd3')).toBe('running');
  });

  it('a schedule that has much to make up for fills the queue, and the rest stays due', () => {
    const every = { kind: 'every', everyMs: 1_000, jitterMs: 0 } as const;
    const often = spec(content.tasks, {
      ...{ schedules: [every], catchUp: { windowMs: null, coalesce: false } },
      activeRunsMax: 1,
    });
    const story = new Decider(room, quotaOf({ queuedRuns: 3 }));
    story.when(asks(applyDag('often', often)));
    story.wait(60_000).wake();
    expect(story.board.runs.ofNamespace(here)).toMatchObject({ begun: 1, queued: 3 });
    const schedule = story.state.schedule(here, dagId('often'));
    expect(schedule?.doneUntil).toBeLessThan(story.now);
    expect(schedule?.skipped).toBe(0);
  });

  it('a run beyond the queue, and a DAG beyond the last, are refused', () => {
    const story = runsUnder({ activeRuns: 0, queuedRuns: 1, dags: 2 }, 'd1');
    const next = story.when(asks(startRun('d1', 'more')));
    expect(next.answer).toMatchObject({ ok: false, error: { code: 'QUOTA_EXCEEDED' } });
    expect(story.when(asks(applyDag('d2', content))).answer?.ok).toBe(true);
    const third = story.when(asks(applyDag('d3', content))).answer;
    expect(third).toMatchObject({ ok: false, error: { code: 'QUOTA_EXCEEDED' } });
  });
});

describe('the most at a time', () => {
  it('attempts of a DAG, and of a task in all its runs', () => {
    const both = { a: task({ maxConcurrency: 1 }), b: task() };
    const content = spec(both, { maxConcurrency: 3 });
    const story = new Decider(...dagFacts('d', content), room);
    for (const run of ['r1', 'r2', 'r3']) story.when(asks(startRun('d', run)));
    story.assign();
    const alive = ['r1', 'r2', 'r3'].flatMap((run) =>
      ['a', 'b'].filter((name) => story.status(name, run) === 'queued').map((name) => name),
    );
    expect(alive.sort()).toEqual(['a', 'b', 'b']);
  });
});
