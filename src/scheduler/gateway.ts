/**
 * The gateway actor, on every node: brings clients' commands to the leader's scheduler and their
 * answers back. It repeats what got no answer; the request id makes that safe (W18).
 *
 * Owns: the requests that wait for an answer.
 * Does not own: any decision, or the knowledge of who leads (it is told, and may be wrong).
 *
 * Invariants:
 *   G1  Every request that was taken is answered exactly once.
 *   G2  `NO_LEADER` means that the command was never sent, so it did not happen; `OUTCOME_UNKNOWN`
 *       that it may have happened (P17).
 *   G3  A refusal is the answer only if no other copy of the request can be decided otherwise:
 *       there is no other, or the refusal is remembered in the log.
 */
import type { Behaviour, Context } from '../actors/types.ts';
import type { MonotonicMs, NodeId } from '../base/brand.ts';
import { fail, type Result } from '../base/result.ts';
import type { Committed } from '../model/command.ts';
import type { CommandRequest, GatewayToScheduler, SchedulerToGateway } from '../model/protocol.ts';
import { type Refusal, refusal } from '../model/refusal.ts';
import { isLarge } from './check-ahead.ts';

export type Answered = (answer: Result<Committed, Refusal>) => void;

export type GatewayMessage =
  | { readonly kind: 'submit'; readonly request: CommandRequest; readonly done: Answered }
  | { readonly kind: 'scheduler'; readonly message: SchedulerToGateway }
  | { readonly kind: 'leader'; readonly leader: NodeId | undefined }
  | { readonly kind: 'repeat' };

export interface GatewayOptions {
  readonly send: (leader: NodeId, message: GatewayToScheduler) => void;
  /** A request is answered after this long, with or without a leader. */
  readonly patienceMs: number;
  /** Unanswered requests are sent again after this long, then after twice as long, and so on. */
  readonly repeatMs: number;
}

export const defaultGatewayTimes = { patienceMs: 15_000, repeatMs: 100 } as const;

/** Requests that may wait at a time. */
const waitingMax = 10_000;

/** A large definition takes the leader a while: to send it again meanwhile makes that longer. */
const largeFactor = 10;

/** A request is repeated at least every `repeatMs` x 2^this: a slow leader is not flooded. */
const doublingsMax = 3;

interface Waiting {
  readonly request: CommandRequest;
  readonly done: Answered[];
  readonly since: MonotonicMs;
  sentAt: MonotonicMs | undefined;
  copies: number;
  /** Repeats of what this leader has not answered; a new leader begins anew. */
  repeats: number;
  /** Before the first repeat. */
  readonly repeatMs: number;
}

export class Gateway implements Behaviour<GatewayMessage> {
  readonly #context: Context<GatewayMessage>;
  readonly #options: GatewayOptions;
  readonly #waiting = new Map<string, Waiting>();
  #leader: NodeId | undefined;

  constructor(context: Context<GatewayMessage>, options: GatewayOptions) {
    this.#context = context;
    this.#options = options;
  }

  receive(message: GatewayMessage): void {
    switch (message.kind) {
      case 'submit':
        this.#submit(message.request, message.done);
        return;
      case 'scheduler':
        this.#schedulerSays(message.message);
        return;
      case 'leader':
        this.#leaderIs(message.leader);
        return;
      case 'repeat':
        this.#repeat();
        return;
    }
  }

  #submit(request: CommandRequest, done: Answered): void {
    const same = this.#waiting.get(request.requestId);
    if (same !== undefined && same.request.bodyDigest === request.bodyDigest) {
      same.done.push(done);
      return;
    }
    if (same !== undefined) {
      const detail = `the key ${request.requestId} is in use for another request`;
      done(fail(refusal('IDEMPOTENCY_CONFLICT', detail)));
      return;
    }
    if (this.#waiting.size >= waitingMax) {
      done(fail(refusal('OVERLOADED', `${waitingMax} requests wait on this node already`)));
      return;
    }
    const since = this.#context.clock.monotonicMs();
    const waiting: Waiting = {
      request,
      done: [done],
      since,
      sentAt: undefined,
      copies: 0,
      repeats: 0,
      repeatMs: this.#options.repeatMs * (isLarge(request.command) ? largeFactor : 1),
    };
    this.#waiting.set(request.requestId, waiting);
    this.#send(waiting);
    this.#armRepeat();
  }

  #schedulerSays(message: SchedulerToGateway): void {
    const waiting = this.#waiting.get(message.requestId);
    if (message.kind === 'not-leader') {
      // The next repeat goes to whoever leads then; a hint that differs is followed at once.
      const { leader } = message;
      if (waiting !== undefined) waiting.repeats = 0;
      if (leader === undefined || leader === this.#leader) return;
      this.#leader = leader;
      if (waiting !== undefined) this.#send(waiting);
      return;
    }
    // A late answer to an earlier request with this key is not the answer to this one.
    if (waiting?.request.bodyDigest !== message.bodyDigest) return;
    const isFinal = message.answer.ok || waiting.copies === 1 || message.kept !== false;
    if (!isFinal) return;
    this.#finish(waiting, message.answer);
  }

  #leaderIs(leader: NodeId | undefined): void {
    if (leader === this.#leader) return;
    this.#leader = leader;
    for (const waiting of this.#waiting.values()) {
      waiting.repeats = 0;
      this.#send(waiting);
    }
  }

  #repeat(): void {
    const { patienceMs } = this.#options;
    const now = this.#context.clock.monotonicMs();
    for (const waiting of [...this.#waiting.values()]) {
      const pauseMs = waiting.repeatMs * 2 ** Math.min(waiting.repeats, doublingsMax);
      if (now - waiting.since >= patienceMs) this.#finish(waiting, fail(lateRefusal(waiting)));
      else if (waiting.sentAt === undefined || now - waiting.sentAt >= pauseMs) {
        waiting.repeats += 1;
        this.#send(waiting);
      }
    }
    this.#armRepeat();
  }

  #send(waiting: Waiting): void {
    if (this.#leader === undefined) return;
    waiting.sentAt = this.#context.clock.monotonicMs();
    waiting.copies += 1;
    this.#options.send(this.#leader, { ...waiting.request, copy: waiting.copies });
  }

  #finish({ request, done }: Waiting, answer: Result<Committed, Refusal>): void {
    this.#waiting.delete(request.requestId);
    for (const each of done) each(answer);
  }

  #armRepeat(): void {
    if (this.#waiting.size === 0 || this.#context.timers.armed('repeat')) return;
    this.#context.timers.after('repeat', this.#options.repeatMs, { kind: 'repeat' });
  }
}

/** G2: what is known of a command when patience ends. */
function lateRefusal({ sentAt }: Waiting): Refusal {
  if (sentAt === undefined) return refusal('NO_LEADER', 'no leader is known, nothing was sent');
  const detail = 'the leader has not answered in time; the command may have taken effect or not';
  return refusal('OUTCOME_UNKNOWN', detail);
}
