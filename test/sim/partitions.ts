/** Shapes of partitions, as directed cuts `a>b`. The first node of the list is the one meant. */
import type { Chance } from './chance.ts';

export function cutsOf(chance: Chance, ids: readonly string[], oneWay: boolean): readonly string[] {
  const shape = chance.pick(['one', 'one', 'halves', 'random', 'bridge', 'ring'] as const);
  const cuts = new Set<string>();
  const cut = (a: string, b: string): void => {
    cuts.add(`${a}>${b}`);
    if (!oneWay) cuts.add(`${b}>${a}`);
  };
  const apart = (left: readonly string[], right: readonly string[]): void => {
    for (const a of left) for (const b of right) cut(a, b);
  };
  const half = Math.ceil(ids.length / 2);
  switch (shape) {
    case 'one':
      apart(ids.slice(0, 1), ids.slice(1));
      break;
    case 'halves':
      apart(ids.slice(0, half), ids.slice(half));
      break;
    case 'bridge':
      // The first sees everybody; the others see one half.
      apart(ids.slice(1, half), ids.slice(half));
      break;
    case 'ring':
      // Everybody sees two neighbours.
      for (const [at, a] of ids.entries()) {
        for (const [other, b] of ids.entries()) {
          const distance = Math.abs(at - other);
          if (distance > 1 && distance < ids.length - 1) cut(a, b);
        }
      }
      break;
    case 'random':
      for (const a of ids) {
        for (const b of ids) if (a !== b && chance.happens(0.4)) cut(a, b);
      }
      break;
  }
  // A node that has lost the server cannot reach its own other process either.
  const [first] = ids;
  if (first !== undefined && chance.happens(0.3)) cut(first, first);
  return [...cuts];
}
