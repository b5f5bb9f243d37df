/**
 * The real body of the Network port: two connections to NATS.
 *
 * Job: publish and deliver on two lanes, survive the server, say how things stand.
 * Owns: the two connections, the subscriptions that outlive them, the counters.
 * Does not: repeat, order, authenticate or cut messages; that is the postbox's work.
 *
 * N1  Nothing is kept for later: what is published while a lane is down is dropped and counted,
 *     because a Raft message of before the break is worse than none.
 * N2  At most `windowBytes` per lane are unconfirmed by the server, so that a server that reads
 *     nothing cannot fill this process's memory. Beyond that messages are dropped and counted.
 * N3  A connection is given up by `close` alone; everything else is weather.
 * N4  A listener's exception leaves by the process's own door, never into the client, which would
 *     print it and stop reading.
 */
import {
  DebugEvents,
  ErrorCode,
  Events,
  type Msg,
  type NatsConnection,
  NatsError,
  type Status,
  type Subscription,
} from 'nats';
import { assert } from '../base/assert.ts';
import type { Cancellable, Lane, Network, ProbeAnswer, Receive } from '../base/ports.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { silentTrace, type Trace } from '../base/trace.ts';
import { type CreditClaim, CreditWindow } from './credit-window.ts';
import { clientOptions, firstConnect, type NatsRefusal } from './nats-connect.ts';
import { parseNatsUrl } from './nats-url.ts';

/** Unconfirmed bytes per lane; control carries small things, so a full window there is a stall. */
const windowBytes = { control: 8 * 2 ** 20, bulk: 64 * 2 ** 20 } as const satisfies Record<
  Lane,
  number
>;
/** The server is asked to confirm after this many published bytes; a quarter of a small window. */
const confirmEveryBytes = 256 * 1024;
/** Subject, sizes and line ends of one message, roughly. */
const overheadBytes = 64;
/** How long `close` waits for the last messages to leave. */
const closeFlushMs = 250;
const noBytes = new Uint8Array(0);

export interface NatsOptions {
  /** One or more URLs, separated by commas; see nats-url.ts for credentials and TLS. */
  readonly servers: string;
  /** Shown by the server's monitoring, with the lane appended. */
  readonly name: string;
  /** Overrides the URL's credentials. */
  readonly token?: string;
  /** For the first connect only; later the client tries for ever. */
  readonly connectTimeoutMs?: number;
  /** Asked between two tries at the first connect: whether they are to end. */
  readonly givesUp?: () => boolean;
  readonly trace?: Trace;
}

export interface NatsCounters {
  readonly reconnects: number;
  /**
   * The server gives no reason when it cuts a slow consumer. Counted is what looks like it: the
   * same server before and after, still there, and it was not we who found the connection stale.
   */
  readonly slowConsumerCuts: number;
  /** Published while the lane was down (N1). */
  readonly droppedWhileDown: number;
  /** Published while the window was full (N2). */
  readonly droppedWhileClogged: number;
}

/** Connects both lanes, or says why not within `connectTimeoutMs` (default 10 s). */
export async function connectNats(options: NatsOptions): Promise<Result<NatsNetwork, NatsRefusal>> {
  const trace = options.trace ?? silentTrace;
  const parsed = parseNatsUrl(options.servers);
  if (!parsed.ok) return fail({ code: 'NATS_URL_INVALID', message: parsed.error });
  const deadlineMs = performance.now() + (options.connectTimeoutMs ?? 10_000);
  const lanes: NatsLane[] = [];
  for (const lane of ['control', 'bulk'] as const) {
    const client = {
      ...clientOptions(parsed.value, `${options.name}.${lane}`),
      noEcho: true,
      ...(options.token === undefined ? {} : { token: options.token }),
    };
    const connected = await firstConnect(client, {
      hosts: parsed.value.hosts.join(', '),
      ...{ deadlineMs, givesUp: options.givesUp ?? (() => false) },
    });
    if (!connected.ok) {
      await Promise.all(lanes.map((open) => open.close()));
      return connected;
    }
    lanes.push(new NatsLane(lane, connected.value, trace));
  }
  const [control, bulk] = lanes;
  assert(control !== undefined && bulk !== undefined, 'two lanes were connected');
  return ok(new NatsNetwork(control, bulk));
}

