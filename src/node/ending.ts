/** How a node ends: an exit code that scripts rely on, and one line of reason for people. */
export const exitCodes = {
  normal: 0,
  /** It may pass by itself: a supervisor starts the node again. */
  passing: 1,
  storage: 70,
  identity: 71,
  invariant: 72,
  configuration: 73,
} as const;

export interface Ending {
  readonly code: number;
  /** Begins with a permanent code in capitals (`docs/guide/errors.md`). */
  readonly why: string;
}
