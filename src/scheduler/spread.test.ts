import { describe, expect, it } from 'vitest';
import { nodeId, taskId } from '../base/brand.ts';
import type { TaskSpec } from '../model/dag.ts';
import { type Fact, nodeFact } from '../model/fact.ts';
import type { SpreadSpec } from '../model/map.ts';
import { recordVersionOf } from '../model/newness.ts';
import { Decider, rowsOf, runsIn, tasksIn } from './testing/decider.ts';
import { whyOf } from './testing/looks.ts';
import { behind, executorOf, node, nodes, runningRun, spec, task } from './testing/rows.ts';

const broadcast: SpreadSpec = { kind: 'broadcast' };

const contentOf = (spread: SpreadSpec, differs: Partial<TaskSpec> = {}) =>
  spec(
    { each: task({ map: 'each', ...differs }), sum: behind(['each'], { triggerRule: 'all_done' }) },
    {
      maps: {
        each: {
          ...{ over: {}, spread, members: [taskId('each')], dependsOn: [] },
          ...{ triggerRule: 'all_success', activeMax: null },
        },
      },
    },
  );

function begun(spread: SpreadSpec, facts: readonly Fact[], differs: Partial<TaskSpec> = {}) {
  const story = new Decider(...runningRun(contentOf(spread, differs)), ...facts);
  return { story, first: story.wake() };
}

/** Where each instance was sent: `each[1] on n2`. */
const placesIn = (facts: readonly Fact[]): readonly string[] =>
  rowsOf('task', facts).flatMap((row) =>
    row !== null && 'attempt' in row ? [`${row.mapIndex} on ${row.attempt.node}`] : [],
  );

const lost = (name: string) => ({ kind: 'node-lost', executor: executorOf(name) }) as const;

