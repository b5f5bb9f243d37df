/** The three bodies of the Network port pass one suite. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { incarnation, nodeId } from '../../src/base/brand.ts';
import type { Network } from '../../src/base/ports.ts';
import { SeededRandom } from '../../src/base/random.ts';
import { realClock } from '../../src/node/real-ports.ts';
import { type Broker, startBroker } from '../../src/transport/broker/server.ts';
import {
  kindPolicy,
  MemoryHub,
  type MemoryNetwork,
  type Reach,
} from '../../src/transport/memory.ts';
import { connectNats, type NatsNetwork } from '../../src/transport/nats.ts';
import { Postbox } from '../../src/transport/postbox.ts';
import {
  findNatsServer,
  freePort,
  type NatsServer,
  startNatsServer,
} from '../support/nats-server.ts';
import { type NetworkWorld, networkSuite, until, type WorldOptions } from './network-suite.ts';

/** Something that listens on one port and can die. */
interface Server {
  readonly url: string;
  kill(): Promise<void>;
  restart(): Promise<void>;
  close(): Promise<void>;
}

const folder = mkdtempSync(join(tmpdir(), 'skein-nats-'));
let configs = 0;
afterAll(() => rmSync(folder, { recursive: true }));

networkSuite('memory', async (options) => memoryWorld(options));

networkSuite('embedded broker', async (options) => natsWorld(await embeddedServer(options)));

const program = findNatsServer();
if (program !== undefined) {
  networkSuite('nats-server', async (options) => natsWorld(await realServer(program, options)));

  test('network: a subject that is denied is reported, and the rest works on', async () => {
    const rule = 'permissions: { subscribe: { deny: "s.deny" }, publish: { deny: "s.mute" } }';
    const config = `authorization { users: [{ user: u, password: p, ${rule} }] }`;
    const server = await startNatsServer(program, { args: ['--config', configFile(config)] });
    const marks: string[] = [];
    const connected = await connectNats({
      servers: server.url.replace('//', '//u:p@'),
      name: 'a',
      trace: (_, name) => marks.push(name),
    });
    if (!connected.ok) throw new Error(connected.error.message);
    const network = connected.value;
    network.subscribe('control', 's.deny', () => {});
    network.publish('bulk', 's.mute', new Uint8Array(1));
    await until('both are reported', () => {
      return marks.includes('transport.subscription_denied') && marks.length >= 3;
    });
    await settle(network);
    expect(network.connected('control')).toBe(true);
    await network.close();
    await server.stop();
  });

  test('network: a server that stands still is found stale and taken back (P71)', async () => {
    const server = await startNatsServer(program);
    const network = await joined(server.url, 'a');
    const heard: string[] = [];
    const other = await joined(server.url, 'b');
    other.subscribe('control', 's', (payload) => heard.push(Buffer.from(payload).toString()));
    await settle(other);
    server.process.kill('SIGSTOP');
    const all = [network, other];
    await until('both find it stale', () =>
      all.every((process) => !process.connected('control') && !process.connected('bulk')),
    );
    network.publish('control', 's', Buffer.from('stale'));
    server.process.kill('SIGCONT');
    await until('both are back', () =>
      all.every((process) => process.connected('control') && process.connected('bulk')),
    );
    await settle(other);
    network.publish('control', 's', Buffer.from('fresh'));
    await until('it has arrived', () => heard.length > 0);
    expect(heard).toEqual(['fresh']);
    expect(network.counters()).toMatchObject({ droppedWhileDown: 1, slowConsumerCuts: 0 });
    await Promise.all(all.map((process) => process.close()));
    await server.stop();
  }, 20_000);
}

test('network: a server that does not answer is named in time, with what to do', async () => {
  const url = `nats://127.0.0.1:${await freePort()}`;
  const connected = await connectNats({ servers: url, name: 'lost', connectTimeoutMs: 300 });
  expect(connected).toMatchObject({ ok: false, error: { code: 'NATS_UNREACHABLE' } });
  expect(connected.ok ? '' : connected.error.message).toContain(url.slice('nats://'.length));
});

test('network: wrong credentials are refused at once and right ones are let in', async () => {
  const credentials = { kind: 'token', token: 'open-sesame' } as const;
  const started = await startBroker({ port: 0, credentials });
  if (!started.ok) throw new Error(started.error.message);
  const broker = started.value;
  const refused = await connectNats({ servers: broker.url, name: 'stranger' });
  expect(refused).toMatchObject({ ok: false, error: { code: 'NATS_REFUSED' } });
  const servers = broker.url.replace('//', '//open-sesame@');
  const welcome = await connectNats({ servers, name: 'friend' });
  expect(welcome.ok).toBe(true);
  if (welcome.ok) await welcome.value.close();
  await broker.close();
});

