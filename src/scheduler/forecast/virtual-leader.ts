/**
 * A real `Leader` in virtual time: its decisions, its board, its records and its horizon, with
 * everything around it replaced by the least that will do. Time jumps from event to event, so hours
 * of a workflow take seconds.
 *
 * Owns: the clock, the log (an entry is committed a virtual millisecond after it was proposed), the
 * wire, the nodes' heartbeats (one each: leases never end here, and nothing is ever lost).
 * Does not own: the state it is given, what an executor does with a dispatch, or what is made of
 * the turns; whoever makes the leader says that.
 *
 * Invariants:
 *   V1  Events run in the order of (time, order of arming); all of one instant come before the
 *       leader's mailbox counts as empty, so that they make one turn.
 *   V2  Entries are committed in the order of the log.
 *   V3  What comes of a state, its commands and its executors depends on nothing else.
 */
import { assert, present } from '../../base/assert.ts';
import {
  type LogIndex,
  logIndex,
  monotonicMs,
  nodeId,
  requestId,
  term,
  type WallMs,
  wallMs,
} from '../../base/brand.ts';
import { Heap } from '../../base/heap.ts';
import { ok, type Result } from '../../base/result.ts';
import { silentTrace, type Trace } from '../../base/trace.ts';
import type { Command, CommandReply } from '../../model/command.ts';
import type { NodeRow } from '../../model/node.ts';
import type {
  AttemptId,
  AttemptReport,
  Dispatch,
  Held,
  SchedulerToExecutor,
  SchedulerToGateway,
} from '../../model/protocol.ts';
import { recordVersionMax } from '../../model/record.ts';
import type { Refusal } from '../../model/refusal.ts';
import type { State } from '../../model/state.ts';
import type { ExecutorAddress } from '../effect.ts';
import type { Heartbeat, Input } from '../input.ts';
import { Leader, type LeaderOptions } from '../leader.ts';
import type { LookBack } from '../look-backs.ts';
import type { Turn } from '../turn.ts';

/** From a proposal to its commit. */
export const commitMs = 1;
/** Turns in flight at a time, as on a real leader. */
const horizonMax = 4;
/** Events of one step; what is left of the instant is the next one's. */
const eventsPerStepMax = 64;
/** Nothing is planned so far ahead: a hundred years. */
const foreverMs = 100 * 366 * 86_400_000;
const inTerm = term(1);
const gateway = nodeId('gateway');

interface Event {
  readonly atMs: number;
  readonly sequence: number;
  readonly run: () => void;
}

type Answered = (answer: Result<CommandReply, Refusal>) => void;

export interface VirtualLeaderOptions {
  readonly state: State;
  /** The wall clock of the first instant. */
  readonly startsAt: WallMs;
  /** A committed dispatch has reached its executor. */
  readonly dispatched: (to: ExecutorAddress, dispatches: readonly Dispatch[]) => void;
  /** So has the word that an attempt is to be ended. */
  readonly revoked: (to: ExecutorAddress, attempts: readonly AttemptId[]) => void;
  /** Each turn that is committed, before its effects are released. */
  readonly committed: (turn: Turn) => void;
  /** Silent unless said. */
  readonly trace?: Trace;
}

