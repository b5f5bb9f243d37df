/** Which nodes a task may run on, which of them is chosen, and which is kept for it. */
import { describe, expect, it } from 'vitest';
import { type NodeId, nodeId } from '../base/brand.ts';
import type { NodeRow } from '../model/node.ts';
import type { Resources } from '../model/resources.ts';
import type { Asking, Demand } from './demand.ts';
import { pinnedTo } from './demand.ts';
import type { Fleet } from './fleet.ts';
import { termNames } from './score.ts';
import { demand, fleetOf, nodeRow } from './testing/fleet-rows.ts';

const cores = { cpu: 4, slots: 8 };
const [a, b] = [nodeId('a'), nodeId('b')];
const one = { cpu: 1, slots: 1 };
const chosen = (fleet: Fleet, wanted: Demand) => fleet.choose(wanted)?.node.nodeId;

/** The names of the nodes that take such a task. */
function takers(nodes: Readonly<Record<string, Partial<NodeRow>>>, asking: Partial<Asking>) {
  return Object.entries(nodes).flatMap(([name, differs]) => {
    const fleet = fleetOf(nodeRow(name, cores, differs));
    return fleet.hasRoom(demand(one, asking)) ? [name] : [];
  });
}

describe('the nodes that take a task', () => {
  const zones = { east: { labels: { zone: 'e' } }, west: { labels: { zone: 'w' } }, plain: {} };

  it('carry its labels', () => {
    expect(takers(zones, { labels: { zone: 'e' } })).toEqual(['east']);
    expect(takers(zones, {})).toEqual(['east', 'west', 'plain']);
  });

  it('have one of the values that it requires, and none of those that it forbids', () => {
    const affinity = { require: { zone: ['e', 'w'] } };
    expect(takers(zones, { affinity })).toEqual(['east', 'west']);
    expect(takers(zones, { affinity: { ...affinity, forbid: { zone: ['w'] } } })).toEqual(['east']);
    expect(takers(zones, { affinity: { forbid: { zone: ['w'] } } })).toEqual(['east', 'plain']);
  });

  it('are of its pool, or of any if it names none', () => {
    const pools = { big: { pool: 'big' }, plain: {}, said: { pool: 'default' } };
    expect(takers(pools, { nodePool: 'big' })).toEqual(['big']);
    expect(takers(pools, { nodePool: 'default' })).toEqual(['plain', 'said']);
    expect(takers(pools, {})).toEqual(['big', 'plain', 'said']);
  });

  it('serve its queue; without one, none', () => {
    const nodes = { gold: { queues: ['gold', 'silver'] }, iron: { queues: ['iron'] }, plain: {} };
    expect(takers(nodes, { queue: 'silver' })).toEqual(['gold']);
    expect(takers(nodes, {})).toEqual(['plain']);
  });

  it('have no taint that refuses it', () => {
    const taint = (value: string) => ({
      taints: [{ key: 'gpu', value, effect: 'refuse' as const }],
    });
    const nodes = { old: taint('old'), new: taint('new'), plain: {} };
    expect(takers(nodes, {})).toEqual(['plain']);
    expect(takers(nodes, { tolerations: [{ key: 'gpu', value: 'old' }] })).toEqual([
      'old',
      'plain',
    ]);
    const any = { tolerations: [{ key: 'gpu', value: null }] };
    expect(takers(nodes, any)).toEqual(['old', 'new', 'plain']);
  });

  it('are neither drained nor closed', () => {
    const since = nodeRow('a', cores).since;
    const drained = nodeRow('a', cores, { drain: { since, until: null, by: 'ada' } });
    const fleet = fleetOf(drained, nodeRow('b', cores));
    expect(chosen(fleet, demand(one))).toBe(b);
    fleet.open((row) => row.nodeId !== b);
    expect(fleet.hasRoom(demand(one))).toBe(false);
    expect(fleet.total()).toEqual({ cpu: 0, slots: 0 });
  });

  it('have the room, also in dimensions that no node has', () => {
    const fleet = fleetOf(nodeRow('a', cores));
    expect(fleet.hasRoom(demand({ cpu: 4 }))).toBe(true);
    expect(fleet.hasRoom(demand({ cpu: 5 }))).toBe(false);
    expect(fleet.hasRoom(demand({ licence: 1 }))).toBe(false);
    expect(fleet.hasRoom(demand({ licence: 0 }))).toBe(true);
  });
});

