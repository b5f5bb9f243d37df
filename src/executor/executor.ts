/**
 * The executor: runs what the leader dispatches, and tells how it ended
 * (`docs/protocol/README.md`).
 *
 * It owns what is alive on this node, the lease under which it may be, and the results that wait
 * for their ack. It does not own the cluster's state: what it holds, its heartbeats list, and the
 * leader answers with the difference.
 *
 * Invariants:
 *   E1  A token starts at most once, and never after a higher one of its task instance (W01, W40).
 *   E2  Nothing starts, and nothing goes on, after the lease has ended by our own monotonic clock.
 *   E3  Every attempt that was accepted has one report, kept until a leader has committed it.
 *   E4  Room is free only when nothing of the attempt that took it is alive (W11).
 *   E5  What a leader of a lower term says, or says to another incarnation, has no effect.
 *   E6  While no work is offered, nothing starts; what runs goes on.
 */
import type { Context } from '../actors/types.ts';
import type { Sender } from '../actors/wire.ts';
import { unreachable } from '../base/assert.ts';
import type { AttemptId, AttemptReport, Dispatch, SchedulerToExecutor } from '../model/protocol.ts';
import { judge } from './admission.ts';
import { attemptKey, instanceKey } from './attempt-key.ts';
import { Attempts, type LiveAttempt, type StopReason } from './attempts.ts';
import { Fences } from './fences.ts';
import { Leader } from './leader.ts';
import { Lease } from './lease.ts';
import type {
  ExecutorCounters,
  ExecutorMessage,
  ExecutorOptions,
  ExecutorStatus,
  Offer,
} from './messages.ts';
import { Outbox } from './outbox.ts';
import { handedBack, neverStarted, reportOf, unrunnable } from './report.ts';
import { Reporter } from './reporter.ts';
import type { RunEvent, Runner } from './runner.ts';

interface RunNotice {
  readonly id: AttemptId;
  readonly event: RunEvent;
}

