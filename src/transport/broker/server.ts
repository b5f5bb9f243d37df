/**
 * The embedded broker: a NATS server for one machine, the default where no nats-server is there.
 *
 * Job: accept clients, route what they publish. Owns: the listening socket, the clients, the tree.
 * Does not: cluster, persist, know accounts or TLS. Those who need them run nats-server; Skein sees
 * no difference, because both pass the same conformance suite.
 *
 * V1  What one read of one client causes is written before the next read is parsed: nothing waits
 *     for a timer, and many messages for one client leave in one write.
 * V2  Messages of one publisher reach each subscriber in the order in which they were published.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { fail, ok, type Result } from '../../base/result.ts';
import {
  Client,
  type EndReason,
  type Exchange,
  type Publication,
  type Subscription,
} from './client.ts';
import { type BrokerOptions, type BrokerSettings, connectionsMax, settingsOf } from './options.ts';
import { isSubject, SubjectTree } from './subject-tree.ts';

const inspectMsMax = 500;
const noResponders = Buffer.from('NATS/1.0 503\r\n\r\n');

export interface BrokerRefusal {
  readonly code: 'PORT_IN_USE' | 'ADDRESS_UNUSABLE';
  /** Names the address and says what to do. */
  readonly message: string;
}

export interface BrokerCounters {
  readonly clients: number;
  readonly subscriptions: number;
  readonly messagesIn: number;
  readonly messagesOut: number;
  readonly slowConsumerCuts: number;
  readonly staleCuts: number;
}

/** Listens, or says why not. */
export function startBroker(options: BrokerOptions = {}): Promise<Result<Broker, BrokerRefusal>> {
  const settings = settingsOf(options);
  const server = createServer({ noDelay: true });
  return new Promise((resolve) => {
    server.once('error', (error) => resolve(fail(refusalOf(error, settings))));
    server.listen({ host: settings.host, port: settings.port }, () => {
      server.removeAllListeners('error');
      const broker = new Broker(server, settings);
      settings.trace('info', 'broker.listening', { host: settings.host, port: broker.port });
      resolve(ok(broker));
    });
  });
}

function refusalOf(error: NodeJS.ErrnoException, { host, port }: BrokerSettings): BrokerRefusal {
  if (error.code === 'EADDRINUSE') {
    const advice = 'another server listens there; stop it, use it, or choose another port';
    return { code: 'PORT_IN_USE', message: `port ${port} on ${host} is taken: ${advice}` };
  }
  const message = `cannot listen on ${host}:${port} (${error.message}): choose another address`;
  return { code: 'ADDRESS_UNUSABLE', message };
}

export class Broker {
  readonly port: number;
  readonly #server: Server;
  readonly #settings: BrokerSettings;
  readonly #serverId = randomUUID().replaceAll('-', '').toUpperCase();
  readonly #tree = new SubjectTree<Subscription>();
  readonly #clients = new Set<Client>();
  /** Those whom the present read concerns (V1). */
  readonly #touched = new Set<Client>();
  readonly #inspection: NodeJS.Timeout;
  readonly #exchange: Exchange;
  readonly #counts = { messagesIn: 0, messagesOut: 0, slowConsumerCuts: 0, staleCuts: 0 };
  #subscriptions = 0;
  #lastClientId = 0;
  #turn = 0;
  #flushing = false;

  /** Made by `startBroker`. */
  constructor(server: Server, settings: BrokerSettings) {
    const address = server.address();
    this.port = typeof address === 'object' && address !== null ? address.port : settings.port;
    this.#server = server;
    this.#settings = settings;
    this.#exchange = {
      settings,
      info: (client) => this.#info(client),
      subscribed: (subscription) => this.#subscribed(subscription),
      unsubscribed: (subscription) => this.#unsubscribed(subscription),
      publish: (from, publication) => this.#publish(from, publication),
      touched: (client) => this.#touch(client),
      ended: (client, reason) => this.#ended(client, reason),
    };
    server.on('connection', (socket) => this.#accept(socket));
    const inspectMs = Math.min(inspectMsMax, settings.pingIntervalMs, settings.writeDeadlineMs);
    this.#inspection = setInterval(() => this.#inspect(), inspectMs);
  }

  /** Where clients connect to. */
  get url(): string {
    return `nats://${this.#settings.host}:${this.port}`;
  }

  counters(): BrokerCounters {
    return { clients: this.#clients.size, subscriptions: this.#subscriptions, ...this.#counts };
  }

  /** Cuts every client and frees the port. */
  close(): Promise<void> {
    clearInterval(this.#inspection);
    for (const client of [...this.#clients]) client.end('shut down');
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #accept(socket: Socket): void {
    if (this.#clients.size >= connectionsMax) {
      socket.on('error', () => {});
      socket.end("-ERR 'Maximum Connections Exceeded'\r\n");
      return;
    }
    this.#clients.add(new Client(++this.#lastClientId, socket, this.#exchange));
  }

  #info(client: Client): string {
    const info = {
      server_id: this.#serverId,
      server_name: 'skein-broker',
      version: '2.9.0',
      proto: 1,
      host: this.#settings.host,
      port: this.port,
      headers: true,
      max_payload: this.#settings.maxPayloadBytes,
      client_id: client.id,
      ...(this.#settings.credentials === undefined ? {} : { auth_required: true }),
    };
    return `INFO ${JSON.stringify(info)}\r\n`;
  }

  #subscribed(subscription: Subscription): void {
    this.#subscriptions++;
    this.#tree.add(subscription);
  }

  #unsubscribed(subscription: Subscription): void {
    this.#subscriptions--;
    this.#tree.remove(subscription);
  }

  #publish(from: Client, publication: Publication): void {
    this.#counts.messagesIn++;
    const { plain, queues } = this.#tree.route(publication.subject);
    let receivers = 0;
    for (const subscription of plain) {
      if (subscription.client === from && !from.wantsEcho) continue;
      subscription.client.deliver(subscription, publication);
      receivers++;
    }
    for (const members of queues) {
      const able = from.wantsEcho ? members : members.filter(({ client }) => client !== from);
      const chosen = able[this.#turn++ % able.length];
      if (chosen === undefined) continue;
      chosen.client.deliver(chosen, publication);
      receivers++;
    }
    this.#counts.messagesOut += receivers;
    if (receivers === 0 && publication.reply !== '' && from.wantsNoResponders) {
      this.#tellNobody(from, publication.reply);
    }
  }

  /** The 503 goes to whatever the asking client itself listens with. */
  #tellNobody(from: Client, subject: string): void {
    if (!isSubject(subject, 'literal')) return;
    const headerBytes = noResponders.length;
    const answer = { subject, reply: '', headerBytes, payload: noResponders };
    for (const subscription of this.#tree.route(subject).plain) {
      if (subscription.client === from) from.deliver(subscription, answer);
    }
  }

  /** The flush runs as a microtask: after the read that is being parsed, before the next one. */
  #touch(client: Client): void {
    this.#touched.add(client);
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(() => {
      this.#flushing = false;
      for (const touched of this.#touched) touched.flush();
      this.#touched.clear();
    });
  }

  #ended(client: Client, reason: EndReason): void {
    this.#clients.delete(client);
    if (reason === 'left' || reason === 'shut down') return;
    if (reason === 'slow consumer') this.#counts.slowConsumerCuts++;
    if (reason === 'stale') this.#counts.staleCuts++;
    this.#settings.trace('warn', 'broker.client_cut', { client: client.name, reason });
  }

  #inspect(): void {
    const nowMs = performance.now();
    for (const client of [...this.#clients]) client.inspect(nowMs);
  }
}
