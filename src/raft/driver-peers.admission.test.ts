import { expect, test } from 'vitest';
import { StepClock } from '../../test/ports/disk-clock.ts';
import { incarnation, logIndex, type NodeId, nodeId, term } from '../base/brand.ts';
import { DriverPeers } from './driver-peers.ts';
import { type Members, noMembers } from './members.ts';
import type { Message } from './types.ts';

const [a, b, gone] = [nodeId('a'), nodeId('b'), nodeId('gone')];
const lifeOf = (node: NodeId, life = 1) => ({ node, incarnation: incarnation(`${node}.${life}`) });
const peer = (node: NodeId, life = 1) => ({ ...lifeOf(node, life), side: 'peer' as const });

const members: Members = {
  ...noMembers,
  voters: [lifeOf(a), lifeOf(b, 2)],
  removed: [incarnation('b.1'), incarnation('gone.1')],
};

const accepted: Message = { kind: 'append-accepted', term: term(3), match: logIndex(5) };
const heartbeat: Message = { kind: 'heartbeat', term: term(3), commit: logIndex(5), round: 1 };

function admit(from: ReturnType<typeof peer>, message: Message, leader = a) {
  const at = { index: logIndex(4), members };
  const view = { committedMembers: at, members: at, leader, term: term(3) };
  return new DriverPeers(new StepClock()).admit(view as never, from, message);
}

test('driver: M3: an answer counts from a member, in the life that is the member', () => {
  expect(admit(peer(b, 2), accepted)).toBe('heard');
  expect(admit(peer(b, 3), accepted)).toBe('foreign');
  expect(admit(peer(nodeId('stranger')), accepted)).toBe('foreign');
  expect(admit({ ...peer(b, 2), side: 'executor' as never }, accepted)).toBe('foreign');
});

test('driver: M3: a request is heard from a stranger, who may be a new member', () => {
  expect(admit(peer(nodeId('stranger')), heartbeat)).toBe('heard');
});

test('driver: M3: who was removed is not heard, but for the last words of our leader', () => {
  for (const message of [heartbeat, accepted]) {
    expect(admit(peer(gone), message)).toBe('removed');
    expect(admit(peer(b, 1), message)).toBe('removed');
  }
  expect(admit(peer(gone), heartbeat, gone)).toBe('heard');
  expect(admit(peer(gone), accepted, gone)).toBe('removed');
  expect(admit(peer(gone), { ...heartbeat, term: term(4) }, gone)).toBe('removed');
});
