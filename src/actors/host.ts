/**
 * What the parts of the runtime ask of each other. Actors never see this: they have a `Context`.
 */
import type { Clock, Random } from '../base/ports.ts';
import type { Trace } from '../base/trace.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { Factory, Ref, SpawnOptions } from './types.ts';

/** Counted since the start of the system. */
export interface Tally {
  /** Living actors. */
  actors: number;
  turns: number;
  /** Of all turns so far, in milliseconds. */
  longestTurnMs: number;
  messages: number;
  failures: number;
  restarts: number;
}

/** The system, as its actors' cells see it. */
export interface Host {
  readonly clock: Clock;
  readonly random: Random;
  readonly trace: Trace;
  readonly deadLetters: DeadLetters;
  readonly tally: Tally;
  /** After a halt no turn begins and every `tell` is refused. */
  readonly halted: boolean;
  /** Stops everything where it stands: an error that nobody below may survive. */
  halt(error: unknown): void;
  create<M>(place: Place, factory: Factory<M>, options: SpawnOptions): Child<M>;
}

export interface Place {
  readonly path: string;
  readonly parent: Parent;
}

/** Whoever spawned an actor: another actor, or the system. */
export interface Parent {
  /** The child's failure is now the parent's own. */
  escalate(error: unknown): void;
  /** The child has ended; its name is free. */
  release(path: string): void;
}

export interface Child<M> {
  readonly ref: Ref<M>;
  /** Ends the actor and all below it, now. It must not be within its own `receive`. */
  end(): void;
}

/** An error in one line, with its chain of causes. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = `${error.name}: ${error.message}`;
  return error.cause === undefined ? own : `${own} (because of ${errorText(error.cause)})`;
}