export class NatsNetwork implements Network {
  readonly #control: NatsLane;
  readonly #bulk: NatsLane;

  /** Made by `connectNats`. */
  constructor(control: NatsLane, bulk: NatsLane) {
    this.#control = control;
    this.#bulk = bulk;
  }

  publish(lane: Lane, subject: string, payload: Uint8Array): void {
    this.#lane(lane).publish(subject, payload);
  }

  subscribe(lane: Lane, subject: string, receive: Receive): Cancellable {
    return this.#lane(lane).subscribe(subject, receive);
  }

  probe(subject: string, timeoutMs: number, done: (answer: ProbeAnswer) => void): void {
    this.#control.probe(subject, timeoutMs, done);
  }

  /** The smaller of the two servers that the lanes are connected to. */
  maxPayloadBytes(): number {
    return Math.min(this.#control.maxPayloadBytes(), this.#bulk.maxPayloadBytes());
  }

  connected(lane: Lane): boolean {
    return this.#lane(lane).up;
  }

  counters(): NatsCounters {
    const [a, b] = [this.#control.counters, this.#bulk.counters];
    return {
      reconnects: a.reconnects + b.reconnects,
      slowConsumerCuts: a.slowConsumerCuts + b.slowConsumerCuts,
      droppedWhileDown: a.droppedWhileDown + b.droppedWhileDown,
      droppedWhileClogged: a.droppedWhileClogged + b.droppedWhileClogged,
    };
  }

  /** Lets the last messages leave, then ends both connections. Nothing is received afterwards. */
  async close(): Promise<void> {
    await Promise.all([this.#control.close(), this.#bulk.close()]);
  }

  #lane(lane: Lane): NatsLane {
    return lane === 'control' ? this.#control : this.#bulk;
  }
}

/** One connection and what must outlive its breaks. */
class NatsLane {
  readonly counters = {
    reconnects: 0,
    slowConsumerCuts: 0,
    droppedWhileDown: 0,
    droppedWhileClogged: 0,
  };
  readonly #lane: Lane;
  readonly #connection: NatsConnection;
  readonly #trace: Trace;
  /** Subscriptions that the server refused; asked for again at the next reconnect. */
  readonly #denied = new Set<LaneSubscription>();
  readonly #window: CreditWindow;
  #up = true;
  #closing = false;
  #maxPayloadBytes: number;
  #serverId: string;
  /** We ended the connection ourselves, because the server did not answer pings. */
  #foundStale = false;

  constructor(lane: Lane, connection: NatsConnection, trace: Trace) {
    this.#lane = lane;
    this.#connection = connection;
    this.#trace = trace;
    this.#window = new CreditWindow({ limitBytes: windowBytes[lane], confirmEveryBytes });
    const info = connection.info;
    assert(info !== undefined, 'a connected client has read the INFO of its server');
    this.#maxPayloadBytes = info.max_payload;
    this.#serverId = info.server_id;
    void this.#watch();
  }

  get up(): boolean {
    return this.#up;
  }

  maxPayloadBytes(): number {
    return this.#connection.info?.max_payload ?? this.#maxPayloadBytes;
  }

  publish(subject: string, payload: Uint8Array): void {
    assert(payload.length <= this.maxPayloadBytes(), 'a payload fits the server: chunks are above');
    if (!this.#up) {
      this.counters.droppedWhileDown++;
      return;
    }
    if (!this.#window.admit(payload.length + overheadBytes)) {
      this.counters.droppedWhileClogged++;
      return;
    }
    this.#connection.publish(subject, payload);
    const claim = this.#window.claim();
    if (claim !== undefined) this.#askToConfirm(claim);
  }

  subscribe(subject: string, receive: Receive): Cancellable {
    const subscription: LaneSubscription = { subject, receive, inner: undefined, cancelled: false };
    this.#open(subscription);
    return {
      cancel: () => {
        if (subscription.cancelled) return;
        subscription.cancelled = true;
        this.#denied.delete(subscription);
        subscription.inner?.unsubscribe();
      },
    };
  }

  /** The client's request API carries the one thing that plain messages cannot: no responders. */
  probe(subject: string, timeoutMs: number, done: (answer: ProbeAnswer) => void): void {
    const answer = (heard: ProbeAnswer): void => {
      if (!this.#closing) runOutside(() => done(heard));
    };
    if (!this.#up) {
      setTimeout(() => answer('silence'), timeoutMs);
      return;
    }
    this.#connection.request(subject, noBytes, { timeout: timeoutMs }).then(
      () => answer('answered'),
      (error: unknown) => {
        const nobody = error instanceof NatsError && error.code === ErrorCode.NoResponders;
        answer(nobody ? 'nobody' : 'silence');
      },
    );
  }

  async close(): Promise<void> {
    this.#closing = true;
    const leave = this.#connection.flush().catch(() => {});
    const patience = new Promise((wake) => setTimeout(wake, closeFlushMs).unref());
    if (this.#up) await Promise.race([leave, patience]);
    this.#up = false;
    await this.#connection.close();
  }

  #open(subscription: LaneSubscription): void {
    subscription.inner = this.#connection.subscribe(subscription.subject, {
      callback: (error, message) => {
        if (subscription.cancelled) return;
        if (error === null) deliver(subscription, message);
        else this.#refused(subscription, error);
      },
    });
  }

  #refused(subscription: LaneSubscription, error: NatsError): void {
    this.#denied.add(subscription);
    const { subject } = subscription;
    this.#trace('warn', 'transport.subscription_denied', { subject, reason: error.message });
  }

