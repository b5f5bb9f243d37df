/**
 * A cluster that was formed a moment ago has never had a leader, so nobody is disturbed by a
 * campaign: its first voter begins one at once, instead of waiting for a time-out that is there for
 * leaders that fall silent. The others open their logs at their own pace, so it asks again.
 *
 * L1  Only a hint: the core asks for pre-votes, and a majority that hears a leader says no.
 */
import type { NodeId } from '../base/brand.ts';
import type { Cancellable, Clock } from '../base/ports.ts';
import type { RaftDriver } from '../raft/driver.ts';

/** Longer than two ticks: the core lets a campaign run for as long as that. */
const askEveryMs = 150;
/** Five seconds or so; who is not there by then is waited for by time-outs. */
const asksMax = 32;

export interface FirstLeaderOptions {
  readonly self: NodeId;
  readonly clock: Pick<Clock, 'after'>;
  readonly raft: Pick<RaftDriver, 'status' | 'leaderMayBeDead'>;
}

/** Asks until somebody leads. */
export function askForLeader({ self, clock, raft }: FirstLeaderOptions): Cancellable {
  let asksLeft = asksMax;
  let timer: Cancellable | undefined;
  const ask = (): void => {
    if (asksLeft === 0 || raft.status().leader !== undefined) return;
    asksLeft -= 1;
    // The hint names this node: it says nothing of any other.
    raft.leaderMayBeDead(self);
    timer = clock.after(askEveryMs, ask);
  };
  timer = clock.after(askEveryMs, ask);
  return { cancel: () => timer?.cancel() };
}
