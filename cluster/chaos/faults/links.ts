/** One node's own way to NATS. */
import { below } from '../../../src/base/random.ts';
import type { Fault } from '../fault.ts';
import type { Conduct, Direction } from '../link.ts';

const both: readonly Direction[] = ['there', 'back'];

function linkFault(
  shape: Omit<Fault, 'begin'>,
  conduct: Partial<Conduct>,
  ways: readonly (readonly Direction[])[],
): Fault {
  return {
    ...shape,
    begin: (world, random) => {
      const node = world.pick(random);
      const directions = ways[below(random, ways.length)] ?? both;
      node.link.set(directions, conduct);
      return { what: `${node.name} ${directions.join('+')}`, heal: () => node.link.heal() };
    },
  };
}

export const linkCut = linkFault(
  { name: 'link-cut', holdMs: [500, 10_000], nature: 'isolates' },
  { mode: 'drop' },
  [both],
);

/** It speaks and hears nothing, or hears and is not heard. */
export const linkOneWay = linkFault(
  { name: 'link-one-way', holdMs: [500, 8_000], nature: 'isolates' },
  { mode: 'drop' },
  [['there'], ['back']],
);

export const linkStall = linkFault(
  { name: 'link-stall', holdMs: [300, 6_000], nature: 'isolates' },
  { mode: 'hold' },
  [both, ['there'], ['back']],
);

export const linkSlow = linkFault(
  { name: 'link-slow', holdMs: [2_000, 8_000], nature: 'isolates' },
  { delayMs: 200, jitterMs: 100 },
  [both],
);

export const linkThin = linkFault(
  { name: 'link-thin', holdMs: [2_000, 8_000], nature: 'isolates' },
  { bytesPerSecond: 50_000 },
  [both],
);
