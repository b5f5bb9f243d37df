/**
 * Messages of others: the NATS subjects that triggers and tasks listen to, on a connection of their
 * own, so that a flood of them costs the cluster no heartbeat.
 *
 * Job: keep the wanted subjects subscribed, on every node, and give each message to one of them.
 * Owns: the connection, the subscriptions. Does not: decide what a message means, or repeat it.
 *
 * E1  Of a message one node hears: the nodes of a cluster are one queue group, or pull from one
 *     durable consumer. So nothing depends on who leads.
 * E2  Where a stream of JetStream keeps the subject, a message is acknowledged when it is settled
 *     as taken, and comes again otherwise. Its key is its place in the stream.
 * E3  Without a stream a message comes at most once, as core NATS has it. Its key is its
 *     `Nats-Msg-Id`, or made here.
 * E4  The cluster's own subjects, inboxes and those of the server are never passed on.
 * E5  Whatever a stranger sends, nothing is thrown into the client: it would read no further.
 */
import { createHash, randomUUID } from 'node:crypto';
import {
  AckPolicy,
  type ConsumerMessages,
  connect,
  DeliverPolicy,
  type JsMsg,
  type Msg,
  type NatsConnection,
  nanos,
  type Subscription,
} from 'nats';
import type { Trace } from '../base/trace.ts';
import { clientOptions } from './nats-connect.ts';
import { type KeptStream, NatsStreams } from './nats-streams.ts';
import { parseNatsUrl } from './nats-url.ts';

export interface OutsideMessage {
  readonly subject: string;
  /** The same message has the same key. */
  readonly key: string;
  readonly payload: Uint8Array;
  /** To be called once: whether it was taken, or must come again. */
  readonly settle: (taken: boolean) => void;
}

export interface NatsEventsOptions {
  /** As for `connectNats`. */
  readonly servers: string;
  /** Shown by the server's monitoring. */
  readonly name: string;
  /** Nodes of one cluster share it; made of letters, digits, `_` and `-`. */
  readonly group: string;
  readonly receive: (message: OutsideMessage) => void;
  readonly trace: Trace;
}

/** Subjects of one node. */
export const subjectsMax = 2_000;
/**
 * How often a subject without a stream is looked at again: it may have got one. What is known then
 * is up to as old, so that all subjects share a question.
 */
const lookAgainMs = 5_000;
/** Between two tries to connect, or to open a subscription. */
const retryMs = 1_000;
/** A message that was given out and not acknowledged comes again after this long. */
const ackWaitMs = 30_000;
/** One that was refused comes again after this long. */
const refusedWaitMs = 2_000;
/** Messages of one subject that may be on their way to the leader at a time. */
const pendingMax = 200;

/** E4. */
const isOurs = (subject: string): boolean =>
  subject.startsWith('skein.') || subject.startsWith('_') || subject.startsWith('$');

export class NatsEvents {
  readonly #options: NatsEventsOptions;
  readonly #open = new Map<string, Listening>();
  readonly #streams = new NatsStreams();
  #connection: Promise<NatsConnection | undefined> | undefined;
  #closed = false;

  constructor(options: NatsEventsOptions) {
    this.#options = options;
  }

