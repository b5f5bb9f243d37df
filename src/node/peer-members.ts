/**
 * A peer's part in who belongs to the cluster: the member desk and people's requests, over the one
 * inbox that both use.
 */
import type { Wire } from '../actors/wire.ts';
import type { NodeId } from '../base/brand.ts';
import type { Clock, Random } from '../base/ports.ts';
import type { Result } from '../base/result.ts';
import type { Trace } from '../base/trace.ts';
import type { Refusal } from '../model/refusal.ts';
import type { RaftDriver } from '../raft/driver.ts';
import type { Member } from '../raft/members.ts';
import { LeaderRequests, type LeaderRequestsOptions } from './leader-requests.ts';
import { MemberDesk, type MemberDeskSettings, type MemberLog } from './member-desk.ts';
import {
  type LeaderReply,
  type LeaderRequest,
  type MembersMessage,
  membersInbox,
} from './members-protocol.ts';

export interface PeerMembersOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly wire: Wire;
  readonly trace: Trace;
  readonly settings: MemberDeskSettings;
  readonly raft: () => RaftDriver;
  readonly why: LeaderRequestsOptions['why'];
  /** Runs when the scheduler has no turn open: a change takes a log index. False: not now. */
  readonly betweenTurns: (run: () => void) => boolean;
  readonly leave: (why: string) => void;
  /** This node has lost what it had acknowledged. */
  readonly forgot: (why: string) => void;
}

export class PeerMembers {
  readonly #options: PeerMembersOptions;
  readonly #requests: LeaderRequests;
  #desk: MemberDesk | undefined;

  constructor(options: PeerMembersOptions) {
    this.#options = options;
    const { clock, random, wire, raft, why } = options;
    this.#requests = new LeaderRequests({
      ...{ self: wire.self.node, clock, random, log: this.#log(), why },
      transfer: (to, done) => raft().transfer(to, done),
      stillLeads: (done) => this.#confirm(done),
      send: (to, message) => wire.send(to, membersInbox, laneOf(message), message),
    });
  }

  start(): void {
    const { clock, wire, trace, settings, leave, forgot } = this.#options;
    this.#desk = new MemberDesk({
      ...{ clock, wire, trace, settings, log: this.#log() },
      leave: (code, why) => {
        if (code === 'LOG_ROLLED_BACK') forgot(`${code}: ${why}`);
        else leave(`${code}: ${why}`);
      },
      asked: (from, ask) => this.#requests.asked(from, ask),
      answered: (answer) => this.#requests.answered(answer),
    });
  }

  ask(request: LeaderRequest, done: (result: Result<LeaderReply, Refusal>) => void): void {
    this.#requests.ask(request, done);
  }

  forgot(node: NodeId): void {
    this.#desk?.forgot(node);
  }

  removedSpoke(life: Member): void {
    this.#desk?.removedSpoke(life);
  }

  stop(): void {
    this.#desk?.stop();
    this.#requests.stop();
  }

  #confirm(done: (leads: boolean) => void): void {
    const { raft } = this.#options;
    const { term } = raft().status();
    raft().readIndex((confirmed) => {
      const now = raft().status();
      done(confirmed.ok && now.role === 'leader' && now.term === term);
    });
  }

  #log(): MemberLog {
    const { raft, betweenTurns, clock } = this.#options;
    const status = () => raft().status();
    return {
      get members() {
        return status().members.members;
      },
      get membersIndex() {
        return status().members.index;
      },
      get membersCommitted() {
        return status().membersCommitted;
      },
      get role() {
        return status().role;
      },
      get term() {
        return status().term;
      },
      get leader() {
        return status().leader;
      },
      followers: () => raft().members.followers(),
      change: (change, done) => {
        if (betweenTurns(() => raft().changeMembers(change, done))) return;
        clock.soon(() => done({ ok: false, error: 'overloaded' }));
      },
    };
  }
}

/** What tells why something waits may be long: it holds up nothing that consensus hangs on. */
const laneOf = (message: MembersMessage): 'control' | 'bulk' => {
  const isLong = message.kind === 'answer' && message.result.ok;
  return isLong && message.result.value.kind === 'why' ? 'bulk' : 'control';
};
