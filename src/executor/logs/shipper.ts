/**
 * Copies what the tasks of this node write to a second node, while they run. The tasks write into
 * their files and know nothing of it; this looks at the files, sends what is new, and waits for the
 * word that it is written there (`docs/protocol/log-copies.md`).
 *
 * It owns the progress of every copy that is not whole, the messages without an answer, and the
 * rate. It does not own the files, and decides nothing about tasks.
 *
 * Invariants:
 *   S1  An attempt waits in the queue, is being looked at, or is in one message without an answer:
 *       its bytes leave in their order, and count as copied when the other node has said so.
 *   S2  At most `batchesInFlight` messages of `batchBytes` are on their way, fewer after one that
 *       got no answer, and no more than `bytesPerSecond` leave, less while answers are slow: nobody
 *       waits for logs.
 *   S3  Who writes little is not kept waiting by who writes much: attempts take turns, and a share
 *       of a message each.
 *   S4  With another target everything begins anew: it says how far its copies reach.
 *   S5  An answer that comes too late still counts: the target lives, and a copy has what it has.
 */
import type { Wire } from '../../actors/wire.ts';
import type { MonotonicMs, NodeId, Term } from '../../base/brand.ts';
import type { Cancellable, Clock } from '../../base/ports.ts';
import {
  type AttemptId,
  inboxes,
  type LogCopied,
  type LogCopy,
  type LogEnd,
  type LogPart,
} from '../../model/protocol.ts';
import type { Files } from '../files.ts';
import { workspaceOf } from '../workspace.ts';
import { type Copying, copying, endOf, isEmpty, lacks, look, streamNames } from './copying.ts';
import type { LogCutter } from './cutter.ts';
import { copyLimits } from './limits.ts';
import { LookQueue } from './look-queue.ts';
import { Pace } from './pace.ts';
import { LogTarget } from './target.ts';
import { Throttle } from './throttle.ts';

export interface LogShipperOptions {
  readonly wire: Wire;
  readonly clock: Clock;
  readonly files: Files;
  readonly dataDir: string;
  readonly cutter: LogCutter;
  /** 0: nothing is copied, and streams are still kept within their limit. */
  readonly bytesPerSecond: number;
  /** Whether the processors of this host have other work. Absent: they have not. */
  readonly isHostBusy?: () => boolean;
  /** There is a target after there was none: what ended meanwhile may have no copy. */
  readonly onTarget: () => void;
}

export interface LogShipperStatus {
  readonly target: NodeId | null;
  /** Attempts without a whole copy that are known, the running ones included. */
  readonly attempts: number;
  /** Bytes that were seen and are not copied. */
  readonly lagBytes: number;
  readonly copiedBytes: number;
  /** Attempts that were let go without a whole copy: there were too many. A sweep finds them. */
  readonly dropped: number;
}

interface Batch {
  readonly parts: LogPart[];
  readonly ends: LogEnd[];
  /** Whose parts or ends are in it. */
  readonly attempts: Copying[];
  readonly to: NodeId | undefined;
  roomBytes: number;
  /** Looks that are under way. */
  looking: number;
}

interface InFlight extends Batch {
  readonly timer: Cancellable;
  readonly sentAt: MonotonicMs;
}

export class LogShipper {
  readonly #options: LogShipperOptions;
  readonly #throttle: Throttle;
  /** In one message: a quarter of a second's worth at most, or a slow rate would be gusts. */
  readonly #batchBytes: number;
  readonly #target = new LogTarget();
  readonly #attempts = new Map<number, Copying>();
  readonly #queue = new LookQueue<Copying>();
  readonly #inFlight = new Map<string, InFlight>();
  /** Whose bytes were in messages that were given up (S5). */
  readonly #givenUp = new Map<string, readonly Pick<LogPart, 'id' | 'stream'>[]>();
  readonly #pace: Pace;
  #isComposing = false;
  #timer: { readonly cancel: () => void; readonly at: number } | undefined;
  #sent = 0;
  #copiedBytes = 0;
  #dropped = 0;
  #stopped = false;

  constructor(options: LogShipperOptions) {
    this.#options = options;
    this.#pace = new Pace(options.bytesPerSecond);
    this.#throttle = new Throttle(this.#pace.bytesPerSecond);
    const { batchBytes, batchBytesMin } = copyLimits;
    const worthBytes = Math.max(batchBytesMin, Math.ceil(options.bytesPerSecond / 4));
    this.#batchBytes = Math.min(batchBytes, worthBytes);
  }