describe('what all have together', () => {
  it('is the sum over the open nodes', () => {
    const large = { memory: 64 * 2 ** 30, cpu: 1 };
    const fleet = fleetOf(nodeRow('a', large), nodeRow('b', large), nodeRow('c', { gpu: 1000 }));
    expect(fleet.total()).toEqual({ memory: 128 * 2 ** 30, cpu: 2, gpu: 1000 });
    fleet.open((row) => row.nodeId === a);
    expect(fleet.total()).toEqual({ ...large, gpu: 0 });
  });
});

describe('the load of a node', () => {
  it('is kept for a node that has no row, until it has one (W11)', () => {
    const fleet = fleetOf();
    fleet.shift(a, { cpu: 3, slots: 1 }, 1);
    fleet.put(nodeRow('a', cores));
    fleet.open(() => true);
    expect(fleet.load(a)).toEqual({ cpu: 3, slots: 1 });
    expect(fleet.hasRoom(demand({ cpu: 2 }))).toBe(false);
    expect(fleet.hasRoom(demand({ cpu: 1 }))).toBe(true);
  });

  it('outlives the row', () => {
    const fleet = fleetOf(nodeRow('a', cores));
    fleet.shift(a, one, 1);
    fleet.drop(a);
    fleet.put(nodeRow('a', cores));
    expect(fleet.load(a)).toEqual(one);
    fleet.shift(a, one, -1);
    expect(fleet.load(a)).toEqual({});
  });

  it('may be more than the node has; then it takes nothing of that', () => {
    const fleet = fleetOf(nodeRow('a', cores));
    fleet.shift(a, { cpu: 3 }, 1);
    fleet.put(nodeRow('a', { cpu: 2, slots: 8 }));
    fleet.open(() => true);
    expect(fleet.hasRoom(demand({ cpu: 1 }))).toBe(false);
    expect(fleet.hasRoom(demand({ slots: 1 }))).toBe(true);
  });

  it('makes room again when it is given back, also for what was known to fit nowhere', () => {
    const fleet = fleetOf(nodeRow('a', cores), nodeRow('b', { cpu: 1 }));
    const wide = demand({ cpu: 4 });
    fleet.shift(a, one, 1);
    expect([fleet.hasRoom(wide), fleet.hasRoom(wide)]).toEqual([false, false]);
    fleet.shift(a, one, -1);
    expect(fleet.hasRoom(wide)).toBe(true);
  });
});

