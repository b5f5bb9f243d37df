/**
 * Linearizable reads for callers: gathers those of one moment into one question to the core, and
 * asks again, under a fresh id, when the leader changed or the answer was lost.
 *
 * N1  An id is asked once and forgotten when it is given up: a late answer to it finds nobody
 *     (the retry that reused its id returned stale reads in etcd, 2025).
 * N2  Every caller is answered once, within `readTimeoutMs` and a tick.
 */
import type { LogIndex } from '../base/brand.ts';
import type { Clock, Random } from '../base/ports.ts';
import { fail, ok, type Result } from '../base/result.ts';

export type ReadRefusal = 'no-leader' | 'timeout' | 'overloaded';
export type ReadDone = (result: Result<LogIndex, ReadRefusal>) => void;

interface Caller {
  readonly done: ReadDone;
  readonly deadline: number;
}

interface Question {
  readonly callers: readonly Caller[];
  readonly askedAt: number;
}

/** An answer that takes longer than this is taken for lost. */
const askAgainMs = 500;

export interface DriverReadsOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly timeoutMs: number;
  readonly maxPending: number;
  readonly ask: (id: number) => void;
  readonly leaderKnown: () => boolean;
}

export class DriverReads {
  readonly #options: DriverReadsOptions;
  readonly #questions = new Map<number, Question>();
  #waiting: Caller[] = [];
  #asking = false;
  #pending = 0;
  /** A random start, so that no life of a node repeats the ids of another. */
  #nextId: number;

  constructor(options: DriverReadsOptions) {
    this.#options = options;
    this.#nextId = options.random.uint32() * 2 ** 20;
  }

  read(done: ReadDone): void {
    const { clock, timeoutMs, maxPending } = this.#options;
    if (!this.#options.leaderKnown()) {
      clock.soon(() => done(fail('no-leader')));
    } else if (this.#pending >= maxPending) {
      clock.soon(() => done(fail('overloaded')));
    } else {
      this.#pending += 1;
      this.#waiting.push({ done, deadline: clock.monotonicMs() + timeoutMs });
      this.#askSoon();
    }
  }

  ready(id: number, index: LogIndex): void {
    const question = this.#questions.get(id);
    if (question === undefined) return;
    this.#questions.delete(id);
    for (const caller of question.callers) this.#answer(caller, ok(index));
  }

  /** Its callers wait for the next tick or the next leader. */
  failed(id: number): void {
    const question = this.#questions.get(id);
    if (question === undefined) return;
    this.#questions.delete(id);
    this.#waiting.push(...question.callers);
  }

  /** Whoever was asked may have forgotten; everything is asked anew. */
  leaderChanged(): void {
    for (const id of [...this.#questions.keys()]) this.failed(id);
    this.#askSoon();
  }

  tick(): void {
    const now = this.#options.clock.monotonicMs();
    for (const [id, question] of this.#questions) {
      if (now - question.askedAt >= askAgainMs) this.failed(id);
    }
    const late = this.#waiting.filter((caller) => caller.deadline <= now);
    if (late.length > 0) this.#waiting = this.#waiting.filter((caller) => caller.deadline > now);
    const refusal = this.#options.leaderKnown() ? 'timeout' : 'no-leader';
    for (const caller of late) this.#answer(caller, fail(refusal));
    this.#askSoon();
  }

  /** The node stops: nobody is left waiting. */
  stop(): void {
    for (const id of [...this.#questions.keys()]) this.failed(id);
    const callers = this.#waiting;
    this.#waiting = [];
    for (const caller of callers) this.#answer(caller, fail('no-leader'));
  }

  #answer(caller: Caller, result: Result<LogIndex, ReadRefusal>): void {
    this.#pending -= 1;
    caller.done(result);
  }

  #askSoon(): void {
    if (this.#asking || this.#waiting.length === 0) return;
    this.#asking = true;
    this.#options.clock.soon(() => {
      this.#asking = false;
      if (this.#waiting.length === 0 || !this.#options.leaderKnown()) return;
      const id = this.#nextId;
      this.#nextId += 1;
      const askedAt = this.#options.clock.monotonicMs();
      this.#questions.set(id, { callers: this.#waiting, askedAt });
      this.#waiting = [];
      this.#options.ask(id);
    });
  }
}
