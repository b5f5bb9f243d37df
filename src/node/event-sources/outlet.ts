/**
 * The outlet: brings events that this node saw to the leader, some at a time, until they are taken.
 *
 * Owns: the events that wait, and those on their way.
 *
 * O1  Every event is settled once: taken when the log has it, or when it never will be (it is
 *     refused for what it is), and not taken when there is no room for it here.
 * O2  A batch that the log cannot carry, because of all that it starts, is sent in halves.
 * O3  A batch that got no answer is sent again under the same request id, and its events have keys:
 *     nothing is taken twice.
 */
import type { Clock } from '../../base/ports.ts';
import type { Result } from '../../base/result.ts';
import type { Trace } from '../../base/trace.ts';
import type { Committed } from '../../model/command.ts';
import type { OutsideEvent } from '../../model/dag-trigger.ts';
import type { Refusal, RefusalCode } from '../../model/refusal.ts';
import { triggerLimits } from '../../model/trigger.ts';

export interface OutletOptions {
  readonly clock: Clock;
  readonly trace: Trace;
  /** `batch` names the batch: the same number again is the same request. */
  readonly submit: (
    batch: number,
    events: readonly OutsideEvent[],
    done: (answer: Result<Committed, Refusal>) => void,
  ) => void;
}

interface Waiting {
  readonly event: OutsideEvent;
  readonly settle: (taken: boolean) => void;
}

/** Events that wait or are on their way. */
const eventsMax = 10_000;
/** Characters of one batch, so that a command stays small beside what the log can carry. */
const batchCharacters = 256 * 1024;
/** Between two tries of one batch. */
const retryMs = 500;

/** Refusals that say something about the events, and would come again. */
const final: readonly RefusalCode[] = ['EVENT_INVALID', 'EVENT_TOO_LARGE', 'TOO_LARGE', 'INTERNAL'];

export class Outlet {
  readonly #options: OutletOptions;
  #waiting: Waiting[] = [];
  #underWay = 0;
  #batches = 0;
  /** Events of one batch; fewer while the log cannot carry what a whole one starts. */
  #batchMax: number = triggerLimits.eventsPerCommand;
  #stopped = false;

  constructor(options: OutletOptions) {
    this.#options = options;
  }

  tell(event: OutsideEvent, settle: (taken: boolean) => void): void {
    if (this.#stopped || this.#waiting.length + this.#underWay >= eventsMax) {
      if (!this.#stopped) this.#options.trace('warn', 'events.dropped', { key: event.key });
      settle(false);
      return;
    }
    this.#waiting.push({ event, settle });
    // What comes in the same moment travels together.
    if (this.#waiting.length === 1) this.#options.clock.soon(() => this.#sendNext());
  }

  /** What was not taken is not settled; whoever can tell it again will. */
  stop(): void {
    this.#stopped = true;
    this.#waiting = [];
  }

  #sendNext(): void {
    if (this.#underWay > 0 || this.#waiting.length === 0 || this.#stopped) return;
    const batch = this.#takeBatch();
    this.#underWay = batch.length;
    this.#batches += 1;
    this.#send(this.#batches, batch);
  }

  #takeBatch(): readonly Waiting[] {
    let count = 0;
    let characters = 0;
    for (const { event } of this.#waiting) {
      characters += event.payload.length;
      const isFull = count >= this.#batchMax || characters > batchCharacters;
      if (isFull && count > 0) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  #send(number: number, batch: readonly Waiting[]): void {
    const { submit, clock, trace } = this.#options;
    const events = batch.map(({ event }) => event);
    submit(number, events, (answer) => {
      if (this.#stopped) return;
      if (!answer.ok && !final.includes(answer.error.code)) {
        clock.after(retryMs, () => this.#send(number, batch));
        return;
      }
      this.#underWay = 0;
      if (!answer.ok && answer.error.code === 'TOO_LARGE' && batch.length > 1) {
        this.#batchMax = Math.ceil(batch.length / 2);
        this.#waiting.unshift(...batch);
        this.#sendNext();
        return;
      }
      if (!answer.ok) trace('error', 'events.refused', { why: answer.error.detail });
      this.#batchMax = triggerLimits.eventsPerCommand;
      for (const { settle } of batch) settle(true);
      this.#sendNext();
    });
  }
}
