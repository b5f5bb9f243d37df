/**
 * Everything that a chaos run may break: the nats-servers and their routes, the nodes and their
 * links, disks and clocks.
 *
 * It owns all processes of the run. It does not own the schedule, the load or the verdict.
 *
 * Invariants:
 *   W1  After `heal` no fault is left, and every node that can run is running.
 *   W2  After `destroy` no process of the run is alive.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import type { Random } from '../../src/base/ports.ts';
import { below } from '../../src/base/random.ts';
import { freePorts } from '../places.ts';
import { until } from '../problem.ts';
import type { Answer } from './ask-node.ts';
import { type ChaosNode, makeNode } from './chaos-node.ts';
import type { Link } from './link.ts';
import { type NatsMesh, type NatsServer, startMesh } from './nats-mesh.ts';
import type { Tools } from './tools.ts';
import { Watch } from './watch.ts';

export interface WorldSetting {
  readonly folder: string;
  readonly nodes: number;
  readonly skein: string;
  readonly tools: Tools;
}

/** Of all faults that choose a node, so many choose the leader, in percent. */
const leaderBias = 60;
const readyMsMax = 90_000;

export class World {
  readonly nodes: readonly ChaosNode[];
  readonly mesh: NatsMesh;
  readonly tools: Tools;
  readonly watch: Watch;

  /** Use `startWorld`. */
  constructor(nodes: readonly ChaosNode[], mesh: NatsMesh, tools: Tools) {
    this.nodes = nodes;
    this.mesh = mesh;
    this.tools = tools;
    this.watch = new Watch(nodes);
  }

  /** The leader as most nodes saw it a moment ago; some node when nobody knows one. */
  get leader(): ChaosNode {
    return this.nodes.find(({ name }) => name === this.watch.leader) ?? this.#at(0);
  }

  /** A node to hurt: more often the leader than not. */
  pick(random: Random): ChaosNode {
    const place = below(random, this.nodes.length);
    return below(random, 100) < leaderBias ? this.leader : this.#at(place);
  }

  pickServer(random: Random): NatsServer {
    const server = this.mesh.servers[below(random, this.mesh.servers.length)];
    if (server === undefined) throw new Error('there is no nats-server');
    return server;
  }

  /** Less than half of the nodes, the leader first as often as `pick` chooses it. */
  minority(random: Random): readonly ChaosNode[] {
    const first = this.pick(random);
    const others = this.nodes.filter((node) => node !== first);
    return [first, ...others].slice(0, Math.floor((this.nodes.length - 1) / 2));
  }

  routesOf(server: string): readonly Link[] {
    return this.mesh.routes.filter(({ between }) => between.includes(server)).map(linkOf);
  }

  async heal(): Promise<void> {
    for (const { link } of this.mesh.routes) link.heal();
    for (const server of this.mesh.servers) {
      server.child.kill('SIGCONT');
      await this.mesh.revive(server);
    }
    for (const node of this.nodes) {
      node.link.heal();
      node.disk.set('healthy');
      node.signal('SIGCONT', 'both');
      node.mayEnd = false;
      node.release();
    }
  }

  /** Waits until every node has caught up and knows a leader; the names of those that have not. */
  async ready(withinMs = readyMsMax): Promise<readonly string[]> {
    let late: readonly string[] = [];
    await until('the nodes to be ready', { withinMs, everyMs: 100 }, async () => {
      const ready = await Promise.all(this.nodes.map((node) => node.isReady()));
      late = this.nodes.filter((_, place) => !ready[place]).map(({ name }) => name);
      return late.length === 0 || undefined;
    }).catch(() => {});
    return late;
  }

  /** Waits until every node is ready and has its vote: only then can one lose its data again. */
  async whole(withinMs = readyMsMax): Promise<void> {
    await until('every node to vote', { withinMs, everyMs: 200 }, async () => {
      const answers = await Promise.all(
        this.nodes.map((node) => node.ask({ method: 'GET', path: '/api/v1/node' })),
      );
      return answers.every(isOfVoter) || undefined;
    });
    await this.ready(withinMs);
  }

  async destroy(): Promise<void> {
    this.watch.stop();
    for (const node of this.nodes) {
      node.disk.set('healthy');
      await node.kill('tree');
      node.link.close();
    }
    await this.mesh.stop();
  }

  #at(place: number): ChaosNode {
    const node = this.nodes[place];
    if (node === undefined) throw new Error(`there is no node ${place}`);
    return node;
  }
}

const status = z.object({ member: z.string().optional() });

/** Builds without membership do not say it: there everybody votes. */
function isOfVoter(answer: Answer): boolean {
  if (answer.kind !== 'ok') return false;
  return (status.parse(answer.body).member ?? 'voter') === 'voter';
}

const linkOf = ({ link }: { readonly link: Link }): Link => link;

/** Starts the servers and the nodes; the caller waits for `ready` and calls `destroy`. */
export async function startWorld(setting: WorldSetting): Promise<World> {
  const { folder, tools } = setting;
  const mesh = await startMesh(tools.natsServer, join(folder, 'nats'));
  const ports = await freePorts(setting.nodes);
  const secret = randomBytes(24).toString('hex');
  const nodes: ChaosNode[] = [];
  for (const [place, port] of ports.entries()) {
    const name = `n${place + 1}`;
    const server = mesh.servers[place % mesh.servers.length];
    nodes.push(
      await makeNode({
        name,
        port,
        folder: join(folder, name),
        skein: setting.skein,
        expect: setting.nodes,
        secret,
        natsPort: server?.port ?? 0,
        tools,
      }),
    );
  }
  for (const node of nodes) node.start();
  return new World(nodes, mesh, tools);
}
