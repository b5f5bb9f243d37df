import { describe, expect, it } from 'vitest';
import { taskId } from '../base/brand.ts';
import { runFact } from '../model/fact.ts';
import type { MapSpec } from '../model/map.ts';
import { factsPerAdvanceMax } from './advance.ts';
import { Decider, rowsOf, runsIn, tasksIn } from './testing/decider.ts';
import {
  asks,
  behind,
  dagFacts,
  nodes,
  queuedRun,
  runningRun,
  spec,
  start,
  startRun,
  task,
} from './testing/rows.ts';

const diamond = spec({
  top: task(),
  left: behind(['top']),
  right: behind(['top']),
  bottom: behind(['left', 'right']),
});

describe('advance', () => {
  it('T01: a failure reaches every descendant in the same turn, and the run ends', () => {
    const story = new Decider(...runningRun(diamond), ...nodes('n1'));
    story.assign();
    const { facts, turn } = story.when(story.ends('top', 'failed'));
    expect(tasksIn(facts)).toEqual([
      'top: failed',
      'left: upstream_failed',
      'right: upstream_failed',
      'bottom: upstream_failed',
    ]);
    expect(runsIn(facts)).toEqual(['r1: failed']);
    expect(turn.decisions).toHaveLength(1);
    expect(story.state.count('run')).toBe(0);
  });

  it('T01: a skip reaches the descendants that need a success', () => {
    const story = new Decider(...runningRun(diamond), ...nodes('n1'));
    story.assign();
    const { facts } = story.when(story.ends('top', 'skipped'));
    expect(tasksIn(facts)).toEqual([
      'top: skipped',
      'left: skipped',
      'right: skipped',
      'bottom: skipped',
    ]);
    expect(runsIn(facts)).toEqual(['r1: success']);
  });

  it('T02: a skipped branch does not fail the run', () => {
    const content = spec({
      a: task(),
      skipped: task(),
      end: behind(['a', 'skipped'], { triggerRule: 'none_failed_min_one_success' }),
    });
    const story = new Decider(...runningRun(content), ...nodes('n1'));
    story.assign();
    story.when(story.ends('skipped', 'skipped'), story.ends('a'));
    story.assign();
    expect(runsIn(story.when(story.ends('end')).facts)).toEqual(['r1: success']);
  });

  it('T02: a failure that a later task handles does not fail the run', () => {
    const content = spec({ work: task(), tidy: behind(['work'], { triggerRule: 'all_done' }) });
    const story = new Decider(...runningRun(content), ...nodes('n1'));
    story.assign();
    story.when(story.ends('work', 'failed'));
    story.assign();
    expect(runsIn(story.when(story.ends('tidy')).facts)).toEqual(['r1: success']);
  });

  it('T02: a failed leaf fails the run and is named', () => {
    const story = new Decider(...runningRun(spec({ good: task(), bad: task() })), ...nodes('n1'));
    story.assign();
    story.when(story.ends('bad', 'failed'));
    const { facts } = story.when(story.ends('good'));
    expect(facts.at(-1)?.row).toMatchObject({
      status: 'failed',
      reason: 'failed at its end: bad',
    });
  });

  it('T17: two ends in one turn make a common child ready once', () => {
    const story = new Decider(...runningRun(diamond), ...nodes('n1'));
    story.assign();
    story.when(story.ends('top'));
    story.assign();
    story.when(story.ends('left'), story.ends('right'));
    expect(tasksIn(story.assign().facts)).toEqual(['bottom: queued']);
    expect(tasksIn(story.assign().facts)).toEqual([]);
  });

  it('T19: a task without edges is part of its run', () => {
    const content = spec({ a: task(), b: behind(['a']), alone: task() });
    const story = new Decider(...runningRun(content), ...nodes('n1'));
    expect(tasksIn(story.assign().facts)).toEqual(['a: queued', 'alone: queued']);
    story.when(story.ends('a'));
    story.assign();
    expect(runsIn(story.when(story.ends('b')).facts)).toEqual([]);
    expect(runsIn(story.when(story.ends('alone')).facts)).toEqual(['r1: success']);
  });

  it('a run without tasks ends as soon as it starts', () => {
    const story = new Decider(...dagFacts('d', spec({})));
    expect(runsIn(story.when(asks(startRun('d', 'r1'))).facts)).toEqual([
      'r1: queued',
      'r1: running',
      'r1: success',
    ]);
  });

  it('queued runs start, oldest first, as far as the DAG allows', () => {
    const content = spec({ a: task() }, { activeRunsMax: 2 });
    const dag = { name: 'd', content };
    const story = new Decider(
      ...dagFacts('d', content),
      ...nodes('n1'),
      ...['r1', 'r2', 'r3', 'r4'].map((name) => runFact(queuedRun(name, dag))),
    );
    expect(runsIn(story.when().facts)).toEqual([]);
    const begun = story.when(asks(startRun('d', 'r5')));
    expect(runsIn(begun.facts)).toEqual(['r5: queued', 'r1: running', 'r2: running']);
    story.assign();
    const { facts } = story.when(story.ends('a', 'success', { run: 'r2' }));
    expect(runsIn(facts)).toEqual(['r2: success', 'r3: running']);
  });

  it('a long consequence is worked off over several turns, by whoever leads', () => {
    const children = Array.from({ length: 5000 }, (_, at) => [`t${at}`, behind(['top'])]);
    const content = spec({ top: task(), ...Object.fromEntries(children) });
    const story = new Decider(...runningRun(content), ...nodes('n1'));
    story.assign();
    const first = story.when(story.ends('top', 'failed'));
    expect(first.facts).toHaveLength(1 + factsPerAdvanceMax);
    // Other inputs do not carry the rest along.
    expect(story.when().facts).toEqual([]);
    const next = new Decider(...story.state.facts());
    for (const leader of [story, next]) {
      const rest = leader.wake();
      expect(tasksIn(rest.facts)).toHaveLength(5000 - factsPerAdvanceMax);
      expect(runsIn(rest.facts)).toEqual(['r1: failed']);
    }
  });

  it('a few large consequences are worked off over several turns, too', () => {
    const maps = ['m0', 'm1', 'm2', 'm3'];
    const of = (map: string): MapSpec => ({
      over: { item: 'params.texts' },
      ...{ members: [taskId(map)], dependsOn: [], triggerRule: 'all_success', activeMax: null },
    });
    const content = spec(Object.fromEntries(maps.map((map) => [map, task({ map })])), {
      maps: Object.fromEntries(maps.map((map) => [map, of(map)])),
    });
    const run = queuedRun('r1', { name: 'd', content });
    const params = { texts: ['x'.repeat(200_000)] };
    const story = new Decider(
      ...dagFacts('d', content),
      runFact({ ...run, params, status: 'running', startedAt: start }),
    );
    const first = story.when(asks(startRun('d', 'r2')));
    expect(rowsOf('expansion', first.facts)).toHaveLength(2);
    expect(rowsOf('expansion', story.wake().facts)).toHaveLength(2);
  });

  it('many runs that may start do so over several turns', () => {
    const content = spec({ a: task() }, { activeRunsMax: 10_000 });
    const dag = { name: 'd', content };
    const params = { text: 'x'.repeat(10_000) };
    const queued = Array.from({ length: 60 }, (_, at) =>
      runFact({ ...queuedRun(`r${at}`, dag), params }),
    );
    const story = new Decider(...dagFacts('d', content), ...queued);
    const first = runsIn(story.when(asks(startRun('d', 'x'))).facts);
    expect(first.filter((each) => each.endsWith('running'))).toHaveLength(26);
    expect(runsIn(story.wake().facts)).toHaveLength(35);
  });

  it('of the queued runs of a DAG the one with the highest priority starts first', () => {
    const content = spec({ a: task() }, { activeRunsMax: 1 });
    const story = new Decider(...dagFacts('d', content), ...nodes('n1'));
    for (const [name, priority] of [['r1', 0] as const, ['r2', 0] as const, ['r3', 5] as const]) {
      story.when(asks({ ...startRun('d', name), priority } as never));
    }
    story.assign();
    const { facts } = story.when(story.ends('a'));
    expect(runsIn(facts)).toEqual(['r1: success', 'r3: running']);
  });
});
