/**
 * What people ask of the leader through any node: changes of the members, to hand over, and why
 * something does not run. The node that was asked sends the request to the leader and repeats it
 * until it is answered; that does no harm, because a request names what shall be so (`planMembers`)
 * or changes nothing.
 *
 * Owns: the requests that wait for an answer. Does not own: the wire's inbox (the member desk's).
 *
 * Q1  Every caller is answered once, within `patienceMs`.
 * Q2  What is so already, or cannot be, is said when the members that it rests on are committed and
 *     a majority has confirmed the leader since: one that was cut off knows nothing of later ones.
 */
import { type MemberRequest, memberRefusal, planMembers } from '../api/member-request.ts';
import type { MembersChanged } from '../api/service.ts';
import type { NodeId } from '../base/brand.ts';
import type { Clock, Random } from '../base/ports.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { type Refusal, refusal } from '../model/refusal.ts';
import type { WhyAsked } from '../model/views/why.ts';
import type { TransferDone } from '../raft/driver-transfer.ts';
import type { MemberChange } from '../raft/members.ts';
import type { WhyTold } from './leader-why.ts';
import type { MemberLog } from './member-desk.ts';
import type { LeaderReply, LeaderRequest, MembersMessage } from './members-protocol.ts';

type Ask = Extract<MembersMessage, { kind: 'ask' | 'question' }>;
type Answer = Extract<MembersMessage, { kind: 'answer' }>;
type Answered = (result: Result<LeaderReply, Refusal>) => void;

export interface LeaderRequestsOptions {
  readonly self: NodeId;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: MemberLog;
  readonly transfer: (to: NodeId | undefined, done: TransferDone) => void;
  /** Whether this node leads still, in the same term, when a majority has confirmed its leader. */
  readonly stillLeads: (done: (leads: boolean) => void) => void;
  /** Looks for the answer here, when this node leads. */
  readonly why: (asked: WhyAsked, done: (told: Result<WhyTold, Refusal>) => void) => void;
  readonly send: (to: NodeId, message: Ask | Answer) => void;
}

const repeatMs = 500;
const patienceMs = 10_000;
/** Requests of people that may wait on one node. */
const waitingMax = 256;

interface Waiting {
  readonly request: LeaderRequest;
  readonly deadline: number;
  readonly done: Answered;
}

export class LeaderRequests {
  readonly #options: LeaderRequestsOptions;
  readonly #waiting = new Map<string, Waiting>();
  /** Requests that this leader works on: a repeated one is not begun again. */
  readonly #working = new Set<string>();
  #stopped = false;

  constructor(options: LeaderRequestsOptions) {
    this.#options = options;
  }

  /** Carries the request out here or wherever the leader is. */
  ask(request: LeaderRequest, done: Answered): void {
    const { clock, random } = this.#options;
    if (this.#waiting.size >= waitingMax) {
      clock.soon(() => done(fail(refusal('OVERLOADED', `${waitingMax} requests wait already`))));
      return;
    }
    const id = `${this.#options.self}/${random.uint32()}-${random.uint32()}`;
    this.#waiting.set(id, { request, deadline: clock.monotonicMs() + patienceMs, done });
    this.#pursue(id);
  }

  /**
   * Another node asks: a leader works on it; everybody else, and who cannot tell whether it leads,
   * is silent and will be asked again.
   */
  asked(from: NodeId, { id, request }: Ask): void {
    if (this.#options.log.role !== 'leader' || this.#working.has(id)) return;
    this.#working.add(id);
    this.#carryOut(request, (result) => {
      this.#working.delete(id);
      if (!isUnknown(result)) this.#options.send(from, { kind: 'answer', id, result });
    });
  }

  answered({ id, result }: Answer): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    // The leader lost its place while it worked on this: whoever leads now is asked.
    if (isUnknown(result)) return;
    this.#waiting.delete(id);
    waiting.done(result);
  }

  stop(): void {
    this.#stopped = true;
    for (const { done } of this.#waiting.values()) {
      done(fail(refusal('OUTCOME_UNKNOWN', 'this node stops; ask another one')));
    }
    this.#waiting.clear();
  }

  #pursue(id: string): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined || this.#stopped) return;
    const { clock, log, self } = this.#options;
    if (clock.monotonicMs() >= waiting.deadline) {
      this.#waiting.delete(id);
      waiting.done(fail(unanswered(waiting.request)));
      return;
    }
    const { request } = waiting;
    if (log.role === 'leader') this.#workHere(id, request);
    else if (log.leader !== undefined && log.leader !== self) {
      const kind = request.kind === 'why' ? 'question' : 'ask';
      this.#options.send(log.leader, { kind, id, request });
    }
    clock.after(repeatMs, () => this.#pursue(id));
  }

  #workHere(id: string, request: LeaderRequest): void {
    if (this.#working.has(id)) return;
    this.#working.add(id);
    this.#carryOut(request, (result) => {
      this.#working.delete(id);
      this.answered({ kind: 'answer', id, result });
    });
  }

  #carryOut(request: LeaderRequest, done: Answered): void {
    if (request.kind === 'members') {
      this.#changeMembers(request.request, (result) =>
        done(result.ok ? ok({ kind: 'members', changed: result.value }) : result),
      );
      return;
    }
    const { self, transfer, why } = this.#options;
    if (request.kind === 'why') {
      why(request.asked, (told) => done(told.ok ? ok({ kind: 'why', told: told.value }) : told));
      return;
    }
    // Asked again, because the answer was lost: it is so already.
    if (request.to === self) {
      this.#say(ok({ kind: 'transfer', leader: self } as const), done);
      return;
    }
    transfer(request.to ?? undefined, (result) =>
      done(result.ok ? ok({ kind: 'transfer', leader: result.value }) : fail(result.error)),
    );
  }

  #changeMembers(
    request: MemberRequest,
    done: (result: Result<MembersChanged, Refusal>) => void,
  ): void {
    const { members, membersIndex: index } = this.#options.log;
    const now = { index, members };
    const planned = planMembers(members, request);
    if (!planned.ok) this.#say(planned, done);
    else if (planned.value.length === 0) this.#say(ok(now), done);
    else this.#steps(now, planned.value, done);
  }

  /** Q2. Refused, it is asked again: of whoever leads by then. */
  #say<T>(result: Result<T, Refusal>, done: (result: Result<T, Refusal>) => void): void {
    const { log, stillLeads } = this.#options;
    if (log.membersCommitted) stillLeads((leads) => done(leads ? result : notSure));
    else done(notSure);
  }

  /** One step after the other, each when the one before it is committed. */
  #steps(
    so: MembersChanged,
    [change, ...rest]: readonly MemberChange[],
    done: (result: Result<MembersChanged, Refusal>) => void,
  ): void {
    if (change === undefined) {
      done(ok(so));
      return;
    }
    this.#options.log.change(change, (result) => {
      if (result.ok) this.#steps(result.value, rest, done);
      else done(fail(memberRefusal(result.error, change)));
    });
  }
}

/** Who answers so does not lead, or leads no more; an earlier version sends that. */
const isUnknown = (result: Result<unknown, Refusal>): boolean =>
  !result.ok && result.error.code === 'NO_LEADER';

const notSure = fail(refusal('NO_LEADER', 'this node does not know whether that is so still'));

/** What was only a question has changed nothing. */
const unanswered = ({ kind }: LeaderRequest): Refusal =>
  kind === 'why'
    ? refusal('NO_LEADER', 'no leader has answered in time; ask again')
    : refusal(
        'OUTCOME_UNKNOWN',
        'no leader has answered in time; look at the cluster before asking again',
      );
