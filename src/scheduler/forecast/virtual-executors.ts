/**
 * The executors of a forecast: an attempt takes what it is expected to take, and succeeds. Sensors
 * find what they look for, and who is asked to stop has stopped a moment later.
 *
 * Owns: the attempts that are under way on all nodes. Does not own: which there are (the leader).
 */
import { type Token, type WallMs, wallMs } from '../../base/brand.ts';
import type { AttemptId, AttemptReport, Dispatch, Held } from '../../model/protocol.ts';
import type { LiveRun, ReadonlyState } from '../../model/readonly-state.ts';
import type { ExecutorAddress } from '../effect.ts';
import { isLive, type LiveTaskRow } from '../task-rows.ts';
import type { Expected } from './expected.ts';
import { Rest } from './rest.ts';
import type { VirtualLeader } from './virtual-leader.ts';

/** From the word that it is to stop to the report that it has. */
const stoppingMs = 1;

export class VirtualExecutors {
  readonly #expected: Expected;
  /** When each attempt began; what has ended is not here. */
  readonly #running = new Map<Token, WallMs>();
  readonly #heldOn = new Map<string, Held[]>();

  constructor(expected: Expected) {
    this.#expected = expected;
  }

  heldOn(node: string): readonly Held[] {
    return this.#heldOn.get(node) ?? [];
  }

  /** Goes on with what runs already. Call before the executors join. */
  *takeUp(state: ReadonlyState, leader: VirtualLeader): Generator<undefined, void> {
    const rest = new Rest();
    for (const live of state.runs()) {
      for (const row of live.tasks.values()) {
        if (isLive(row)) this.#goOn(live, row, leader);
        if (rest.isDue()) yield;
      }
    }
  }

  #goOn({ run }: LiveRun, row: LiveTaskRow, leader: VirtualLeader): void {
    const { namespace, runId, taskId, mapIndex, attempt } = row;
    const id = { namespace, runId, taskId, mapIndex, token: attempt.token };
    const startedAt = row.status === 'running' ? row.startedAt : attempt.assignedAt;
    const held = this.#heldOn.get(attempt.node) ?? [];
    held.push({ id, phase: 'running', startedAt: null });
    this.#heldOn.set(attempt.node, held);
    const to = { node: attempt.node, incarnation: attempt.incarnation };
    const elapsedMs = Math.max(0, leader.now - startedAt);
    this.#running.set(attempt.token, startedAt);
    if (attempt.revoked) this.revoked(leader, to, [id]);
    else
      this.#endAfter(this.#expected.restMs({ ...id, dagId: run.dagId }, elapsedMs), leader, to, id);
  }

  dispatched(leader: VirtualLeader, to: ExecutorAddress, dispatches: readonly Dispatch[]): void {
    for (const { id, dagId, timeoutMs } of dispatches) {
      // One that is sent again is known already.
      if (this.#running.has(id.token)) continue;
      this.#running.set(id.token, leader.now);
      const { ms } = this.#expected.of({ ...id, dagId });
      this.#endAfter(Math.min(ms, timeoutMs ?? ms), leader, to, id);
    }
  }

  revoked(leader: VirtualLeader, to: ExecutorAddress, attempts: readonly AttemptId[]): void {
    leader.after(stoppingMs, () => {
      const stopped = attempts.filter(({ token }) => this.#running.has(token));
      if (stopped.length === 0) return;
      const reports = stopped.map((id) => this.#report(leader, id, 'cancelled'));
      leader.ended(to, reports);
    });
  }

  #endAfter(ms: number, leader: VirtualLeader, to: ExecutorAddress, id: AttemptId): void {
    leader.after(ms, () => {
      if (this.#running.has(id.token)) leader.ended(to, [this.#report(leader, id, 'success')]);
    });
  }

  #report(leader: VirtualLeader, id: AttemptId, outcome: 'success' | 'cancelled'): AttemptReport {
    const startedAt = this.#running.get(id.token) ?? leader.now;
    this.#running.delete(id.token);
    const exit = { retryable: true, exitCode: outcome === 'success' ? 0 : null, signal: null };
    const endedAt = wallMs(Math.max(startedAt, leader.now));
    return { id, outcome, ...exit, startedAt, endedAt, error: null, output: null };
  }
}
