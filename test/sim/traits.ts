/**
 * What a node is to tasks: its room, its labels, its pool, the queues that it serves and its
 * taints. In a seed with `placement` nodes differ in all of that; else only in slots and
 * processors.
 */
import type { NodeRow } from '../../src/model/node.ts';
import type { Resources } from '../../src/model/resources.ts';
import type { Chance } from './chance.ts';

export type Traits = Pick<NodeRow, 'capacity' | 'labels' | 'pool' | 'queues' | 'taints'>;

export const mebibyte = 2 ** 20;

/** Where of memory nobody runs short. */
const plenty = 2 ** 40;

/** A label that every node has in a world of many kinds, and its values. */
export const zones = ['a', 'b', 'c'] as const;

/** A resource that nobody but these worlds knows. */
export const custom = 'licence';

export interface WorldOfNodes {
  /** They differ in more than slots and processors. */
  readonly isVaried: boolean;
  /** They have few slots: people have to share them. */
  readonly isNarrow: boolean;
}

/**
 * The nodes of a world. Who serves a queue, or refuses tasks by a taint, is every other one:
 * however a minority is lost for good, somebody is left who takes a task that asks for nothing.
 */
export function makeTraits(
  chance: Chance,
  count: number,
  { isVaried, isNarrow }: WorldOfNodes,
): readonly Traits[] {
  return Array.from({ length: count }, (_, at) => {
    const slots = isNarrow ? 1 + chance.below(3) : 2 + chance.below(7);
    const room = { slots, cpu: 1000 * (2 + chance.below(5)) };
    if (!isVaried) return { capacity: { ...room, memory: plenty }, labels: {} };
    return variedTraits(chance, room, at % 2 === 1);
  });
}

function variedTraits(chance: Chance, room: Resources, mayBeSpecial: boolean): Traits {
  const units = { gpu: chance.below(3), [custom]: chance.below(3) };
  const some = Object.entries(units).filter(([, many]) => many > 0);
  const memory = mebibyte * chance.pick([4, 16, 64]);
  const isServing = mayBeSpecial && chance.happens(0.4);
  const refuses = mayBeSpecial && chance.happens(0.4);
  const avoids = chance.happens(0.2);
  return {
    capacity: {
      ...{ ...room, memory },
      ...Object.fromEntries(some.map(([name, many]) => [name, 1000 * many])),
    },
    labels: { zone: chance.pick(zones), ...(chance.happens(0.5) && { disk: 'ssd' }) },
    ...(chance.happens(0.3) && { pool: 'burst' }),
    ...(isServing && { queues: chance.pick([['q0'], ['q0', 'q1']]) }),
    ...((refuses || avoids) && {
      taints: [
        ...(refuses
          ? [{ key: 'only', value: chance.pick(['x', 'y']), effect: 'refuse' } as const]
          : []),
        ...(avoids ? [{ key: 'spot', value: '', effect: 'avoid' } as const] : []),
      ],
    }),
  };
}

/**
 * After a restart: what it began with and a little more, and never less than it has had. A task
 * that must run on this very node, because it has begun there, fits again.
 */
export function grown({ capacity }: Traits, had: Resources, chance: Chance): Resources {
  const more = { slots: chance.below(4), cpu: 500 * chance.below(5) };
  const room: Record<string, number> = { ...had };
  for (const [name, amount] of Object.entries(more)) {
    room[name] = Math.max(had[name] ?? 0, (capacity[name] ?? 0) + amount);
  }
  return room;
}
