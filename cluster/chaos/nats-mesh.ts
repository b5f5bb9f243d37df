/**
 * Three real nats-servers that form one cluster, each route of it through a link of ours: cutting
 * one makes a bridge, cutting two isolates a server with its nodes.
 *
 * It owns the servers, the routes' links and their configuration files.
 *
 * Invariants:
 *   M1  No two servers are joined by anything but their link: they advertise an address where
 *       nobody listens, so that what they tell each other about third ones leads nowhere.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { freePorts } from '../places.ts';
import { until } from '../problem.ts';
import { Child } from '../process.ts';
import { type Link, openLink } from './link.ts';

export interface NatsServer {
  readonly name: string;
  readonly port: number;
  child: Child;
}

export interface Route {
  readonly between: readonly [string, string];
  readonly link: Link;
}

const names = ['nats-1', 'nats-2', 'nats-3'] as const;
/** The discard port: nobody listens there. */
const nowhere = '127.0.0.1:9';
const startMsMax = 15_000;

interface Plan {
  readonly name: string;
  readonly port: number;
  readonly routePort: number;
  readonly routes: readonly number[];
}

export class NatsMesh {
  readonly servers: readonly NatsServer[];
  readonly routes: readonly Route[];
  readonly #start: (name: string) => Child;

  /** Use `startMesh`. */
  constructor(plans: readonly Plan[], routes: readonly Route[], start: (name: string) => Child) {
    this.routes = routes;
    this.#start = start;
    this.servers = plans.map(({ name, port }) => ({ name, port, child: start(name) }));
  }

  /** Starts the server again if it has ended. */
  async revive(server: NatsServer): Promise<void> {
    if (server.child.exit !== undefined) server.child = this.#start(server.name);
    await answering(server);
  }

  async stop(): Promise<void> {
    for (const { child } of this.servers) child.kill('SIGKILL');
    await Promise.all(this.servers.map(({ child }) => child.exited));
    for (const { link } of this.routes) link.close();
  }
}

export async function startMesh(program: string, folder: string): Promise<NatsMesh> {
  mkdirSync(folder, { recursive: true });
  const ports = await freePorts(names.length * 2);
  const plans: Plan[] = [];
  const routes: Route[] = [];
  for (const [place, name] of names.entries()) {
    const routePort = portAt(ports, names.length + place);
    // Each joins those in front of it, so that every pair has one route.
    const own: number[] = [];
    for (const other of plans) {
      const link = await openLink(other.routePort);
      routes.push({ between: [other.name, name], link });
      own.push(link.port);
    }
    plans.push({ name, port: portAt(ports, place), routePort, routes: own });
  }
  for (const plan of plans) {
    writeFileSync(join(folder, `${plan.name}.conf`), configuration(plan));
  }
  const start = (name: string): Child =>
    new Child({
      name,
      program,
      args: ['--config', join(folder, `${name}.conf`)],
      env: process.env,
      cwd: folder,
      logFile: join(folder, `${name}.log`),
    });
  const mesh = new NatsMesh(plans, routes, start);
  for (const server of mesh.servers) await answering(server);
  return mesh;
}

const portAt = (ports: readonly number[], place: number): number => {
  const port = ports[place];
  if (port === undefined) throw new Error(`there is no port ${place}`);
  return port;
};

/** A connection that is silent for 15 s is given up: a one-way cut stays one for a while. */
const configuration = ({ name, port, routePort, routes }: Plan): string => `
server_name: ${name}
listen: 127.0.0.1:${port}
ping_interval: "5s"
ping_max: 2
write_deadline: "10s"
cluster {
  name: chaos
  listen: 127.0.0.1:${routePort}
  advertise: "${nowhere}"
  no_advertise: true
  routes: [${routes.map((route) => `"nats-route://127.0.0.1:${route}"`).join(', ')}]
}
`;

async function answering({ name, port, child }: NatsServer): Promise<void> {
  await until(`${name} to answer`, { withinMs: startMsMax, everyMs: 20 }, async () => {
    if (child.exit !== undefined) throw new Error(`${name} did not start: ${child.lastWords()}`);
    return (await isListening(port)) || undefined;
  });
}

function isListening(port: number): Promise<boolean> {
  const socket = createConnection({ host: '127.0.0.1', port });
  return new Promise((resolve) => {
    const answer = (heard: boolean): void => {
      socket.destroy();
      resolve(heard);
    };
    socket.once('data', () => answer(true));
    socket.once('error', () => answer(false));
    socket.setTimeout(2_000, () => answer(false));
  });
}
