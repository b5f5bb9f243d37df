/**
 * Reconcile: a heartbeat lists what an executor holds; the answer is the difference to the state.
 * One mechanism for a lost dispatch, a lost revoke, a lost report and a lost leader (law 4).
 */
import type { NodeId, Token } from '../base/brand.ts';
import { dispatchOf } from './assign.ts';
import type { Heartbeat, Input } from './input.ts';
import type { Leases } from './leases.ts';
import type { Turn } from './turn.ts';

/**
 * Releases dispatches and revokes for the difference; returns the attempts that the executor has
 * started and the state does not know as running.
 */
export function reconcile(
  turn: Turn,
  leases: Leases,
  heartbeat: Heartbeat,
  missingBefore: ReadonlySet<Token>,
): Extract<Input, { readonly kind: 'attempts-started' }> {
  const to = { node: heartbeat.node, incarnation: heartbeat.incarnation };
  const expected = turn.board.attemptsOn(heartbeat.node);
  const held = new Set<Token>();
  const started = [];
  for (const { id, phase, startedAt } of heartbeat.held) {
    held.add(id.token);
    if (phase === 'ended') continue;
    const row = expected.get(id.token);
    if (row === undefined || row.attempt.revoked) turn.release({ kind: 'revoke', to, id });
    else if (row.status === 'queued' && startedAt !== null) started.push({ id, startedAt });
  }
  sendAgain(turn, heartbeat.node, missingBefore, held);
  const missing = [...expected.keys()].filter((token) => !held.has(token));
  leases.lacked(heartbeat.node, new Set(missing));
  return { kind: 'attempts-started', executor: to, attempts: started };
}

/**
 * An attempt that two heartbeats in a row did not list was never received: a dispatch may cross one
 * heartbeat, not two. Sending it again is safe, the executor knows the tokens that it has seen.
 */
function sendAgain(
  turn: Turn,
  node: NodeId,
  missingBefore: ReadonlySet<Token>,
  held: ReadonlySet<Token>,
): void {
  const expected = turn.board.attemptsOn(node);
  for (const token of missingBefore) {
    const row = held.has(token) ? undefined : expected.get(token);
    const live = row && turn.state.run(row.namespace, row.runId);
    if (row === undefined || live === undefined) continue;
    const to = { node, incarnation: row.attempt.incarnation };
    const dispatch = row.attempt.revoked ? undefined : dispatchOf(turn, live, row);
    if (dispatch?.ok) {
      turn.release({ kind: 'dispatch', to, dispatch: dispatch.value });
      continue;
    }
    // Revoked before it arrived: the executor confirms that it will never start it. So it is with
    // one whose texts cannot be rendered any more: the next attempt will say why.
    const { namespace, runId, taskId, mapIndex } = row;
    turn.release({ kind: 'revoke', to, id: { namespace, runId, taskId, mapIndex, token } });
  }
}
