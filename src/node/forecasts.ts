/**
 * The node's forecasts: one at a time, in steps between which the node does everything else, for as
 * long as somebody waits for the answer.
 *
 * Owns: whose turn it is. Does not own: what a forecast says (the scheduler's room of that name).
 *
 * Invariants:
 *   Q1  At most one forecast is worked on, and at most `waitingMax` wait for that.
 *   Q2  Behind a piece of work the node rests for as long as that took, so a forecast never takes
 *       more than half of it.
 */
import type { At, Forecasts, Reader } from '../api/service.ts';
import { type WallMs, wallMs } from '../base/brand.ts';
import { Pace } from '../base/pace.ts';
import type { Clock } from '../base/ports.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { type Refusal, refusal } from '../model/refusal.ts';
import { etaSteps } from '../scheduler/forecast/eta.ts';
import { type GatheredRows, gatherRows } from '../scheduler/forecast/fork.ts';
import { planSteps } from '../scheduler/forecast/plan-run.ts';
import { whatIfSteps } from '../scheduler/forecast/what-if.ts';

/** Forecasts that wait for the one that is worked on. */
export const waitingMax = 4;
/** So long a piece of work takes, or a step longer. */
const stretchMs = 8;
/** The longest rest between two pieces. */
const restMsMax = 20;

type Steps<T> = Generator<undefined, Result<T, Refusal>>;

export function makeForecasts(reader: Pick<Reader, 'look'>, clock: Clock): Forecasts {
  const line = new Line();
  const make = async <T>(
    signal: AbortSignal,
    steps: (rows: GatheredRows, now: WallMs) => Steps<T>,
  ): Promise<Result<At<T>, Refusal>> => {
    const entered = await line.enter(signal);
    if (entered !== 'in') return fail(entered === 'full' ? tooManyWait : nobodyWaits);
    try {
      // What waited in the line for long is about now all the same.
      const { index, value: rows } = await reader.look(gatherRows);
      const made = await drive(steps(rows, wallMs(clock.wallMs())), clock, signal);
      return made.ok ? ok({ index, value: made.value }) : made;
    } finally {
      line.leave();
    }
  };
  return {
    plan: (asked, signal) => make(signal, (rows, now) => planSteps(rows, asked, now)),
    whatIf: (asked, signal) => make(signal, (rows, now) => whatIfSteps(rows, asked, now)),
    eta: (instance, signal) => make(signal, (rows, now) => etaSteps(rows, instance, { now })),
  };
}

/** Takes the steps one after the other, with rests (Q2); gives up when nobody waits any more. */
async function drive<T>(
  steps: Steps<T>,
  clock: Clock,
  signal: AbortSignal,
): Promise<Result<T, Refusal>> {
  const pace = new Pace(clock, restMsMax);
  for (;;) {
    pace.begin();
    const began = clock.monotonicMs();
    do {
      if (signal.aborted) return fail(nobodyWaits);
      const step = steps.next();
      if (step.done) return step.value;
    } while (clock.monotonicMs() - began < stretchMs);
    await new Promise<void>((next) => pace.rest(next));
  }
}

const tooManyWait = refusal('FORECAST_BUSY', `${waitingMax} forecasts wait already`);
const nobodyWaits = refusal('FORECAST_BUSY', 'the forecast took longer than it was waited for');

/** Who asks waits until it is its turn, or until it does not want to any more (Q1). */
class Line {
  readonly #waiting = new Set<() => void>();
  #isTaken = false;

  enter(signal: AbortSignal): Promise<'in' | 'full' | 'gone'> {
    if (signal.aborted) return Promise.resolve('gone');
    if (!this.#isTaken) {
      this.#isTaken = true;
      return Promise.resolve('in');
    }
    if (this.#waiting.size >= waitingMax) return Promise.resolve('full');
    return new Promise((resolve) => {
      const go = (): void => {
        signal.removeEventListener('abort', giveUp);
        resolve('in');
      };
      const giveUp = (): void => {
        this.#waiting.delete(go);
        resolve('gone');
      };
      this.#waiting.add(go);
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }

  leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#isTaken = false;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
