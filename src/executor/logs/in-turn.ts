/**
 * One after the other, each by callback; the results in their order. Callbacks may come at once,
 * as often as they like: nothing grows on the stack.
 */
export function inTurn<T, R>(
  items: readonly T[],
  run: (item: T, done: (result: R) => void) => void,
  done: (results: readonly R[]) => void,
): void {
  const results: R[] = [];
  let isIn = false;
  let goesOn = false;
  const next = (): void => {
    goesOn = true;
    if (isIn) return;
    isIn = true;
    while (goesOn) {
      goesOn = false;
      const item = items[results.length];
      if (item === undefined) done(results);
      else {
        run(item, (result) => {
          results.push(result);
          next();
        });
      }
    }
    isIn = false;
  };
  next();
}

/** As `inTurn`, where there is nothing to collect. */
export function eachInTurn<T>(
  items: readonly T[],
  run: (item: T, next: () => void) => void,
  done: () => void,
): void {
  inTurn(
    items,
    (item, next: (result: undefined) => void) => run(item, () => next(undefined)),
    done,
  );
}