export class VirtualLeader {
  readonly state: State;
  readonly leader: Leader;
  readonly #options: VirtualLeaderOptions;
  readonly #events = new Heap<Event>((left, right) =>
    left.atMs === right.atMs ? left.sequence < right.sequence : left.atMs < right.atMs,
  );
  readonly #asked = new Map<string, Answered>();
  #sequence = 0;
  #nowMs = 0;
  #requests = 0;
  #proposed = 0;
  #committed = 0;
  #isMidInstant = false;

  constructor(options: VirtualLeaderOptions) {
    this.#options = options;
    this.state = options.state;
    this.leader = new Leader(this.#world());
  }

  /** Since the first instant. */
  get nowMs(): number {
    return this.#nowMs;
  }

  get now(): WallMs {
    return wallMs(this.#options.startsAt + this.#nowMs);
  }

  /** Entries of the log so far: one for each turn that had facts. */
  get turns(): number {
    return this.#committed;
  }

  /** Whether an entry, an attempt or an answer is on its way. */
  get isUnderWay(): boolean {
    return this.#events.size > 0 || this.leader.isTurnOpen;
  }

  /** Nothing is under way and nothing is planned. */
  get isQuiet(): boolean {
    return this.#nextMs() === undefined;
  }

  after(delayMs: number, run: () => void): void {
    const atMs = this.#nowMs + Math.max(0, Math.round(delayMs));
    this.#events.push({ atMs, sequence: this.#sequence++, run });
  }

  /**
   * The first heartbeats of the executors that are alive: from the next turn on tasks may be
   * assigned to them. `heldOn` says what each of them runs.
   */
  join(heldOn: (node: string) => readonly Held[]): void {
    for (const row of [...this.state.nodes()]) {
      if (row.status === 'alive') this.leader.heartbeat(heartbeatOf(row, heldOn(row.nodeId)));
    }
  }

  ask(command: Command, answered: Answered): void {
    this.#requests += 1;
    const key = `forecast-${this.#requests}`;
    this.#asked.set(key, answered);
    const named = { requestId: requestId(key), bodyDigest: key, rememberMs: 1_000 };
    const request = { kind: 'command', ...named, by: 'forecast', command, copy: 1 } as const;
    this.#take({ kind: 'command', gateway, request, ended: null });
  }

  /** An executor tells how attempts have ended. */
  ended(executor: ExecutorAddress, reports: readonly AttemptReport[]): void {
    this.#take({ kind: 'attempts-ended', executor, reports });
  }

  /**
   * Lets time pass to the next instant at which something happens, or does a part of what happens
   * there. False: nothing is going to happen up to `untilMs`.
   */
  step(untilMs: number): boolean {
    if (this.#isMidInstant) {
      this.#runEvents();
      return true;
    }
    this.leader.drained();
    const nextMs = this.#nextMs();
    if (nextMs === undefined || nextMs > untilMs) return false;
    this.#nowMs = nextMs;
    this.leader.wake();
    this.#isMidInstant = true;
    return true;
  }

  #runEvents(): void {
    for (let run = 0; run < eventsPerStepMax; run++) {
      const next = this.#events.peek();
      this.#isMidInstant = next !== undefined && next.atMs <= this.#nowMs;
      if (next === undefined || !this.#isMidInstant) return;
      this.#events.pop();
      next.run();
    }
  }

  /** Leases never end here: a time so far away is none. */
  #nextMs(): number | undefined {
    const event = this.#events.peek()?.atMs;
    const nextWakeMs = this.leader.nextWakeMs() ?? foreverMs;
    const wakeMs = nextWakeMs < foreverMs ? nextWakeMs : undefined;
    const wake = wakeMs === undefined ? undefined : this.#nowMs + Math.max(1, Math.ceil(wakeMs));
    if (event === undefined || wake === undefined) return event ?? wake;
    return Math.min(event, wake);
  }

  #take(input: Input): void {
    assert(this.leader.take(input), 'V2: the log takes every turn');
  }

  #world(): LeaderOptions {
    const { state, startsAt, trace = silentTrace } = this.#options;
    return {
      ...{ state, trace, term: inTerm, lastAt: startsAt, isUnwatched: true },
      log: {
        nextIndex: () => logIndex(this.#proposed + 1),
        propose: () => ok(this.#propose()),
        readIndex: (done) => done(ok(logIndex(this.#committed))),
      },
      wire: {
        toGateway: (_, message) => this.#answer(message),
        toExecutor: (node, message) => this.#toExecutor(node, message),
        toEveryExecutor: () => {},
      },
      clock: {
        monotonicMs: () => monotonicMs(this.#nowMs),
        wallMs: () => this.now,
        after: () => ({ cancel: () => {} }),
        soon: () => {},
      },
      settings: { leaseMs: Number.MAX_SAFE_INTEGER, graceMs: 0, horizonMax },
      disksFull: () => false,
      lookBack: (question) => this.#lookBack(question),
      memberVersions: { recordMax: () => recordVersionMax, isPending: () => false },
      appliedIndex: () => logIndex(this.#committed),
      confirm: (confirmed) => confirmed(),
    };
  }

  #propose(): LogIndex {
    this.#proposed += 1;
    const index = logIndex(this.#proposed);
    this.after(commitMs, () => {
      assert(index === this.#committed + 1, 'V2: entries are committed in the order of the log');
      this.#committed = index;
      const proposed = present(this.leader.committed(index, inTerm), 'V2: it was proposed here');
      this.#options.committed(proposed.turn);
      this.leader.release(proposed);
    });
    return index;
  }

  #toExecutor(node: ExecutorAddress['node'], message: SchedulerToExecutor): void {
    switch (message.kind) {
      case 'dispatch':
        this.#options.dispatched({ node, incarnation: message.incarnation }, message.dispatches);
        return;
      case 'revoke':
        this.#options.revoked({ node, incarnation: message.incarnation }, message.attempts);
        return;
      case 'new-leader':
      case 'heartbeat-answer':
      case 'ack':
        return;
    }
  }

  #answer(message: SchedulerToGateway): void {
    if (message.kind !== 'answer') return;
    const { requestId: key, answer } = message;
    const answered = this.#asked.get(key);
    this.#asked.delete(key);
    answered?.(answer.ok ? ok(answer.value.reply) : answer);
  }

  /** There is no ledger here: what a task waits for has not happened before. */
  #lookBack({ who }: LookBack): void {
    this.after(0, () => this.#take({ kind: 'looked-back', who, found: null }));
  }
}

function heartbeatOf(row: NodeRow, held: readonly Held[]): Heartbeat {
  const { nodeId: node, incarnation, capacity, labels, address, pool, queues, taints } = row;
  return {
    ...{ kind: 'heartbeat', node, incarnation, seq: 1, capacity, labels, address, held },
    ...(pool !== undefined && { pool }),
    ...(queues !== undefined && { queues }),
    ...(taints !== undefined && { taints }),
  };
}
