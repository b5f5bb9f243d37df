import { describe, expect, it } from 'vitest';
import { dagId, runId } from '../base/brand.ts';
import type { DagSpec, ScheduleRow } from '../model/dag.ts';
import { runFact } from '../model/fact.ts';
import { Decider, rowsOf, runsIn } from './testing/decider.ts';
import {
  asks,
  cancelRun,
  dagFacts,
  here,
  nodes,
  queuedRun,
  spec,
  start,
  task,
} from './testing/rows.ts';

const minuteMs = 60_000;
const minutely = (differs: Partial<DagSpec>): DagSpec =>
  spec(
    { a: task() },
    { schedules: [{ kind: 'every', everyMs: minuteMs, jitterMs: 0 }], ...differs },
  );
const storyOf = (content: DagSpec): Decider =>
  new Decider(...dagFacts('d', content), ...nodes('n1'));
/** The run of so many minutes after the start. */
const run = (minute: number): string =>
  `scheduled-d-20260101T00${String(minute).padStart(2, '0')}00Z`;
const schedule = (story: Decider): ScheduleRow => {
  const row = story.state.schedule(here, dagId('d'));
  if (row === undefined) throw new Error('there is no schedule');
  return row;
};
const statusOf = (story: Decider, minute: number): string | undefined =>
  story.state.run(here, runId(run(minute)))?.run.status;

describe('overlap', () => {
  it('unless said: runs of a DAG stand side by side', () => {
    const story = storyOf(minutely({}));
    story.wait(minuteMs).wake();
    story.wait(minuteMs).wake();
    expect([statusOf(story, 1), statusOf(story, 2)]).toEqual(['running', 'running']);
  });

  it('skip: an instant that finds another run alive starts none, and that is written down', () => {
    const story = storyOf(minutely({ overlap: 'skip' }));
    story.wait(minuteMs).wake();
    story.wait(minuteMs).wake();
    story.wait(minuteMs).wake();
    expect(statusOf(story, 2)).toBeUndefined();
    expect(schedule(story).skips).toMatchObject([{ count: 2, reason: 'overlap' }]);
    story.assign();
    story.when(story.ends('a', 'success', { run: run(1) }));
    story.wait(minuteMs).wake();
    expect(statusOf(story, 4)).toBe('running');
  });

  it('skip: runs of a backfill are no others', () => {
    const content = minutely({ overlap: 'skip' });
    const old = queuedRun('old', { name: 'd', content });
    const facts = [...dagFacts('d', content), runFact({ ...old, trigger: 'backfill' })];
    const story = new Decider(...facts, ...nodes('n1'));
    story.wait(minuteMs).wake();
    expect(statusOf(story, 1)).toBe('running');
  });

  it('queue: runs wait for each other in order, whoever leads', () => {
    const story = storyOf(minutely({ overlap: 'queue' }));
    for (const _ of [1, 2, 3]) story.wait(minuteMs).wake();
    expect([1, 2, 3].map((minute) => statusOf(story, minute))).toEqual([
      'running',
      'queued',
      'queued',
    ]);
    expect(story.state.run(here, runId(run(2)))?.run.heldBy).toContain(run(1));
    story.board.rebuild();
    story.assign();
    const { facts } = story.when(story.ends('a', 'success', { run: run(1) }));
    expect(runsIn(facts)).toContain(`${run(2)}: running`);
    expect(story.state.run(here, runId(run(2)))?.run.heldBy).toBeUndefined();
    expect(statusOf(story, 3)).toBe('queued');
  });

  it('replace: the run that is alive gives way, and the new one starts when it is gone', () => {
    const story = storyOf(minutely({ overlap: 'replace' }));
    story.wait(minuteMs).wake();
    story.assign();
    story.wait(minuteMs).wake();
    expect([statusOf(story, 1), statusOf(story, 2)]).toEqual(['cancelling', 'queued']);
    const { facts } = story.when(story.ends('a', 'cancelled', { run: run(1) }));
    const [ended] = rowsOf('run', facts);
    expect(ended).toMatchObject({
      status: 'cancelled',
      reason: expect.stringContaining('replaced'),
    });
    expect(statusOf(story, 2)).toBe('running');
  });
});

