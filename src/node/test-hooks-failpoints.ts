/**
 * Failpoints that are armed, and what happens to whoever passes one. Nothing on the hot path knows
 * of them: only the decorated ports do, and those exist only with `SKEIN_TEST_HOOKS=1`.
 *
 * Invariants:
 *   F1  One order per failpoint: a new one takes the place of the old one.
 *   F2  An order that has happened as often as it says is gone.
 *   F3  A step that passes is done once, or refused once.
 */
import {
  type Failpoint,
  type FailpointAction,
  type FailpointOrder,
  type FailpointPlace,
  placeOf,
} from '../api/test-hooks.ts';

/** What a failpoint does to its process; a test gives its own. */
export interface FailpointBody {
  /** Ends the process; does not return. */
  crash(): void;
  /** Holds the process for `ms`. */
  block(ms: number): void;
  /** Calls `run` later. */
  after(ms: number, run: () => void): void;
}

export const processBody: FailpointBody = {
  crash: () => void process.kill(process.pid, 'SIGKILL'),
  block: (ms) => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms),
  after: (ms, run) => void setTimeout(run, ms),
};

interface Armed {
  readonly action: FailpointAction;
  left: number;
}

/** Behind these nothing can be refused any more: the message or the process has gone. */
const doneWhenPassed: readonly Failpoint[] = [
  'after-send-vote',
  'after-send-ack',
  'before-commit',
  'after-commit',
  'after-spawn',
  'after-report',
];

/** Whether the action means anything there. */
export const isPossible = (name: Failpoint, action: FailpointAction): boolean =>
  action.kind !== 'error' || !doneWhenPassed.includes(name);

export class Failpoints {
  readonly #body: FailpointBody;
  readonly #places: readonly FailpointPlace[];
  readonly #armed = new Map<Failpoint, Armed>();

  /** `places` are those that this process passes. */
  constructor(places: readonly FailpointPlace[], body: FailpointBody = processBody) {
    this.#places = places;
    this.#body = body;
  }

  /** False when this process does not pass the place, or nothing can fail there. */
  arm({ name, action, count }: FailpointOrder): boolean {
    const place = placeOf(name);
    if (place === undefined || !this.#places.includes(place) || !isPossible(name, action)) {
      return false;
    }
    this.#armed.set(name, { action, left: count });
    return true;
  }

  /** A step that may be late: `run` now or after a sleep, or `refuse` instead. */
  pass(name: Failpoint, run: () => void, refuse: () => void): void {
    const action = this.#take(name);
    if (action === undefined) run();
    else if (action.kind === 'sleep') this.#body.after(action.ms, run);
    // As a port does it: never before the call that asked has returned.
    else if (action.kind === 'error') this.#body.after(0, refuse);
    else this.#body.crash();
  }

  /** A step that cannot be late: a sleep holds the whole process. False: it is refused. */
  passNow(name: Failpoint): boolean {
    const action = this.#take(name);
    if (action?.kind === 'crash') this.#body.crash();
    if (action?.kind === 'sleep') this.#body.block(action.ms);
    return action?.kind !== 'error';
  }

  /** Undefined: walk on. */
  #take(name: Failpoint): FailpointAction | undefined {
    const armed = this.#armed.get(name);
    if (armed === undefined) return undefined;
    armed.left -= 1;
    if (armed.left === 0) this.#armed.delete(name);
    return armed.action.kind === 'crash' && armed.left > 0 ? undefined : armed.action;
  }
}
