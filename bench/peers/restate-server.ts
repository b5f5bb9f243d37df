/** Restate from its npm packages: one node, or three that replicate to a majority. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts } from '../../cluster/places.ts';
import { Problem, until } from '../../cluster/problem.ts';
import { Child } from '../../cluster/process.ts';
import { type PeerServer, type Place, refuseDead, untilOpen } from './server.ts';

const readyMsMax = 120_000;
/** The default is 2 GiB for each node. */
const memory = '1.0 GiB';

export async function startRestate(
  { folder, packages }: Place,
  count: number,
): Promise<PeerServer> {
  if (packages === undefined) throw new Problem('the packages of Restate are not installed', 1);
  const server = `@restatedev/restate-server-${process.platform}-${process.arch}`;
  const program = join(packages, 'node_modules', server, 'bin/restate-server');
  const ports = await freePorts(3 * count);
  const nodes = Array.from({ length: count }, (_, place) => ({
    name: `r${place + 1}`,
    fabric: ports[3 * place] ?? 0,
    ingress: ports[3 * place + 1] ?? 0,
    admin: ports[3 * place + 2] ?? 0,
  }));
  const addresses = nodes.map(({ fabric }) => `http://127.0.0.1:${fabric}`);
  const children = nodes.map((node, place) => {
    const cwd = join(folder, node.name);
    mkdirSync(cwd);
    const config = join(cwd, 'restate.toml');
    writeFileSync(config, configOf(node, { addresses, provisions: place === 0, folder: cwd }));
    const args = ['--config-file', config, '--no-logo'];
    const logFile = join(folder, `${node.name}.log`);
    return new Child({
      ...{ name: `Restate ${node.name}`, program, args, env: process.env, cwd, logFile },
    });
  });
  await untilOpen(children, ports);
  const admins = nodes.map(({ admin }) => `http://127.0.0.1:${admin}`);
  await until('Restate to be ready', { withinMs: readyMsMax, everyMs: 200 }, async () => {
    refuseDead(children);
    const ready = await Promise.all(admins.map(isHealthy));
    return ready.every(Boolean) || undefined;
  });
  return {
    settings: {
      admin: admins[0],
      ingresses: nodes.map(({ ingress }) => `http://127.0.0.1:${ingress}`),
    },
    stop: async () => {
      await Promise.all(children.map((child) => child.stop()));
    },
  };
}

const isHealthy = (admin: string): Promise<boolean> =>
  fetch(`${admin}/health`).then(
    ({ ok }) => ok,
    () => false,
  );

interface NodePorts {
  readonly name: string;
  readonly fabric: number;
  readonly ingress: number;
  readonly admin: number;
}

function configOf(
  { name, fabric, ingress, admin }: NodePorts,
  cluster: {
    readonly addresses: readonly string[];
    readonly provisions: boolean;
    readonly folder: string;
  },
): string {
  const address = (port: number): string => `"127.0.0.1:${port}"`;
  const { addresses, provisions, folder } = cluster;
  return `
node-name = "${name}"
cluster-name = "bench"
base-dir = "${join(folder, 'data')}"
auto-provision = ${provisions}
default-replication = ${Math.floor(addresses.length / 2) + 1}
disable-telemetry = true
log-filter = "warn"
log-disable-ansi-codes = true
listen-mode = "tcp"
rocksdb-total-memory-size = "${memory}"
bind-address = ${address(fabric)}
advertised-address = "http://127.0.0.1:${fabric}"

[metadata-client]
type = "replicated"
addresses = ${JSON.stringify(addresses)}

[bifrost]
default-provider = "replicated"

[ingress]
bind-address = ${address(ingress)}

[admin]
bind-address = ${address(admin)}
`;
}
