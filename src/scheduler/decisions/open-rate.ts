/**
 * A rate is looked at again: its row goes when all that it counts is too old. What waits for it is
 * seen by the assignment at the end of the turn.
 */
import { rateFact } from '../../model/fact.ts';
import { isOverAt } from '../../model/rate.ts';
import type { Deadline } from '../deadlines.ts';
import { isRunsRate } from '../quotas.ts';
import type { Turn } from '../turn.ts';

type RateDue = Extract<Deadline, { readonly kind: 'rate' }>;

export function openRate(turn: Turn, { namespace, name }: RateDue): void {
  const { gates } = turn.board;
  gates.looked(namespace, name);
  if (isRunsRate(name)) turn.board.runsMayBegin(namespace);
  const row = turn.state.named('rate', namespace, name);
  if (row === undefined) return;
  if (isOverAt(row) <= turn.at) turn.emit({ ...rateFact(row), row: null });
  else gates.watch(row);
}
