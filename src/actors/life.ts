/**
 * One life of an actor: everything that a restart throws away.
 *
 * It owns the behaviour, its timers, its open asks and its children. It does not own the mailbox
 * nor the decision what follows a failure: those outlive it, in the cell.
 *
 * L1. After the end nothing of this life acts: a context kept by an old closure asserts.
 * L2. The end comes once: children first, then timers and asks, then `stopped`, if there is a
 *     behaviour to tell.
 */
import { assert } from '../base/assert.ts';
import { LifeAsks } from './ask.ts';
import { Children } from './children.ts';
import type { Host, Parent } from './host.ts';
import type { Signal } from './mailbox.ts';
import { LifeTimers } from './timers.ts';
import type { AskOptions, Behaviour, Context, Factory, Ref, SpawnOptions } from './types.ts';

export interface LifeOptions<M> {
  readonly host: Host;
  readonly self: Ref<M>;
  /** What the children of this life report to. */
  readonly parent: Parent;
  readonly signal: (signal: Signal<M>) => void;
  readonly stop: () => void;
}

export class Life<M> {
  readonly #options: LifeOptions<M>;
  readonly #timers: LifeTimers<M>;
  readonly #asks: LifeAsks<M>;
  readonly #children: Children;
  #behaviour: Behaviour<M> | undefined;
  #ended = false;

  constructor(options: LifeOptions<M>) {
    const { host, self, parent, signal } = options;
    const { clock, deadLetters } = host;
    this.#options = options;
    this.#timers = new LifeTimers(clock, signal);
    this.#asks = new LifeAsks({ path: self.path, clock, deadLetters, signal });
    this.#children = new Children(host, parent, self.path);
  }

  /** Makes the behaviour. May throw: then the life has no behaviour, but may have children. */
  start(factory: Factory<M>): void {
    this.#behaviour = factory(this.#context());
  }

  receive(message: M): void {
    this.#behaviour?.receive(message);
  }

  drained(): void {
    this.#behaviour?.drained?.();
  }

  /** The child at `path` has ended. */
  release(path: string): void {
    this.#children.release(path);
  }

  end(): void {
    assert(!this.#ended, `L2: the life of ${this.#options.self.path} ended twice`);
    this.#ended = true;
    this.#children.end();
    this.#timers.end();
    this.#asks.end();
    this.#behaviour?.stopped?.();
  }

  #context(): Context<M> {
    const { host, self } = this.#options;
    const { clock, random, trace } = host;
    return {
      self,
      clock,
      random,
      trace,
      timers: this.#timers,
      spawn: <N>(name: string, factory: Factory<N>, options: SpawnOptions = {}) => {
        this.#assertLiving('spawn');
        return this.#children.spawn(name, factory, options);
      },
      ask: <Q, A>(target: Ref<Q>, options: AskOptions<Q, A, M>) => this.#asks.ask(target, options),
      stop: () => {
        this.#assertLiving('stop');
        this.#options.stop();
      },
    };
  }

  #assertLiving(what: string): void {
    assert(!this.#ended, `L1: ${what} by a life of ${this.#options.self.path} that has ended`);
  }
}