test('network: the payload limit of the server that came back holds (P75)', async () => {
  const port = await freePort();
  const first = await startBroker({ port });
  if (!first.ok) throw new Error(first.error.message);
  const network = await joined(first.value.url, 'a');
  expect(network.maxPayloadBytes()).toBe(2 ** 20);
  await first.value.close();
  await until('the break is seen', () => !network.connected('control'));
  const second = await startBroker({ port, maxPayloadBytes: 64 * 1024 });
  if (!second.ok) throw new Error(second.error.message);
  await until(
    'the lanes are back',
    () => network.connected('control') && network.connected('bulk'),
  );
  expect(network.maxPayloadBytes()).toBe(64 * 1024);
  await network.close();
  await second.value.close();
});

test('network: credentials that are wrong for long do not end the reconnecting (P72)', async () => {
  const port = await freePort();
  const serve = async (token: string): Promise<Broker> => {
    const started = await startBroker({ port, credentials: { kind: 'token', token } });
    if (!started.ok) throw new Error(started.error.message);
    return started.value;
  };
  const first = await serve('right');
  const network = await joined(first.url.replace('//', '//right@'), 'a');
  await first.close();
  const refusals: string[] = [];
  const wrong = await startBroker({
    port,
    credentials: { kind: 'token', token: 'wrong' },
    trace: (_, name) => refusals.push(name),
  });
  if (!wrong.ok) throw new Error(wrong.error.message);
  const isCut = (name: string): boolean => name === 'broker.client_cut';
  await until('it was refused often', () => refusals.filter(isCut).length >= 8);
  await wrong.value.close();
  const last = await serve('right');
  await until('it is back', () => network.connected('control') && network.connected('bulk'));
  await network.close();
  await last.close();
});

test('network: a cut as a slow consumer is counted, and the lane comes back (P73)', async () => {
  const broker = await startBroker({ port: 0, maxPendingBytes: 10_000 });
  if (!broker.ok) throw new Error(broker.error.message);
  const [a, b] = [await joined(broker.value.url, 'a'), await joined(broker.value.url, 'b')];
  b.subscribe('bulk', 's.flood', () => {});
  await settle(b);
  for (let i = 0; i < 200; i++) a.publish('bulk', 's.flood', new Uint8Array(100));
  await until('it is back', () => b.counters().reconnects === 1 && b.connected('bulk'));
  expect(b.counters()).toMatchObject({ reconnects: 1, slowConsumerCuts: 1 });
  expect(broker.value.counters().slowConsumerCuts).toBe(1);
  expect(a.counters().reconnects).toBe(0);
  await Promise.all([a.close(), b.close()]);
  await broker.value.close();
});

test('network: postboxes exchange small and large messages over a broker', async () => {
  const broker = await startBroker({ port: 0, maxPayloadBytes: 64 * 1024 });
  if (!broker.ok) throw new Error(broker.error.message);
  const names = ['a', 'b', 'c'];
  const networks = await Promise.all(names.map((name) => joined(broker.value.url, name)));
  const heard = new Map(names.map((name): [string, unknown[]] => [name, []]));
  const postboxes = names.map((name, index) => {
    const postbox = new Postbox({
      ...{ network: networks[index]!, clock: realClock, random: new SeededRandom(index) },
      ...{ clusterName: 'main', clusterId: 'c1', key: Buffer.alloc(32, 7) },
      self: { node: nodeId(name), side: 'peer', incarnation: incarnation(`${name}-1`) },
    });
    postbox.listen('raft', (message) => heard.get(name)?.push(message));
    return postbox;
  });
  for (const network of networks) await settle(network);
  const large = 'skein '.repeat(200_000);
  postboxes[0]?.send('all', 'raft', 'bulk', large);
  postboxes[0]?.send(nodeId('b'), 'raft', 'bulk', 'end');
  postboxes[0]?.send([nodeId('b'), nodeId('c')], 'raft', 'bulk', 'both');
  await until(
    'all has arrived',
    () => (heard.get('c')?.length ?? 0) + heard.get('b')!.length === 5,
  );
  expect(heard).toEqual(
    new Map([
      ['a', []],
      ['b', [large, 'end', 'both']],
      ['c', [large, 'both']],
    ]),
  );
  await Promise.all(networks.map((network) => network.close()));
  await broker.value.close();
});

