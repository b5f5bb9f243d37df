/**
 * A real `Leader` in virtual time: its decisions, its board, its records and its horizon, with
 * everything around it replaced by the least that will do. Time jumps from event to event, so hours
 * of a workflow take seconds.
 *
 * Owns: the clock, the log (an entry is committed a virtual millisecond after it was proposed), the
 * wire, the nodes' heartbeats (one each: leases never end here, and nothing is ever lost).
 * Does not own: what an executor does with a dispatch; whoever makes the leader says that.
 *
 * Invariants:
 *   V1  Events run in the order of (time, order of arming); all of one instant come before the
 *       leader's mailbox counts as empty, so that they make one turn.
 *   V2  Entries are committed in the order of the log.
 */
import { assert } from '../../src/base/assert.ts';
import {
  incarnation,
  type LogIndex,
  logIndex,
  monotonicMs,
  type NodeId,
  nodeId,
  requestId,
  term,
  wallMs,
} from '../../src/base/brand.ts';
import { Heap } from '../../src/base/heap.ts';
import { ok } from '../../src/base/result.ts';
import type { TraceLevel } from '../../src/base/trace.ts';
import type { Command } from '../../src/model/command.ts';
import { nodeFact } from '../../src/model/fact.ts';
import type { Dispatch, SchedulerToGateway } from '../../src/model/protocol.ts';
import type { Resources } from '../../src/model/resources.ts';
import { State } from '../../src/model/state.ts';
import type { ExecutorAddress } from '../../src/scheduler/effect.ts';
import type { Input } from '../../src/scheduler/input.ts';
import { Leader, type LeaderOptions } from '../../src/scheduler/leader.ts';
import { nameOf } from './load.ts';

/** From a proposal to its commit. */
export const commitMs = 1;
/** The wall clock of the first instant; nothing depends on it. */
const startedAt = Date.UTC(2026, 0, 1);
/** Turns in flight at a time, as on a real leader. */
const horizonMax = 4;
const inTerm = term(1);
const gateway = nodeId('gateway');

interface Event {
  readonly atMs: number;
  readonly sequence: number;
  readonly run: () => void;
}

export interface VirtualLeaderOptions {
  readonly nodes: number;
  readonly capacity: Resources;
  /** A committed dispatch has reached its executor. */
  readonly dispatched: (to: ExecutorAddress, dispatches: readonly Dispatch[]) => void;
}

