/**
 * The answer to a request need not be remembered any longer. A copy of the request may still be on
 * its way, for as long as that takes, which no jump of the wall clock makes shorter (P17).
 */
import { wallMs } from '../../base/brand.ts';
import type { Deadline } from '../deadlines.ts';
import { steadyMs } from '../record-clock.ts';
import type { Turn } from '../turn.ts';

type Forget = Extract<Deadline, { readonly kind: 'forget' }>;

export function forgetRequest(turn: Turn, deadline: Forget): void {
  const { requestId } = deadline;
  const known = turn.state.request(requestId);
  if (known === undefined || known.expiresAt > turn.at) return;
  // By then the jump is believed.
  const leftMs = Math.min(known.expiresAt - turn.steadyAt, steadyMs);
  if (leftMs <= 0) {
    turn.emit({ table: 'request', key: requestId, row: null });
    return;
  }
  turn.board.deadlines.add({ ...deadline, at: wallMs(turn.at + leftMs) });
}
