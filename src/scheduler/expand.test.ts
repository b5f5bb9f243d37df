import { describe, expect, it } from 'vitest';
import { taskId } from '../base/brand.ts';
import type { TaskSpec } from '../model/dag.ts';
import { nodeFact, runFact } from '../model/fact.ts';
import type { MapSpec } from '../model/map.ts';
import { Board } from './board.ts';
import { Decider, rowsOf, runsIn, tasksIn } from './testing/decider.ts';
import {
  behind,
  dagFacts,
  node,
  nodes,
  queuedRun,
  runningRun,
  spec,
  start,
  task,
} from './testing/rows.ts';

const map = (members: readonly string[], differs: Partial<MapSpec> = {}): MapSpec => ({
  over: { item: '[10, 20, 30]' },
  members: members.map(taskId),
  dependsOn: [],
  triggerRule: 'all_success',
  activeMax: null,
  ...differs,
});

const roomy = nodeFact(node('n1', { capacity: { slots: 100 } }));

/** A run of these tasks with one map, where everything that is ready is placed. */
function begun(tasks: Readonly<Record<string, TaskSpec>>, of: MapSpec) {
  const story = new Decider(...runningRun(spec(tasks, { maps: { m: of } })), roomy);
  return { story, first: story.wake() };
}

const lone = { each: task({ map: 'm' }), sum: behind(['each']) };

describe('maps', () => {
  it('a mapped task gets one instance for each item, and its child waits for all', () => {
    const { story, first } = begun(lone, map(['each']));
    const row = { mapId: 'm', size: 3, items: '[10,20,30]' };
    expect(rowsOf('expansion', first.facts)).toMatchObject([row]);
    expect(tasksIn(story.assign().facts)).toEqual([
      'each: queued',
      'each[1]: queued',
      'each[2]: queued',
    ]);
    story.when(story.ends('each[2]'), story.ends('each'));
    expect(tasksIn(story.assign().facts)).toEqual([]);
    story.when(story.ends('each[1]'));
    expect(tasksIn(story.assign().facts)).toEqual(['sum: queued']);
  });

  it('waits for what its lists depend on', () => {
    const tasks = { list: task(), each: behind(['list'], { map: 'm' }) };
    const over = { item: 'tasks.list.output' };
    const { story, first } = begun(tasks, map(['each'], { dependsOn: [taskId('list')], over }));
    expect(first.facts).toEqual([]);
    story.assign();
    const { facts } = story.when(story.ends('list', 'success', { output: '["x", "y"]' }));
    expect(rowsOf('expansion', facts)).toMatchObject([{ size: 2, items: '["x","y"]' }]);
    expect(tasksIn(story.assign().facts)).toEqual(['each: queued', 'each[1]: queued']);
  });

  it('several lists are multiplied, the last one changing first', () => {
    const over = { shop: '["a", "b"]', day: '[1, 2]' };
    const { first } = begun(lone, map(['each'], { over }));
    const items = rowsOf('expansion', first.facts)[0]?.items ?? '';
    expect(JSON.parse(items)).toEqual([
      { shop: 'a', day: 1 },
      { shop: 'a', day: 2 },
      { shop: 'b', day: 1 },
      { shop: 'b', day: 2 },
    ]);
  });

  it('in a group every item flows on alone, and fails alone', () => {
    const tasks = {
      a: task({ map: 'm' }),
      b: behind(['a'], { map: 'm' }),
      sum: behind(['b'], { triggerRule: 'all_done' }),
    };
    const { story } = begun(tasks, map(['a', 'b']));
    story.assign();
    const { facts } = story.when(story.ends('a[1]'), story.ends('a[2]', 'failed'));
    expect(tasksIn(facts)).toEqual(['a[1]: success', 'a[2]: failed', 'b[2]: upstream_failed']);
    expect(tasksIn(story.assign().facts)).toEqual(['b[1]: queued']);
  });

  it('admits no more items at a time than it may, in the order of the list', () => {
    const tasks = { a: task({ map: 'm' }), b: behind(['a'], { map: 'm' }) };
    const { story } = begun(tasks, map(['a', 'b'], { activeMax: 2 }));
    expect(tasksIn(story.assign().facts)).toEqual(['a: queued', 'a[1]: queued']);
    story.when(story.ends('a[1]'));
    expect(tasksIn(story.assign().facts)).toEqual(['b[1]: queued']);
    story.when(story.ends('b[1]'));
    expect(tasksIn(story.assign().facts)).toEqual(['a[2]: queued']);
  });

  it('nothing to map over: one instance, skipped, and what follows sees a skip', () => {
    const { first } = begun(lone, map(['each'], { over: { item: '[]' } }));
    expect(tasksIn(first.facts)).toEqual(['each: skipped', 'sum: skipped']);
    expect(rowsOf('task', first.facts)[0]).toMatchObject({
      reason: 'there is nothing to map over',
    });
    expect(runsIn(first.facts)).toEqual(['r1: success']);
  });

  it('lists that are none fail the roots of the map; the rest follows', () => {
    const tasks = { a: task({ map: 'm' }), b: behind(['a'], { map: 'm' }) };
    const { first } = begun(tasks, map(['a', 'b'], { over: { item: '3' } }));
    expect(tasksIn(first.facts)).toEqual(['a: failed', 'b: upstream_failed']);
    expect(rowsOf('task', first.facts)[0]).toMatchObject({
      reason: 'cannot map m: item: 3 gives no list',
    });
    expect(runsIn(first.facts)).toEqual(['r1: failed']);
  });

  it('a product that is too large is refused before it is made', () => {
    const ten = `[${Array.from({ length: 10 }, (_, at) => at).join(', ')}]`;
    const over = Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((name) => [name, ten]));
    const { first } = begun(lone, map(['each'], { over }));
    expect(rowsOf('task', first.facts)[0]).toMatchObject({
      reason: 'cannot map m: 100000 items are more than 10000',
    });
  });

  it('so is one whose elements are few and long', () => {
    const over = { long: 'params.long', day: 'params.days' };
    const long = 'x'.repeat(60_000);
    const reasonFor = (days: readonly number[]): string => {
      const content = spec(lone, { maps: { m: map(['each'], { over }) } });
      const run = queuedRun('r1', { name: 'd', content });
      const params = { long: [long], days };
      const running = runFact({ ...run, params, status: 'running', startedAt: start });
      const { facts } = new Decider(...dagFacts('d', content), running).wake();
      const row = rowsOf('task', facts)[0];
      return row?.status === 'failed' ? row.reason : '';
    };
    const ten = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
    const made = JSON.stringify(ten.map((day) => ({ long, day }))).length;
    expect(reasonFor(ten)).toBe(
      `cannot map m: its items have ${made} characters of JSON, more than 524288`,
    );
    expect(reasonFor(Array.from({ length: 10_000 }, (_, at) => at))).toContain('more than 524288');
  });

  it('what its lists need has failed: every member closes once', () => {
    const tasks = { list: task(), a: task({ map: 'm' }), b: behind(['a'], { map: 'm' }) };
    const { story } = begun(tasks, map(['a', 'b'], { dependsOn: [taskId('list')] }));
    story.assign();
    const { facts } = story.when(story.ends('list', 'failed'));
    expect(tasksIn(facts)).toEqual(['list: failed', 'a: upstream_failed', 'b: upstream_failed']);
  });

  it('B1: a new leader takes up a map between its lists and its items', () => {
    const { story } = begun(lone, map(['each'], { activeMax: 1 }));
    story.assign();
    story.when(story.ends('each'));
    const again = new Board(story.state);
    expect(again.ready.size).toBe(1);
    expect(again.toDo.size).toBe(0);
  });
});

