/**
 * Nodes that are all alike under a real leader in virtual time (`scheduler/forecast`), as the
 * benches want it: everything that is asked is done, whatever is dispatched succeeds when it is
 * told to, and time passes until nothing more comes of it.
 */
import { assert } from '../../src/base/assert.ts';
import { incarnation, nodeId, wallMs } from '../../src/base/brand.ts';
import type { TraceLevel } from '../../src/base/trace.ts';
import type { Command } from '../../src/model/command.ts';
import { nodeFact } from '../../src/model/fact.ts';
import type { NodeRow } from '../../src/model/node.ts';
import type { Dispatch } from '../../src/model/protocol.ts';
import type { Resources } from '../../src/model/resources.ts';
import { State } from '../../src/model/state.ts';
import type { ExecutorAddress } from '../../src/scheduler/effect.ts';
import { VirtualLeader as AnyVirtualLeader } from '../../src/scheduler/forecast/virtual-leader.ts';
import type { Leader } from '../../src/scheduler/leader.ts';
import { nameOf } from './load.ts';

export { commitMs } from '../../src/scheduler/forecast/virtual-leader.ts';

/** The wall clock of the first instant; nothing depends on it. */
const startsAt = wallMs(Date.UTC(2026, 0, 1));

/** Deadlines within this time belong to what goes on now. */
const dueMs = 1_000;

export interface VirtualLeaderOptions {
  readonly nodes: number;
  readonly capacity: Resources;
  /** A committed dispatch has reached its executor. */
  readonly dispatched: (to: ExecutorAddress, dispatches: readonly Dispatch[]) => void;
}

export class VirtualLeader {
  readonly #virtual: AnyVirtualLeader;

  constructor({ nodes, capacity, dispatched }: VirtualLeaderOptions) {
    const state = new State();
    // As an earlier leader has left them: the limit of nodes is about those who are new.
    for (let place = 0; place < nodes; place++) state.apply(nodeFact(rowOf(place, capacity)));
    this.#virtual = new AnyVirtualLeader({
      ...{ state, startsAt, dispatched, trace: mustBeQuiet },
      revoked: () => {},
      committed: () => {},
    });
  }

  get state(): State {
    return this.#virtual.state;
  }

  get leader(): Leader {
    return this.#virtual.leader;
  }

  get nowMs(): number {
    return this.#virtual.nowMs;
  }

  /** Entries of the log so far: one for each turn that had facts. */
  get turns(): number {
    return this.#virtual.turns;
  }

  after(delayMs: number, run: () => void): void {
    this.#virtual.after(delayMs, run);
  }

  /** The executors' first heartbeats: from the next turn on tasks may be assigned to them. */
  join(): void {
    this.#virtual.join(() => []);
  }

  ask(command: Command): void {
    this.#virtual.ask(command, (answer) => {
      assert(answer.ok, `the leader does what it is asked: ${JSON.stringify(answer)}`);
    });
  }

  /** An attempt that was dispatched has succeeded, `ms` after it was started. */
  succeeded(executor: ExecutorAddress, { id }: Dispatch, ms: number): void {
    const endedAt = this.#virtual.now;
    const times = { startedAt: wallMs(endedAt - ms), endedAt };
    const end = { outcome: 'success', retryable: true, exitCode: 0, signal: null } as const;
    this.#virtual.ended(executor, [{ id, ...end, ...times, error: null, output: null }]);
  }

  /** Lets time pass until there is nothing more to come but what is hours away. */
  run(): void {
    for (;;) {
      this.#doAhead();
      const untilMs = this.#virtual.isUnderWay ? Number.POSITIVE_INFINITY : this.nowMs + dueMs;
      if (!this.#virtual.step(untilMs)) return;
    }
  }

  /** What the actor does before anybody needs it. */
  #doAhead(): void {
    const { plans } = this.leader.board;
    while (plans.isBehind) plans.ahead();
    while (this.state.isDigestBehind) this.state.digestAhead();
  }
}

function rowOf(place: number, capacity: Resources): NodeRow {
  const node = nodeId(nameOf(place));
  return {
    nodeId: node,
    incarnation: incarnation(`${node}-1`),
    capacity,
    labels: {},
    address: `http://${node}`,
    status: 'alive',
    since: startsAt,
  };
}

function mustBeQuiet(level: TraceLevel, name: string, fields: object = {}): void {
  assert(level === 'debug' || level === 'info', `${name} ${JSON.stringify(fields)}`);
}
