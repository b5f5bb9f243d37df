/**
 * A job that can be held before it exists: it is prepared first, and a stop that comes meanwhile
 * is its end.
 */
import { failedWith, type RunEvent, type RunningJob, type RunResult } from '../runner.ts';

type Observe = (event: RunEvent) => void;

export class LateJob implements RunningJob {
  readonly #observe: Observe;
  #job: RunningJob | undefined;
  #stopped = false;

  constructor(observe: Observe) {
    this.#observe = observe;
  }

  stop(how: 'TERM' | 'KILL'): void {
    this.#stopped = true;
    this.#job?.stop(how);
  }

  /** It is prepared. Not to be called within the call that made this. */
  become(start: (observe: Observe) => RunningJob): void {
    if (this.#stopped) this.fail(failedWith('stopped before it started', { retryable: true }));
    else this.#job = start(this.#observe);
  }

  /** It could not be prepared. */
  fail(result: RunResult): void {
    this.#observe({ kind: 'ended', result });
  }
}
