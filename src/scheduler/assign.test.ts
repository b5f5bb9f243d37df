import { describe, expect, it } from 'vitest';
import { nodeFact } from '../model/fact.ts';
import { Decider, tasksIn } from './testing/decider.ts';
import { asks, dagFacts, node, nodes, runningRun, spec, startRun, task } from './testing/rows.ts';

describe('assign', () => {
  const slots = (amount: number, differs = {}) =>
    task({ resources: { slots: amount }, ...differs });

  it('packs: what fits on one node leaves the other one free for a bigger task', () => {
    const content = spec({ a: slots(1), b: slots(1), c: slots(2), whole: slots(4) });
    const story = new Decider(...runningRun(content), ...nodes('n1', 'n2'));
    expect(tasksIn(story.assign().facts)).toHaveLength(4);
  });

  it('priority goes first, then the older run', () => {
    const facts = runningRun(spec({ a: task() }));
    const run = facts.at(-1);
    if (run?.table !== 'run' || run.row === null) throw new Error('a run');
    const others = [
      { id: 'urgent', priority: 5, createdAt: run.row.createdAt },
      { id: 'old', priority: 0, createdAt: run.row.createdAt - 1 },
    ].map(({ id, ...differs }) => ({
      ...run,
      key: `default/${id}`,
      row: { ...run.row, runId: id, ...differs } as never,
    }));
    const one = nodeFact(node('n1', { capacity: { slots: 1 } }));
    const story = new Decider(...facts, ...others, one);
    const order: string[] = [];
    for (let i = 0; i < 3; i++) {
      const [row] = story.assign().facts;
      if (row?.table !== 'task' || row.row === null) break;
      order.push(row.row.runId);
      story.when(story.ends('a', 'success', { run: row.row.runId }));
    }
    expect(order).toEqual(['urgent', 'old', 'r1']);
  });

  it('a big task at the head is not starved by small ones that keep coming free', () => {
    const small = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`s${i}`, slots(1)]));
    const rare = dagFacts('rare', spec({ big: slots(4) }));
    const story = new Decider(...runningRun(spec(small)), ...rare, ...nodes('n1', 'n2'));
    story.assign();
    story.when(asks(startRun('rare', 'r2', { priority: 9 })));
    let ends = 0;
    while (story.status('big', 'r2') === undefined && ends < 40) {
      // The oldest attempts end first, wherever they are.
      const live = Object.keys(small).find((name) => story.status(name) === 'queued');
      if (live === undefined) break;
      story.when(story.ends(live));
      story.assign();
      ends += 1;
    }
    // Of the eight that were under way at most all had to end, and none of the 32 behind them.
    expect(ends).toBeLessThanOrEqual(8);
    expect(story.live('big', 'r2').attempt.number).toBe(1);
  });

  it('a task that no node could ever hold does not stand in the way of the others', () => {
    const content = spec({ huge: slots(99), a: slots(1), b: slots(2) });
    const story = new Decider(...runningRun(content), ...nodes('n1'));
    expect(tasksIn(story.assign().facts).toSorted()).toEqual(['a: queued', 'b: queued']);
    expect(story.status('huge')).toBeUndefined();
  });

  it('one that no node could hold does not take the place of one that has to wait', () => {
    const content = spec({
      huge: slots(99, { priority: 9 }),
      wide: slots(4, { priority: 8 }),
      a: slots(2, { priority: 10 }),
      b: slots(1),
      c: slots(1),
    });
    const n1 = nodeFact(node('n1', { capacity: { slots: 4 } }));
    const story = new Decider(...runningRun(content), n1);
    expect(tasksIn(story.assign().facts)).toEqual(['a: queued']);
    story.when(story.ends('a'));
    expect(tasksIn(story.assign().facts)).toEqual(['wide: queued']);
  });

  it('a task goes only where its labels are', () => {
    const content = spec({ a: slots(1, { labels: { zone: 'x' } }) });
    const story = new Decider(...runningRun(content), ...nodes('n1'));
    expect(story.assign().facts).toEqual([]);
    const n2 = nodeFact(node('n2', { labels: { zone: 'x', disk: 'ssd' } }));
    story.board.observe(story.state.apply(n2));
    story.assign();
    expect(story.live('a').attempt.node).toBe('n2');
  });
});
