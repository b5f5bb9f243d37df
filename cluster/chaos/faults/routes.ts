/** Partitions between the nats-servers, and with them between the groups of nodes behind them. */
import { below } from '../../../src/base/random.ts';
import type { Begun, Fault } from '../fault.ts';
import type { Conduct, Direction, Link } from '../link.ts';
import type { World } from '../world.ts';

type Random = Parameters<Fault['begin']>[1];

const both: readonly Direction[] = ['there', 'back'];

function spoil(
  links: readonly Link[],
  directions: readonly Direction[],
  conduct: Partial<Conduct>,
): Begun['heal'] {
  for (const link of links) link.set(directions, conduct);
  return () => {
    for (const link of links) link.heal();
  };
}

function pickRoute(world: World, random: Random) {
  const route = world.mesh.routes[below(random, world.mesh.routes.length)];
  if (route === undefined) throw new Error('there is no route');
  return { link: route.link, name: route.between.join('-') };
}

/** A hears C, B hears C, and A and B do not hear each other. */
export const bridge: Fault = {
  name: 'bridge',
  holdMs: [1_000, 10_000],
  nature: 'isolates',
  begin: (world, random) => {
    const { link, name } = pickRoute(world, random);
    return { what: name, heal: spoil([link], both, { mode: 'drop' }) };
  },
};

export const routeOneWay: Fault = {
  name: 'route-one-way',
  holdMs: [1_000, 8_000],
  nature: 'isolates',
  begin: (world, random) => {
    const { link, name } = pickRoute(world, random);
    const direction = below(random, 2) === 0 ? 'there' : 'back';
    return { what: `${name}, ${direction}`, heal: spoil([link], [direction], { mode: 'drop' }) };
  },
};

/** What was sent meanwhile arrives at the end: old terms, old requests, all at once. */
export const routeStall: Fault = {
  name: 'route-stall',
  holdMs: [500, 6_000],
  nature: 'isolates',
  begin: (world, random) => {
    const { link, name } = pickRoute(world, random);
    return { what: name, heal: spoil([link], both, { mode: 'hold' }) };
  },
};

/** One server and its nodes on one side, the other two on the other. */
export const partition: Fault = {
  name: 'partition',
  holdMs: [1_000, 10_000],
  nature: 'isolates',
  begin: (world, random) => {
    const { name } = world.pickServer(random);
    return { what: name, heal: spoil(world.routesOf(name), both, { mode: 'drop' }) };
  },
};

/** Nobody hears anybody behind another server. */
export const shatter: Fault = {
  name: 'shatter',
  holdMs: [1_000, 6_000],
  nature: 'isolates',
  begin: (world) => {
    const links = world.mesh.routes.map(({ link }) => link);
    return { what: 'all routes', heal: spoil(links, both, { mode: 'drop' }) };
  },
};