  /** N2: a PONG says that the server has read everything that was published before the PING. */
  #askToConfirm(claim: CreditClaim): void {
    this.#connection.flush().then(
      () => this.#window.confirm(claim),
      () => {}, // The connection broke; the window starts anew with the next one.
    );
  }

  async #watch(): Promise<void> {
    for await (const status of this.#connection.status()) this.#observe(status);
  }

  #observe(status: Status): void {
    switch (status.type) {
      case DebugEvents.StaleConnection:
        this.#foundStale = true;
        break;
      case Events.Disconnect:
        if (!this.#up) break;
        this.#up = false;
        if (!this.#closing) this.#trace('warn', 'transport.disconnected', { lane: this.#lane });
        break;
      case Events.Reconnect:
        this.#reconnected();
        break;
      case Events.Error:
        this.#trace('warn', 'transport.nats_error', {
          lane: this.#lane,
          reason: String(status.data),
        });
        break;
      default:
        break;
    }
  }

  #reconnected(): void {
    const info = this.#connection.info;
    if (info === undefined || this.#closing) return; // It broke again; the next event follows.
    const cut = info.server_id === this.#serverId && !this.#foundStale;
    this.counters.reconnects++;
    if (cut) this.counters.slowConsumerCuts++;
    this.#foundStale = false;
    this.#serverId = info.server_id;
    this.#maxPayloadBytes = info.max_payload;
    this.#window.reset();
    this.#up = true;
    for (const subscription of this.#denied) this.#open(subscription);
    this.#denied.clear();
    this.#trace('info', 'transport.reconnected', {
      lane: this.#lane,
      maxPayloadBytes: this.#maxPayloadBytes,
      cutByServer: cut,
    });
  }
}

interface LaneSubscription {
  readonly subject: string;
  readonly receive: Receive;
  inner: Subscription | undefined;
  cancelled: boolean;
}

function deliver(subscription: LaneSubscription, message: Msg): void {
  runOutside(() => subscription.receive(message.data, (payload) => void message.respond(payload)));
}

/** N4. */
function runOutside(run: () => void): void {
  try {
    run();
  } catch (error) {
    setImmediate(() => {
      throw error;
    });
  }
}