describe('branches', () => {
  const content = spec({
    choose: task({ branches: true }),
    left: behind(['choose']),
    right: behind(['choose']),
    beyond: behind(['right']),
    join: behind(['left', 'right'], { triggerRule: 'none_failed_min_one_success' }),
  });

  function chosen(output: string | null) {
    const story = new Decider(...runningRun(content), ...nodes('n1'));
    story.assign();
    return { story, ...story.when(story.ends('choose', 'success', { output })) };
  }

  it('what is not followed is skipped, and what depends on it', () => {
    const { story, facts } = chosen('["left"]');
    expect(tasksIn(facts)).toEqual(['choose: success', 'right: skipped', 'beyond: skipped']);
    expect(tasksIn(story.assign().facts)).toEqual(['left: queued']);
    story.when(story.ends('left'));
    expect(tasksIn(story.assign().facts)).toEqual(['join: queued']);
  });

  it('a child behind a followed one is not left aside', () => {
    const story = new Decider(
      ...runningRun(
        spec({
          choose: task({ branches: true }),
          a: behind(['choose']),
          end: behind(['choose', 'a'], { triggerRule: 'all_done' }),
        }),
      ),
      ...nodes('n1'),
    );
    story.assign();
    story.when(story.ends('choose', 'success', { output: '"a"' }));
    story.assign();
    story.when(story.ends('a'));
    expect(tasksIn(story.assign().facts)).toEqual(['end: queued']);
  });

  it('a child waits for the choice even if its rule does not', () => {
    const story = new Decider(
      ...runningRun(
        spec({
          choose: task({ branches: true }),
          child: behind(['choose'], { triggerRule: 'always' }),
        }),
      ),
      ...nodes('n1'),
    );
    expect(tasksIn(story.assign().facts)).toEqual(['choose: queued']);
    const { facts } = story.when(story.ends('choose', 'success', { output: 'false' }));
    expect(tasksIn(facts)).toEqual(['choose: success', 'child: skipped']);
  });

  it('a branch that says nothing follows nobody', () => {
    const { facts } = chosen(null);
    expect(tasksIn(facts)).toEqual(expect.arrayContaining(['left: skipped', 'right: skipped']));
  });

  it('a short circuit skips everything behind it, but for teardowns', () => {
    const action = {
      kind: 'branch',
      condition: 'false',
      follow: null,
      otherwise: [],
      shortCircuit: true,
    } as const;
    const story = new Decider(
      ...runningRun(
        spec({
          setup: task(),
          stop: behind(['setup'], { action }),
          a: behind(['stop']),
          b: behind(['a'], { triggerRule: 'all_done' }),
          down: behind(['b'], {
            role: { kind: 'teardown', setups: [taskId('setup')], failsRun: false },
          }),
        }),
      ),
      ...nodes('n1'),
    );
    story.assign();
    const { facts } = story.when(story.ends('setup'));
    expect(tasksIn(facts)).toEqual(['setup: success', 'stop: success', 'a: skipped', 'b: skipped']);
    expect(tasksIn(story.assign().facts)).toEqual(['down: queued']);
  });

  it('in a map every item chooses for itself', () => {
    const tasks = {
      choose: task({ map: 'm', branches: true }),
      a: behind(['choose'], { map: 'm' }),
      b: behind(['choose'], { map: 'm' }),
    };
    const two = map(['choose', 'a', 'b'], { over: { item: '[1, 2]' } });
    const { story } = begun(tasks, two);
    story.assign();
    const { facts } = story.when(
      story.ends('choose', 'success', { output: '"a"' }),
      story.ends('choose[1]', 'success', { output: '"b"' }),
    );
    expect(tasksIn(facts)).toEqual([
      'choose: success',
      'b: skipped',
      'choose[1]: success',
      'a[1]: skipped',
    ]);
  });
});
