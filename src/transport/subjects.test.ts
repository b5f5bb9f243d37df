import { expect, test } from 'vitest';
import { nodeId } from '../base/brand.ts';
import { aliveSubject, allSubject, isToken, nodeSubject } from './subjects.ts';

test('subjects: lane, inbox and node have their places', () => {
  const node = nodeId('n-1');
  expect(allSubject('main', 'control', 'raft')).toBe('skein.main.control.raft');
  expect(nodeSubject('main', 'bulk', 'raft', node)).toBe('skein.main.bulk.raft.n-1');
  expect(aliveSubject('main', node)).toBe('skein.main.alive.n-1');
});

test('subjects: nothing that means something to NATS gets into a token', () => {
  for (const bad of ['', 'a.b', '*', '>', 'a b', 'a\r\nPUB x 0', 'ü', 'a'.repeat(65)]) {
    expect(isToken(bad)).toBe(false);
    expect(() => nodeSubject('main', 'control', 'raft', nodeId(bad))).toThrow(/token/);
    expect(() => allSubject(bad, 'control', 'raft')).toThrow(/token/);
  }
});
