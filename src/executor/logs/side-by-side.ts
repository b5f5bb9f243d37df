/**
 * Several at a time, each by callback; the results in the order of the items. Where each step waits
 * for the disk or for a processor, one after the other would be the sum of all the waiting.
 */
export function sideBySide<T, R>(
  options: { readonly items: readonly T[]; readonly atATime: number },
  run: (item: T, done: (result: R) => void) => void,
  done: (results: readonly R[]) => void,
): void {
  const { items, atATime } = options;
  const results = new Array<R>(items.length);
  const entries = items.entries();
  let ended = 0;
  /** One line of several: the next item that nobody has begun. */
  const next = (): void => {
    const { value } = entries.next();
    if (value === undefined) return;
    const [at, item] = value;
    run(item, (result) => {
      results[at] = result;
      ended += 1;
      if (ended === items.length) done(results);
      else next();
    });
  };
  if (items.length === 0) done(results);
  for (let line = 0; line < Math.min(atATime, items.length); line++) next();
}
