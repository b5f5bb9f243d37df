/**
 * What if X comes before Y? A leader that assigns, repeats, revokes and acks at random, over a
 * network that drops, doubles and delays: whatever the order, the executor keeps its invariants.
 * The lease and the tokens are worked out a second time here, from the messages alone.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import { term } from '../base/brand.ts';
import type { SchedulerToExecutor } from '../model/protocol.ts';
import { succeeded } from './runner.ts';
import {
  attemptId,
  dispatchOf,
  ExecutorStory,
  leaseMs,
  ownIncarnation,
  type Work,
} from './testing/executor-story.ts';

const slots = 2;
const tasks = ['a', 'b', 'c'] as const;

type Step =
  /** Time passes, and the leader answers each heartbeat at once, or is not there. */
  | { readonly kind: 'pass'; readonly ms: number; readonly answered: boolean }
  /** The leader says something; it arrives `delayMs` later, `copies` times (0: never). */
  | { readonly kind: 'say'; readonly what: Word; readonly delayMs: number; readonly copies: number }
  /** Work that goes on begins, or ends. */
  | { readonly kind: 'begin' | 'end'; readonly task: (typeof tasks)[number] }
  | { readonly kind: 'new-term' };

type Word =
  | { readonly kind: 'answer' }
  | {
      readonly kind: 'assign' | 'repeat' | 'revoke' | 'ack';
      readonly task: (typeof tasks)[number];
    };

const taskNames = fc.constantFrom(...tasks);
const words: fc.Arbitrary<Word> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ kind: 'answer' } as const) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constantFrom('assign', 'assign', 'repeat', 'revoke', 'ack'),
      task: taskNames,
    }),
  },
);
const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('pass'),
      ms: fc.constantFrom(1, 90, 1000, 4000, leaseMs),
      answered: fc.constantFrom(true, true, true, false),
    }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant('say'),
      what: words,
      delayMs: fc.constantFrom(0, 0, 0, 50, 900, 3000, leaseMs - 1, leaseMs + 1, 2 * leaseMs),
      copies: fc.constantFrom(1, 1, 1, 2, 2, 0),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constantFrom('begin', 'end'), task: taskNames }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'new-term' } as const) },
) as fc.Arbitrary<Step>;

class Storm {
  readonly story = new ExecutorStory({ clock: new VirtualClock(), slots });
  readonly #ended = new Set<Work>();
  readonly #sentAt = new Map<number, number>();
  #heartbeatsSeen = 0;
  #term = 1;
  #nextToken = 1;
  readonly #newest = new Map<string, number>();
  /** Answers that have arrived in their term: the lease worked out a second time. */
  #leaseEnd = Number.NEGATIVE_INFINITY;
  #highestTermHeard = 0;
  /** Tokens that came in a dispatch of the newest term, under a lease that ran. */
  readonly #permitted = new Set<number>();
  readonly #acked = new Set<number>();
  /** Tokens that were reported as never started. */
  readonly #confirmed = new Set<number>();

  run(step: Step): void {
    switch (step.kind) {
      case 'pass':
        this.#pass(step);
        break;
      case 'say':
        this.#say(step);
        break;
      case 'begin':
      case 'end':
        this.#work(step.kind, step.task);
        break;
      case 'new-term':
        this.#term += 1;
        this.#deliver({ kind: 'new-leader', term: term(this.#term) });
        break;
    }
    this.#check();
  }