describe('dependsOnPast', () => {
  const past = minutely({ dependsOnPast: true });
  const twoRuns = (): Decider => {
    const story = storyOf(past);
    story.wait(minuteMs).wake();
    story.wait(minuteMs).wake();
    story.assign();
    return story;
  };

  it('W27: a run waits for the success of the one before; the first has no past', () => {
    const story = twoRuns();
    expect([statusOf(story, 1), statusOf(story, 2)]).toEqual(['running', 'queued']);
    const { facts } = story.when(story.ends('a', 'success', { run: run(1) }));
    expect(runsIn(facts)).toContain(`${run(2)}: running`);
  });

  it('W27: behind a failure everything waits, also under a new leader', () => {
    const story = twoRuns();
    story.when(story.ends('a', 'failed', { run: run(1) }));
    expect(statusOf(story, 2)).toBe('queued');
    story.wait(minuteMs).wake();
    story.board.rebuild();
    story.when(asks(cancelRun('nothing')));
    expect([statusOf(story, 2), statusOf(story, 3)]).toEqual(['queued', 'queued']);
    expect(schedule(story).past?.ok).toBe(false);
  });

  it('W27: the old run is made again and succeeds: the next one goes on', () => {
    const story = twoRuns();
    const { turn } = story.when(story.ends('a', 'failed', { run: run(1) }));
    const ended = turn.applied.flatMap((each) => each.ended ?? [])[0] ?? null;
    story.when(
      asks(
        {
          kind: 'rerun',
          namespace: here,
          runId: runId(run(1)),
          tasks: null,
          downstream: false,
          failedOnly: false,
        },
        { ended },
      ),
    );
    expect([statusOf(story, 1), statusOf(story, 2)]).toEqual(['running', 'queued']);
    story.assign();
    story.when(story.ends('a', 'success', { run: run(1) }));
    expect(statusOf(story, 2)).toBe('running');
  });
});

describe('a fixed delay', () => {
  const after = spec(
    { a: task() },
    { schedules: [{ kind: 'after', afterMs: 10 * minuteMs, jitterMs: 0 }] },
  );

  it('counts from the end of its own run', () => {
    const story = storyOf(after);
    story.wait(1).wake();
    story.assign();
    expect(schedule(story).lastEndedAt).toBeNull();
    const first = rowsOf('run', story.wait(60 * minuteMs).wake().facts);
    expect(first).toEqual([]);
    const [live] = [...story.state.runs()];
    story.when(story.ends('a', 'failed', { run: live?.run.runId ?? '' }));
    expect(schedule(story).lastEndedAt).toBe(story.now);
    expect(story.wait(9 * minuteMs).wake().facts).toEqual([]);
    expect(runsIn(story.wait(minuteMs).wake().facts)).toHaveLength(2);
  });

  it('goes on when its run was cancelled before it began', () => {
    const content = { ...after, activeRunsMax: 1 };
    const old = queuedRun('old', { name: 'd', content });
    const facts = [
      ...dagFacts('d', content),
      runFact({ ...old, status: 'running', startedAt: start }),
    ];
    const story = new Decider(...facts, ...nodes('n1'));
    story.wait(1).wake();
    const [, mine] = [...story.state.runs()];
    expect(mine?.run.status).toBe('queued');
    story.when(asks(cancelRun(mine?.run.runId ?? '')));
    expect(schedule(story).lastEndedAt).toBe(story.now);
  });
});

describe('params', () => {
  it('that must be given: the instant starts no run, and says why', () => {
    const content = minutely({ params: { env: { type: 'string', default: null, enum: null } } });
    const story = storyOf(content);
    expect(runsIn(story.wait(minuteMs).wake().facts)).toEqual([]);
    expect(schedule(story).skips).toMatchObject([{ count: 1, reason: 'params' }]);
  });
});
