/**
 * Where the tasks of a random workflow run, and who goes first. What a task asks for is made after
 * one of the nodes: so there is always one that could hold it when empty.
 */

import { orderNames, priorityClasses } from '../../src/model/placing.ts';
import type { Chance } from './chance.ts';
import type { Maker, Part } from './dag-parts.ts';
import { custom, mebibyte, type Traits, zones } from './traits.ts';

/** What a task takes beyond its least, in the units of the model. */
export type Amounts = Readonly<Record<string, number>>;

export interface Placing {
  readonly amounts: Amounts;
  readonly keys: Part;
}

/** `mayStop`: its attempts may be ended and begun again. */
export function placing(maker: Maker, mayStop: boolean): Placing {
  const { chance, wants, nodes } = maker;
  const isPlaced = nodes.length > 0 && wants('placement', 0.5);
  const target = isPlaced ? chance.pick(nodes) : undefined;
  return {
    amounts: target === undefined ? {} : wideAmounts(chance, target),
    keys: {
      ...(target !== undefined && placeKeys(chance, target)),
      ...(wants('limit', 0.25) && { maxConcurrency: 1 + chance.below(2) }),
      ...(mayStop && wants('preemption', 0.5) && { preemptible: true }),
      ...(wants('preemption', 0.3) && { priorityClass: chance.pick(priorityClasses) }),
    },
  };
}

/** Of a whole workflow. */
export const placingOfDag = ({ chance, wants }: Maker): Part => ({
  ...(wants('placement', 0.3) && { placement: chance.pick(['pack', 'spread']) }),
  ...(wants('limit', 0.3) && { maxConcurrency: 1 + chance.below(4) }),
  ...(wants('order', 0.4) && { order: chance.pick(orderNames) }),
  ...(wants('order', 0.4) && { priorityClass: chance.pick(priorityClasses) }),
  ...(wants('order', 0.4) && { weight: chance.pick([0.5, 2, 3]) }),
});

/** Tasks that would rather be where others were, or must not be where they are. */
export function neighbours(maker: Maker, own: string, others: readonly string[]): Part | undefined {
  const { chance, wants } = maker;
  if (!wants('placement', 0.25)) return undefined;
  const some = others.filter((id) => id !== own && chance.happens(0.3));
  const apart = chance.happens(0.5) ? ['self', ...some] : some;
  return {
    ...(some.length > 0 && chance.happens(0.6) && { near: some }),
    ...(apart.length > 0 && chance.happens(0.6) && { apart }),
  };
}

/** A part of the node, or all of it: those who are served before it leave no room then. */
function wideAmounts(chance: Chance, { capacity }: Traits): Amounts {
  const share = chance.pick([0.3, 0.6, 1]);
  const { cpu = 0, memory = 0, gpu = 0, [custom]: special = 0 } = capacity;
  return {
    ...(chance.happens(0.4) && { cpu: Math.floor((cpu * share) / 100) * 100 }),
    ...(chance.happens(0.3) && {
      memory: Math.max(1, Math.floor((memory / mebibyte) * share)) * mebibyte,
    }),
    ...(gpu > 0 && chance.happens(0.4) && { gpu: chance.pick([500, 1000]) }),
    ...(special > 0 && chance.happens(0.3) && { [custom]: 1000 }),
  };
}

function placeKeys(chance: Chance, target: Traits): Part {
  const { labels, pool = 'default', queues = [], taints = [] } = target;
  const { zone = 'a', disk } = labels;
  const elsewhere = zones.filter((each) => each !== zone);
  const affinity = {
    ...(chance.happens(0.4) && { require: { zone: [zone, chance.pick(zones)] } }),
    ...(chance.happens(0.3) && { forbid: { zone: chance.pick(elsewhere) } }),
    ...(chance.happens(0.3) && { prefer: { disk: 'ssd' } }),
  };
  const tolerations = taints
    .filter(({ effect }) => effect === 'refuse' || chance.happens(0.5))
    .map(({ key, value }) => (chance.happens(0.5) || value === '' ? key : `${key}=${value}`));
  return {
    ...(chance.happens(0.3) && { nodePool: pool }),
    ...(queues.length > 0 && { queue: chance.pick(queues) }),
    ...(tolerations.length > 0 && { tolerations }),
    ...(disk !== undefined && chance.happens(0.2) && { labels: { disk } }),
    ...(Object.keys(affinity).length > 0 && { affinity }),
  };
}
