/**
 * The outbox: how attempts ended, kept until the leader has committed it
 * (`docs/protocol/README.md`, step 8).
 *
 * It owns the reports and when each is due to be sent (again). It does not send: the executor takes
 * what is due. A report of an attempt that was superseded meanwhile is sent like any other: the
 * leader refuses it by its token, counts it, and acks it.
 *
 * Invariants:
 *   O1  A report leaves only by an ack; being full refuses new work, it never drops a report.
 *   O2  An attempt has one report: the first one stands.
 */
import { assert } from '../base/assert.ts';
import { type MonotonicMs, monotonicMs, type Token } from '../base/brand.ts';
import type { AttemptReport } from '../model/protocol.ts';

export const outboxLimits = {
  reports: 5_000,
  /** Bytes of outputs and error texts. */
  bytes: 64 * 1024 * 1024,
  /** One message carries at most so many reports, and stops growing after so many bytes. */
  batchReports: 500,
  batchBytes: 512 * 1024,
} as const;

/** The wait before a report is repeated doubles from the first to the last of these. */
export const resendMs = { first: 1000, last: 15_000 } as const;

interface Waiting {
  readonly report: AttemptReport;
  readonly bytes: number;
  dueAt: MonotonicMs;
  waitMs: number;
}

export class Outbox {
  /** Oldest first. A token alone names an attempt. */
  readonly #waiting = new Map<Token, Waiting>();
  #bytes = 0;
  /** No report is due before; it may be too early (an ack does not move it), never too late. */
  #nextDueAt: MonotonicMs | undefined;

  get size(): number {
    return this.#waiting.size;
  }

  /** When reports are due next; undefined with nothing waiting. */
  get nextDueAt(): MonotonicMs | undefined {
    return this.#waiting.size === 0 ? undefined : this.#nextDueAt;
  }

  /** Whether `expected` more attempts may end here: those that run, and those about to start. */
  admits(expected: number): boolean {
    return (
      this.#waiting.size + expected <= outboxLimits.reports && this.#bytes < outboxLimits.bytes
    );
  }

  has(token: Token): boolean {
    return this.#waiting.has(token);
  }

  /** All reports that wait for their ack, oldest first. */
  *reports(): Iterable<AttemptReport> {
    for (const { report } of this.#waiting.values()) yield report;
  }

  /** Takes a report, due at once. */
  add(report: AttemptReport, now: MonotonicMs): void {
    const { token } = report.id;
    assert(!this.#waiting.has(token), 'O2: an attempt has one report');
    const bytes = (report.output?.length ?? 0) + (report.error?.length ?? 0);
    this.#bytes += bytes;
    this.#waiting.set(token, { report, bytes, dueAt: now, waitMs: resendMs.first });
    this.#nextDueAt = now;
  }

  /** Forgets the reports under `tokens`, and returns them. */
  acked(tokens: readonly Token[]): readonly AttemptReport[] {
    const forgotten: AttemptReport[] = [];
    for (const token of tokens) {
      const waiting = this.#waiting.get(token);
      if (waiting === undefined) continue;
      this.#waiting.delete(token);
      this.#bytes -= waiting.bytes;
      forgotten.push(waiting.report);
    }
    return forgotten;
  }

  /** The leader asks for this attempt again: whatever was sent did not reach it. */
  hasten(token: Token, now: MonotonicMs): void {
    const waiting = this.#waiting.get(token);
    if (waiting === undefined) return;
    waiting.dueAt = now;
    this.#nextDueAt = now;
  }

  /** A new leader knows nothing of what its predecessor was told. */
  hastenAll(now: MonotonicMs): void {
    for (const waiting of this.#waiting.values()) {
      waiting.dueAt = now;
      waiting.waitMs = resendMs.first;
    }
    this.#nextDueAt = now;
  }

  /** What is due, in batches that fit into a message each; it is due again after its back-off. */
  take(now: MonotonicMs): readonly (readonly AttemptReport[])[] {
    if (this.#nextDueAt === undefined || now < this.#nextDueAt) return [];
    const due: Waiting[] = [];
    this.#nextDueAt = undefined;
    for (const waiting of this.#waiting.values()) {
      if (waiting.dueAt <= now) {
        due.push(waiting);
        waiting.dueAt = monotonicMs(now + waiting.waitMs);
        waiting.waitMs = Math.min(waiting.waitMs * 2, resendMs.last);
      }
      if (this.#nextDueAt === undefined || waiting.dueAt < this.#nextDueAt) {
        this.#nextDueAt = waiting.dueAt;
      }
    }
    return inBatches(due);
  }
}

function inBatches(due: readonly Waiting[]): readonly (readonly AttemptReport[])[] {
  const batches: AttemptReport[][] = [];
  let batch: AttemptReport[] = [];
  let bytes = 0;
  for (const waiting of due) {
    const full = batch.length >= outboxLimits.batchReports || bytes >= outboxLimits.batchBytes;
    if (batch.length === 0 || full) {
      batch = [];
      bytes = 0;
      batches.push(batch);
    }
    batch.push(waiting.report);
    bytes += waiting.bytes;
  }
  return batches;
}
