/**
 * Whether a dispatch may start (`docs/protocol`, step 3): one pure decision, in the order in
 * which a refusal says most. A refusal that time may heal leaves no trace in the fences, so the
 * leader's next try of the same token is judged afresh.
 */
import type { MonotonicMs } from '../base/brand.ts';
import type { Dispatch } from '../model/protocol.ts';
import { instanceKey } from './attempt-key.ts';
import type { Attempts } from './attempts.ts';
import type { Fences } from './fences.ts';
import type { Offer } from './messages.ts';
import type { Outbox } from './outbox.ts';

export type Verdict =
  | { readonly kind: 'accept' }
  /** Accepted before, and still here: the dispatch came twice, or our answer was lost. */
  | { readonly kind: 'repeat' }
  /** An older attempt is still alive here: it must be gone before this one may start (law 10). */
  | { readonly kind: 'superseding' }
  /** It could never start here: the leader is told, and places it elsewhere. */
  | { readonly kind: 'hand-back' }
  | { readonly kind: 'refuse'; readonly reason: Refusal };

export type Refusal =
  /** The token was seen, and its end was acked; or a higher one was seen. */
  | 'old-token'
  /** The room is taken: what ended here was not yet swept, or two leaders differ. */
  | 'no-room'
  | 'outbox-full'
  | 'fences-full'
  | 'stopping'
  | 'paused';

export interface AdmissionView {
  readonly attempts: Attempts;
  readonly outbox: Outbox;
  readonly fences: Fences;
  readonly stopping: boolean;
  readonly offer: Offer;
  readonly now: MonotonicMs;
}

/** Incarnation, term and lease belong to the message as a whole and have been checked before. */
export function judge(dispatch: Dispatch, view: AdmissionView): Verdict {
  const { attempts, outbox, fences, now } = view;
  const { id } = dispatch;
  const key = instanceKey(id);
  const live = attempts.get(key);
  if (live?.dispatch.id.token === id.token || outbox.has(id.token)) return { kind: 'repeat' };
  const highest = fences.highest(key);
  if (highest !== undefined && id.token <= highest) return refuse('old-token');
  if (live !== undefined) return { kind: 'superseding' };
  if (view.stopping) return refuse('stopping');
  if (view.offer === 'pause') return refuse('paused');
  if (view.offer === 'nothing') return { kind: 'hand-back' };
  if (!attempts.hasRoomFor(dispatch)) return refuse('no-room');
  if (!outbox.admits(attempts.size + 1)) return refuse('outbox-full');
  if (!fences.admits(key, now)) return refuse('fences-full');
  return { kind: 'accept' };
}

const refuse = (reason: Refusal): Verdict => ({ kind: 'refuse', reason });
