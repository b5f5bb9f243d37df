import { expect, test } from 'vitest';
import { StepClock } from '../../test/ports/disk-clock.ts';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import { incarnation, logIndex, monotonicMs, nodeId, term } from '../base/brand.ts';
import { encode } from '../base/codec.ts';
import { protocolOfMembers, tooNewIn } from './driver-messages.ts';
import { DriverPeers } from './driver-peers.ts';
import { encodeMembers, type Members, noMembers } from './members.ts';

const names = ['a', 'b', 'c'] as const;
const senderOf = (name: string, life = '1') => ({
  node: nodeId(name),
  side: 'peer' as const,
  incarnation: incarnation(`${name}-${life}`),
});
const members: Members = { ...noMembers, voters: names.map((name) => senderOf(name)) };
const speaks = (version: number) => ({ speaks: version, diskLow: false });

test('driver: members may change when nobody who was heard is of an older version', () => {
  const peers = new DriverPeers(new StepClock());
  expect(peers.whyNoChange(members)).toBeUndefined();
  peers.heard(senderOf('b'), speaks(protocolOfMembers));
  peers.heard(senderOf('c'), speaks(protocolOfMembers - 1));
  expect(peers.whyNoChange(members)).toBe('mixed-versions');
  peers.heard(senderOf('c'), speaks(protocolOfMembers));
  expect(peers.whyNoChange(members)).toBeUndefined();
});

test('driver: a member that was heard and has not said its version may be of an older one', () => {
  const peers = new DriverPeers(new StepClock());
  peers.heard(senderOf('b'), undefined);
  expect(peers.whyNoChange(members)).toBe('not-ready');
  peers.heard(senderOf('c'), speaks(protocolOfMembers - 1));
  expect(peers.whyNoChange(members)).toBe('mixed-versions');
});

test('driver: a member that fell silent before it said its version holds nobody up', () => {
  const clock = new VirtualClock();
  const peers = new DriverPeers(clock);
  peers.heard(senderOf('c'), undefined);
  expect(peers.whyNoChange(members)).toBe('not-ready');
  clock.advance(5_000);
  expect(peers.whyNoChange(members)).toBeUndefined();
});

test('driver: all speak a version when everybody who is there has said so', () => {
  const clock = new VirtualClock();
  const peers = new DriverPeers(clock);
  const since = clock.monotonicMs();
  const allSpeak = (mustSay = false): boolean =>
    peers.allSpeak(members, { self: nodeId('a'), version: 3, since, mustSay });
  // Nobody was heard, so nobody may be there; but nobody has said anything either.
  expect([allSpeak(), allSpeak(true)]).toEqual([true, false]);
  clock.advance(5_000);
  expect([allSpeak(), allSpeak(true)]).toEqual([true, false]);
  peers.heard(senderOf('b'), undefined);
  expect(allSpeak()).toBe(false);
  clock.advance(5_000);
  expect(allSpeak()).toBe(true);
  peers.heard(senderOf('b'), speaks(3));
  peers.heard(senderOf('c'), speaks(2));
  expect(allSpeak()).toBe(false);
  peers.heard(senderOf('c'), speaks(3));
  expect([allSpeak(), allSpeak(true)]).toEqual([true, true]);
});

test('driver: a member may say its version until it has been silent for long enough', () => {
  const clock = new VirtualClock();
  const peers = new DriverPeers(clock);
  const since = clock.monotonicMs();
  const isPending = (): boolean => peers.versionsPending(members, nodeId('a'), since);
  // A new leader has heard nobody, and that means nothing yet.
  expect(isPending()).toBe(true);
  clock.advance(5_000);
  expect(isPending()).toBe(false);
  peers.heard(senderOf('b'), undefined);
  expect(isPending()).toBe(true);
  peers.heard(senderOf('b'), speaks(1));
  expect(isPending()).toBe(false);
});

test('driver: what a member said before this leadership counts no more', () => {
  const clock = new VirtualClock();
  const peers = new DriverPeers(clock);
  for (const name of ['b', 'c']) peers.heard(senderOf(name), speaks(3));
  clock.advance(10);
  const asked = { self: nodeId('a'), version: 3, since: clock.monotonicMs(), mustSay: true };
  expect(peers.allSpeak(members, asked)).toBe(false);
  for (const name of ['b', 'c']) peers.heard(senderOf(name), speaks(3));
  expect(peers.allSpeak(members, asked)).toBe(true);
});

test('driver: a learner is asked as well, because it reads the same log', () => {
  const [first, second, third] = members.voters;
  const peers = new DriverPeers(new StepClock());
  peers.heard(senderOf('c'), speaks(2));
  const mixed: Members = {
    ...noMembers,
    voters: [first!, second!],
    learners: [{ ...third!, held: false }],
  };
  peers.heard(senderOf('b'), speaks(3));
  const asked = { self: nodeId('a'), version: 3, since: monotonicMs(0), mustSay: true };
  expect(peers.allSpeak(mixed, asked)).toBe(false);
  expect(peers.allSpeak({ ...mixed, learners: [] }, asked)).toBe(true);
});

test('driver: what a former life of a member spoke does not count', () => {
  const peers = new DriverPeers(new StepClock());
  peers.heard(senderOf('b', 'before'), speaks(protocolOfMembers - 1));
  expect(peers.whyNoChange(members)).toBeUndefined();
});

test('driver: an append with a configuration of a newer version is found out', () => {
  const appendOf = (payload: Uint8Array) => ({
    kind: 'append' as const,
    term: term(1),
    prevIndex: logIndex(0),
    prevTerm: term(0),
    commit: logIndex(0),
    entries: [{ index: logIndex(1), term: term(1), payload }],
  });
  const newer = Buffer.concat([Buffer.of(0xc1), encode({ version: 99 })]);
  expect(tooNewIn(appendOf(newer))?.message).toContain('configuration of version 99');
  // What a record means is found out when it is committed: only then does anybody act on it.
  for (const payload of [encodeMembers(members), encode({ version: 99 }), new Uint8Array()]) {
    expect(tooNewIn(appendOf(payload))).toBeUndefined();
  }
  expect(tooNewIn({ kind: 'timeout-now', term: term(1) })).toBeUndefined();
});
