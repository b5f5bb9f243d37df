/**
 * Hooks for those who break a node on purpose: `POST /test/stall`, `/test/failpoint` and
 * `/test/clock`. They exist only with `SKEIN_TEST_HOOKS=1`; the body is `src/node/test-hooks.ts`.
 */

/** Named places in the life of an entry; each has a `before` and an `after`. */
export const failpointPlaces = [
  /** A batch of the log without entries: a new term, a vote, a cut. */
  'save-hard-state',
  /** A batch of the log with entries. */
  'append',
  /** A synced write of the log: of its store, or of its head. */
  'sync',
  /** A vote, asked for or answered. */
  'send-vote',
  /** A follower tells its leader what is durable. */
  'send-ack',
  /** A committed entry is handed to what serves people. */
  'commit',
  /** A batch of the ledger. */
  'apply',
  /** A page of a snapshot that is being received. */
  'snapshot-write',
  /** The switch to the ledger that was received. */
  'snapshot-install',
  /** A batch of the log with a configuration of the members. */
  'config-apply',
  /** The executor starts the process of a task. */
  'spawn',
  /** The executor tells the leader how attempts ended. */
  'report',
] as const;
export type FailpointPlace = (typeof failpointPlaces)[number];
export type Failpoint = `before-${FailpointPlace}` | `after-${FailpointPlace}`;

export const failpoints: readonly Failpoint[] = failpointPlaces.flatMap((place) => [
  `before-${place}` as const,
  `after-${place}` as const,
]);

/** Places that the executor's process passes; all others are the peer's. */
export const executorPlaces: readonly FailpointPlace[] = ['spawn', 'report'];

export const placeOf = (name: Failpoint): FailpointPlace | undefined =>
  failpointPlaces.find((place) => name === `before-${place}` || name === `after-${place}`);

export type FailpointAction =
  /** SIGKILL of the process that passes: nothing is flushed, no handler runs. */
  | { readonly kind: 'crash' }
  /** The step happens so much later, in milliseconds. */
  | { readonly kind: 'sleep'; readonly ms: number }
  /** A disk error, a message that is lost, a process that does not start. */
  | { readonly kind: 'error' };

export interface FailpointOrder {
  readonly name: Failpoint;
  readonly action: FailpointAction;
  /** A crash comes at the `count`-th pass; sleep and error at each of the next `count` passes. */
  readonly count: number;
}

export interface TestHooks {
  /** Blocks the event loop of the peer, once the answer has left. */
  stall(ms: number): void;
  /** False when this node does not pass that place, or nothing can fail there. */
  arm(order: FailpointOrder): boolean;
  /** Moves the wall clock, in milliseconds from the real one. */
  setClockOffset(offsetMs: number): void;
}