  status(): LogShipperStatus {
    let lagBytes = 0;
    for (const it of this.#attempts.values()) {
      for (const name of streamNames) lagBytes += Math.max(0, it[name].size - it[name].copied);
    }
    const { size: attempts } = this.#attempts;
    const target = this.#target.node ?? null;
    return { target, attempts, lagBytes, copiedBytes: this.#copiedBytes, dropped: this.#dropped };
  }

  /** The leader of `term` says where copies go, the best place first. */
  peersAre(term: Term, peers: readonly NodeId[]): void {
    if (this.#options.bytesPerSecond === 0) return;
    const had = this.#target.node;
    if (!this.#target.hear(term, peers)) return;
    this.#beginAnew();
    if (had === undefined) this.#options.onTarget();
  }

  /** An attempt may write from now on. */
  began(id: AttemptId, attempt: number): void {
    this.#add(id, attempt, 'runs');
  }

  /** Nothing of it is alive any more. */
  ended(id: AttemptId): void {
    const it = this.#attempts.get(id.token);
    if (it === undefined) return;
    it.ended = true;
    if (this.#queue.has(it)) this.#queue.put(it, 0, this.#now());
    this.#go();
  }

  /** An attempt of the past, of this life or another: copies what its copy lacks. */
  check(id: AttemptId, attempt: number): void {
    if (this.#target.node !== undefined) this.#add(id, attempt, 'past');
  }

  copied(answer: LogCopied): void {
    const batch = this.#inFlight.get(answer.requestId);
    if (batch === undefined) {
      this.#copiedLate(answer);
      return;
    }
    this.#inFlight.delete(answer.requestId);
    batch.timer.cancel();
    this.#target.answered();
    const { isHostBusy = () => false } = this.#options;
    this.#pace.answered(this.#now() - batch.sentAt, isHostBusy());
    this.#throttle.setRate(this.#pace.bytesPerSecond, this.#now());
    let failed = false;
    batch.parts.forEach(({ id, stream }, at) => {
      const reaches = answer.sizes[at] ?? -1;
      if (reaches < 0) failed = true;
      else this.#reaches(id, stream, reaches);
    });
    batch.ends.forEach(({ id }, at) => {
      const it = this.#attempts.get(id.token);
      if (it === undefined) return;
      if (answer.whole[at] === true) this.#letGo(it);
      else if (!it.asks) {
        // The copy has lost what it had, or its mark cannot be written: it begins anew.
        for (const name of streamNames) it[name].copied = 0;
        failed = true;
      }
    });
    for (const it of batch.attempts) this.#again(it, failed);
    this.#go();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    for (const { timer } of this.#inFlight.values()) timer.cancel();
  }

  /** Less than this is not worth the opening of two files, of one that has more. */
  get #shareBytesMin(): number {
    return Math.floor(this.#batchBytes / copyLimits.looksAtATime);
  }

  #now(): MonotonicMs {
    return this.#options.clock.monotonicMs();
  }

  #add(id: AttemptId, attempt: number, which: 'runs' | 'past'): void {
    if (this.#attempts.has(id.token)) return;
    const workspace = workspaceOf(this.#options.dataDir, { id, number: attempt });
    if (!workspace.ok) return;
    if (this.#attempts.size >= copyLimits.attempts) {
      this.#dropped += 1;
      return;
    }
    const isPast = which === 'past';
    const it = copying({ id, attempt, workspace: workspace.value, ended: isPast, asks: isPast });
    this.#attempts.set(id.token, it);
    this.#queue.put(it, isPast ? 0 : copyLimits.lookMs, this.#now());
    this.#go();
  }

  /** S5. The same bytes are on their way again, and may be answered with less than this says. */
  #copiedLate({ requestId, sizes }: LogCopied): void {
    const parts = this.#givenUp.get(requestId);
    if (parts === undefined) return;
    this.#givenUp.delete(requestId);
    this.#target.answered();
    parts.forEach(({ id, stream }, at) => {
      const reaches = sizes[at] ?? -1;
      const known = this.#attempts.get(id.token)?.[stream].copied ?? 0;
      if (reaches > known) this.#reaches(id, stream, reaches);
    });
  }

  #reaches({ token }: AttemptId, stream: LogPart['stream'], bytes: number): void {
    const progress = this.#attempts.get(token)?.[stream];
    if (progress === undefined) return;
    const copied = Math.min(bytes, progress.size);
    this.#copiedBytes += Math.max(0, copied - progress.copied);
    progress.copied = copied;
  }

  /** After an answer, or none: back into the queue, unless it is whole or was let go. */
  #again(it: Copying, failed: boolean): void {
    if (this.#attempts.get(it.id.token) !== it) return;
    it.asks = false;
    // A full disk, say, is not asked again at once.
    if (failed) this.#queue.put(it, copyLimits.ackMs, this.#now());
    else this.#queue.put(it, it.ended || lacks(it) ? 0 : copyLimits.lookMs, this.#now());
  }

  /** S4. */
  #beginAnew(): void {
    for (const { timer } of this.#inFlight.values()) timer.cancel();
    const waiting = [...this.#inFlight.values()].flatMap(({ attempts }) => attempts);
    this.#inFlight.clear();
    this.#givenUp.clear();
    for (const it of this.#attempts.values()) {
      for (const name of streamNames) it[name].copied = 0;
    }
    for (const it of waiting) this.#again(it, false);
    this.#go();
  }

  /** Composes the next message, as soon as there is something to look at and room for it (S2). */
  #go(): void {
    if (this.#stopped || this.#isComposing) return;
    const now = this.#now();
    const dueMs = this.#queue.nextMs(now);
    if (dueMs === undefined) return;
    const to = this.#target.node;
    if (to !== undefined && this.#inFlight.size >= this.#pace.messages) return;
    const waitMs = Math.max(dueMs, to === undefined ? 0 : this.#throttle.waitMs(now));
    if (waitMs > 0) {
      this.#wake(now + waitMs, waitMs);
      return;
    }
    this.#isComposing = true;
    const roomBytes = to === undefined ? 0 : this.#batchBytes;
    const batch: Batch = { parts: [], ends: [], attempts: [], to, roomBytes, looking: 0 };
    for (let lane = 0; lane < copyLimits.looksAtATime; lane++) this.#fill(batch);
  }

  #wake(at: number, waitMs: number): void {
    if (this.#timer !== undefined && this.#timer.at <= at) return;
    this.#timer?.cancel();
    const timer = this.#options.clock.after(waitMs, () => {
      this.#timer = undefined;
      this.#go();
    });
    this.#timer = { cancel: () => timer.cancel(), at };
  }

  /** One more look, while there is room; the last one that ends sends what was found. */
  #fill(batch: Batch): void {
    const { files, cutter } = this.#options;
    const isFull = batch.attempts.length + batch.looking >= copyLimits.batchParts / 2;
    const hasRoom = batch.to === undefined || batch.roomBytes >= this.#shareBytesMin;
    const it = isFull || !hasRoom ? undefined : this.#queue.take(this.#now());
    if (it === undefined) {
      if (batch.looking === 0 && this.#isComposing) this.#send(batch);
      return;
    }
    // S3: a share for each that may be waiting, and the whole message for who is alone.
    const share = Math.floor(this.#batchBytes / (this.#queue.ready + 1));
    const bytesMax = Math.min(batch.roomBytes, Math.max(this.#shareBytesMin, share));
    batch.roomBytes -= bytesMax;
    batch.looking += 1;
    look(it, { files, cutter, bytesMax }, (parts) => {
      batch.looking -= 1;
      batch.roomBytes += bytesMax - sumOf(parts);
      this.#looked(it, parts, batch);
      this.#fill(batch);
    });
  }

  #looked(it: Copying, parts: readonly LogPart[], batch: Batch): void {
    const end = endOf(it, parts);
    const isOver = it.ended && (isEmpty(it) || batch.to === undefined);
    if (isOver) this.#letGo(it);
    else if (parts.length === 0 && end === undefined) {
      // Of one that lacks something there was no room to read it, or it could not be read.
      this.#queue.put(it, copyLimits.lookMs, this.#now());
    } else {
      batch.parts.push(...parts);
      if (end !== undefined) batch.ends.push(end);
      batch.attempts.push(it);
    }
  }

  #letGo(it: Copying): void {
    this.#attempts.delete(it.id.token);
    for (const name of streamNames) this.#options.cutter.forget(it.workspace[name]);
  }

  #send(batch: Batch): void {
    this.#isComposing = false;
    const { parts, ends, to, attempts } = batch;
    // Another target since: nothing of this was counted, so it is looked at again.
    if (to === undefined || to !== this.#target.node) {
      for (const it of attempts) this.#again(it, false);
    } else if (attempts.length > 0) {
      const requestId = `${this.#options.wire.self.incarnation}-${++this.#sent}`;
      const { patienceMs } = this.#pace;
      const timer = this.#options.clock.after(patienceMs, () => this.#silence(requestId));
      const sentAt = this.#now();
      this.#inFlight.set(requestId, { ...batch, timer, sentAt });
      this.#throttle.spend(sumOf(parts), sentAt);
      const message: LogCopy = { kind: 'log-copy', requestId, parts, ends };
      this.#options.wire.send(to, inboxes.logCopies, 'bulk', message);
    }
    this.#go();
  }

  #silence(requestId: string): void {
    const batch = this.#inFlight.get(requestId);
    if (batch === undefined) return;
    this.#inFlight.delete(requestId);
    this.#giveUp(requestId, batch.parts);
    this.#pace.silent();
    this.#throttle.setRate(this.#pace.bytesPerSecond, this.#now());
    for (const it of batch.attempts) this.#again(it, false);
    if (this.#target.silent(this.#now())) this.#beginAnew();
    else this.#go();
  }

  #giveUp(requestId: string, parts: readonly LogPart[]): void {
    // Without the bytes.
    this.#givenUp.set(
      requestId,
      parts.map(({ id, stream }) => ({ id, stream })),
    );
    const [oldest] = this.#givenUp.keys();
    if (this.#givenUp.size > copyLimits.givenUp && oldest !== undefined) {
      this.#givenUp.delete(oldest);
    }
  }
}

const sumOf = (parts: readonly LogPart[]): number =>
  parts.reduce((sum, { bytes }) => sum + bytes.length, 0);
