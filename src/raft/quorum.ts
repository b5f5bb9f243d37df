/** The arithmetic of majorities. */

/** The smallest number of voters of which any two groups share a member. */
export const quorumSize = (voters: number): number => Math.floor(voters / 2) + 1;

/**
 * The highest value that a majority of voters has reached (section 3.5.3: `matchIndex` of a
 * majority). Sorts `values` in place, descending; insertion sort, because there are few voters.
 */
export function majorityValue<T extends number>(values: T[]): T | undefined {
  for (let at = 1; at < values.length; at++) {
    const value = values[at];
    if (value === undefined) break;
    let place = at;
    for (; place > 0; place--) {
      const before = values[place - 1];
      if (before === undefined || before >= value) break;
      values[place] = before;
    }
    values[place] = value;
  }
  return values[quorumSize(values.length) - 1];
}