export class Executor {
  readonly #context: Context<ExecutorMessage>;
  readonly #options: ExecutorOptions;
  readonly #attempts: Attempts;
  readonly #fences = new Fences();
  readonly #outbox = new Outbox();
  readonly #lease = new Lease();
  readonly #leader = new Leader();
  readonly #reporter: Reporter;
  readonly #counters: ExecutorCounters = {
    started: 0,
    ended: 0,
    refused: 0,
    stale: 0,
    leasesEnded: 0,
  };
  /** At most two for each live attempt, so a full mailbox loses none of them (E3). */
  #runNotices: RunNotice[] = [];
  #leaseOver = false;
  #offer: Offer = 'work';
  #stopped: (() => void) | undefined;

  constructor(context: Context<ExecutorMessage>, options: ExecutorOptions) {
    this.#context = context;
    this.#options = options;
    this.#attempts = new Attempts(options.capacity);
    this.#reporter = new Reporter({
      context,
      executor: options,
      attempts: this.#attempts,
      outbox: this.#outbox,
      lease: this.#lease,
      leader: this.#leader,
      offersWork: () => this.#offer === 'work',
    });
    context.timers.every('heartbeat', options.settings.heartbeatMs, { kind: 'heartbeat-due' });
    this.#reporter.heartbeat();
  }

  receive(message: ExecutorMessage): void {
    switch (message.kind) {
      case 'heard':
        this.#hear(message.message, message.from);
        return;
      case 'heartbeat-due':
        if (!this.#lease.isAnswered) this.#leader.doubt();
        this.#reporter.heartbeat();
        return;
      case 'announce-due':
        this.#reporter.announce();
        return;
      case 'lease-due':
        this.#endLeaseIfDue();
        this.#armLease();
        return;
      case 'limit-due':
        this.#stopIfLive(message.id, 'timeout');
        return;
      case 'kill-due':
        this.#find(message.id)?.job.stop('KILL');
        return;
      case 'offer':
        this.#offer = message.offer;
        this.#reporter.heartbeat();
        return;
      case 'stop':
        this.#shutDown(message.done);
        return;
      case 'run-events':
      case 'resend-due':
        // The end of this turn takes them up.
        return;
      default:
        unreachable(message);
    }
  }

  /** Closes the turn: what ended in it leaves in as few messages as possible. */
  drained(): void {
    const notices = this.#runNotices;
    this.#runNotices = [];
    for (const notice of notices) this.#note(notice);
    this.#reporter.flush();
    if (this.#stopped !== undefined && this.#attempts.size === 0) {
      this.#context.stop();
      this.#stopped();
    }
  }

  status(): ExecutorStatus {
    return {
      term: this.#leader.term,
      leased: this.#lease.runs(this.#context.clock.monotonicMs()),
      attempts: this.#attempts.size,
      free: this.#attempts.free,
      reportsWaiting: this.#outbox.size,
      counters: { ...this.#counters },
    };
  }

  /** Whether something of this attempt may still write its log. */
  isLive(id: Omit<AttemptId, 'token'>, attempt: number): boolean {
    return this.#attempts.get(instanceKey(id))?.dispatch.attempt === attempt;
  }

  #hear(message: SchedulerToExecutor, from: Sender): void {
    const heard = this.#leader.hear({ term: message.term, from: from.node });
    if (heard === 'stale') {
      this.#ignoreStale(message);
      return;
    }
    if (heard === 'new' || message.kind === 'new-leader') this.#greet();
    if (message.kind === 'new-leader') return;
    if (message.incarnation !== this.#options.wire.self.incarnation) {
      this.#ignoreStale(message);
      return;
    }
    switch (message.kind) {
      case 'heartbeat-answer':
        this.#renew(message);
        return;
      case 'dispatch':
        this.#dispatch(message);
        return;
      case 'revoke':
        for (const id of message.attempts) this.#revoke(id);
        return;
      case 'ack':
        this.#forget(message);
        return;
      default:
        unreachable(message);
    }
  }

  #ignoreStale(message: SchedulerToExecutor): void {
    this.#counters.stale += 1;
    this.#context.trace('info', 'executor.stale_message', {
      kind: message.kind,
      term: message.term,
      highest: this.#leader.term,
    });
  }

  /** A new leader knows only what is committed: it is told at once what is here, and what ended. */
  #greet(): void {
    this.#outbox.hastenAll(this.#context.clock.monotonicMs());
    this.#reporter.heartbeat();
  }

  #renew(answer: { readonly seq: number; readonly leaseMs: number }): void {
    // First the old lease: if it has ended, the leader may have given our tasks to others (E2).
    this.#endLeaseIfDue();
    this.#lease.answered(answer);
    this.#armLease();
  }

  #dispatch(message: Extract<SchedulerToExecutor, { kind: 'dispatch' }>): void {
    this.#endLeaseIfDue();
    const leased = this.#lease.covers(message.leaseSeq, this.#context.clock.monotonicMs());
    this.#armLease();
    for (const dispatch of message.dispatches) {
      if (leased) this.#consider(dispatch);
      else this.#refuse(dispatch.id, 'no-lease');
    }
  }

  #consider(dispatch: Dispatch): void {
    const now = this.#context.clock.monotonicMs();
    const verdict = judge(dispatch, {
      attempts: this.#attempts,
      outbox: this.#outbox,
      fences: this.#fences,
      stopping: this.#stopped !== undefined,
      offer: this.#offer,
      now,
    });
    switch (verdict.kind) {
      case 'accept':
        this.#accept(dispatch);
        return;
      case 'repeat':
        this.#outbox.hasten(dispatch.id.token, now);
        return;
      case 'superseding':
        // Not fenced: the leader repeats the dispatch, and by then the old attempt is gone.
        this.#killIfLive(instanceKey(dispatch.id), 'superseded');
        this.#refuse(dispatch.id, 'superseding');
        return;
      case 'hand-back':
        this.#fenceOff(dispatch.id, handedBack(dispatch.id, this.#context.clock.wallMs()));
        return;
      case 'refuse':
        this.#refuse(dispatch.id, verdict.reason);
        return;
      default:
        unreachable(verdict);
    }
  }

  #accept(dispatch: Dispatch): void {
    const { id, action } = dispatch;
    this.#fences.hold(instanceKey(id), id.token);
    const runner = this.#options.runners.get(action.kind);
    if (runner === undefined) {
      this.#failUnknown(dispatch);
      return;
    }
    this.#counters.started += 1;
    this.#context.trace('debug', 'executor.accepted', { attempt: attemptKey(id) });
    this.#attempts.add(dispatch, this.#run(runner, dispatch));
  }

  #run(runner: Runner, dispatch: Dispatch): LiveAttempt['job'] {
    return runner.start(dispatch, (event) => {
      this.#runNotices.push({ id: dispatch.id, event });
      // A full mailbox may refuse this: then a turn is due anyway, and its end takes the list.
      if (this.#runNotices.length === 1) this.#context.self.tell({ kind: 'run-events' });
    });
  }

  /** A node of an older version may not know what a newer one can run. */
  #failUnknown(dispatch: Dispatch): void {
    const error = `this node has no runner for tasks of type "${dispatch.action.kind}"`;
    this.#reporter.report(unrunnable(dispatch.id, error, this.#context.clock.wallMs()));
  }

  #refuse(id: AttemptId, reason: string): void {
    this.#counters.refused += 1;
    this.#context.trace('info', 'executor.refused', { attempt: attemptKey(id), reason });
  }

  #note({ id, event }: RunNotice): void {
    const attempt = this.#find(id);
    if (attempt === undefined) return;
    if (event.kind === 'started') {
      this.#noteStart(attempt);
      return;
    }
    const { timers, clock } = this.#context;
    timers.cancel(limitTimer(id));
    timers.cancel(killTimer(id));
    this.#attempts.remove(attempt);
    this.#counters.ended += 1;
    this.#reporter.report(reportOf(attempt, event.result, clock.wallMs()));
  }

  #noteStart(attempt: LiveAttempt): void {
    const { timers, clock } = this.#context;
    const { id, timeoutMs } = attempt.dispatch;
    attempt.started = { at: clock.wallMs(), since: clock.monotonicMs(), announced: false };
    if (timeoutMs !== null && attempt.stopping === undefined) {
      timers.after(limitTimer(id), timeoutMs, { kind: 'limit-due', id });
    }
    this.#reporter.expectAnnouncement();
  }

  #revoke(id: AttemptId): void {
    const { clock } = this.#context;
    const now = clock.monotonicMs();
    if (this.#find(id) !== undefined) {
      this.#stopIfLive(id, 'cancel');
      return;
    }
    if (this.#outbox.has(id.token)) {
      this.#outbox.hasten(id.token, now);
      return;
    }
    this.#fenceOff(id, neverStarted(id, clock.wallMs()));
  }

  /** Not here: it is fenced first, so that the report stays true whatever still arrives (W09). */
  #fenceOff(id: AttemptId, report: AttemptReport): void {
    const now = this.#context.clock.monotonicMs();
    const key = instanceKey(id);
    const room = this.#outbox.admits(this.#attempts.size + 1) && this.#fences.admits(key, now);
    if (!room) {
      this.#refuse(id, 'outbox-full');
      return;
    }
    const highest = this.#fences.highest(key);
    if (highest === undefined || id.token > highest) this.#fences.hold(key, id.token);
    this.#reporter.report(report);
  }

  #forget(ack: Extract<SchedulerToExecutor, { kind: 'ack' }>): void {
    const now = this.#context.clock.monotonicMs();
    const { leaseMs } = this.#lease;
    for (const { id } of this.#outbox.acked(ack.tokens)) {
      this.#fences.release(instanceKey(id), { token: id.token, now, leaseMs });
    }
  }

  /** Asks politely, and insists after the grace. */
  #stopIfLive(id: AttemptId, reason: StopReason): void {
    const attempt = this.#find(id);
    if (attempt === undefined || attempt.stopping !== undefined) return;
    const { timers } = this.#context;
    attempt.stopping = reason;
    timers.cancel(limitTimer(id));
    timers.after(killTimer(id), this.#options.settings.graceMs, { kind: 'kill-due', id });
    attempt.job.stop('TERM');
  }

  #killIfLive(key: string, reason: StopReason): void {
    const attempt = this.#attempts.get(key);
    if (attempt === undefined) return;
    attempt.stopping ??= reason;
    const { timers } = this.#context;
    timers.cancel(limitTimer(attempt.dispatch.id));
    timers.cancel(killTimer(attempt.dispatch.id));
    attempt.job.stop('KILL');
  }

  #endLeaseIfDue(): void {
    if (this.#attempts.size === 0) return;
    if (this.#lease.runs(this.#context.clock.monotonicMs()) || this.#leaseOver) return;
    this.#leaseOver = true;
    this.#counters.leasesEnded += 1;
    this.#context.trace('warn', 'executor.lease_ended', { attempts: this.#attempts.size });
    for (const { key } of this.#attempts.all()) this.#killIfLive(key, 'lease');
  }

  /** One timer is enough: it fires at an end that may have moved, and is armed again. */
  #armLease(): void {
    const { timers, clock } = this.#context;
    const leftMs = (this.#lease.until ?? 0) - clock.monotonicMs();
    if (leftMs <= 0) return;
    this.#leaseOver = false;
    if (!timers.armed('lease')) timers.after('lease', leftMs, { kind: 'lease-due' });
  }

  #shutDown(done: () => void): void {
    this.#stopped = done;
    for (const { dispatch } of this.#attempts.all()) this.#stopIfLive(dispatch.id, 'shutdown');
  }

  #find(id: AttemptId): LiveAttempt | undefined {
    const attempt = this.#attempts.get(instanceKey(id));
    return attempt?.dispatch.id.token === id.token ? attempt : undefined;
  }
}

const limitTimer = (id: AttemptId): string => `limit/${attemptKey(id)}`;
const killTimer = (id: AttemptId): string => `kill/${attemptKey(id)}`;