  #pass({ ms, answered }: Extract<Step, { kind: 'pass' }>): void {
    for (let left = ms; left > 0; left -= 250) {
      this.story.clock.advance(Math.min(left, 250));
      if (answered) this.#say({ kind: 'say', what: { kind: 'answer' }, delayMs: 0, copies: 1 });
    }
  }

  #say({ what, delayMs, copies }: Extract<Step, { kind: 'say' }>): void {
    this.#noteHeartbeats();
    const message = this.#compose(what);
    if (message === undefined) return;
    for (let copy = 0; copy < copies; copy++) {
      if (delayMs === 0 && copy === 0) this.#deliver(message);
      else
        this.story.clock.after(copy === 0 ? delayMs : 2 * delayMs + 10, () =>
          this.#deliver(message),
        );
    }
  }

  #compose(what: Word): SchedulerToExecutor | undefined {
    const common = { term: term(this.#term), incarnation: ownIncarnation };
    const leaseSeq = this.story.newestSeq;
    if (what.kind === 'answer') {
      return { kind: 'heartbeat-answer', ...common, seq: leaseSeq, leaseMs };
    }
    if (what.kind === 'assign') this.#newest.set(what.task, this.#nextToken++);
    const newest = this.#newest.get(what.task);
    if (newest === undefined) return undefined;
    const id = attemptId(what.task, newest);
    switch (what.kind) {
      case 'assign':
      case 'repeat':
        // What a leader has acked is committed: no leader asks for it again (the premise of F3).
        if (this.#acked.has(newest)) return undefined;
        return {
          kind: 'dispatch',
          ...common,
          leaseSeq,
          dispatches: [dispatchOf(what.task, newest)],
        };
      case 'revoke':
        return { kind: 'revoke', ...common, attempts: [id] };
      case 'ack': {
        // An ack is of something that was reported, or it would break the leader's own promise.
        const tokens = this.story.reports
          .filter((report) => report.id.taskId === what.task)
          .map((report) => report.id.token);
        for (const token of tokens) this.#acked.add(token);
        return { kind: 'ack', ...common, tokens };
      }
    }
  }

  #deliver(message: SchedulerToExecutor): void {
    this.story.hearSoon(message);
    if (message.term < this.#highestTermHeard) return;
    this.#highestTermHeard = message.term;
    const seq = 'seq' in message ? message.seq : 'leaseSeq' in message ? message.leaseSeq : 0;
    const end = (this.#sentAt.get(seq) ?? Number.NEGATIVE_INFINITY) + leaseMs;
    this.#leaseEnd = Math.max(this.#leaseEnd, end);
    if (message.kind !== 'dispatch' || this.story.clock.monotonicMs() >= end) return;
    for (const { id } of message.dispatches) this.#permitted.add(id.token);
  }

  #work(kind: 'begin' | 'end', task: string): void {
    const work = this.story.works.findLast(({ dispatch }) => dispatch.id.taskId === task);
    if (work === undefined || this.#ended.has(work)) return;
    if (kind === 'end') this.#ended.add(work);
    work.tell(kind === 'begin' ? { kind: 'started' } : { kind: 'ended', result: succeeded() });
    this.story.clock.advance(0);
  }

  #noteHeartbeats(): void {
    const beats = this.story.heartbeatTimes;
    for (; this.#heartbeatsSeen < beats.length; this.#heartbeatsSeen++) {
      this.#sentAt.set(this.#heartbeatsSeen + 1, beats[this.#heartbeatsSeen]!);
    }
  }

  #check(): void {
    const { story } = this;
    expect(story.failures).toEqual([]);
    const live = story.works.filter((work) => !this.#ended.has(work));
    // W11: never more at a time than there are slots.
    expect(live.length).toBeLessThanOrEqual(slots);
    // E2: past the end of the lease everything has been told to die.
    if (story.clock.monotonicMs() >= this.#leaseEnd) {
      for (const { signals } of live) expect(signals).toContain('KILL');
    }
    // 3.1, step 3: a late dispatch, or one of an old leader, starts nothing.
    for (const { dispatch } of story.works) expect(this.#permitted).toContain(dispatch.id.token);
    // E1, W01, W40: tokens of one task only grow, so each starts once; one attempt at a time.
    for (const task of tasks) {
      const tokens = story.works
        .filter(({ dispatch }) => dispatch.id.taskId === task)
        .map(({ dispatch }) => dispatch.id.token);
      expect(tokens).toEqual([...new Set(tokens)].sort((left, right) => left - right));
      expect(live.filter(({ dispatch }) => dispatch.id.taskId === task).length).toBeLessThan(2);
    }
    this.#checkReports(live);
  }

  #checkReports(live: readonly Work[]): void {
    const reports = this.story.reports;
    const reported = new Set(reports.map(({ id }) => id.token));
    // E3: what has ended is reported, what is alive is not; W09: what was cancelled stays so.
    for (const work of this.#ended) expect(reported).toContain(work.dispatch.id.token);
    for (const work of live) expect(reported).not.toContain(work.dispatch.id.token);
    for (const { id, startedAt, outcome } of reports) {
      const neverStarted = outcome === 'cancelled' && startedAt === null;
      const started = this.story.works.some(({ dispatch }) => dispatch.id.token === id.token);
      if (neverStarted && !started) this.#confirmed.add(id.token);
      if (this.#confirmed.has(id.token)) expect(started).toBe(false);
    }
  }
}

test('executor: whatever the network does, it keeps its promises', () => {
  fc.assert(
    fc.property(fc.array(steps, { minLength: 20, maxLength: 60, size: 'max' }), (history) => {
      const storm = new Storm();
      for (const step of history) storm.run(step);
    }),
    { numRuns: 300 },
  );
});
