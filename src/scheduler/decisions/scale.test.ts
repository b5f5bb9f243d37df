import { describe, expect, it } from 'vitest';
import { nodeId, wallMs } from '../../base/brand.ts';
import { type Fact, nodeFact, nodePoolFact } from '../../model/fact.ts';
import type { NodeRow } from '../../model/node.ts';
import type { NodePoolRow } from '../../model/node-pool.ts';
import { Board } from '../board.ts';
import type { Input } from '../input.ts';
import { pictureOf } from '../testing/board-picture.ts';
import { Decider, rowsOf, tasksIn } from '../testing/decider.ts';
import { asks, node, nodes, runningRun, spec, start, task } from '../testing/rows.ts';
import { lookEveryMs, lostMsMax } from './scale.ts';

const rules: NodePoolRow = {
  ...{ name: 'burst', min: 0, max: 2, up: 80, down: 30, waitMsMax: 60_000, cooldownMs: 60_000 },
  ...{ provider: { kind: 'local-process' }, wanted: null, scalings: [] },
  ...{ updatedAt: start, updatedBy: 'ada' },
};

const pool = (differs: Partial<NodePoolRow> = {}): Fact => nodePoolFact({ ...rules, ...differs });

const poolNode = (name: string, differs: Partial<NodeRow> = {}): Fact =>
  nodeFact(node(name, { pool: 'burst', capacity: { slots: 1 }, ...differs }));

const burst = spec({ a: task({ nodePool: 'burst' }), b: task({ nodePool: 'burst' }) });

/** Lets so much time pass as lies between two looks, or more, and looks. */
const look = (story: Decider, ms = lookEveryMs) => story.wait(ms).wake();
const wanted = (story: Decider) => story.state.nodePool('burst')?.wanted;
const drained = (story: Decider, name: string) => story.state.node(name)?.drain;
const last = (story: Decider) => story.state.nodePool('burst')?.scalings.at(-1);

const said = (outcome: string, gone: readonly string[] = []): Input => ({
  ...{ kind: 'scaled', pool: 'burst', at: start, outcome, gone: gone.map(nodeId) },
});

describe('a pool is looked at', () => {
  it('at once, and then every few seconds, however often its row changes', () => {
    const story = new Decider(pool());
    expect(story.board.deadlines.next()).toBe(0);
    story.wake();
    story.when(asks({ kind: 'put-node-pool', name: 'burst', rules: { ...rules, max: 3 } }));
    expect(story.board.deadlines.takeDue(start)).toBeUndefined();
    expect(story.board.deadlines.next()).toBe(start + lookEveryMs);
  });

  it('no more when its rules are deleted, and again when it is given others', () => {
    const story = new Decider(pool());
    story.wake();
    story.when(asks({ kind: 'delete-node-pool', name: 'burst' }));
    look(story);
    expect(story.board.deadlines.takeDue(wallMs(start + 10 * lookEveryMs))?.kind).not.toBe('scale');
    story.when(asks({ kind: 'put-node-pool', name: 'burst', rules }));
    expect(story.board.deadlines.next()).toBe(0);
  });

  it('without a word in the log while nothing is to be decided', () => {
    const story = new Decider(pool({ min: 1 }), poolNode('burst-1'), ...nodes('n1'));
    story.wake();
    expect(look(story).facts).toEqual([]);
  });
});

describe('a pool grows', () => {
  it('for tasks that may run nowhere else, and not for those of other pools', () => {
    const elsewhere = spec({ a: task({ nodePool: 'other' }) });
    const idle = new Decider(...runningRun(elsewhere), pool(), ...nodes('n1'));
    idle.wake();
    expect(wanted(idle)).toBeNull();
    const story = new Decider(...runningRun(burst), pool(), ...nodes('n1'));
    story.assign();
    const { effects } = story.wake();
    expect(effects).toMatchObject([{ event: 'scheduler.pool-scaled', fields: { from: 0, to: 1 } }]);
    expect(wanted(story)).toBe(1);
    expect(last(story)).toEqual({
      ...{ at: start, from: 0, to: 1, outcome: null },
      reason: 'no nodes; 2 tasks wait, the longest for 0ms',
    });
  });

  it('when its nodes are full, or when something has waited too long', () => {
    const story = new Decider(...runningRun(burst), pool({ up: 300 }), poolNode('burst-1'));
    expect(tasksIn(story.assign().facts)).toEqual(['a: queued']);
    story.wake();
    expect(wanted(story)).toBeNull();
    for (let seconds = 0; seconds <= 60; seconds += 2) look(story);
    expect(wanted(story)).toBe(2);
    expect(last(story)?.reason).toBe('1 task waits, the longest for 1m02s, more than 1m00s');
  });

  it('not for what waits for a slot of a pool, a key or a quota', () => {
    const held = spec({ a: task({ nodePool: 'burst', pool: 'none' }) });
    const story = new Decider(...runningRun(held), pool());
    story.wake();
    expect(wanted(story)).toBeNull();
  });
});

