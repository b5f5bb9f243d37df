import { expect, test } from 'vitest';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import type { MemberRequest } from '../api/member-request.ts';
import { incarnation, logIndex, nodeId, term } from '../base/brand.ts';
import { SeededRandom } from '../base/random.ts';
import { ok } from '../base/result.ts';
import { noMembers } from '../raft/members.ts';
import { LeaderRequests } from './leader-requests.ts';

const member = (name: string) => ({ node: nodeId(name), incarnation: incarnation(`${name}.1`) });
const learner = { ...member('c'), held: false };
const promote = (name: string): MemberRequest => ({ action: 'promote', node: nodeId(name) });

/** `a` leads, or thinks so; `b` votes as well, `c` learns. */
class Stage {
  readonly clock = new VirtualClock(0);
  readonly told: string[] = [];
  readonly changes: string[] = [];
  membersCommitted = true;
  /** Whoever waits to hear whether `a` leads still. */
  readonly #doubts: ((leads: boolean) => void)[] = [];
  readonly #requests: LeaderRequests;

  constructor() {
    const stage = this;
    this.#requests = new LeaderRequests({
      self: nodeId('a'),
      clock: this.clock,
      random: new SeededRandom(1),
      log: {
        members: { ...noMembers, voters: [member('a'), member('b')], learners: [learner] },
        membersIndex: logIndex(7),
        get membersCommitted() {
          return stage.membersCommitted;
        },
        role: 'leader',
        term: term(3),
        leader: nodeId('a'),
        followers: () => [],
        change: ({ kind }, done) => {
          this.changes.push(kind);
          done(ok({ index: logIndex(9), members: noMembers }));
        },
      },
      transfer: () => {},
      stillLeads: (done) => this.#doubts.push(done),
      why: () => {},
      send: () => {},
    });
  }

  asks(request: MemberRequest): void {
    this.#ask({ kind: 'members', request });
  }

  asksToLead(): void {
    this.#ask({ kind: 'transfer', to: nodeId('a') });
  }

  confirm(leads: boolean): void {
    for (const done of this.#doubts.splice(0)) done(leads);
  }

  #ask(request: Parameters<LeaderRequests['ask']>[0]): void {
    this.#requests.ask(request, (result) => this.told.push(result.ok ? 'ok' : result.error.code));
  }
}

test('requests: a change is made, and told when it is committed', () => {
  const stage = new Stage();
  stage.asks(promote('c'));
  expect([stage.changes, stage.told]).toEqual([['promote'], ['ok']]);
});

test.each([
  ['what is so already', (stage: Stage) => stage.asks(promote('b')), 'ok'],
  ['what cannot be', (stage: Stage) => stage.asks(promote('x')), 'NOT_A_MEMBER'],
  ['that it leads already', (stage: Stage) => stage.asksToLead(), 'ok'],
])('requests: Q2: %s is said when the leader was confirmed', (_, ask, said) => {
  const stage = new Stage();
  ask(stage);
  expect(stage.told).toEqual([]);
  stage.confirm(true);
  expect([stage.changes, stage.told]).toEqual([[], [said]]);
});

test('requests: Q2: who leads no more says nothing, and is asked again', () => {
  const stage = new Stage();
  stage.asks(promote('b'));
  stage.confirm(false);
  expect(stage.told).toEqual([]);
  stage.clock.advance(500);
  stage.confirm(true);
  expect(stage.told).toEqual(['ok']);
});

test('requests: Q2: what may be taken back is nothing to go by', () => {
  const stage = new Stage();
  stage.membersCommitted = false;
  stage.asks(promote('b'));
  stage.confirm(true);
  expect(stage.told).toEqual([]);
  stage.membersCommitted = true;
  stage.clock.advance(500);
  stage.confirm(true);
  expect(stage.told).toEqual(['ok']);
});

test('requests: Q1: with no answer from anybody the outcome is unknown', () => {
  const stage = new Stage();
  stage.asks(promote('b'));
  stage.clock.advance(11_000);
  expect(stage.told).toEqual(['OUTCOME_UNKNOWN']);
});
