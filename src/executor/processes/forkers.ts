/**
 * The helpers as a whole: a queue of attempts in front of a crew of helpers that grows and shrinks.
 *
 * While attempts wait, the crew is looked at every `growEveryMs`, and grows by what
 * `crew-growth.ts` says: a hundred long tasks are running after half a second. A spawn holds the
 * event loop about 1.6 ms, so each has a turn of the loop to itself.
 *
 * Owns helpers, their control groups, queue and guard. Does not know what an attempt means to the
 * executor.
 *
 * F1 A helper has at most one attempt at a time; in a namespace or a group it is lent again only
 *    when nothing of the last one is alive. Without both, what is left over waits for its sweep.
 * F2 No more than `startsQueuedMax` attempts wait and no more than `helpersMax` helpers live.
 * F3 After `close` nothing is started, and every attempt ends.
 */
import { assert } from '../../base/assert.ts';
import type {
  Cancellable,
  ProcessEvent,
  Processes,
  ProcessSpec,
  RunningProcess,
} from '../../base/ports.ts';
import type { Trace } from '../../base/trace.ts';
import { Attempt, type AttemptOwner } from './attempt.ts';
import type { Containment } from './containment.ts';
import { helpersMissing } from './crew-growth.ts';
import type { Groups } from './groups.ts';
import { Guard } from './guard.ts';
import { Helper, type HelperObserver } from './helper.ts';
import type { HelperClock } from './host-clock.ts';
import { launchText } from './launch.ts';
import { MarkerScan } from './marker-scan.ts';
import { Meter } from './meter.ts';

/** Attempts that wait for a helper; one more is refused as `failed`. */
export const startsQueuedMax = 10_000;
/** Helpers alive at once, and so attempts running at once on one node. */
const helpersMax = 1024;
const growEveryMs = 20;
/** After helpers could not be started (too many processes…), growth waits this long. */
const growAgainMs = 1000;
/** A helper beyond the wanted number may be idle this long before it is let go. */
const idleMsMax = 10_000;
/** So many helpers in a row that die before they are ready: the host does not let us. */
const stillbornMax = 3;

interface Seat {
  readonly helper: Helper;
  readonly meter: Meter;
  attempt: Attempt | undefined;
  launchedMs: number;
  ready: boolean;
}

export interface ForkersOptions {
  /** Helpers that are kept warm. */
  readonly helpers: number;
  readonly containment: Containment;
  /** Undefined where the host gives us none. */
  readonly groups: Groups | undefined;
  readonly clock: HelperClock;
  readonly trace: Trace;
  readonly isHostFull: () => boolean;
}

export class Forkers implements Processes, AttemptOwner {
  readonly #options: ForkersOptions;
  readonly #seats = new Set<Seat>();
  /** The last one is the warmest; the first one is let go first. */
  readonly #idle: Seat[] = [];
  readonly #queue = new Set<Attempt>();
  readonly #guard: Guard | undefined;
  readonly #scan = new MarkerScan();
  #spawning = 0;
  #clearing = 0;
  #stillborn = 0;
  /** The last end, the last helper that was started, or since when somebody waits. */
  #stuckSinceMs = 0;
  #growth: Cancellable | undefined;
  #shrink: Cancellable | undefined;
  #closed: (() => void) | undefined;
  #finished = false;

  constructor(options: ForkersOptions) {
    this.#options = options;
    if (options.containment.mode === 'marker-scan') this.#guard = new Guard();
    this.#spawn(options.helpers);
  }

