/**
 * Whether a leader should hand over although it could go on: because its disk hangs or is slower
 * than the others', or because its event loop stood still (docs/protocol/leader-health.md).
 *
 * It owns the judgement and what it rests on: the latest syncs, the age of the one under way. It
 * does not own the disk, the transfer, or the core's last resort (T2 in ticks.ts).
 *
 * U1  Only a leader judges, and only by what happened since it leads.
 * U2  For a slow disk or a stalled loop leadership moves at most once in `calmMs`: a cluster whose
 *     disks are all slow does not hand it round.
 * U3  One try at a time; while a sync hangs, it is tried again `hungMs` after the last try ended.
 */
import type { LogIndex, MonotonicMs } from '../base/brand.ts';
import type { Clock } from '../base/ports.ts';
import type { Trace } from '../base/trace.ts';
import type { TransferDone } from './driver-transfer.ts';

type HandOverReason = 'slow-disk' | 'hung-disk' | 'stalled-loop';

export interface HealthOptions {
  readonly clock: Clock;
  readonly trace: Trace;
  /** Asks for an empty synced write; called when the leader's disk has been idle for a while. */
  readonly touch: () => void;
  /** Whether a follower has told this leader that the entry is durable there. */
  readonly isElsewhere: (index: LogIndex) => boolean;
  /** Hands leadership to the best follower. */
  readonly transfer: (done: TransferDone) => void;
}

/** A disk that nobody used for this long is asked for a sign of life. */
export const touchAfterMs = 250;
/** A sync that takes longer than this hangs. The core's last resort comes later. */
export const hungMs = 1_000;
/** A median above this is slow, if the followers' disks are faster. */
export const slowSyncMs = 150;
/** It must stay slow for so long. */
const slowForMs = 2_000;
/** A tick that comes later than this ends a stall of the event loop. */
export const stalledMs = 1_500;
/** U2. */
export const calmMs = 60_000;

/** The median is that of at most so many syncs, none of them older than this. */
const samplesMax = 16;
const samplesMin = 4;
const sampleAgeMsMax = 10_000;

interface Sample {
  readonly at: MonotonicMs;
  readonly ms: number;
  /** A follower had the same entries durable before. */
  readonly overtaken: boolean;
}

export class DriverHealth {
  readonly #options: HealthOptions;
  #isLeader = false;
  #samples: Sample[] = [];
  #syncSince: MonotonicMs | undefined = undefined;
  #idleSince: MonotonicMs;
  #slowSince: MonotonicMs | undefined = undefined;
  #handingOver = false;
  #tryAgainAt = 0;
  #calmUntil = 0;

  constructor(options: HealthOptions) {
    this.#options = options;
    this.#idleSince = options.clock.monotonicMs();
  }

  roleChanged(isLeader: boolean): void {
    if (isLeader === this.#isLeader) return;
    this.#isLeader = isLeader;
    this.#samples = [];
    this.#slowSince = undefined;
  }

  /** A sync of this node begins, in whatever role; at most one is under way. */
  syncBegan(): void {
    this.#syncSince = this.#options.clock.monotonicMs();
  }

  /** `last` is the last entry that it carried, if any. */
  syncEnded(last: LogIndex | undefined): void {
    const { clock, isElsewhere } = this.#options;
    const at = clock.monotonicMs();
    const ms = at - (this.#syncSince ?? at);
    this.#syncSince = undefined;
    this.#idleSince = at;
    if (!this.#isLeader || last === undefined) return;
    this.#samples.push({ at, ms, overtaken: isElsewhere(last) });
    if (this.#samples.length > samplesMax) this.#samples.shift();
  }

  /** `lateMs`: how much later than planned this tick came; what waited has been heard by now. */
  tick(lateMs: number): void {
    if (!this.#isLeader) return;
    const now = this.#options.clock.monotonicMs();
    const reason = this.#judge(now, lateMs);
    if (reason !== undefined) this.#handOver(reason, now);
    const isIdle = this.#syncSince === undefined && now - this.#idleSince >= touchAfterMs;
    if (isIdle) this.#options.touch();
  }

  #judge(now: MonotonicMs, lateMs: number): HandOverReason | undefined {
    const syncingMs = this.#syncSince === undefined ? 0 : now - this.#syncSince;
    // The time of a stall is nobody's but the loop's: what the disk did meanwhile is not known.
    if (lateMs > stalledMs) return 'stalled-loop';
    if (syncingMs - lateMs > hungMs) return 'hung-disk';
    return this.#staysSlow(now) ? 'slow-disk' : undefined;
  }

  #staysSlow(now: MonotonicMs): boolean {
    if (!this.#isSlow(now)) this.#slowSince = undefined;
    else this.#slowSince ??= now;
    return this.#slowSince !== undefined && now - this.#slowSince >= slowForMs;
  }

  /** Slow, and a part of the cluster is not: there is somebody better to hand over to. */
  #isSlow(now: MonotonicMs): boolean {
    const fresh = this.#samples.filter(({ at }) => now - at <= sampleAgeMsMax);
    this.#samples = fresh;
    if (fresh.length < samplesMin) return false;
    const overtaken = fresh.filter((sample) => sample.overtaken).length;
    const sorted = fresh.map(({ ms }) => ms).sort((a, b) => a - b);
    const median = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
    return median > slowSyncMs && overtaken > fresh.length / 2;
  }

  /** U2, U3. */
  #handOver(reason: HandOverReason, now: MonotonicMs): void {
    const { clock, trace, transfer } = this.#options;
    const isUrgent = reason === 'hung-disk';
    if (this.#handingOver || now < this.#tryAgainAt) return;
    if (!isUrgent && now < this.#calmUntil) return;
    if (!isUrgent) this.#calmUntil = now + calmMs;
    this.#handingOver = true;
    trace('warn', 'raft.hands-over', { reason });
    transfer((result) => {
      this.#handingOver = false;
      this.#tryAgainAt = clock.monotonicMs() + hungMs;
      const outcome = result.ok ? `${result.value} leads` : result.error.detail;
      trace('info', 'raft.hand-over-ended', { reason, outcome });
    });
  }
}
