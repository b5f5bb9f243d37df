/**
 * What the executor says to the leader: heartbeats, what has lasted, and how attempts ended.
 *
 * It owns when things are said again. It does not own what is said: attempts, outbox and lease are
 * the executor's.
 */
import type { Context } from '../actors/types.ts';
import type { MonotonicMs, WallMs } from '../base/brand.ts';
import type { Lane } from '../base/ports.ts';
import {
  type AttemptId,
  type AttemptReport,
  type ExecutorToScheduler,
  inboxes,
} from '../model/protocol.ts';
import type { Resources } from '../model/resources.ts';
import type { Attempts } from './attempts.ts';
import type { Leader } from './leader.ts';
import type { Lease } from './lease.ts';
import type { ExecutorMessage, ExecutorOptions } from './messages.ts';
import type { Outbox } from './outbox.ts';

export interface ReporterOptions {
  readonly context: Context<ExecutorMessage>;
  readonly executor: ExecutorOptions;
  readonly attempts: Attempts;
  readonly outbox: Outbox;
  readonly lease: Lease;
  readonly leader: Leader;
  /** Whether the node's capacity is to be had now. */
  readonly offersWork: () => boolean;
}

export class Reporter {
  readonly #options: ReporterOptions;
  /** When the timer of `flush` fires; undefined before it was armed. */
  #wakeAt: number | undefined;
  /** When the last reports left. */
  #sentAt: MonotonicMs | undefined;

  constructor(options: ReporterOptions) {
    this.#options = options;
  }

  /** Asks for the lease, and lists what is held. */
  heartbeat(): void {
    const { context, executor, attempts, outbox, lease, offersWork } = this.#options;
    const held = [...attempts.held()];
    for (const { id, startedAt } of outbox.reports()) held.push({ id, phase: 'ended', startedAt });
    this.#send('control', {
      kind: 'heartbeat',
      ...this.#whoAmI(),
      seq: lease.beat(context.clock.monotonicMs()),
      capacity: offersWork() ? executor.capacity : noneOf(executor.capacity),
      labels: executor.labels,
      address: executor.address,
      ...executor.place,
      held,
    });
  }

  /** An attempt has started: if it lasts, that is worth a word. */
  expectAnnouncement(): void {
    const { timers } = this.#options.context;
    if (timers.armed('announce')) return;
    timers.after('announce', this.#options.executor.settings.announceMs, { kind: 'announce-due' });
  }

  /** Tells which attempts have lasted; the shorter ones are never recorded as running (law 3). */
  announce(): void {
    const { context, executor, attempts } = this.#options;
    const now = context.clock.monotonicMs();
    const lasting: { id: AttemptId; startedAt: WallMs }[] = [];
    let nextMs: number | undefined;
    for (const attempt of attempts.all()) {
      const { dispatch, started } = attempt;
      if (started === undefined || started.announced) continue;
      const leftMs = started.since + executor.settings.announceMs - now;
      if (leftMs > 0) {
        nextMs = Math.min(nextMs ?? leftMs, leftMs);
        continue;
      }
      attempts.announced(attempt);
      lasting.push({ id: dispatch.id, startedAt: started.at });
    }
    if (nextMs !== undefined) context.timers.after('announce', nextMs, { kind: 'announce-due' });
    if (lasting.length === 0) return;
    this.#send('control', { kind: 'started', ...this.#whoAmI(), attempts: lasting });
  }

  /** Takes a report into the outbox; it leaves with the next `flush`. */
  report(report: AttemptReport): void {
    this.#options.outbox.add(report, this.#options.context.clock.monotonicMs());
  }

  /** Sends the reports that are due, and wakes the executor when the next ones are. */
  flush(): void {
    const { context, outbox } = this.#options;
    const now = context.clock.monotonicMs();
    const { timers } = context;
    const heldUntil = this.#heldUntil();
    if (now >= heldUntil) this.#sendDue(now);
    if (outbox.nextDueAt === undefined) return;
    const wakeAt = Math.max(outbox.nextDueAt, heldUntil);
    // The system's timers may be early by a part of a millisecond: then it is armed once more.
    if (wakeAt === this.#wakeAt && timers.armed('resend')) return;
    this.#wakeAt = wakeAt;
    timers.after('resend', Math.max(0, wakeAt - now), { kind: 'resend-due' });
  }

  #sendDue(now: MonotonicMs): void {
    for (const reports of this.#options.outbox.take(now)) {
      this.#sentAt = now;
      const lane = reports.some((report) => report.output !== null) ? 'bulk' : 'control';
      this.#send(lane, { kind: 'ended', ...this.#whoAmI(), reports });
    }
  }

  /**
   * In a crowd of short attempts, reports wait for company: each message less is a turn, a record
   * and a sync less for the leader. Where there are few, somebody may be waiting for each of them.
   */
  #heldUntil(): number {
    const { attempts, executor } = this.#options;
    const { attemptsMin, msPerAttempt, msMax } = executor.settings.gather;
    const { brief } = attempts;
    if (brief < attemptsMin || this.#sentAt === undefined) return 0;
    return this.#sentAt + Math.min(brief * msPerAttempt, msMax);
  }

  #whoAmI(): Pick<ExecutorToScheduler, 'node' | 'incarnation'> {
    const { node, incarnation } = this.#options.executor.wire.self;
    return { node, incarnation };
  }

  #send(lane: Lane, message: ExecutorToScheduler): void {
    const { executor, leader } = this.#options;
    executor.wire.send(leader.destination, inboxes.scheduler, lane, message);
  }
}

/** No amount of each: who offers nothing says so in words that every version understands. */
const noneOf = (capacity: Resources): Resources =>
  Object.fromEntries(Object.keys(capacity).map((name) => [name, 0]));
