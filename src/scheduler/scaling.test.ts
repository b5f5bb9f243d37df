import { describe, expect, it } from 'vitest';
import { nodeId, wallMs } from '../base/brand.ts';
import type { NodePoolRow, Scaling } from '../model/node-pool.ts';
import { judgePool, noneWaiting, type PoolNode, type PoolSight, type Waiting } from './scaling.ts';

const now = wallMs(1_000_000);
const minute = 60_000;

const row = (differs: Partial<NodePoolRow> = {}): NodePoolRow => ({
  ...{ name: 'burst', min: 0, max: 8, up: 80, down: 30, waitMsMax: minute, cooldownMs: minute },
  ...{ provider: { kind: 'local-process' }, wanted: null, scalings: [] },
  ...{ updatedAt: wallMs(0), updatedBy: 'ada' },
  ...differs,
});

const scaling = (agoMs: number, differs: Partial<Scaling> = {}): Scaling => ({
  ...{ at: wallMs(now - agoMs), from: 1, to: 2, reason: 'a test', outcome: null },
  ...differs,
});

/** A node of 4 cores and 8 GiB, so many of the cores in use. */
const node = (name: string, cores = 0, differs: Partial<PoolNode> = {}): PoolNode => ({
  name: nodeId(name),
  capacity: { cpu: 4_000, memory: 8 * 2 ** 30 },
  used: { cpu: cores * 1_000 },
  running: cores,
  since: wallMs(0),
  isProvided: true,
  ...differs,
});

const waits = (cores: number, differs: Partial<Waiting> = {}): Waiting => ({
  ...{ resources: { cpu: cores * 1_000 }, tasks: 3, longestMs: 5_000 },
  ...differs,
});

const judge = (
  rules: Partial<NodePoolRow>,
  open: readonly PoolNode[],
  more: Partial<PoolSight> = {},
) => judgePool({ row: row(rules), open, draining: [], waiting: noneWaiting, now, ...more });

const two = [node('burst-1', 4), node('burst-2', 3)];

describe('a pool grows', () => {
  it('to twice its size when more of a dimension is asked for than `up`', () => {
    expect(judge({}, two)).toEqual({
      ...{ from: 2, to: 4, drain: [], resume: [] },
      reason: 'cpu 88 % (7 of 8), more than 80 %; nothing waits',
    });
  });

  it('for what waits as well as for what runs', () => {
    const open = [node('burst-1', 2)];
    expect(judge({}, open)).toBeUndefined();
    expect(judge({}, open, { waiting: waits(2) })).toMatchObject({
      to: 2,
      reason: 'cpu 100 % (4 of 4), more than 80 %; 3 tasks wait, the longest for 5.0s',
    });
  });

  it('when memory alone is short', () => {
    const used = { memory: 7 * 2 ** 30 };
    expect(judge({}, [node('burst-1', 0, { used })])?.reason).toContain('memory 88 % (7Gi of 8Gi)');
  });

  it('to its maximum and no further', () => {
    expect(judge({ max: 3 }, two)?.to).toBe(3);
    expect(judge({ max: 2 }, two)).toBeUndefined();
  });

  it('exactly at `up` not yet', () => {
    expect(judge({ up: 88 }, [node('burst-1', 4), node('burst-2', 3.04)])).toBeUndefined();
  });

  it('from nothing to one node, when something waits', () => {
    expect(judge({}, [])).toBeUndefined();
    expect(judge({}, [], { waiting: waits(1, { tasks: 1 }) })).toMatchObject({
      ...{ from: 0, to: 1, reason: 'no nodes; 1 task waits, the longest for 5.0s' },
    });
  });

  it('when a task waits for too long, though there is room by the figures', () => {
    const waiting = waits(1, { longestMs: minute + 1 });
    const grown = judge({}, [node('burst-1')], { waiting });
    expect(grown?.reason).toBe('3 tasks wait, the longest for 1m00s, more than 1m00s');
    expect(judge({ waitMsMax: null }, [node('burst-1')], { waiting })).toBeUndefined();
  });

  it('again only when the cooldown is over', () => {
    expect(judge({ scalings: [scaling(minute - 1)] }, two)).toBeUndefined();
    expect(judge({ scalings: [scaling(minute)] }, two)?.to).toBe(4);
  });

  it('not while nodes are on their way', () => {
    expect(judge({ wanted: 3 }, two)).toBeUndefined();
  });

  it('to its minimum at once', () => {
    expect(judge({ min: 3, scalings: [scaling(1)] }, two)).toMatchObject({
      ...{ from: 2, to: 3, reason: '2 nodes, fewer than the minimum 3' },
    });
  });

  it('by nodes that are being drained first, the busiest of them', () => {
    const draining = [node('burst-3', 1), node('burst-4', 2), node('burst-5', 3)];
    expect(judge({ wanted: 2 }, two, { draining })?.resume).toEqual(['burst-5', 'burst-4']);
  });
});