export class VirtualLeader {
  readonly state = new State();
  readonly leader: Leader;
  readonly #options: VirtualLeaderOptions;
  readonly #executors: readonly ExecutorAddress[];
  readonly #events = new Heap<Event>((left, right) =>
    left.atMs === right.atMs ? left.sequence < right.sequence : left.atMs < right.atMs,
  );
  #sequence = 0;
  #nowMs = 0;
  #requests = 0;
  #proposed = 0;
  #committed = 0;

  constructor(options: VirtualLeaderOptions) {
    this.#options = options;
    this.#executors = Array.from({ length: options.nodes }, (_, place) => {
      const name = nameOf(place);
      return { node: nodeId(name), incarnation: incarnation(`${name}-1`) };
    });
    // As an earlier leader has left them: `limits.nodes` is about those who are new.
    for (const { node, incarnation: life } of this.#executors) {
      const row = { nodeId: node, incarnation: life, capacity: options.capacity, labels: {} };
      const since = wallMs(startedAt);
      this.state.apply(nodeFact({ ...row, address: addressOf(node), status: 'alive', since }));
    }
    this.leader = new Leader(this.#world());
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** Entries of the log so far: one for each turn that had facts. */
  get turns(): number {
    return this.#committed;
  }

  after(delayMs: number, run: () => void): void {
    this.#events.push({ atMs: this.#nowMs + delayMs, sequence: this.#sequence++, run });
  }

  /** The executors' first heartbeats: from the next turn on tasks may be assigned to them. */
  join(): void {
    for (const { node, incarnation: life } of this.#executors) {
      const { capacity } = this.#options;
      const more = { capacity, labels: {}, address: addressOf(node), held: [] };
      this.leader.heartbeat({ kind: 'heartbeat', node, incarnation: life, seq: 1, ...more });
    }
  }

  ask(command: Command): void {
    this.#requests += 1;
    const key = `request-${this.#requests}`;
    const named = { requestId: requestId(key), bodyDigest: key, rememberMs: 86_400_000 };
    const request = { kind: 'command', ...named, by: 'bench', command, copy: 1 } as const;
    this.#take({ kind: 'command', gateway, request, ended: null });
  }

  /** An attempt that was dispatched has succeeded, `ms` after it was started. */
  succeeded(executor: ExecutorAddress, { id }: Dispatch, ms: number): void {
    const endedAt = this.#wallMs();
    const times = { startedAt: wallMs(endedAt - ms), endedAt };
    const end = { outcome: 'success', retryable: true, exitCode: 0, signal: null } as const;
    const reports = [{ id, ...end, ...times, error: null, output: null }];
    this.#take({ kind: 'attempts-ended', executor, reports });
  }

  /** Lets time pass until there is nothing more to come but what is hours away. */
  run(): void {
    for (;;) {
      this.#drained();
      const nextMs = this.#nextMs();
      if (nextMs === undefined) return;
      this.#nowMs = nextMs;
      this.leader.wake();
      for (;;) {
        const next = this.#events.peek();
        if (next === undefined || next.atMs > nextMs) break;
        this.#events.pop();
        next.run();
      }
    }
  }

  /** As the actor does it when its mailbox is empty, and what it does ahead of need. */
  #drained(): void {
    const { plans } = this.leader.board;
    while (plans.isBehind) plans.ahead();
    while (this.state.isDigestBehind) this.state.digestAhead();
    this.leader.drained();
  }

  /** The next event or deadline; deadlines alone are not worth waiting for, unless they are due. */
  #nextMs(): number | undefined {
    const event = this.#events.peek()?.atMs;
    const wake = this.#nowMs + Math.max(1, this.leader.nextWakeMs() ?? Number.POSITIVE_INFINITY);
    if (event !== undefined) return Math.min(event, wake);
    return wake <= this.#nowMs + dueMs ? wake : undefined;
  }

  #take(input: Input): void {
    assert(this.leader.take(input), 'the log takes every turn');
  }

  #wallMs() {
    return wallMs(startedAt + this.#nowMs);
  }

  #world(): LeaderOptions {
    const { state } = this;
    return {
      ...{ state, term: inTerm, lastAt: wallMs(0) },
      log: {
        nextIndex: () => logIndex(this.#proposed + 1),
        propose: () => ok(this.#propose()),
        readIndex: (done) => done(ok(logIndex(this.#committed))),
      },
      wire: {
        toGateway: (_, message) => mustBeGood(message),
        toExecutor: (node, message) => {
          if (message.kind !== 'dispatch') return;
          const to = { node, incarnation: message.incarnation };
          this.#options.dispatched(to, message.dispatches);
        },
        toEveryExecutor: () => {},
      },
      clock: {
        monotonicMs: () => monotonicMs(this.#nowMs),
        wallMs: () => this.#wallMs(),
        after: () => ({ cancel: () => {} }),
        soon: () => {},
      },
      trace: mustBeQuiet,
      settings: { leaseMs: Number.MAX_SAFE_INTEGER, graceMs: 0, horizonMax },
      disksFull: () => false,
      lookBack: () => {},
      recordVersionMax: () => 3,
      appliedIndex: () => logIndex(this.#committed),
    };
  }

  #propose(): LogIndex {
    this.#proposed += 1;
    const index = logIndex(this.#proposed);
    this.after(commitMs, () => {
      assert(index === this.#committed + 1, 'V2: entries are committed in the order of the log');
      this.#committed = index;
      const turn = this.leader.committed(index, inTerm);
      if (turn !== undefined) this.leader.release(turn);
    });
    return index;
  }
}

/** Deadlines within this time belong to what goes on now. */
const dueMs = 1_000;

const addressOf = (node: NodeId): string => `http://${node}`;

function mustBeGood(message: SchedulerToGateway): void {
  const isGood = message.kind === 'answer' && message.answer.ok;
  assert(isGood, `the leader does what it is asked: ${JSON.stringify(message)}`);
}

function mustBeQuiet(level: TraceLevel, name: string, fields: object = {}): void {
  assert(level === 'debug' || level === 'info', `${name} ${JSON.stringify(fields)}`);
}
