/**
 * A node is silent and its lease has certainly ended: its attempts are lost and may be repeated.
 */
import { nodeFact } from '../../model/fact.ts';
import type { Input } from '../input.ts';
import type { Turn } from '../turn.ts';
import { loseAttempt } from './lose-attempt.ts';

type NodeLost = Extract<Input, { readonly kind: 'node-lost' }>;

export function nodeLost(turn: Turn, { executor }: NodeLost): void {
  const row = turn.state.node(executor.node);
  if (row === undefined || row.incarnation !== executor.incarnation) return;
  if (row.status === 'alive') turn.emit(nodeFact({ ...row, status: 'lost', since: turn.at }));
  for (const task of [...turn.board.attemptsOn(executor.node).values()]) {
    loseAttempt(turn, task, `node ${executor.node} fell silent and its lease ended`);
  }
}
