/**
 * The subjects of others, against a real nats-server (with JetStream and without) and against the
 * embedded broker.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, headers, type NatsConnection } from 'nats';
import { afterEach, describe, expect, it } from 'vitest';
import { silentTrace, type Trace, type TraceFields } from '../../src/base/trace.ts';
import { startBroker } from '../../src/transport/broker/server.ts';
import { NatsEvents, type OutsideMessage, subjectsMax } from '../../src/transport/nats-events.ts';
import { findNatsServer, startNatsServer } from '../support/nats-server.ts';

const program = findNatsServer();
const endings: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error('it does not become so');
    await new Promise((wake) => setTimeout(wake, 20));
  }
}

/** A node that listens; messages are settled as `takes` says. */
function listener(
  url: string,
  takes: (message: OutsideMessage) => boolean = () => true,
  trace: Trace = silentTrace,
) {
  const heard: OutsideMessage[] = [];
  const events = new NatsEvents({
    servers: url,
    name: 'test.events',
    group: 'test',
    trace,
    receive: (message) => {
      heard.push(message);
      message.settle(takes(message));
    },
  });
  endings.push(() => events.close());
  return { events, heard };
}

async function client(url: string): Promise<NatsConnection> {
  const connection = await connect({ servers: url.replace('nats://', '') });
  endings.push(() => connection.close());
  return connection;
}

async function plainServer(): Promise<string> {
  const started = await startBroker({ port: 0 });
  if (!started.ok) throw new Error(started.error.message);
  endings.push(() => started.value.close());
  return started.value.url;
}

const texts = (heard: readonly OutsideMessage[]): readonly string[] =>
  heard.map(({ payload }) => new TextDecoder().decode(payload));

/** Publishes until a listener has heard: then it listens. */
async function warmUp(sender: NatsConnection, subject: string, heard: readonly unknown[][]) {
  await until(() => {
    sender.publish(subject, 'warm-up');
    return heard.some((each) => each.length > 0);
  });
}

/** Sends what no client would: the header block as it is. */
async function sendRaw(url: string, subject: string, header: string, body: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = createConnection(Number(port), hostname);
  const sizes = `${header.length} ${header.length + body.length}`;
  socket.write('CONNECT {"verbose":false,"headers":true}\r\n');
  socket.write(`HPUB ${subject} ${sizes}\r\n${header}${body}\r\nPING\r\n`);
  let said = '';
  socket.on('data', (bytes) => {
    said += bytes.toString();
  });
  await until(() => said.includes('PONG'));
  socket.destroy();
}

describe('a subject without a stream', () => {
  it('hears messages whose headers are none, and what comes behind them', async () => {
    const url = await plainServer();
    const told: string[] = [];
    const { events, heard } = listener(
      url,
      () => true,
      (_, name) => told.push(name),
    );
    events.listen(new Set(['orders.*']));
    const sender = await client(url);
    await warmUp(sender, 'orders.x', [heard]);
    for (const header of ['NATS/1.0\r\nfoo bar[: x\r\n\r\n', 'garbage', 'NATS/1.0\r\nx']) {
      await sendRaw(url, 'orders.x', header, header);
    }
    sender.publish('orders.x', 'behind');
    await until(() => texts(heard).includes('behind'));
    expect(texts(heard).filter((text) => text !== 'warm-up')).toEqual([
      'NATS/1.0\r\nfoo bar[: x\r\n\r\n',
      'garbage',
      'NATS/1.0\r\nx',
      'behind',
    ]);
    expect(told).toContain('events.bad-headers');
  });

  it('gives each message to one of the nodes, with a key of its own', async () => {
    const url = await plainServer();
    const [left, right] = [listener(url), listener(url)];
    for (const { events } of [left, right]) events.listen(new Set(['orders.*']));
    const sender = await client(url);
    await warmUp(sender, 'orders.x', [left.heard]);
    await warmUp(sender, 'orders.x', [right.heard]);
    await sender.flush();
    for (const { heard } of [left, right]) heard.length = 0;
    for (let each = 0; each < 50; each++) sender.publish('orders.new', `order ${each}`);
    const all = () =>
      [...left.heard, ...right.heard].filter(({ subject }) => subject === 'orders.new');
    await until(() => all().length >= 50);
    expect(new Set(texts(all())).size).toBe(50);
    expect(new Set(all().map(({ key }) => key)).size).toBe(50);
    expect(all()).toHaveLength(50);
  });

  it('asks for streams together with all others', async () => {
    const url = await plainServer();
    const sender = await client(url);
    let asked = 0;
    sender.subscribe('$JS.API.>', {
      callback: (_error, message) => {
        asked += 1;
        message.respond(JSON.stringify({ error: { code: 503, description: 'no JetStream' } }));
      },
    });
    await sender.flush();
    const { events, heard } = listener(url);
    const subjects = Array.from({ length: 100 }, (_, at) => `orders.${at}`);
    events.listen(new Set(subjects));
    await until(() => {
      for (const subject of subjects) sender.publish(subject, 'x');
      return new Set(heard.map(({ subject }) => subject)).size === subjects.length;
    });
    expect(asked).toBeGreaterThan(0);
    expect(asked).toBeLessThan(5);
  });

  it('is left out, with a warning, where a node listens to as many as it may', async () => {
    const url = await plainServer();
    const warnings: TraceFields[] = [];
    const { events, heard } = listener(url, undefined, (_level, name, fields = {}) => {
      if (name === 'events.too-many-subjects') warnings.push(fields);
    });
    const subjects = Array.from({ length: subjectsMax + 1 }, (_, at) => `orders.${at}`);
    events.listen(new Set(subjects));
    const last = subjects.at(-1) ?? '';
    expect(warnings).toEqual([{ limit: subjectsMax, subject: last }]);
    events.listen(new Set(subjects.slice(1)));
    const sender = await client(url);
    await warmUp(sender, last, [heard]);
    expect(warnings).toHaveLength(1);
  });

  it('takes the key from Nats-Msg-Id where there is one', async () => {
    const url = await plainServer();
    const { events, heard } = listener(url);
    events.listen(new Set(['orders']));
    const sender = await client(url);
    await warmUp(sender, 'orders', [heard]);
    const named = headers();
    named.set('Nats-Msg-Id', 'order-7');
    sender.publish('orders', 'x', { headers: named });
    await until(() => heard.some(({ key }) => key === 'order-7'));
  });

  it('is heard no more when nobody wants it', async () => {
    const url = await plainServer();
    const { events, heard } = listener(url);
    events.listen(new Set(['orders', 'bills']));
    const sender = await client(url);
    await warmUp(sender, 'orders', [heard]);
    events.listen(new Set(['bills']));
    heard.length = 0;
    await until(() => {
      sender.publish('orders', 'x');
      sender.publish('bills', 'y');
      return heard.some(({ subject }) => subject === 'bills');
    });
    heard.length = 0;
    sender.publish('orders', 'x');
    sender.publish('bills', 'last');
    await until(() => texts(heard).includes('last'));
    expect(heard.every(({ subject }) => subject === 'bills')).toBe(true);
  });

  it('never passes on what the cluster says to itself', async () => {
    const url = await plainServer();
    const { events, heard } = listener(url);
    events.listen(new Set(['>']));
    const sender = await client(url);
    await warmUp(sender, 'orders', [heard]);
    sender.publish('skein.prod.control.raft', 'secret');
    sender.publish('after', 'x');
    await until(() => heard.some(({ subject }) => subject === 'after'));
    expect(heard.some(({ subject }) => subject.startsWith('skein.'))).toBe(false);
  });
});

