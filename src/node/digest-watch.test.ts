import { expect, test } from 'vitest';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import type { Sender, Wire } from '../actors/wire.ts';
import { incarnation, logIndex, nodeId } from '../base/brand.ts';
import { silentTrace } from '../base/trace.ts';
import { type Member, noMembers } from '../raft/members.ts';
import { DigestWatch } from './digest-watch.ts';

const member = (name: string): Member => ({
  node: nodeId(name),
  incarnation: incarnation(`${name}1`),
});

/** Watches of nodes a, b and c that hear each other at once. */
function bench() {
  const clock = new VirtualClock();
  const members = { ...noMembers, voters: ['a', 'b', 'c'].map(member) };
  const listeners = new Map<string, (message: unknown, from: Sender) => void>();
  const diverged: string[] = [];
  const watch = (name: string): DigestWatch => {
    const self: Sender = { ...member(name), side: 'peer' };
    const wire: Wire = {
      self,
      send: (_to, _inbox, _lane, message) => {
        for (const [other, hear] of listeners) if (other !== name) hear(message, self);
      },
      listen: (_inbox, hear) => {
        listeners.set(name, hear);
        return { cancel: () => listeners.delete(name) };
      },
    };
    return new DigestWatch({
      wire,
      clock,
      trace: silentTrace,
      members: () => members,
      diverged: (why) => diverged.push(`${name}: ${why.split(':')[0]}`),
    });
  };
  const watches = { a: watch('a'), b: watch('b'), c: watch('c') };
  return { clock, diverged, ...watches };
}

const at = logIndex(1000);

test('digests: a node that differs from a majority stops, whoever spoke last', () => {
  const { a, b, c, diverged } = bench();
  c.applied(at, 'wrong', 'right');
  a.applied(at, 'right', 'right');
  expect(diverged).toEqual([]);
  b.applied(at, 'right', 'right');
  expect(diverged).toEqual(['c: STATE_DIVERGED']);
});

test('digests: it is the leader that stops if a majority differs from it', () => {
  const { a, b, c, clock, diverged } = bench();
  a.applied(at, 'wrong', 'wrong');
  b.applied(at, 'right', 'wrong');
  c.applied(at, 'right', 'wrong');
  clock.advance(10_000);
  expect(diverged).toEqual(['a: STATE_DIVERGED']);
});

test('digests: without a majority the leader counts for more than a follower', () => {
  const { a, b, clock, diverged } = bench();
  a.applied(at, 'one', 'one');
  b.applied(at, 'two', 'one');
  expect(diverged).toEqual([]);
  clock.advance(6000);
  expect(diverged).toEqual(['b: STATE_DIVERGED']);
});
