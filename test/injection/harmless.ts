/** What must be the same after a payload as before it. */
import { expect } from 'vitest';

const builtIns = [Object, Array, String, Number, Boolean, Function, Map, Set, Promise, RegExp];

/** Every key of what all values inherit from, and what it holds. */
const inherited = (): readonly (readonly [string, unknown])[] =>
  builtIns.flatMap(({ name, prototype }) =>
    Reflect.ownKeys(prototype).map((key) => {
      const { value, get } = Reflect.getOwnPropertyDescriptor(prototype, key) ?? {};
      return [`${name}.${String(key)}`, value ?? get] as const;
    }),
  );

const before = inherited();

/** Nobody has put anything into a prototype, or has exchanged what is there. */
export function expectNoPollution(): void {
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  const after = inherited();
  expect(after.length).toBe(before.length);
  const changed = after.filter(([name, value], at) => {
    const [known, was] = before[at] ?? [];
    return known !== name || !Object.is(was, value);
  });
  expect(changed).toEqual([]);
}

/** Plain data all the way down: no class, no function, no accessor, no prototype of its own. */
export function expectPlain(value: unknown): void {
  if (typeof value === 'function' || typeof value === 'symbol') expect.unreachable('not data');
  if (typeof value !== 'object' || value === null) return;
  const prototype = Reflect.getPrototypeOf(value);
  const isPlain = prototype === null || [Object.prototype, Array.prototype].includes(prototype);
  if (!isPlain) expect.unreachable(`an object of ${String(prototype?.constructor?.name)}`);
  for (const key of Reflect.ownKeys(value)) {
    const descriptor = Reflect.getOwnPropertyDescriptor(value, key);
    if (descriptor?.get !== undefined) expect.unreachable(`${String(key)} is an accessor`);
    expectPlain(descriptor?.value);
  }
}