describe('a pool shrinks', () => {
  /** Two nodes of which one runs `a`. */
  function oneIsIdle(differs: Partial<NodePoolRow> = {}): Decider {
    const content = spec({ a: task({ nodePool: 'burst' }) });
    const own = pool({ wanted: 2, down: 60, ...differs });
    const facts = [poolNode('burst-1'), poolNode('burst-2'), own];
    const story = new Decider(...runningRun(content), ...facts);
    story.assign();
    return story;
  }

  it('by the node with the least on it, which takes nothing any more, and is released', () => {
    const story = oneIsIdle({ up: 101 });
    const { node: busy } = story.live('a').attempt;
    const idle = busy === 'burst-1' ? 'burst-2' : 'burst-1';
    story.wake();
    expect(wanted(story)).toBe(1);
    expect(drained(story, busy)).toBeUndefined();
    expect(drained(story, idle)).toEqual({ since: start, until: null, by: 'autoscaler' });
    look(story);
    expect(drained(story, idle)?.released).toBe(true);
  });

  it('not while the nodes that would be left could not carry what runs', () => {
    const story = oneIsIdle();
    story.wake();
    expect(wanted(story)).toBe(2);
    story.when(story.ends('a'));
    look(story);
    expect(wanted(story)).toBe(1);
  });

  it('and a node that is drained is released only when nothing is alive on it', () => {
    const story = oneIsIdle();
    const { node: busy } = story.live('a').attempt;
    const drain = { since: start, until: null, by: 'autoscaler' };
    story.state.apply(nodeFact({ ...story.state.node(busy)!, drain }));
    story.wake();
    look(story);
    expect(drained(story, busy)?.released).toBeUndefined();
    story.when(story.ends('a'));
    look(story);
    expect(drained(story, busy)?.released).toBe(true);
  });

  it('a node that somebody else has drained is left alone', () => {
    const drain = { since: start, until: null, by: 'ada' };
    const story = new Decider(pool({ wanted: 1 }), poolNode('burst-1', { drain }));
    story.wake();
    look(story);
    expect(drained(story, 'burst-1')).toEqual(drain);
  });

  it('takes a drained node back when it grows again, but not a released one', () => {
    const drain = { since: start, until: null, by: 'autoscaler' };
    const facts = [
      pool({ min: 2, wanted: 0 }),
      poolNode('burst-1', { drain: { ...drain, released: true } }),
      poolNode('burst-2', { drain }),
    ];
    const content = spec({ a: task({ nodePool: 'burst' }) });
    const story = new Decider(...runningRun(content), ...facts);
    // Something is alive on burst-2.
    story.state.apply(nodeFact(node('burst-2', { pool: 'burst', capacity: { slots: 1 } })));
    story.board.rebuild();
    story.assign();
    expect(story.live('a').attempt.node).toBe('burst-2');
    story.state.apply(facts[2]!);
    story.wake();
    expect(wanted(story)).toBe(2);
    expect(drained(story, 'burst-2')).toBeUndefined();
    expect(drained(story, 'burst-1')?.released).toBe(true);
  });
});

describe('a node of a pool', () => {
  const drain = { since: start, until: null, by: 'autoscaler', released: true } as const;

  it('is forgotten when it is silent and its provider says that it is gone', () => {
    const story = new Decider(pool({ wanted: 0 }), poolNode('burst-1', { drain }));
    story.when(said('gone', ['burst-1']));
    expect(story.state.node('burst-1')).toBeDefined();
    story.state.apply(poolNode('burst-1', { drain, status: 'lost' }));
    story.when(said('gone', ['burst-1', 'burst-9']));
    expect(story.state.node('burst-1')).toBeUndefined();
    const anew = new Board(story.state);
    expect(pictureOf(story.board, story.state)).toEqual(pictureOf(anew, story.state));
    story.board.fleet.open(() => true);
    expect(story.board.fleet.total()).toEqual({});
  });

  it('is never forgotten because of what a provider says while it was not released', () => {
    const story = new Decider(pool(), poolNode('burst-1', { status: 'lost' }));
    story.when(said('gone', ['burst-1']));
    expect(story.state.node('burst-1')).toBeDefined();
  });

  it('that was lost for long is released, if its provider has made it', () => {
    const facts = [
      poolNode('burst-1', { status: 'lost' }),
      poolNode('n7', { status: 'lost' }),
      pool({ min: 1, wanted: 1 }),
    ];
    const story = new Decider(...facts);
    look(story, lostMsMax - 1);
    expect(drained(story, 'burst-1')).toBeUndefined();
    look(story);
    expect(drained(story, 'burst-1')?.released).toBe(true);
    expect(drained(story, 'n7')).toBeUndefined();
  });
});

describe('what came of a decision', () => {
  const scalings = [{ at: start, from: 0, to: 1, reason: 'a test', outcome: null }];

  it('stands in the row, and is written only when it is another', () => {
    const story = new Decider(pool({ wanted: 1, scalings }));
    expect(rowsOf('node-pool', story.when(said('0 of 1 nodes are up')).facts)).toHaveLength(1);
    expect(story.when(said('0 of 1 nodes are up')).facts).toEqual([]);
    expect(last(story)?.outcome).toBe('0 of 1 nodes are up');
  });

  it('is not taken for that of a later decision', () => {
    const later = { ...scalings[0]!, at: wallMs(start + 1) };
    const story = new Decider(pool({ wanted: 1, scalings: [...scalings, later] }));
    expect(story.when(said('too late')).facts).toEqual([]);
  });
});
