/** Three members of etcd on loopback, as Debian has it. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { freePorts } from '../../cluster/places.ts';
import { until } from '../../cluster/problem.ts';
import { Child } from '../../cluster/process.ts';
import { programOf } from './debian.ts';
import { type PeerServer, type Place, refuseDead, untilOpen } from './server.ts';

const names = ['e1', 'e2', 'e3'] as const;
const electMsMax = 30_000;
const statusReply = z.object({
  header: z.object({ member_id: z.string() }),
  leader: z.string().optional(),
});

export async function startEtcd({ folder }: Place): Promise<PeerServer> {
  const ports = await freePorts(2 * names.length);
  const members = names.map((name, place) => ({
    name,
    client: `http://127.0.0.1:${ports[2 * place]}`,
    peer: `http://127.0.0.1:${ports[2 * place + 1]}`,
  }));
  const cluster = members.map(({ name, peer }) => `${name}=${peer}`).join(',');
  const children = members.map(({ name, client, peer }) => {
    const cwd = join(folder, name);
    mkdirSync(cwd);
    const flags = {
      ...{ name, 'data-dir': join(cwd, 'data'), 'initial-cluster': cluster },
      ...{ 'listen-client-urls': client, 'advertise-client-urls': client },
      ...{ 'listen-peer-urls': peer, 'initial-advertise-peer-urls': peer },
    };
    const args = Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`);
    const logFile = join(folder, `${name}.log`);
    return new Child({
      ...{ name: `etcd ${name}`, program: programOf('etcd'), args, env: process.env, cwd, logFile },
    });
  });
  await untilOpen(children, ports);
  const leader = await until(
    'a leader of etcd',
    { withinMs: electMsMax, everyMs: 100 },
    async () => {
      refuseDead(children);
      for (const { client } of members) if (await leads(client)) return client;
      return undefined;
    },
  );
  return {
    settings: { leader },
    stop: async () => {
      await Promise.all(children.map((child) => child.stop()));
    },
  };
}

/** By the gateway that etcd has beside gRPC. */
async function leads(client: string): Promise<boolean> {
  const answer = await fetch(`${client}/v3/maintenance/status`, { method: 'POST', body: '{}' });
  if (!answer.ok) return false;
  const { header, leader } = statusReply.parse(await answer.json());
  return header.member_id === leader;
}
