/**
 * Resources as vectors. A dimension is a name; every dimension is treated alike, so GPU, disk and
 * custom resources need no code of their own. Amounts are non-negative integers in the dimension's
 * smallest unit, because sums of integers are the same on every machine and in every order.
 */

/**
 * Dimension name -> amount. Units: `cpu` in milli-cores, `memory` and `disk` in bytes, `gpu` in
 * thousandths, `slots` in attempts; custom dimensions in thousandths of whatever they count.
 * A dimension that is absent is 0.
 */
export type Resources = Readonly<Record<string, number>>;

/** Dimensions that people write in whole units and Skein keeps in thousandths. */
export const milliPerUnit = 1000;

/** At most this many dimensions in one vector. */
export const dimensionsMax = 16;

export function plus(left: Resources, right: Resources): Resources {
  const sum: Record<string, number> = { ...left };
  for (const [name, amount] of Object.entries(right)) sum[name] = (sum[name] ?? 0) + amount;
  return sum;
}

export function minus(left: Resources, right: Resources): Resources {
  const rest: Record<string, number> = { ...left };
  for (const [name, amount] of Object.entries(right)) rest[name] = (rest[name] ?? 0) - amount;
  return rest;
}

/** Whether `wanted` fits into `free` in every dimension. */
export function fits(wanted: Resources, free: Resources): boolean {
  for (const [name, amount] of Object.entries(wanted)) {
    if (amount > (free[name] ?? 0)) return false;
  }
  return true;
}