describe.runIf(program !== undefined)('a subject that a stream keeps', () => {
  async function jetStream(): Promise<{ url: string; sender: NatsConnection }> {
    const folder = mkdtempSync(join(tmpdir(), 'skein-js-'));
    endings.push(() => rmSync(folder, { recursive: true }));
    const args = ['--jetstream', '--store_dir', folder];
    const server = await startNatsServer(program ?? '', { args });
    endings.push(() => server.stop());
    const sender = await client(server.url);
    const manager = await sender.jetstreamManager();
    await manager.streams.add({ name: 'ORDERS', subjects: ['orders.>'] });
    return { url: server.url, sender };
  }

  const consumers = async (sender: NatsConnection): Promise<number> =>
    (await (await sender.jetstreamManager()).streams.info('ORDERS')).state.consumer_count;

  /** Requests for messages that stand open. */
  const waiting = async (sender: NatsConnection): Promise<number> => {
    const manager = await sender.jetstreamManager();
    const infos = await manager.consumers.list('ORDERS').next();
    return infos.reduce((sum, { num_waiting }) => sum + num_waiting, 0);
  };

  it('gives each message to one node, with its place in the stream as the key', async () => {
    const { url, sender } = await jetStream();
    const [left, right] = [listener(url), listener(url)];
    for (const { events } of [left, right]) events.listen(new Set(['orders.*']));
    await until(async () => (await consumers(sender)) === 1);
    for (let each = 0; each < 20; each++) await sender.jetstream().publish('orders.new', `${each}`);
    await until(() => left.heard.length + right.heard.length >= 20);
    const keys = [...left.heard, ...right.heard].map(({ key }) => key);
    expect(new Set(keys)).toEqual(new Set(Array.from({ length: 20 }, (_, n) => `ORDERS:${n + 1}`)));
    expect(keys).toHaveLength(20);
  });

  it('brings a message again that was not taken', async () => {
    const { url, sender } = await jetStream();
    let told = 0;
    const { events, heard } = listener(url, () => ++told > 1);
    events.listen(new Set(['orders.new']));
    await until(async () => (await consumers(sender)) === 1);
    await sender.jetstream().publish('orders.new', 'x');
    await until(() => heard.length === 2);
    expect(heard.map(({ key }) => key)).toEqual(['ORDERS:1', 'ORDERS:1']);
  });

  it('keeps what comes while no node listens, and forgets when nobody wants it', async () => {
    const { url, sender } = await jetStream();
    const first = listener(url);
    first.events.listen(new Set(['orders.new']));
    await until(async () => (await consumers(sender)) === 1);
    await first.events.close();
    // What is given to somebody who has just gone comes again after 30 s only.
    await until(async () => (await waiting(sender)) === 0);
    await sender.jetstream().publish('orders.new', 'kept');
    const second = listener(url);
    second.events.listen(new Set(['orders.new']));
    await until(() => texts(second.heard).includes('kept'));
    second.events.listen(new Set());
    await until(async () => (await consumers(sender)) === 0);
  });
});
