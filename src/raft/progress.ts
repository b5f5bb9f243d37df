/**
 * What the leader knows of one follower, and how fast it may send to it.
 *
 * In `probe` one append is under way and its answer decides; in `replicate` appends follow each
 * other up to a window of messages and bytes, and `next` runs ahead of the answers. In `snapshot`
 * the follower gets the ledger instead, and no append until that has ended.
 *
 * G1  `match` never falls within a leader's term: it counts synced entries (section 3.5.3).
 * G2  `match < next`.
 * G3  The window holds at most `maxInflightAppends` appends; its bytes pass the limit by one at
 *     most.
 * G4  What was acknowledged is synced, so it is never missed again by the same member: one that
 *     answers a heartbeat, sent after its acknowledgement came, with a shorter log has forgotten.
 */
import { assert } from '../base/assert.ts';
import { type LogIndex, logIndex } from '../base/brand.ts';
import type { CoreSettings } from './settings.ts';

/** Heartbeats without progress after which an append counts as lost; doubled up to the maximum. */
const patienceMin = 2;
const patienceMax = 16;

interface Flight {
  readonly lastIndex: LogIndex;
  readonly bytes: number;
}

export class Progress {
  state: 'probe' | 'replicate' | 'snapshot' = 'probe';
  match: LogIndex = logIndex(0);
  next: LogIndex;
  /** Heard from since check-quorum last looked. */
  active = true;
  /** The newest heartbeat round that this follower has answered. */
  round = 0;
  /** G4: it was found to have forgotten. */
  forgot = false;
  /** Heartbeats of later rounds left after `match` was acknowledged. */
  #matchRound = 0;
  readonly #settings: CoreSettings;
  #probeSent = false;
  #flights: Flight[] = [];
  #flightBytes = 0;
  #received: LogIndex = logIndex(0);
  #quietHeartbeats = 0;
  #patience = patienceMin;

  constructor(next: LogIndex, settings: CoreSettings) {
    this.next = next;
    this.#settings = settings;
  }

  /** Whether one more append may leave now. */
  maySend(lastIndex: LogIndex): boolean {
    if (this.state === 'probe') return !this.#probeSent;
    return (
      this.state === 'replicate' &&
      this.next <= lastIndex &&
      this.#flights.length < this.#settings.maxInflightAppends &&
      this.#flightBytes < this.#settings.maxInflightBytes
    );
  }

  sent(append: Flight): void {
    if (this.state === 'probe') {
      this.#probeSent = true;
      return;
    }
    this.#flights.push(append);
    this.#flightBytes += append.bytes;
    this.next = logIndex(append.lastIndex + 1);
    assert(this.#flights.length <= this.#settings.maxInflightAppends, 'G3: the window is bounded');
  }

  /** `round` is the newest of the leader's heartbeats. Returns whether `match` rose. */
  accepted(match: LogIndex, round: number): boolean {
    const rose = match > this.match;
    if (rose) {
      this.match = match;
      this.#matchRound = round;
      this.#quietHeartbeats = 0;
      this.#patience = patienceMin;
    }
    const answersProbe = this.state === 'probe' && match >= this.next - 1;
    this.next = logIndex(Math.max(this.next, match + 1));
    if (answersProbe) this.#leaveProbe();
    else this.#land(match);
    assert(this.match < this.next, 'G2: the next entry is behind the last known match');
    return rose;
  }

  /**
   * (`prevIndex`) did not agree and `next` is the next index worth probing. Returns false when the
   * answer is stale: it speaks of an append that is no longer the question.
   */
  rejected(answer: { readonly prevIndex: LogIndex; readonly next: LogIndex }): boolean {
    if (answer.prevIndex <= this.match || this.state === 'snapshot') return false;
    if (this.state === 'probe' && answer.prevIndex !== this.next - 1) return false;
    this.becomeProbe(logIndex(Math.min(answer.next, answer.prevIndex)));
    return true;
  }

  /**
   * A heartbeat was answered. When what was sent has not arrived for `patience` heartbeats it
   * counts as lost, and probing starts behind what has arrived.
   */
  heartbeatAnswered(received: LogIndex): void {
    if (received > this.#received) this.#patience = patienceMin;
    const waiting = this.state !== 'replicate' || received < this.next - 1;
    const quiet = received <= this.#received && waiting;
    this.#quietHeartbeats = quiet ? this.#quietHeartbeats + 1 : 0;
    this.#received = received;
    if (this.state === 'snapshot' || this.#quietHeartbeats < this.#patience) return;
    this.#patience = Math.min(patienceMax, this.#patience * 2);
    this.becomeProbe(this.state === 'probe' ? this.next : logIndex(received + 1));
  }

  /** G4. True once: a heartbeat of `round` was answered by a log that ends at `lastIndex`. */
  forgets(answer: { readonly round: number; readonly lastIndex: LogIndex }): boolean {
    if (this.forgot || answer.round <= this.#matchRound) return false;
    this.forgot = answer.lastIndex < this.match;
    return this.forgot;
  }

  /** The follower needs entries that the log has given up. */
  becomeSnapshot(): void {
    this.becomeProbe(this.next);
    this.state = 'snapshot';
  }

  /** The snapshot did not get there: after some heartbeats `next` is probed to see what is. */
  snapshotFailed(next: LogIndex): void {
    this.becomeProbe(next);
    this.#probeSent = true;
  }

  /** Starts again behind `match` or at `next`, whichever is higher (G1, G2). */
  becomeProbe(next: LogIndex): void {
    this.state = 'probe';
    this.next = logIndex(Math.max(next, this.match + 1));
    this.#probeSent = false;
    this.#flights = [];
    this.#flightBytes = 0;
    this.#quietHeartbeats = 0;
  }

  #leaveProbe(): void {
    this.state = 'replicate';
    this.#probeSent = false;
    this.#quietHeartbeats = 0;
  }

  /** Appends up to `match` have arrived. */
  #land(match: LogIndex): void {
    let landed = 0;
    for (const flight of this.#flights) {
      if (flight.lastIndex > match) break;
      landed += 1;
      this.#flightBytes -= flight.bytes;
    }
    if (landed > 0) this.#flights.splice(0, landed);
  }
}
