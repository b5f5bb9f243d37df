/**
 * The words of the actor runtime. An actor is a behaviour and a mailbox: whoever holds its `Ref`
 * may tell it something, and it takes up what it was told in a turn of its own.
 */
import type { Clock, Random } from '../base/ports.ts';
import type { Trace } from '../base/trace.ts';
import type { Supervision } from './supervision.ts';

/** The address of an actor, here or on another node. It outlives restarts. */
export interface Ref<M> {
  /** `/parent/child` for a local actor; a remote ref starts with `remote:`. */
  readonly path: string;
  /**
   * Puts `message` in the mailbox and returns; it is never handled within this call. False says
   * that it certainly will not be handled: the mailbox is full, or the actor is gone. True promises
   * nothing: the actor may still stop or fail first, the network may lose it.
   */
  tell(message: M): boolean;
}

/**
 * One life of an actor: made by its factory, ended by a stop or a restart. Nothing in it is a
 * promise: what takes time is asked of a port, whose callback tells `self`.
 */
export interface Behaviour<M> {
  receive(message: M): void;
  /**
   * Closes the turn: the mailbox is empty, or the throughput limit of this turn was reached. Called
   * once per turn that received a message, and not after `stop()`.
   */
  drained?(): void;
  /** The last call of this life; its timers, asks and children are gone. It may only tell. */
  stopped?(): void;
}

/** Called in a turn of the new actor: at its start and at each restart. */
export type Factory<M> = (context: Context<M>) => Behaviour<M>;

export interface SpawnOptions {
  /** What happens when this actor fails; by default what the system was given. */
  readonly supervision?: Supervision;
  /** User messages that may wait; `tell` refuses more. By default `limits.mailboxMax`. */
  readonly mailboxMax?: number;
  /** Messages taken up in one turn. By default `limits.throughputMax`. */
  readonly throughputMax?: number;
}

/** The named timers of an actor: one per name, arming it again replaces it. */
export interface Timers<M> {
  /** Tells `self` the message once, `delayMs` from now. Days are fine. */
  after(name: string, delayMs: number, message: M): void;
  /** Tells `self` the message again and again; the next wait starts when one was taken up. */
  every(name: string, intervalMs: number, message: M): void;
  /** Does nothing if no such timer is armed. A message already waiting is not received. */
  cancel(name: string): void;
  /** True from the arming until the message was taken up (`after`) or it was cancelled. */
  armed(name: string): boolean;
}

export type AskOutcome<A> =
  | { readonly kind: 'answered'; readonly answer: A }
  | { readonly kind: 'timeout' };

export interface AskOptions<Q, A, M> {
  /** Makes the request, which names whom to answer. */
  readonly request: (replyTo: Ref<A>) => Q;
  /** Turns the outcome into a message of the asker's own; called in the asker's turn. */
  readonly outcome: (outcome: AskOutcome<A>) => M;
  readonly timeoutMs: number;
}

/** What an actor may do. It belongs to one life: using it after that life is an assert. */
export interface Context<M> {
  readonly self: Ref<M>;
  readonly clock: Clock;
  readonly random: Random;
  readonly trace: Trace;
  readonly timers: Timers<M>;
  /** Starts a child, which ends with this life. `name` is unique among the living children. */
  spawn<N>(name: string, factory: Factory<N>, options?: SpawnOptions): Ref<N>;
  /**
   * Sends a request to a local actor; the answer or the timeout comes as a message to `self`.
   * False: the target refused it, or `limits.asksMax` are open. Then no message comes.
   */
  ask<Q, A>(target: Ref<Q>, options: AskOptions<Q, A, M>): boolean;
  /** Ends this actor when `receive` returns; messages still waiting become dead letters. */
  stop(): void;
}

export const limits = {
  mailboxMax: 10_000,
  throughputMax: 512,
  /** Timers armed at a time, per actor. */
  timersMax: 10_000,
  /** Asks without their outcome taken up, per actor. */
  asksMax: 10_000,
  /** Living actors, per system. */
  actorsMax: 100_000,
  /** Dead letters remembered for people to look at, per system. All are counted. */
  deadLettersKept: 64,
} as const;
