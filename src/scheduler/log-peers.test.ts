import { expect, test } from 'vitest';
import { incarnation, nodeId, wallMs } from '../base/brand.ts';
import type { NodeRow } from '../model/node.ts';
import { logPeersOf } from './log-peers.ts';

const row = (name: string, more: Partial<NodeRow> = {}): NodeRow => ({
  ...{ nodeId: nodeId(name), incarnation: incarnation('i'), capacity: {}, labels: {} },
  ...{ address: '', status: 'alive', since: wallMs(0), ...more },
});

const names = Array.from({ length: 9 }, (_, at) => `n${at + 1}`);
const rows = names.map((name) => row(name));
const first = (name: string, nodes: readonly NodeRow[]) => logPeersOf(nodeId(name), nodes)[0];

test('logs: each node keeps those of one other, whatever the order of the rows', () => {
  const targets = names.map((name) => first(name, rows));
  expect(new Set(targets).size).toBe(names.length);
  for (const [at, name] of names.entries()) expect(targets[at]).not.toBe(name);
  expect(names.map((name) => first(name, rows.toReversed()))).toEqual(targets);
  expect(logPeersOf(nodeId('n8'), rows)).toEqual(['n9', 'n1']);
});

test('logs: a node that goes moves one other', () => {
  const left = rows.map((each) => (each.nodeId === 'n5' ? row('n5', { status: 'lost' }) : each));
  const moved = names.filter((name) => first(name, left) !== first(name, rows));
  expect(moved).toEqual(['n4']);
  expect(first('n4', left)).toBe('n6');
});

test('logs: nobody is named to who is alone, and none that is being emptied', () => {
  expect(logPeersOf(nodeId('n1'), [row('n1')])).toEqual([]);
  const drain = { since: wallMs(0), until: null, by: 'me' };
  expect(logPeersOf(nodeId('n1'), [row('n1'), row('n2', { drain }), row('n3')])).toEqual(['n3']);
});