describe('what is expected', () => {
  const open = [node('burst-1', 3)];
  const short = waits(2, { work: { cpu: 2_000 * 10_000 } });

  it('lets the pool be when it is over before new nodes would help, and says so once', () => {
    const stays = judge({}, open, { waiting: short });
    expect(stays).toMatchObject({ from: 1, to: 1 });
    expect(stays?.reason).toContain('what waits is expected to be over in 20s');
    const scalings = [scaling(1_000, { from: 1, to: 1 })];
    expect(judge({ scalings }, open, { waiting: short })).toBeUndefined();
  });

  it('does not hold up what has waited for too long', () => {
    const scalings = [scaling(1_000, { from: 1, to: 1 })];
    const waiting = { ...short, longestMs: minute + 1 };
    expect(judge({ scalings }, open, { waiting })?.to).toBe(2);
  });

  it('counts for nothing when there is no free room, or it takes longer', () => {
    expect(judge({}, [node('burst-1', 4)], { waiting: short })?.to).toBe(2);
    const long = waits(2, { work: { cpu: 2_000 * 100_000 } });
    expect(judge({}, open, { waiting: long })?.to).toBe(2);
  });
});

describe('a pool shrinks', () => {
  const idle = ['1', '2', '3', '4'].map((number) => node(`burst-${number}`));

  it('by half at most, of the nodes that stand first', () => {
    expect(judge({}, idle)).toEqual({
      ...{ from: 4, to: 2, drain: ['burst-1', 'burst-2'], resume: [] },
      reason: 'cpu 0 % (0 of 16), memory 0 % (0 of 32Gi), less than 30 %; nothing waits',
    });
  });

  it('by so many that the rest stays below `up`', () => {
    const busy = idle.map((each) => node(each.name, 1));
    expect(judge({}, busy)).toMatchObject({ from: 4, to: 2 });
    expect(judge({ up: 40 }, busy)).toMatchObject({ from: 4, to: 3, drain: ['burst-1'] });
    expect(judge({ up: 30 }, busy)).toBeUndefined();
  });

  it('not while one dimension is in use, or something waits', () => {
    const used = { memory: 3 * 2 ** 30 };
    expect(judge({}, [node('burst-1', 0, { used })])).toBeUndefined();
    expect(judge({}, idle, { waiting: waits(0) })).toBeUndefined();
  });

  it('not below its minimum, and to nothing when nothing runs', () => {
    expect(judge({ min: 3 }, idle)?.to).toBe(3);
    expect(judge({ min: 4 }, idle)).toBeUndefined();
    expect(judge({}, [node('burst-1')])).toMatchObject({ from: 1, to: 0, drain: ['burst-1'] });
    expect(judge({}, [node('burst-1', 1)])).toBeUndefined();
  });

  it('by nodes that are not there yet before any other', () => {
    expect(judge({ wanted: 4 }, [node('burst-1')])).toMatchObject({ from: 4, to: 2, drain: [] });
  });

  it('only by nodes that its provider can take away', () => {
    const fixed = [node('n1', 0, { isProvided: false }), node('n2', 0, { isProvided: false })];
    expect(judge({}, fixed)).toBeUndefined();
    expect(judge({}, [...fixed, node('burst-1')])).toMatchObject({ to: 2, drain: ['burst-1'] });
  });

  it('to its maximum at once, and says it once', () => {
    const rules = { max: 3, scalings: [scaling(1)] };
    expect(judge(rules, idle)).toMatchObject({ from: 4, to: 3, drain: ['burst-1'] });
    const fixed = idle.map((each) => ({ ...each, isProvided: false }));
    expect(judge({ ...rules, wanted: 3 }, fixed)).toBeUndefined();
  });
});
