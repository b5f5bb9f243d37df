/**
 * The durable head: a small record beside LevelDB that says how much log there must be. LevelDB
 * opens without an error after it lost its tail; the head is what notices.
 *
 * Every batch has a generation, counted from 1, and leaves a mark in the log. The head is written
 * *while* the log is, so that a commit waits for the slower of two syncs and not for their sum. It
 * says two things: `writing`, the generation under way, and `acknowledged`, the mark of the newest
 * batch that was acknowledged, which only happens when both writes are durable.
 *
 * What a crash may leave, for a batch n that was under way (n-1 was acknowledged):
 *
 *     head slot   log    found at open                        verdict
 *     old, torn   n-1    writing n-1, log n-1                 agrees: n never happened
 *     old, torn   n      writing n-1, log one ahead           agrees: n was not acknowledged, and
 *                                                             is durable now
 *     new         n-1    writing n, acknowledged n-1, log n-1 agrees: n was not acknowledged
 *     new         n      writing n, acknowledged n-1, log n   agrees, acknowledged or not
 *
 * and what a crash cannot leave: a log behind `acknowledged` (the log was rolled back), a log more
 * than one ahead of `writing` (the head was), or other content under the same generation.
 *
 * The third line also describes an acknowledged batch n that LevelDB lost again. The next batch
 * closes that window, because it carries "n was acknowledged"; when none follows within
 * `confirmDelayMs`, the head is written once more for this alone. So one batch, acknowledged in the
 * last moment before a crash, can be lost unseen, and only by a disk that breaks its promise in the
 * same moment. A backup of the whole directory restored is not seen here at all: the peers see
 * that.
 *
 * It owns the slots and the moment of the confirmation. It does not own the log.
 *
 * Invariants:
 * H1. One slot write at a time, and never into the slot with the newest valid record.
 * H2. `acknowledged` never names a batch that is not durable in the log.
 * H3. After an error nothing more is written.
 */
import { assert } from '../base/assert.ts';
import type { Cancellable, Clock, Disk, DiskError, Slots } from '../base/ports.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { type LogMark, markOf, type StoredMark, sameMark } from './log-mark.ts';
import { seal, unseal } from './seal.ts';

/** After so much silence the newest batch is confirmed by a head write of its own. */
export const confirmDelayMs = 20;

export interface HeadRecord {
  /** Counts slot writes: the valid slot with the larger one counts. */
  readonly sequence: number;
  readonly acknowledged: LogMark;
  readonly writing: number;
}

/** A record as it lies in its slot. */
type StoredRecord = Omit<HeadRecord, 'acknowledged'> & { readonly acknowledged: StoredMark };

type Done = (error: DiskError | undefined) => void;

export interface OpenedHead {
  readonly head: DurableHead;
  /** The newest valid record; undefined when there is none. */
  readonly found: HeadRecord | undefined;
}

/** Opens the head `name`. Without `create` a head that is not there is an error. */
export function openDurableHead(
  options: {
    readonly disk: Disk;
    readonly clock: Clock;
    readonly name: string;
    readonly create: boolean;
  },
  done: (result: Result<OpenedHead, DiskError>) => void,
): void {
  options.disk.openSlots(options.name, { create: options.create }, (opened) => {
    if (!opened.ok) {
      done(fail(opened.error));
      return;
    }
    const { slots, found } = opened.value;
    const first = unseal<StoredRecord>(found[0]);
    const second = unseal<StoredRecord>(found[1]);
    const newest = (first?.sequence ?? 0) >= (second?.sequence ?? 0) ? first : second;
    const nextSlot = newest !== undefined && newest === first ? 1 : 0;
    const sequence = newest?.sequence ?? 0;
    const head = new DurableHead({ slots, clock: options.clock, nextSlot, sequence });
    done(ok({ head, found: newest && { ...newest, acknowledged: markOf(newest.acknowledged) } }));
  });
}

/** What the head makes of the log that was found. */
export type HeadVerdict =
  | { readonly kind: 'agrees' }
  | { readonly kind: 'rolled-back' }
  | { readonly kind: 'corrupt'; readonly what: string };

/** The table of the file header, as a function. */
export function judge(head: HeadRecord | undefined, log: LogMark): HeadVerdict {
  if (head === undefined) {
    if (log.generation === 0) return { kind: 'agrees' };
    return { kind: 'corrupt', what: 'neither slot is valid, but the log is not empty' };
  }
  if (log.generation < head.acknowledged.generation) return { kind: 'rolled-back' };
  if (log.generation > head.writing + 1) {
    return {
      kind: 'corrupt',
      what: `it knows of batch ${head.writing}, but the log holds batch ${log.generation}`,
    };
  }
  if (log.generation === head.acknowledged.generation && !sameMark(log, head.acknowledged)) {
    return { kind: 'corrupt', what: `it differs from the log about batch ${log.generation}` };
  }
  return { kind: 'agrees' };
}

export class DurableHead {
  readonly #slots: Slots;
  readonly #clock: Clock;
  #nextSlot: 0 | 1;
  #sequence: number;
  #busy = false;
  /** A write that waits for the one under way: there is at most one (H1). */
  #waiting: (() => void) | undefined;
  #confirmation: Cancellable | undefined;
  #failure: DiskError | undefined;

  constructor(options: {
    readonly slots: Slots;
    readonly clock: Clock;
    readonly nextSlot: 0 | 1;
    readonly sequence: number;
  }) {
    this.#slots = options.slots;
    this.#clock = options.clock;
    this.#nextSlot = options.nextSlot;
    this.#sequence = options.sequence;
  }

  /** Says that the batch behind `acknowledged` is being written. */
  begin(acknowledged: LogMark, done: Done): void {
    this.#write({ acknowledged, writing: acknowledged.generation + 1 }, done);
  }

  /** Says that nothing is being written: all that the log must hold is `acknowledged`. */
  confirm(acknowledged: LogMark, done: Done): void {
    this.#write({ acknowledged, writing: acknowledged.generation }, done);
  }

  /** Confirms `acknowledged` after a while, unless `begin` comes first. */
  confirmLater(acknowledged: LogMark): void {
    assert(this.#confirmation === undefined, 'H1: two confirmations wait');
    this.#confirmation = this.#clock.after(confirmDelayMs, () => {
      // A failure is kept and answers the next `begin` (H3): nothing was promised on this write.
      this.confirm(acknowledged, () => {});
    });
  }

  /** After everything that was begun or confirmed has ended. */
  close(done: () => void): void {
    assert(!this.#busy, 'H1: the head is closed during a write');
    this.#confirmation?.cancel();
    this.#slots.close(done);
  }

  #write(record: Omit<HeadRecord, 'sequence'>, done: Done): void {
    this.#confirmation?.cancel();
    this.#confirmation = undefined;
    if (this.#busy) {
      assert(this.#waiting === undefined, 'H1: two head writes wait');
      this.#waiting = () => this.#write(record, done);
      return;
    }
    this.#busy = true;
    if (this.#failure !== undefined) {
      this.#clock.soon(() => this.#settle(this.#failure, done));
      return;
    }
    this.#sequence += 1;
    const bytes = seal({ sequence: this.#sequence, ...record });
    this.#slots.write(this.#nextSlot, bytes, (error) => {
      this.#nextSlot = this.#nextSlot === 0 ? 1 : 0;
      this.#settle(error, done);
    });
  }

  #settle(error: DiskError | undefined, done: Done): void {
    this.#failure = error;
    this.#busy = false;
    const next = this.#waiting;
    this.#waiting = undefined;
    next?.();
    done(error);
  }
}
