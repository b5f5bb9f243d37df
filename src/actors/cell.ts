/**
 * The cell of one actor: it gives the actor its turns and survives its restarts.
 *
 * It owns the mailbox, the present life and the status. It does not own the order between actors
 * (the clock does), nor what a failure means (its supervisor decides).
 *
 * A1. `receive` and `drained` run in a turn that `clock.soon` began: never within a `tell`, never
 *     within another actor's turn.
 * A2. One turn drains the mailbox up to the throughput limit, what it tells itself included, and
 *     then closes with one `drained`.
 * A3. An error is traced and decided upon; the failing message is dropped, all others are kept for
 *     the next life.
 * A4. After `stop` or the end no message is received and no turn is closed.
 */
import { unreachable } from '../base/assert.ts';
import type { Cancellable } from '../base/ports.ts';
import { type Child, errorText, type Host, type Parent, type Place } from './host.ts';
import { Life } from './life.ts';
import { Mailbox, type Signal } from './mailbox.ts';
import { type Supervision, Supervisor } from './supervision.ts';
import { afterAny } from './timers.ts';
import { type Factory, limits, type Ref, type SpawnOptions } from './types.ts';

export interface CellOptions<M> {
  readonly host: Host;
  readonly place: Place;
  readonly factory: Factory<M>;
  readonly supervision: Supervision;
  readonly options: SpawnOptions;
}

type Status<M> =
  /** Its first turn makes the life. */
  | { readonly kind: 'unborn' }
  | { readonly kind: 'living'; readonly life: Life<M> }
  /** A life failed; the next one starts when the back-off is over. */
  | { readonly kind: 'suspended'; readonly restart: Cancellable }
  | { readonly kind: 'ended' };

export class Cell<M> implements Child<M>, Parent {
  readonly ref: Ref<M>;
  readonly #host: Host;
  readonly #place: Place;
  readonly #factory: Factory<M>;
  readonly #mailbox: Mailbox<M>;
  readonly #supervisor: Supervisor;
  readonly #throughputMax: number;
  #status: Status<M> = { kind: 'unborn' };
  #turnScheduled = false;
  #stopping = false;

  constructor({ host, place, factory, supervision, options }: CellOptions<M>) {
    this.ref = { path: place.path, tell: (message) => this.#tell(message) };
    this.#host = host;
    this.#place = place;
    this.#factory = factory;
    this.#mailbox = new Mailbox(options.mailboxMax ?? limits.mailboxMax);
    this.#supervisor = new Supervisor(supervision);
    this.#throughputMax = options.throughputMax ?? limits.throughputMax;
    this.#schedule();
  }

  /** A child's failure is this actor's own: its supervision decides. */
  escalate(error: unknown): void {
    this.#fail(error);
  }

  release(path: string): void {
    if (this.#status.kind === 'living') this.#status.life.release(path);
  }

  end(): void {
    const last = this.#status;
    if (last.kind === 'ended') return;
    // Ended first: what the dying life tells itself is a dead letter, not a turn to come (A4).
    this.#status = { kind: 'ended' };
    if (last.kind === 'suspended') last.restart.cancel();
    if (last.kind === 'living') this.#endLife(last.life);
    const { deadLetters, trace, tally } = this.#host;
    for (let left = this.#mailbox.take(); left !== undefined; left = this.#mailbox.take()) {
      if (left.kind === 'message') deadLetters.add('left-behind', this.ref.path, left.message);
    }
    tally.actors -= 1;
    trace('debug', 'actor.ended', { path: this.ref.path });
    this.#place.parent.release(this.ref.path);
  }

  #tell(message: M): boolean {
    const gone = this.#status.kind === 'ended' || this.#host.halted;
    if (gone || !this.#mailbox.offer(message)) {
      this.#host.deadLetters.add(gone ? 'stopped' : 'full', this.ref.path, message);
      return false;
    }
    this.#schedule();
    return true;
  }

  #signal(signal: Signal<M>): void {
    this.#mailbox.signal(signal);
    this.#schedule();
  }

  #schedule(): void {
    const { kind } = this.#status;
    if (this.#turnScheduled || kind === 'suspended' || kind === 'ended') return;
    this.#turnScheduled = true;
    this.#host.clock.soon(() => this.#turn());
  }

  #turn(): void {
    const { clock, halted, tally } = this.#host;
    this.#turnScheduled = false;
    if (halted) return;
    const began = clock.monotonicMs();
    try {
      const life = this.#present();
      if (life !== undefined) this.#drain(life);
    } catch (error) {
      this.#fail(error);
      return;
    }
    tally.longestTurnMs = Math.max(tally.longestTurnMs, clock.monotonicMs() - began);
    if (this.#stopping) this.end();
    else if (this.#mailbox.size > 0) this.#schedule();
  }

  /** The life to give a turn to, made now if the actor waits for it; none after the end. */
  #present(): Life<M> | undefined {
    if (this.#status.kind === 'living') return this.#status.life;
    if (this.#status.kind !== 'unborn') return undefined;
    const life = new Life<M>({
      host: this.#host,
      self: this.ref,
      parent: this,
      signal: (signal) => this.#signal(signal),
      stop: () => this.#stop(),
    });
    // Set before the factory runs: if it throws, the children it spawned end with this life.
    this.#status = { kind: 'living', life };
    life.start(this.#factory);
    return life;
  }

  #drain(life: Life<M>): void {
    this.#host.tally.turns += 1;
    let received = 0;
    const receive = (message: M): void => {
      received += 1;
      try {
        life.receive(message);
      } catch (error) {
        this.#host.deadLetters.add('failing', this.ref.path, message);
        throw error;
      }
    };
    for (let taken = 0; taken < this.#throughputMax && !this.#stopping; taken++) {
      const letter = this.#mailbox.take();
      if (letter === undefined) break;
      if (letter.kind === 'signal') letter.signal.open(receive);
      else receive(letter.message);
    }
    this.#host.tally.messages += received;
    if (received > 0 && !this.#stopping) life.drained();
  }

  /** Takes effect in a turn, even if a port's callback asks for it. */
  #stop(): void {
    this.#stopping = true;
    this.#schedule();
  }

  #fail(error: unknown): void {
    const { clock, tally, trace } = this.#host;
    const decision = this.#supervisor.decide(clock.monotonicMs());
    tally.failures += 1;
    trace('error', 'actor.failed', {
      path: this.ref.path,
      error: errorText(error),
      decision: decision.kind,
    });
    switch (decision.kind) {
      case 'restart':
        if (this.#stopping) this.end();
        else this.#suspend(decision.delayMs);
        return;
      case 'stop':
        this.end();
        return;
      case 'escalate':
        this.#place.parent.escalate(error);
        return;
      default:
        unreachable(decision);
    }
  }

  /** The failed life ends now; the next one begins with its first turn, `delayMs` from now. */
  #suspend(delayMs: number): void {
    const last = this.#status;
    const restart = afterAny(this.#host.clock, delayMs, () => {
      this.#host.tally.restarts += 1;
      this.#status = { kind: 'unborn' };
      this.#schedule();
    });
    this.#status = { kind: 'suspended', restart };
    if (last.kind === 'living') this.#endLife(last.life);
  }

  /** A life that cannot even end leaves nothing to restart: the system halts. */
  #endLife(life: Life<M>): void {
    try {
      life.end();
    } catch (error) {
      this.#host.halt(error);
    }
  }
}