  start(spec: ProcessSpec, observe: (event: ProcessEvent) => void): RunningProcess {
    const { containment, groups } = this.#options;
    const text = launchText(spec, { ...containment, grouped: groups?.controllers ?? [] });
    const attempt = new Attempt({
      key: spec.key,
      text: text.ok ? text.value : '',
      limits: spec.limits ?? {},
      owner: this,
      observe,
    });
    const refusal = text.ok ? this.#refusal() : text.error;
    if (refusal !== undefined) {
      this.#failSoon(attempt, refusal);
      return attempt;
    }
    if (this.#queue.size === 0) this.#stuckSinceMs = this.#options.clock.monotonicMs();
    this.#queue.add(attempt);
    this.#pump();
    return attempt;
  }

  withdraw(attempt: Attempt): void {
    this.#queue.delete(attempt);
    this.#failSoon(attempt, 'it was ended before it started');
  }

  clear(attempt: Attempt, done: () => void): void {
    this.#clearing += 1;
    const cleared = (): void => {
      this.#clearing -= 1;
      this.#guard?.drop(attempt.key);
      done();
      this.#finishClosing();
    };
    if (this.#guard === undefined) this.soon(cleared);
    else this.#scan.clear(attempt.key, cleared);
  }

  soon(run: () => void): void {
    this.#options.clock.soon(run);
  }

  /** Ends every attempt and every helper; `done` when nothing of them is alive. */
  close(done: () => void): void {
    assert(this.#closed === undefined, 'F3: closed once');
    this.#closed = done;
    this.#growth?.cancel();
    this.#shrink?.cancel();
    this.#refuseQueued('the executor ends');
    for (const seat of this.#seats) seat.helper.kill();
    this.soon(() => this.#finishClosing());
  }

  #refusal(): string | undefined {
    if (this.#closed !== undefined) return 'the executor ends';
    if (this.#queue.size >= startsQueuedMax) return `${startsQueuedMax} starts wait already`;
    return undefined;
  }

  #pump(): void {
    for (const attempt of this.#queue) {
      const seat = this.#idle.pop();
      if (seat === undefined) break;
      this.#queue.delete(attempt);
      const limited = seat.meter.begin(attempt.limits);
      if (!limited.ok) {
        // It may be the seat's fault, so nobody else gets it.
        seat.helper.kill();
        this.#failSoon(attempt, `its limits cannot be set: ${limited.error}`);
        continue;
      }
      seat.attempt = attempt;
      seat.launchedMs = this.#options.clock.monotonicMs();
      this.#guard?.hold(attempt.key);
      attempt.launch(seat.helper);
    }
    if (this.#queue.size > 0) this.#growLater(this.#seats.size === 0 ? 0 : growEveryMs);
  }

  #growLater(delayMs: number): void {
    if (this.#growth !== undefined || this.#closed !== undefined) return;
    this.#growth = this.#options.clock.after(delayMs, () => {
      this.#growth = undefined;
      if (this.#queue.size === 0) return;
      this.#grow();
      this.#growLater(growEveryMs);
    });
  }

  #grow(): void {
    const { clock, helpers, isHostFull } = this.#options;
    const alive = this.#seats.size + this.#spawning;
    const busy = [...this.#seats].filter(({ attempt }) => attempt !== undefined);
    const nowMs = clock.monotonicMs();
    const missing = helpersMissing({
      nowMs,
      warm: helpers,
      alive,
      launchedMs: busy.map(({ launchedMs }) => launchedMs),
      stuckSinceMs: this.#spawning > 0 ? nowMs : this.#stuckSinceMs,
      isHostFull: isHostFull(),
    });
    this.#spawn(Math.min(missing, this.#queue.size, helpersMax - alive));
  }

  #spawn(count: number): void {
    for (let i = 0; i < count; i++) {
      this.#spawning += 1;
      this.soon(() => {
        this.#spawning -= 1;
        if (this.#closed === undefined) this.#seatHelper();
      });
    }
  }

  #seatHelper(): void {
    const { containment, groups, clock } = this.#options;
    this.#stuckSinceMs = clock.monotonicMs();
    const group = groups?.make();
    if (groups !== undefined && group === undefined) {
      // A helper outside of the groups would run attempts without their limits.
      this.#stillborn += 1;
      this.#recover('no control group can be made');
      return;
    }
    const meter = new Meter(group);
    const observer: HelperObserver = {
      ready: (pid) => {
        seat.ready = true;
        meter.attach(pid);
        this.#stillborn = 0;
        this.#free(seat);
      },
      started: (pid) => seat.attempt?.started(pid),
      ended: (end) => {
        const { attempt } = seat;
        this.#stuckSinceMs = clock.monotonicMs();
        const spent = meter.end();
        if (end.clean) seat.attempt = undefined;
        attempt?.exited(end, spent);
        if (end.clean) this.#free(seat);
      },
      died: (diagnosis) => this.#bury(seat, diagnosis),
    };
    const helper = new Helper(containment, observer, meter.group);
    const seat: Seat = { helper, meter, attempt: undefined, launchedMs: 0, ready: false };
    this.#seats.add(seat);
  }

  #free(seat: Seat): void {
    // The observer of an attempt's end may have closed us or killed the helper.
    if (this.#closed !== undefined || !seat.helper.lendable) return;
    assert(seat.attempt === undefined, 'F1: a helper with an attempt is not free');
    if (seat.meter.isSoiled) {
      seat.helper.kill();
      return;
    }
    this.#idle.push(seat);
    this.#pump();
    if (this.#idle.length > this.#options.helpers) this.#shrinkLater();
  }

  #shrinkLater(): void {
    this.#shrink ??= this.#options.clock.after(idleMsMax, () => {
      this.#shrink = undefined;
      const surplus = Math.max(0, this.#idle.length - this.#options.helpers);
      for (const seat of this.#idle.splice(0, surplus)) seat.helper.kill();
    });
  }

  #bury(seat: Seat, diagnosis: string): void {
    this.#seats.delete(seat);
    const place = this.#idle.indexOf(seat);
    if (place >= 0) this.#idle.splice(place, 1);
    seat.attempt?.helperDied(diagnosis, seat.meter.end());
    seat.meter.close();
    this.#vacate(seat.meter);
    this.#finishClosing();
    if (this.#closed !== undefined) return;
    if (!seat.ready) {
      this.#stillborn += 1;
      this.#options.trace('warn', 'processes.helper_stillborn', { diagnosis });
    }
    this.#recover(diagnosis);
  }

  /** After a helper has died, or could not be made. */
  #recover(diagnosis: string): void {
    if (this.#stillborn < stillbornMax) {
      this.#spawn(this.#options.helpers - this.#seats.size - this.#spawning);
      return;
    }
    // The host gives us no more. Those who are there go on; with none, waiting would be for ever.
    this.#growth?.cancel();
    this.#growth = undefined;
    if ([...this.#seats].some((each) => each.ready)) this.#growLater(growAgainMs);
    else this.#refuseQueued(`helpers do not start: ${diagnosis}`);
  }

  /** Its group goes with a helper; the groups' keeper waits for the last of them. */
  #vacate({ group }: Meter): void {
    if (group === undefined || this.#closed !== undefined) return;
    this.#options.groups?.remove(group, () => {});
  }

  #refuseQueued(reason: string): void {
    for (const attempt of this.#queue) {
      this.#queue.delete(attempt);
      this.#failSoon(attempt, reason);
    }
  }

  #failSoon(attempt: Attempt, reason: string): void {
    this.soon(() => {
      // A start that was refused may be withdrawn as well.
      if (!attempt.ended) attempt.fail(reason);
    });
  }

  #finishClosing(): void {
    if (this.#closed === undefined || this.#finished) return;
    if (this.#seats.size > 0 || this.#clearing > 0) return;
    this.#finished = true;
    const { groups } = this.#options;
    const closed = this.#closed;
    const last = (): void => (groups === undefined ? closed() : groups.close(closed));
    if (this.#guard === undefined) last();
    else this.#guard.close(last);
  }
}
