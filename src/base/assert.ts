/**
 * Asserts stay on in production: a broken promise of ours stops the actor or the node instead of
 * spreading. Weather (disk, network) and refusals (bad input) are never asserts.
 */

/** A promise of our own code that did not hold. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/** Throws `InvariantError` when `condition` is false. Quote the invariant's number in `message`. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}

/** Returns `value`, which our own invariants say is there. */
export function present<T>(value: T | undefined | null, message: string): T {
  if (value === undefined || value === null) throw new InvariantError(message);
  return value;
}

/** The end of an exhaustive switch: the compiler proves that it is never reached. */
export function unreachable(value: never): never {
  throw new InvariantError(`unreachable: ${JSON.stringify(value)}`);
}