describe('the choice', () => {
  const two = () => fleetOf(nodeRow('a', cores), nodeRow('b', cores));

  it('takes the fuller node, and the smaller name of two that are alike', () => {
    const fleet = two();
    expect(chosen(fleet, demand(one))).toBe(a);
    fleet.shift(b, one, 1);
    expect(chosen(fleet, demand(one))).toBe(b);
  });

  it('takes the emptier node for a DAG that spreads its tasks', () => {
    const fleet = two();
    fleet.shift(a, one, 1);
    expect(chosen(fleet, demand(one, {}, { placement: 'spread' }))).toBe(b);
  });

  it('leaves nodes with a GPU to those who ask for one', () => {
    const fleet = fleetOf(nodeRow('a', { ...cores, gpu: 1000 }), nodeRow('b', cores));
    expect(chosen(fleet, demand(one))).toBe(b);
    expect(chosen(fleet, demand({ ...one, gpu: 500 }))).toBe(a);
  });

  it('takes a node that it avoids only when there is no other', () => {
    const avoid = { taints: [{ key: 'shaky', value: '', effect: 'avoid' as const }] };
    const fleet = fleetOf(nodeRow('a', cores, avoid), nodeRow('b', cores));
    fleet.shift(a, one, 1);
    expect(chosen(fleet, demand(one))).toBe(b);
    fleet.shift(b, { cpu: 4 }, 1);
    expect(chosen(fleet, demand(one))).toBe(a);
  });

  it('prefers what the task prefers to what is near, and that to what is full', () => {
    const fleet = fleetOf(
      ...['a', 'b'].map((name) => nodeRow(name, cores)),
      nodeRow('c', cores, { labels: { disk: 'ssd' } }),
    );
    fleet.shift(a, one, 1);
    const near: ReadonlySet<NodeId> = new Set([b]);
    const prefer = { affinity: { prefer: { disk: ['ssd'] } } };
    expect(fleet.choose(demand(one), { near })?.node.nodeId).toBe(b);
    expect(fleet.choose(demand(one, prefer), { near })?.node.nodeId).toBe('c');
  });

  it('leaves out the nodes that it is to be apart from', () => {
    const fleet = two();
    expect(fleet.choose(demand(one), { apart: new Set([a]) })?.node.nodeId).toBe(b);
    expect(fleet.choose(demand(one), { apart: new Set([a, b]) })).toBeUndefined();
    expect(chosen(fleet, demand(one))).toBe(a);
  });

  it('says what spoke for the node, and which one was the next', () => {
    const fleet = fleetOf(...['a', 'b', 'c'].map((name) => nodeRow(name, cores)));
    fleet.shift(b, one, 1);
    fleet.shift(nodeId('c'), { cpu: 4 }, 1);
    const { terms, next, ...counts } = fleet.choose(demand(one))?.chosen ?? { terms: [] };
    expect(counts).toEqual({ nodes: 3, fitting: 2 });
    expect(next?.node).toBe(a);
    expect(terms).toHaveLength(termNames.length);
    const score = terms.reduce((sum, term) => sum + term, 0);
    expect(score).toBeGreaterThan(next?.score ?? Number.NaN);
  });
});

describe('a reservation', () => {
  const wide = demand({ cpu: 4 });
  const endings: Record<string, { resources: Resources; endsAtMs: number | null }[]> = {
    a: [{ resources: { cpu: 3 }, endsAtMs: 9_000 }],
    b: [{ resources: { cpu: 3 }, endsAtMs: 5_000 }],
  };
  const options = { endingsOn: (node: NodeId) => endings[node] ?? [], nowMs: 1_000 };
  const busy = () => {
    const fleet = fleetOf(nodeRow('a', cores), nodeRow('b', cores), nodeRow('c', { cpu: 3 }));
    for (const node of [a, b]) fleet.shift(node, { cpu: 3 }, 1);
    fleet.shift(nodeId('c'), { cpu: 3 }, 1);
    return fleet;
  };

  it('is of the node where the demand can start first', () => {
    expect(busy().reserve(wide, options)).toEqual({ nodeId: b, startsAtMs: 5_000 });
    expect(busy().reserve(wide, { ...options, apart: new Set([b]) })?.nodeId).toBe(a);
  });

  it('is of the node where the least is missing when no end is known', () => {
    const fleet = busy();
    fleet.shift(a, { cpu: 1 }, 1);
    const found = fleet.reserve(wide, { endingsOn: () => [], nowMs: 0 });
    expect(found).toEqual({ nodeId: b, startsAtMs: null });
  });

  it('is of none that could not hold the demand if it were idle', () => {
    expect(busy().reserve(demand({ cpu: 5 }), options)).toBeUndefined();
  });

  it('keeps the node from those who would hold it up, until the next pass', () => {
    const fleet = busy();
    fleet.reserve(wide, options);
    const choices = [{ ms: 4_000 }, { ms: 4_001 }, {}].map((how) => {
      return fleet.choose(demand(one), { ...how, apart: new Set([a]) });
    });
    expect(choices.map((choice) => choice?.node.nodeId)).toEqual([b, undefined, undefined]);
    expect(choices[0]?.chosen.backfilled).toBe(true);
    fleet.open(() => true);
    expect(fleet.choose(demand(one), { apart: new Set([a]) })?.node.nodeId).toBe(b);
  });

  it('lets others take what is left beside the demand, once', () => {
    const fleet = fleetOf(nodeRow('a', { cpu: 8, slots: 8 }));
    fleet.shift(a, { cpu: 6 }, 1);
    const endingsOn = () => [{ resources: { cpu: 3 }, endsAtMs: 9_000 }];
    expect(fleet.reserve(wide, { endingsOn, nowMs: 0 })?.startsAtMs).toBe(9_000);
    const names = [1, 2].map(() => {
      const choice = fleet.choose(demand(one));
      if (choice !== undefined) fleet.shift(a, one, 1);
      return choice?.node.nodeId;
    });
    expect(names).toEqual([a, undefined]);
  });
});

