import { describe, expect, it } from 'vitest';
import { runFact } from '../../model/fact.ts';
import { Decider, rowsOf, runsIn } from '../testing/decider.ts';
import { dagFacts, nodes, queuedRun, spec, task } from '../testing/rows.ts';

const minutely = spec(
  { a: task() },
  { schedules: [{ kind: 'every', everyMs: 60_000, jitterMs: 0 }], activeRunsMax: 1 },
);

describe('a schedule that is due', () => {
  it('W13: advances and makes its run in one turn, and is not due again', () => {
    const story = new Decider(...dagFacts('d', minutely), ...nodes('n1'));
    const { facts } = story.wait(60_000).wake();
    expect(runsIn(facts)[0]).toBe('scheduled-d-20260101T000100Z: queued');
    expect(rowsOf('schedule', facts)).toHaveLength(1);
    expect(story.wake().facts).toEqual([]);
  });

  it('W13: makes no second run for an instant that has one already', () => {
    const id = 'scheduled-d-20260101T000100Z';
    const before = queuedRun(id, { name: 'd', content: minutely });
    // The DAG was deleted and came back: its schedule remembers nothing, the run is still there.
    const story = new Decider(...dagFacts('d', minutely), runFact({ ...before, priority: 7 }));
    const { facts } = story.wait(60_000).wake();
    expect(rowsOf('schedule', facts)).toHaveLength(1);
    const runs = rowsOf('run', facts).filter((row) => row?.priority !== 7);
    expect(runs).toEqual([]);
  });

  it('waits while the disks are full, and fires when there is room again', () => {
    const story = new Decider(...dagFacts('d', minutely));
    story.board.disksFull = true;
    expect(story.wait(60_000).wake().facts).toEqual([]);
    story.board.disksFull = false;
    expect(runsIn(story.wait(1000).wake().facts)[0]).toContain('scheduled-d-20260101T000100Z');
  });
});
