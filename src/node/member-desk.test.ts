import { expect, test } from 'vitest';
import { StepClock } from '../../test/ports/disk-clock.ts';
import type { Sender, Wire } from '../actors/wire.ts';
import { type Incarnation, incarnation, logIndex, nodeId, term } from '../base/brand.ts';
import { silentTrace } from '../base/trace.ts';
import { type MemberChange, type Members, noMembers } from '../raft/members.ts';
import { type FollowerView, MemberDesk, memberDeskDefaults } from './member-desk.ts';
import type { LeaveCode } from './members-protocol.ts';

const { rivalMs } = memberDeskDefaults;
const peer = (name: string, life = 1): Sender => ({
  node: nodeId(name),
  side: 'peer',
  incarnation: incarnation(`${name}.${life}`),
});
const members: Members = {
  ...noMembers,
  voters: [peer('a'), peer('b')],
  removed: [incarnation('gone.1')],
};

/** The desk of `a`, which leads; `b` follows and was heard `heardMsAgo` ago. */
class Stage {
  readonly clock = new StepClock();
  readonly changes: MemberChange[] = [];
  readonly said: string[] = [];
  role: 'leader' | 'follower' = 'leader';
  heardMsAgo: number | undefined = 0;
  membersCommitted = true;
  #hear: (message: unknown, from: Sender) => void = () => {};

  constructor() {
    const wire: Wire = {
      self: peer('a'),
      send: (to, _inbox, _lane, message) => {
        const { kind, code } = message as { readonly kind: string; readonly code?: string };
        this.said.push(`${to}: ${[kind, code].filter(Boolean).join(' ')}`);
      },
      listen: (_inbox, receive) => {
        this.#hear = receive;
        return { cancel: () => {} };
      },
    };
    const { clock } = this;
    const settings = { ...memberDeskDefaults, votersWanted: 2, replaceDead: false };
    new MemberDesk({
      ...{ wire, clock, settings, trace: silentTrace },
      log: this.#log(),
      leave: (code) => this.said.push(`leaves: ${code}`),
      asked: () => {},
      answered: () => {},
    });
  }

  #log() {
    const stage = this;
    return {
      members,
      membersIndex: logIndex(0),
      get membersCommitted() {
        return stage.membersCommitted;
      },
      term: term(3),
      leader: nodeId('a'),
      get role() {
        return stage.role;
      },
      followers: (): FollowerView[] => [
        { ...peer('b'), lag: 0, heardMsAgo: stage.heardMsAgo, by: 'log' },
      ],
      change: (change: MemberChange, done: (result: never) => void) => {
        stage.changes.push(change);
        done({ ok: true, value: { index: logIndex(9) } } as never);
      },
    };
  }

  asks(from: Sender): void {
    this.#hear({ kind: 'join' }, from);
  }

  isSentAway(life: Incarnation, code: LeaveCode = 'REMOVED', inTerm = 3): void {
    const message = { kind: 'leave', incarnation: life, term: term(inTerm), code, why: '' };
    this.#hear(message, peer('b'));
  }

  pass(ms: number): void {
    const until = this.clock.monotonicMs() + ms;
    while (this.clock.monotonicMs() < until) this.clock.step();
  }
}

test('desk: who is new becomes a learner; who is a member already is welcome', () => {
  const stage = new Stage();
  stage.asks(peer('c'));
  stage.asks(peer('b'));
  const { node, incarnation: life } = peer('c');
  expect(stage.changes).toEqual([{ kind: 'add-learner', member: { node, incarnation: life } }]);
  expect(stage.said).toEqual(['b: welcome']);
});

test('desk: B1: only a leader changes anything or sends anybody away', () => {
  const stage = new Stage();
  stage.role = 'follower';
  for (const from of [peer('c'), peer('b'), peer('gone')]) stage.asks(from);
  expect([...stage.changes, ...stage.said]).toEqual([]);
});

test('desk: P48: a second process under a name that speaks is sent away, and only it', () => {
  const stage = new Stage();
  for (let ms = 0; ms <= 3 * rivalMs; ms += 500) {
    stage.asks(peer('b', 2));
    stage.pass(500);
  }
  expect(stage.changes).toEqual([]);
  expect(new Set(stage.said)).toEqual(new Set(['b: leave NODE_ALREADY_RUNS']));
});

test('desk: B2: a new life takes the place of one that is known to be silent', () => {
  const stage = new Stage();
  stage.heardMsAgo = undefined;
  stage.asks(peer('b', 2));
  expect(stage.changes).toEqual([]);
  stage.pass(rivalMs + 2000);
  stage.asks(peer('b', 2));
  const { node, incarnation: life } = peer('b', 2);
  expect(stage.changes).toEqual([{ kind: 'add-learner', member: { node, incarnation: life } }]);
});

test('desk: B2: nobody takes the place of the leader itself, and who was removed stays out', () => {
  const stage = new Stage();
  stage.pass(rivalMs + 2000);
  stage.asks(peer('a', 2));
  stage.asks(peer('gone'));
  expect(stage.changes).toEqual([]);
  expect(stage.said).toEqual(['gone: leave REMOVED']);
});

test('desk: P48: who is sent away is meant by incarnation, not by name', () => {
  const stage = new Stage();
  stage.isSentAway(peer('a', 2).incarnation);
  expect(stage.said).toEqual([]);
  stage.isSentAway(peer('a').incarnation);
  expect(stage.said).toEqual(['leaves: REMOVED']);
});

test('desk: B4: a removal that may be taken back is told to nobody', () => {
  const stage = new Stage();
  stage.membersCommitted = false;
  stage.asks(peer('gone'));
  expect(stage.said).toEqual([]);
  stage.membersCommitted = true;
  stage.asks(peer('gone'));
  expect(stage.said).toEqual(['gone: leave REMOVED']);
});

test('desk: B4: who has a higher term believes a removal, and nothing else', () => {
  const stage = new Stage();
  stage.isSentAway(peer('a').incarnation, 'LOG_ROLLED_BACK', 2);
  expect(stage.said).toEqual([]);
  stage.isSentAway(peer('a').incarnation, 'REMOVED', 2);
  expect(stage.said).toEqual(['leaves: REMOVED']);
});