test('network: what nobody reads is bounded, dropped and counted (P74)', async () => {
  const broker = await startBroker({ port: 0 });
  if (!broker.ok) throw new Error(broker.error.message);
  const network = await joined(broker.value.url, 'a');
  const megabyte = new Uint8Array(2 ** 20);
  // The broker shares this thread, so it reads nothing until the loop below is over.
  for (let i = 0; i < 80; i++) network.publish('bulk', 's.flood', megabyte);
  expect(network.counters().droppedWhileClogged).toBeGreaterThan(10);
  await until('the window is open again', () => {
    const before = network.counters().droppedWhileClogged;
    network.publish('bulk', 's.flood', megabyte);
    return network.counters().droppedWhileClogged === before;
  });
  await network.close();
  await broker.value.close();
});

function memoryWorld(options: WorldOptions = {}): NetworkWorld {
  let up = true;
  const policy = { ...kindPolicy, reach: (): Reach => (up ? 'up' : 'down') };
  const hub = new MemoryHub({ clock: realClock, policy, ...options });
  const processes = new Set<MemoryNetwork>();
  return {
    server: {
      kill: async () => {
        up = false;
      },
      restart: async () => {
        up = true;
        for (const process of processes) {
          process.noteReconnect({ slowConsumer: false });
          process.noteReconnect({ slowConsumer: false });
        }
      },
    },
    join: async (name) => {
      const network = hub.join(name);
      processes.add(network);
      return network;
    },
    settle: async () => {},
    kill: async (network) => {
      for (const process of processes) if (process === network) process.kill();
    },
    close: async () => {
      for (const process of processes) process.kill();
    },
  };
}

async function natsWorld(server: Server): Promise<NetworkWorld> {
  const open = new Set<NatsNetwork>();
  const find = (network: Network): NatsNetwork => {
    const found = [...open].find((candidate) => candidate === network);
    if (found === undefined) throw new Error('a network of another world');
    return found;
  };
  return {
    server,
    join: async (name) => {
      const network = await joined(server.url, name);
      open.add(network);
      return network;
    },
    settle: (network) => settle(network),
    kill: async (network) => {
      const dead = find(network);
      open.delete(dead);
      await dead.close();
    },
    close: async () => {
      await Promise.all([...open].map((network) => network.close()));
      await server.close();
    },
  };
}

async function joined(servers: string, name: string): Promise<NatsNetwork> {
  const connected = await connectNats({ servers, name });
  if (!connected.ok) throw new Error(connected.error.message);
  return connected.value;
}

/**
 * A message to oneself through each lane comes back only when all that was asked for before is
 * known to the server. The two lanes are two connections, so each hears the other's messages.
 */
async function settle(network: Network): Promise<void> {
  const subject = `s.settle.${Math.random().toString(36).slice(2)}`;
  const heard = new Set<string>();
  const marks = (['control', 'bulk'] as const).map((lane) => ({
    lane,
    subscription: network.subscribe(lane, subject, () => heard.add(lane)),
  }));
  await until('the server has read everything', () => {
    for (const { lane } of marks) network.publish(lane, subject, new Uint8Array(0));
    return heard.size === 2;
  });
  for (const { subscription } of marks) subscription.cancel();
}

async function embeddedServer(options: WorldOptions = {}): Promise<Server> {
  const port = await freePort();
  const start = async (): Promise<Broker> => {
    const started = await startBroker({ ...options, port });
    if (!started.ok) throw new Error(started.error.message);
    return started.value;
  };
  let broker = await start();
  return {
    url: broker.url,
    kill: () => broker.close(),
    restart: async () => {
      broker = await start();
    },
    close: () => broker.close(),
  };
}

/** Some things can be set in a file only. */
function configFile(content: string): string {
  const file = join(folder, `${configs++}.conf`);
  writeFileSync(file, `${content}\n`);
  return file;
}

async function realServer(file: string, options: WorldOptions = {}): Promise<Server> {
  const port = await freePort();
  const { maxPayloadBytes } = options;
  const limited = maxPayloadBytes !== undefined;
  const args = limited ? ['--config', configFile(`max_payload: ${maxPayloadBytes}`)] : [];
  const start = (): Promise<NatsServer> => startNatsServer(file, { port, args });
  let server = await start();
  return {
    url: server.url,
    kill: () => server.stop('SIGKILL'),
    restart: async () => {
      server = await start();
    },
    close: () => server.stop('SIGKILL'),
  };
}
