/** Processes that die, restart and freeze. */
import { below } from '../../../src/base/random.ts';
import type { Fault } from '../fault.ts';

/**
 * SIGKILL, half of the time to the peer alone: its executor and its tasks then wait for the next
 * peer, which adopts them.
 */
export const kill: Fault = {
  name: 'kill',
  holdMs: [100, 4_000],
  begin: async (world, random) => {
    const node = world.pick(random);
    const how = below(random, 2) === 0 ? 'peer' : 'tree';
    await node.kill(how);
    return { what: `${node.name}, ${how}`, heal: () => node.release() };
  },
};

export const killAll: Fault = {
  name: 'kill-all',
  holdMs: [0, 500],
  begin: async (world) => {
    await Promise.all(world.nodes.map((node) => node.kill('tree')));
    return {
      what: 'every node',
      heal: () => {
        for (const node of world.nodes) node.release();
      },
    };
  },
};

/** SIGTERM: the node hands over what it has. */
export const restart: Fault = {
  name: 'restart',
  holdMs: [0, 1_000],
  begin: async (world, random) => {
    const node = world.pick(random);
    await node.stop();
    return { what: node.name, heal: () => node.release() };
  },
};

const whoms = ['peer', 'executor', 'both'] as const;

/** SIGSTOP: a process that comes back believes that no time has passed. */
export const pause: Fault = {
  name: 'pause',
  holdMs: [200, 10_000],
  nature: 'isolates',
  begin: (world, random) => {
    const node = world.pick(random);
    const whom = whoms[below(random, whoms.length)] ?? 'both';
    node.signal('SIGSTOP', whom);
    return { what: `${node.name}, ${whom}`, heal: () => node.signal('SIGCONT', 'both') };
  },
};