describe('a pinned demand', () => {
  const endingsOn = () => [{ resources: { cpu: 3 }, endsAtMs: 9_000 }];

  it('has its own node or none, whatever is kept or better elsewhere', () => {
    const fleet = fleetOf(nodeRow('a', cores), nodeRow('b', cores), nodeRow('c', cores));
    fleet.shift(a, { cpu: 4 }, 1);
    expect(fleet.reserve(pinnedTo(a, demand(one)), { endingsOn, nowMs: 0 })?.nodeId).toBe(a);
    const onB = pinnedTo(b, demand(one));
    expect(fleet.choose(onB, { ms: 1 })?.node.nodeId).toBe(b);
    expect(fleet.choose(pinnedTo(a, demand(one)), { ms: 1 })).toBeUndefined();
    expect(fleet.choose(onB, { apart: new Set([b]) })).toBeUndefined();
    expect(fleet.choose(pinnedTo(nodeId('gone'), demand(one)))).toBeUndefined();
    expect([...fleet.holdersOf(onB)].map(({ nodeId: name }) => name)).toEqual([b]);
    fleet.shift(b, { cpu: 4 }, 1);
    expect([fleet.hasRoom(onB), fleet.hasRoom(demand(one))]).toEqual([false, true]);
  });
});

describe('the explanation', () => {
  it('names for every node all that is in the way', () => {
    const since = nodeRow('a', cores).since;
    const fleet = fleetOf(
      nodeRow('a', cores),
      nodeRow('b', { cpu: 2 }, { drain: { since, until: null, by: 'ada' }, pool: 'big' }),
      nodeRow('c', cores, { status: 'lost', queues: ['gold'] }),
      nodeRow('d', cores),
    );
    fleet.shift(a, { cpu: 2 }, 1);
    const wanted = demand({ cpu: 3 }, { labels: { zone: 'e' }, nodePool: 'default' });
    const views = fleet.explain(wanted, {
      mayTake: (row) => row.nodeId !== 'd',
      apart: new Set([a]),
    });
    expect(views.map(({ obstacles }) => obstacles.map(({ kind }) => kind))).toEqual([
      ['apart', 'label', 'room'],
      ['drain', 'label', 'pool', 'room'],
      ['lost', 'label', 'queue'],
      ['unheard', 'label'],
    ]);
    expect(views[0]?.obstacles[2]).toEqual({
      ...{ kind: 'room', dimension: 'cpu' },
      ...{ wanted: 3, free: 2, capacity: 4 },
    });
  });

  it('finds nothing in the way of what can start', () => {
    const fleet = fleetOf(nodeRow('a', cores));
    const [view] = fleet.explain(demand(one), { mayTake: () => true });
    expect(view).toEqual({ nodeId: a, obstacles: [], avoided: false });
  });
});
