/** nats-servers that die and freeze: the nodes behind one hear nobody. */
import type { Fault } from '../fault.ts';

export const natsKill: Fault = {
  name: 'nats-kill',
  holdMs: [100, 5_000],
  nature: 'isolates',
  begin: async (world, random) => {
    const server = world.pickServer(random);
    server.child.kill('SIGKILL');
    await server.child.exited;
    return { what: server.name, heal: () => world.mesh.revive(server) };
  },
};

/** One server after the other, each back before the next goes. */
export const natsRolling: Fault = {
  name: 'nats-rolling',
  holdMs: [0, 100],
  nature: 'isolates',
  begin: async (world) => {
    for (const server of world.mesh.servers) {
      await server.child.stop();
      await world.mesh.revive(server);
    }
    return { what: 'all servers in turn', heal: () => {} };
  },
};

export const natsPause: Fault = {
  name: 'nats-pause',
  holdMs: [200, 8_000],
  nature: 'isolates',
  begin: (world, random) => {
    const server = world.pickServer(random);
    server.child.kill('SIGSTOP');
    return { what: server.name, heal: () => server.child.kill('SIGCONT') };
  },
};