describe('a broadcast', () => {
  it('has an instance for each node that is alive and takes it, and each runs on its node', () => {
    const facts = [
      ...nodes('n1', 'n2', 'n3'),
      nodeFact(node('n4', { status: 'lost' })),
      nodeFact(node('n5', { capacity: { slots: 0 } })),
      nodeFact(node('n6', { taints: [{ key: 'own', value: '', effect: 'refuse' }] })),
      nodeFact(node('n7', { drain: { at: 0, by: 'x', until: null, reason: '' } } as never)),
    ];
    const { story, first } = begun(broadcast, facts);
    const row = { mapId: 'each', size: 3, items: '["n1","n2","n3"]' };
    expect(rowsOf('expansion', first.facts)).toMatchObject([row]);
    const { facts: placed, effects } = story.assign();
    expect(placesIn(placed)).toEqual(['0 on n1', '1 on n2', '2 on n3']);
    const env = { SKEIN_SHARD_INDEX: '1', SKEIN_SHARD_TOTAL: '3' };
    expect(effects).toContainEqual(
      expect.objectContaining({
        to: expect.objectContaining({ node: nodeId('n2') }),
        dispatch: expect.objectContaining({ env, item: '"n2"' }),
      }),
    );
    story.when(story.ends('each'), story.ends('each[1]', 'failed'), story.ends('each[2]'));
    expect(tasksIn(story.assign().facts)).toEqual(['sum: queued']);
  });

  it('an instance waits for its own node, however empty the others are', () => {
    const one = { capacity: { slots: 1 } };
    const facts = ['n1', 'n2'].map((name) => nodeFact(node(name, one)));
    const { story } = begun(broadcast, facts, { retries: 1, retryDelayMs: 0 });
    expect(placesIn(story.assign().facts)).toEqual(['0 on n1', '1 on n2']);
    story.when(story.ends('each'));
    story.when(story.ends('each[1]', 'failed'));
    expect(placesIn(story.wait(1).wake().facts)).toEqual([]);
    expect(placesIn(story.assign().facts)).toEqual(['1 on n2']);
  });

  it('a full node holds up nobody but its own instance, and why says so', () => {
    const two = { capacity: { slots: 2 } };
    const facts = ['n1', 'n2', 'n3'].map((name) => nodeFact(node(name, two)));
    const { story } = begun(broadcast, facts, { resources: { slots: 2 } });
    story.board.fleet.shift(nodeId('n2'), { slots: 1 }, 1);
    expect(placesIn(story.assign().facts)).toEqual(['0 on n1', '2 on n3']);
    const { gates } = whyOf(story, 'each[1]');
    expect(gates).toMatchObject([
      { code: 'NO_ROOM', text: expect.stringContaining('it is pinned to n2, which has no room') },
    ]);
    story.board.fleet.shift(nodeId('n2'), { slots: 1 }, -1);
    expect(placesIn(story.assign().facts)).toEqual(['1 on n2']);
  });

  it('one whose node is full takes no other that is kept, nor its own beyond its room', () => {
    const two = { capacity: { slots: 2 } };
    const facts = ['n1', 'n2'].map((name) => nodeFact(node(name, two)));
    const { story } = begun(broadcast, facts, { resources: { slots: 2 } });
    story.board.fleet.shift(nodeId('n1'), { slots: 1 }, 1);
    story.board.fleet.shift(nodeId('n2'), { slots: 1 }, 1);
    // The first keeps n1; the second must not think that n1 is for it.
    expect(placesIn(story.assign().facts)).toEqual([]);
    story.board.fleet.shift(nodeId('n2'), { slots: 1 }, -1);
    expect(placesIn(story.assign().facts)).toEqual(['1 on n2']);
    story.board.fleet.shift(nodeId('n1'), { slots: 1 }, -1);
    expect(placesIn(story.assign().facts)).toEqual(['0 on n1']);
  });

  it('an instance whose node is lost fails, and is not repeated elsewhere', () => {
    const { story } = begun(broadcast, nodes('n1', 'n2'), { retries: 3 });
    story.assign();
    const { facts } = story.when(lost('n2'));
    expect(tasksIn(facts)).toEqual(['each[1]: failed']);
    expect(rowsOf('task', facts)[0]).toMatchObject({
      reason: expect.stringContaining('lost with the node that it is pinned to'),
    });
    story.when(story.ends('each'));
    expect(tasksIn(story.assign().facts)).toEqual(['sum: queued']);
  });

  it('one that waits for a node which is lost meanwhile fails too, with no room anywhere', () => {
    const one = { capacity: { slots: 1 } };
    const facts = ['n1', 'n2'].map((name) => nodeFact(node(name, one)));
    const { story } = begun(broadcast, facts);
    story.board.fleet.shift(nodeId('n1'), { slots: 1 }, 1);
    story.board.fleet.shift(nodeId('n2'), { slots: 1 }, 1);
    expect(story.assign().facts).toEqual([]);
    story.when(lost('n2'));
    const { facts: failed } = story.assign();
    expect(tasksIn(failed)).toEqual(['each[1]: failed']);
    expect(rowsOf('task', failed)[0]).toMatchObject({
      reason: 'lost: it is pinned to node n2, which is gone',
    });
  });

  it('fails where no node can take it', () => {
    const { first } = begun(broadcast, nodes('n1'), { labels: { gpu: 'yes' } });
    expect(tasksIn(first.facts)).toEqual(['each: failed']);
    expect(rowsOf('task', first.facts)[0]).toMatchObject({
      reason: 'cannot map each: no node that is alive can take it',
    });
    expect(runsIn(first.facts)).toEqual([]);
  });
});

describe('shards', () => {
  it('are numbered, know how many they are, and run anywhere', () => {
    const big = [nodeFact(node('n1', { capacity: { slots: 10 } }))];
    const { story, first } = begun({ kind: 'shards', count: 4 }, big);
    expect(rowsOf('expansion', first.facts)).toMatchObject([{ size: 4, items: '[0,1,2,3]' }]);
    const { effects } = story.assign();
    const told = effects.flatMap((effect) =>
      effect.kind === 'dispatch' ? [[effect.dispatch.item, effect.dispatch.env]] : [],
    );
    expect(told).toEqual(
      [0, 1, 2, 3].map((at) => [
        String(at),
        { SKEIN_SHARD_INDEX: String(at), SKEIN_SHARD_TOTAL: '4' },
      ]),
    );
  });
});

it('a definition with a spread task is of record version 4', () => {
  const version = runningRun(contentOf(broadcast)).find(({ table }) => table === 'version');
  expect(version && recordVersionOf(version)).toBe(4);
});
