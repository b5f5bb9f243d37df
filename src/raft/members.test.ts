import { expect, test } from 'vitest';
import { incarnation, nodeId } from '../base/brand.ts';
import { encode } from '../base/codec.ts';
import { TooNew } from '../base/too-new.ts';
import {
  changeMembers,
  decodeMembers,
  encodeMembers,
  type Member,
  type Members,
  noMembers,
} from './members.ts';

const member = (node: string, life = '1'): Member => ({
  node: nodeId(node),
  incarnation: incarnation(`${node}${life}`),
});

const three: Members = { ...noMembers, voters: ['a', 'b', 'c'].map((name) => member(name)) };

const names = (members: Members): string =>
  [members.voters, members.learners].map((list) => list.map((each) => each.node)).join(' | ');

test('members: a node that comes back without its data takes the place of its former life', () => {
  const changed = changeMembers(three, { kind: 'add-learner', member: member('c', '2') });
  if (!changed.ok) throw new Error(changed.error);
  expect(names(changed.value)).toBe('a,b | c');
  expect(changed.value.removed).toEqual(['c1']);
  const back = changeMembers(changed.value, { kind: 'add-learner', member: member('c') });
  expect(back).toEqual({ ok: false, error: 'was-removed' });
});

test('members: nothing takes away the last voter', () => {
  const one: Members = { ...noMembers, voters: [member('a')] };
  for (const kind of ['demote', 'remove'] as const) {
    expect(changeMembers(one, { kind, node: nodeId('a') })).toMatchObject({ error: 'last-voter' });
  }
  const wiped = changeMembers(one, { kind: 'add-learner', member: member('a', '2') });
  expect(wiped).toMatchObject({ error: 'last-voter' });
});

test('members: a configuration is told apart from every other payload', () => {
  expect(decodeMembers(encodeMembers(three))).toEqual(three);
  expect(decodeMembers(new Uint8Array(0))).toBeUndefined();
  for (const value of [{ a: 1 }, [], 'x', 7, null]) {
    expect(decodeMembers(encode(value))).toBeUndefined();
  }
});

test('members: a configuration of a newer version is not skipped', () => {
  const newer = Buffer.concat([Buffer.of(0xc1), encode({ version: 2, members: three })]);
  expect(() => decodeMembers(newer)).toThrow(TooNew);
});
