/**
 * The actor system of one process: the parent of the actors that no actor spawned.
 *
 * It owns the ports that actors share, the counters and the halt. It does not own the actors'
 * state, nor their order of turns, which is the clock's alone: one clock gives one history.
 *
 * S1. `onFailure` is called at most once, with the first error that nobody below survived.
 * S2. After a halt or the end of `stop` no actor gets a turn.
 */
import { assert } from '../base/assert.ts';
import type { Clock, Random } from '../base/ports.ts';
import type { Trace } from '../base/trace.ts';
import { Cell } from './cell.ts';
import { Children } from './children.ts';
import { type DeadLetter, DeadLetters } from './dead-letters.ts';
import { type Child, errorText, type Host, type Parent, type Place, type Tally } from './host.ts';
import { restartThenEscalate, type Supervision } from './supervision.ts';
import { type Factory, limits, type Ref, type SpawnOptions } from './types.ts';

export interface ActorSystemOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly trace: Trace;
  /** For actors that were spawned without their own. By default `restartThenEscalate`. */
  readonly supervision?: Supervision;
  /** The system has halted and does nothing more; the process should end. */
  readonly onFailure: (error: unknown) => void;
}

export interface ActorCounters extends Readonly<Tally> {
  readonly deadLetters: ReturnType<DeadLetters['counts']>;
}

export class ActorSystem {
  readonly #clock: Clock;
  readonly #trace: Trace;
  readonly #supervision: Supervision;
  readonly #onFailure: (error: unknown) => void;
  readonly #deadLetters: DeadLetters;
  readonly #tally: Tally = {
    actors: 0,
    turns: 0,
    longestTurnMs: 0,
    messages: 0,
    failures: 0,
    restarts: 0,
  };
  readonly #host: Host;
  readonly #roots: Children;
  #state: 'running' | 'stopping' | 'halted' = 'running';

  constructor(options: ActorSystemOptions) {
    this.#clock = options.clock;
    this.#trace = options.trace;
    this.#supervision = options.supervision ?? restartThenEscalate;
    this.#onFailure = options.onFailure;
    this.#deadLetters = new DeadLetters(options.clock, options.trace);
    this.#host = this.#makeHost(options.random);
    this.#roots = new Children(this.#host, this.#parent(), '');
  }

  spawn<M>(name: string, factory: Factory<M>, options: SpawnOptions = {}): Ref<M> {
    assert(this.#state === 'running', `${name} was spawned after the system's end`);
    return this.#roots.spawn(name, factory, options);
  }

  /**
   * Ends all actors, the youngest first, in a turn of its own; then calls `done`. If the system
   * halts, before or meanwhile, `done` is not called: `onFailure` has the last word.
   */
  stop(done: () => void = () => {}): void {
    this.#clock.soon(() => {
      if (this.#state !== 'halted') this.#state = 'stopping';
      if (this.#state === 'stopping') this.#roots.end();
      if (this.#state === 'stopping') done();
    });
  }

  counters(): ActorCounters {
    return { ...this.#tally, deadLetters: this.#deadLetters.counts() };
  }

  /** The last few dead letters, oldest first. */
  deadLetters(): readonly DeadLetter[] {
    return this.#deadLetters.recent();
  }

  #makeHost(random: Random): Host {
    const halted = (): boolean => this.#state === 'halted';
    return {
      clock: this.#clock,
      random,
      trace: this.#trace,
      deadLetters: this.#deadLetters,
      tally: this.#tally,
      get halted() {
        return halted();
      },
      halt: (error) => this.#halt(error),
      create: (place, factory, options) => this.#create(place, factory, options),
    };
  }

  #parent(): Parent {
    return {
      escalate: (error) => this.#halt(error),
      release: (path) => this.#roots.release(path),
    };
  }

  #create<M>(place: Place, factory: Factory<M>, options: SpawnOptions): Child<M> {
    assert(this.#tally.actors < limits.actorsMax, `more than ${limits.actorsMax} actors`);
    this.#tally.actors += 1;
    const supervision = options.supervision ?? this.#supervision;
    return new Cell({ host: this.#host, place, factory, supervision, options });
  }

  #halt(error: unknown): void {
    if (this.#state === 'halted') return;
    this.#state = 'halted';
    this.#trace('error', 'actor.halted', { error: errorText(error) });
    this.#onFailure(error);
  }
}