  /** From now on exactly these subjects are listened to; of more than the limit a warning tells. */
  listen(subjects: ReadonlySet<string>): void {
    if (this.#closed) return;
    for (const [subject, listening] of this.#open) {
      if (subjects.has(subject)) continue;
      this.#open.delete(subject);
      void listening.end({ forget: true });
    }
    for (const subject of subjects) {
      if (this.#open.has(subject)) continue;
      if (this.#open.size >= subjectsMax) {
        this.#options.trace('warn', 'events.too-many-subjects', { limit: subjectsMax, subject });
        return;
      }
      const connect = () => this.#connect();
      const listening = new Listening(subject, this.#options, { connect, streams: this.#streams });
      this.#open.set(subject, listening);
      void listening.run();
    }
  }

  /** Streams keep what comes from now on for the other nodes, and for the next life of this one. */
  async close(): Promise<void> {
    this.#closed = true;
    const ended = [...this.#open.values()].map((listening) => listening.end({ forget: false }));
    this.#open.clear();
    await Promise.all(ended);
    const connection = await this.#connection;
    await connection?.close();
  }

  /** There is no connection before there is a subject. It is given up by `close` alone. */
  async #connect(): Promise<NatsConnection | undefined> {
    this.#connection ??= connectOnce(this.#options);
    const connection = await this.#connection;
    if (connection === undefined) this.#connection = undefined;
    return connection;
  }
}

async function connectOnce(options: NatsEventsOptions): Promise<NatsConnection | undefined> {
  const parsed = parseNatsUrl(options.servers);
  if (!parsed.ok) return undefined;
  const settings = clientOptions(parsed.value, options.name);
  return connect(settings).catch((error: unknown) => {
    options.trace('warn', 'events.not-connected', { reason: String(error) });
    return undefined;
  });
}

/** One subject: on a durable consumer where a stream keeps it, in the queue group otherwise. */
class Listening {
  readonly #subject: string;
  readonly #options: NatsEventsOptions;
  readonly #connect: () => Promise<NatsConnection | undefined>;
  readonly #streams: NatsStreams;
  readonly #durable: string;
  #plain: Subscription | undefined;
  #messages: ConsumerMessages | undefined;
  #stream: string | undefined;
  #ended = false;
  #wake: () => void = () => {};

  constructor(
    subject: string,
    options: NatsEventsOptions,
    shared: {
      readonly connect: () => Promise<NatsConnection | undefined>;
      readonly streams: NatsStreams;
    },
  ) {
    this.#subject = subject;
    this.#options = options;
    this.#connect = shared.connect;
    this.#streams = shared.streams;
    const digest = createHash('sha256').update(subject).digest('hex').slice(0, 16);
    this.#durable = `skein-${options.group}-${digest}`;
  }

  /** Ends with `end()`. */
  async run(): Promise<void> {
    const subject = this.#subject;
    // A stream that was made before is known at once.
    let notBefore = performance.now();
    while (!this.#ended) {
      const connection = await this.#connect();
      if (connection === undefined) {
        await this.#pause(retryMs);
        continue;
      }
      const stream = await this.#streams.of(subject, notBefore, () => streamsOf(connection));
      if (this.#ended) return;
      if (stream === undefined) {
        this.#subscribe(connection);
        await this.#pause(lookAgainMs);
        notBefore = performance.now() - lookAgainMs;
        continue;
      }
      this.#unsubscribe();
      await this.#consume(connection, stream);
      await this.#pause(retryMs);
      notBefore = performance.now();
    }
  }

  /** With `forget` nobody listens any more, and the durable consumer goes. */
  async end({ forget }: { readonly forget: boolean }): Promise<void> {
    this.#ended = true;
    this.#wake();
    this.#unsubscribe();
    this.#messages?.stop();
    if (!forget || this.#stream === undefined) return;
    const connection = await this.#connect();
    const manager = await connection?.jetstreamManager().catch(() => undefined);
    // Another node was quicker, or the stream has gone.
    await manager?.consumers.delete(this.#stream, this.#durable).catch(() => false);
  }

  #subscribe(connection: NatsConnection): void {
    if (this.#plain !== undefined && !this.#plain.isClosed()) return;
    const { group } = this.#options;
    this.#plain = connection.subscribe(this.#subject, {
      queue: `skein-${group}`,
      callback: (error, message) => {
        if (error !== null) this.#warn(error);
        else this.#whole(() => this.#heard(message));
      },
    });
  }

  #unsubscribe(): void {
    this.#plain?.unsubscribe();
    this.#plain = undefined;
  }

  /** E3. */
  #heard(message: Msg): void {
    const { subject, data } = message;
    if (isOurs(subject)) return;
    const named = this.#nameOf(message);
    const key = named === '' ? randomUUID() : named;
    this.#options.receive({ subject, key, payload: data, settle: () => {} });
  }

  /** The client reads headers when they are asked for, and throws at those that are none. */
  #nameOf(message: Msg): string {
    try {
      return message.headers?.get('Nats-Msg-Id') ?? '';
    } catch (error) {
      const { subject } = message;
      this.#options.trace('warn', 'events.bad-headers', { subject, reason: reasonOf(error) });
      return '';
    }
  }

  /** E5. */
  #whole(take: () => void): void {
    try {
      take();
    } catch (error) {
      const reason = reasonOf(error);
      this.#options.trace('error', 'events.message-lost', { subject: this.#subject, reason });
    }
  }

  /** E2. Returns when the consumer is lost, or no longer wanted. */
  async #consume(connection: NatsConnection, stream: string): Promise<void> {
    this.#stream = stream;
    try {
      const manager = await connection.jetstreamManager();
      await manager.consumers.add(stream, {
        durable_name: this.#durable,
        filter_subject: this.#subject,
        ack_policy: AckPolicy.Explicit,
        deliver_policy: DeliverPolicy.New,
        ack_wait: nanos(ackWaitMs),
        max_ack_pending: pendingMax,
      });
      const consumer = await connection.jetstream().consumers.get(stream, this.#durable);
      const messages = await consumer.consume({ max_messages: pendingMax });
      this.#messages = messages;
      if (this.#ended) messages.stop();
      for await (const message of messages) this.#whole(() => this.#pulled(stream, message));
    } catch (error) {
      if (!this.#ended) this.#warn(error);
    } finally {
      this.#messages = undefined;
    }
  }

  #pulled(stream: string, message: JsMsg): void {
    const { subject, seq, data } = message;
    if (isOurs(subject)) {
      message.ack();
      return;
    }
    this.#options.receive({
      subject,
      key: `${stream}:${seq}`,
      payload: data,
      settle: (taken) => (taken ? message.ack() : message.nak(refusedWaitMs)),
    });
  }

  #warn(error: unknown): void {
    const reason = reasonOf(error);
    this.#options.trace('warn', 'events.subject-lost', { subject: this.#subject, reason });
  }

  #pause(ms: number): Promise<void> {
    if (this.#ended) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

const reasonOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

/** None on servers without JetStream, and where it does not answer. */
async function streamsOf(connection: NatsConnection): Promise<readonly KeptStream[]> {
  const streams: KeptStream[] = [];
  try {
    const manager = await connection.jetstreamManager();
    for await (const { config } of manager.streams.list()) {
      // A mirror has no subjects.
      streams.push({ name: config.name, subjects: config.subjects ?? [] });
    }
  } catch {
    return [];
  }
  return streams;
}
