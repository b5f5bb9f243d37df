import { expect, test } from 'vitest';
import { incarnation, logIndex, type NodeId, nodeId } from '../base/brand.ts';
import { Configurations } from './configurations.ts';
import { type Members, type MembersAt, noMembers } from './members.ts';

const member = (name: string) => ({ node: nodeId(name), incarnation: incarnation(`${name}.1`) });
const list = (names: string) => [...names].map(member);

const members = (voters: string, learners = ''): Members => ({
  ...noMembers,
  voters: list(voters),
  learners: list(learners).map((each) => ({ ...each, held: false })),
});

const at = (index: number, voters: string, learners = ''): MembersAt => ({
  index: logIndex(index),
  members: members(voters, learners),
});

const of = (self: string, ...known: MembersAt[]): Configurations =>
  new Configurations(member(self), known);

const names = (nodes: readonly NodeId[]): string => nodes.join('');

test('raft: the last configuration in the log rules, committed or not', () => {
  const configurations = of('a', at(0, 'abc'), at(7, 'abc', 'd'));
  expect(names(configurations.peers)).toBe('bcd');
  expect(names(configurations.votingPeers)).toBe('bc');
  expect(configurations.quorum).toBe(2);
  configurations.append(at(9, 'abcd'));
  expect(names(configurations.votingPeers)).toBe('bcd');
  expect(configurations.quorum).toBe(3);
  expect(configurations.committed(logIndex(8)).index).toBe(7);
});

test('raft: a configuration that is truncated gives way to the one before', () => {
  const configurations = of('a', at(0, 'abc'), at(7, 'ab'), at(9, 'a'));
  configurations.truncateFrom(logIndex(10));
  expect(configurations.effective.index).toBe(9);
  configurations.truncateFrom(logIndex(9));
  expect(configurations.effective.index).toBe(7);
  configurations.truncateFrom(logIndex(1));
  expect(configurations.effective.index).toBe(0);
  expect(names(configurations.peers)).toBe('bc');
});

test('raft: compaction keeps the configuration that ruled at the new base', () => {
  const configurations = of('a', at(0, 'abc'), at(5, 'ab'), at(9, 'a'));
  configurations.compact(logIndex(8));
  expect(configurations.committed(logIndex(8)).index).toBe(5);
  configurations.truncateFrom(logIndex(9));
  expect(names(configurations.peers)).toBe('b');
});

test('raft: a voter of the same name and another incarnation is somebody else', () => {
  const former = { ...member('a'), incarnation: incarnation('a.0') };
  const index = logIndex(0);
  const configurations = of('a', {
    index,
    members: { ...members('bc'), voters: [former, ...list('bc')] },
  });
  expect(configurations.selfVotes).toBe(false);
  expect(configurations.mayCampaign(index)).toBe(false);
  expect(configurations.quorum).toBe(2);
  expect(names(configurations.peers)).toBe('bc');
});

test('raft: a voter campaigns, a learner and a stranger never do', () => {
  expect(of('a', at(0, 'abc')).mayCampaign(logIndex(0))).toBe(true);
  expect(of('d', at(0, 'abc', 'd')).mayCampaign(logIndex(0))).toBe(false);
  expect(of('e', at(0, 'abc', 'd')).mayCampaign(logIndex(0))).toBe(false);
  expect(of('e', at(0, '')).mayCampaign(logIndex(0))).toBe(false);
});

test('raft: a voter that is removed may campaign until it knows that this is committed', () => {
  const configurations = of('a', at(0, 'abc'), at(7, 'bc'));
  expect(configurations.selfVotes).toBe(false);
  expect(configurations.mayCampaign(logIndex(6))).toBe(true);
  expect(configurations.mayCampaign(logIndex(7))).toBe(false);
});

test('raft: configurations out of order, and a node that is in one twice, are refused', () => {
  expect(() => of('a', at(7, 'abc'), at(7, 'ab'))).toThrow('N1');
  expect(() => of('a', at(0, 'abc', 'a'))).toThrow('a node is a member once');
});
