/**
 * Histories: what clients asked of a cluster, when, and what they were told.
 *
 * A request that is repeated under one idempotency key is one operation: from the first time that
 * it was sent until the first final answer. An operation that was definitely refused, and whose
 * refusal says nothing about the state, is left out.
 */

/** Times are of one clock, in any unit; a shared counter of events will do. */
export interface Operation<Input, Output extends object> {
  readonly client: string;
  /** What it was about: operations on different keys know nothing of each other. */
  readonly key: string;
  readonly input: Input;
  /** Null: nobody knows what came of it, or whether it happened at all. */
  readonly output: Output | null;
  readonly call: number;
  /** Null: no answer ever came. With an output it did happen, some time after the call. */
  readonly return: number | null;
}

export type History<Input, Output extends object> = readonly Operation<Input, Output>[];

/** What can be found out later about an operation without an answer. */
export type Fate<Output extends object> =
  | {
      readonly status: 'happened';
      readonly output: Output;
      /** It had happened by then; null if that is not known. */
      readonly by: number | null;
    }
  | { readonly status: 'never' }
  | { readonly status: 'unknown' };

/**
 * Asks `fateOf` about every operation without an answer: a key that is in the committed log
 * happened, any other did not. Each one that stays unknown may double the work of the checker.
 */
export function settle<Input, Output extends object>(
  history: History<Input, Output>,
  fateOf: (operation: Operation<Input, Output>) => Fate<Output>,
): History<Input, Output> {
  return history.flatMap((operation) => {
    if (operation.output !== null) return [operation];
    const fate = fateOf(operation);
    if (fate.status === 'never') return [];
    if (fate.status === 'unknown') return [operation];
    return [{ ...operation, output: fate.output, return: fate.by }];
  });
}

/** The operations on each key, in the order of their calls. */
export function partition<Input, Output extends object>(
  history: History<Input, Output>,
): ReadonlyMap<string, History<Input, Output>> {
  const parts = new Map<string, Operation<Input, Output>[]>();
  for (const operation of history) {
    const part = parts.get(operation.key);
    if (part === undefined) parts.set(operation.key, [operation]);
    else part.push(operation);
  }
  for (const part of parts.values()) part.sort((left, right) => left.call - right.call);
  return parts;
}
