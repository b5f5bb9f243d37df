/**
 * The oracle for tiny histories: the definition of linearizability, written down. It tries every
 * order, has no memory and no shortcut, and shares nothing with the search but the model.
 */
import type { History } from '../history.ts';
import type { Model } from '../model.ts';

export function isLinearizable<State, Input, Output extends object>(
  history: History<Input, Output>,
  model: Model<State, Input, Output>,
): boolean {
  const fits = (state: State, left: History<Input, Output>): boolean => {
    // What nobody was told of need not have happened.
    if (left.every(({ output }) => output === null)) return true;
    return left.some((operation) => {
      const isOvertaken = left.some(
        (other) =>
          other.output !== null && (other.return ?? Number.POSITIVE_INFINITY) < operation.call,
      );
      if (isOvertaken) return false;
      const next = model.step(state, operation.input, operation.output);
      if (next === undefined) return false;
      return fits(
        next,
        left.filter((other) => other !== operation),
      );
    });
  };
  return fits(model.initial, history);
}
