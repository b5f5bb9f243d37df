/**
 * One client of the broker.
 *
 * Job: carry out its operations and send it what it subscribed to. Owns: its socket and its
 * subscriptions. Does not: know the other clients; the broker routes.
 *
 * K1  After `end` it is in nobody's routes and sends nothing.
 * K2  A client that does not read is cut when it holds `maxPendingBytes` or when it has taken
 *     nothing for `writeDeadlineMs`: the broker's memory is not its mailbox.
 * K3  With credentials set, a client that has not shown them does nothing but CONNECT and PING.
 */
import type { Socket } from 'node:net';
import { type ConnectRequest, isAuthorized, parseConnect } from './connect.ts';
import {
  authTimeoutMs,
  type BrokerSettings,
  pingsOutMax,
  subscriptionsPerClientMax,
} from './options.ts';
import { Outbox } from './outbox.ts';
import { type Operations, Parser } from './parser.ts';
import { isSubject, type Pattern } from './subject-tree.ts';

export interface Subscription extends Pattern {
  readonly client: Client;
  readonly sid: string;
  /** `MSG subject sid ` for a subject without wildcards: most of the line, made once. */
  readonly prefix: string;
  delivered: number;
  /** It ends by itself after so many messages. */
  max: number | undefined;
}

/** What a client asks of the broker. */
export interface Exchange {
  readonly settings: BrokerSettings;
  /** INFO as this client sees it. */
  info(client: Client): string;
  subscribed(subscription: Subscription): void;
  unsubscribed(subscription: Subscription): void;
  publish(from: Client, publication: Publication): void;
  /** The client has something to be flushed when the present read is done. */
  touched(client: Client): void;
  ended(client: Client, reason: EndReason): void;
}

export interface Publication {
  readonly subject: string;
  /** Empty for none. */
  readonly reply: string;
  readonly headerBytes: number;
  /** Headers first. */
  readonly payload: Buffer;
}

export type EndReason = 'left' | 'slow consumer' | 'stale' | 'refused' | 'violation' | 'shut down';

export class Client implements Operations {
  readonly id: number;
  readonly subscriptions = new Map<string, Subscription>();
  readonly #socket: Socket;
  readonly #exchange: Exchange;
  readonly #outbox: Outbox;
  readonly #parser: Parser;
  readonly #openedMs: number;
  #request: ConnectRequest;
  #authorized: boolean;
  #pingsOut = 0;
  #pingedMs: number;
  #stuckSinceMs: number | undefined;
  #takenBytes = 0;
  #ended = false;

  constructor(id: number, socket: Socket, exchange: Exchange) {
    const { settings } = exchange;
    this.id = id;
    this.#socket = socket;
    this.#exchange = exchange;
    this.#outbox = new Outbox(socket);
    this.#parser = new Parser(this, settings.maxPayloadBytes);
    this.#openedMs = performance.now();
    this.#pingedMs = this.#openedMs;
    this.#request = parseConnect('{}');
    this.#authorized = settings.credentials === undefined;
    socket.setNoDelay(true);
    socket.on('data', (bytes) => this.#parser.push(bytes));
    socket.on('error', () => this.end('left'));
    socket.on('close', () => this.end('left'));
    this.#say(exchange.info(this));
  }

  get name(): string {
    return this.#request.name;
  }

  get wantsEcho(): boolean {
    return this.#request.echo;
  }

  /** Wants to hear at once that nobody listens. */
  get wantsNoResponders(): boolean {
    return this.#request.headers && this.#request.noResponders;
  }

  /** Sends a message; the last one that a subscription asked for ends it. */
  deliver(subscription: Subscription, publication: Publication): void {
    if (this.#ended) return;
    const { subject, reply, headerBytes, payload } = publication;
    subscription.delivered++;
    const withHeaders = headerBytes > 0 && this.#request.headers;
    const content = headerBytes > 0 && !withHeaders ? payload.subarray(headerBytes) : payload;
    const own = subscription.subject === subject;
    const start = own ? subscription.prefix : `MSG ${subject} ${subscription.sid} `;
    const answerTo = reply === '' ? '' : `${reply} `;
    const line = withHeaders
      ? `H${start}${answerTo}${headerBytes} ${content.length}\r\n`
      : `${start}${answerTo}${content.length}\r\n`;
    this.#outbox.message(line, content);
    this.#exchange.touched(this);
    if (subscription.max !== undefined && subscription.delivered >= subscription.max) {
      this.#forget(subscription);
    }
    if (this.#outbox.pendingBytes > this.#exchange.settings.maxPendingBytes) {
      this.end('slow consumer');
    }
  }

  flush(): void {
    if (!this.#ended) this.#outbox.flush();
  }

  /** Called at least twice a second. */
  inspect(nowMs: number): void {
    const { pingIntervalMs, writeDeadlineMs } = this.#exchange.settings;
    if (!this.#authorized && nowMs - this.#openedMs > authTimeoutMs) {
      this.#refuse('Authentication Timeout');
      return;
    }
    if (this.#isStuck(nowMs, writeDeadlineMs)) {
      this.end('slow consumer');
      return;
    }
    if (nowMs - this.#pingedMs < pingIntervalMs) return;
    this.#pingedMs = nowMs;
    if (this.#pingsOut >= pingsOutMax) {
      this.#leave("-ERR 'Stale Connection'\r\n", 'stale');
      return;
    }
    this.#pingsOut++;
    this.#say('PING\r\n');
    this.flush();
  }

  end(reason: EndReason): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const subscription of this.subscriptions.values()) {
      this.#exchange.unsubscribed(subscription);
    }
    this.subscriptions.clear();
    if (reason === 'violation' || reason === 'stale' || reason === 'refused') {
      this.#outbox.flush();
      this.#socket.destroySoon();
    } else this.#socket.destroy();
    this.#exchange.ended(this, reason);
  }

  connect(json: string): void {
    this.#request = parseConnect(json);
    if (!isAuthorized(this.#request, this.#exchange.settings.credentials)) {
      this.#refuse('Authorization Violation');
      return;
    }
    this.#authorized = true;
    this.#done();
  }

  ping(): void {
    if (!this.#ended) this.#say('PONG\r\n');
  }

  pong(): void {
    this.#pingsOut = 0;
  }

  subscribe(subject: string, queue: string | undefined, sid: string): void {
    if (!this.#mayOperate()) return;
    if (!isSubject(subject, 'pattern')) {
      this.#say("-ERR 'Invalid Subject'\r\n");
      return;
    }
    if (this.subscriptions.size >= subscriptionsPerClientMax) {
      this.violation('Maximum Subscriptions Exceeded');
      return;
    }
    if (!this.subscriptions.has(sid)) {
      const prefix = `MSG ${subject} ${sid} `;
      const state = { delivered: 0, max: undefined };
      const subscription = { client: this, subject, queue, sid, prefix, ...state };
      this.subscriptions.set(sid, subscription);
      this.#exchange.subscribed(subscription);
    }
    this.#done();
  }

  unsubscribe(sid: string, max: number | undefined): void {
    if (!this.#mayOperate()) return;
    const subscription = this.subscriptions.get(sid);
    if (subscription !== undefined) {
      subscription.max = max;
      if (max === undefined || subscription.delivered >= max) this.#forget(subscription);
    }
    this.#done();
  }

  publish(subject: string, reply: string, headerBytes: number, payload: Buffer): void {
    if (!this.#mayOperate()) return;
    this.#exchange.publish(this, { subject, reply, headerBytes, payload });
    this.#done();
  }

  violation(text: string): void {
    this.#leave(`-ERR '${text}'\r\n`, 'violation');
  }

  #mayOperate(): boolean {
    if (this.#ended) return false;
    if (!this.#authorized) this.#refuse('Authorization Violation');
    return this.#authorized;
  }

  #refuse(text: string): void {
    this.#leave(`-ERR '${text}'\r\n`, 'refused');
  }

  #leave(text: string, reason: EndReason): void {
    if (this.#ended) return;
    this.#outbox.line(text);
    this.end(reason);
  }

  #forget(subscription: Subscription): void {
    this.subscriptions.delete(subscription.sid);
    this.#exchange.unsubscribed(subscription);
  }

  #done(): void {
    if (this.#request.verbose) this.#say('+OK\r\n');
  }

  #say(text: string): void {
    this.#outbox.line(text);
    this.#exchange.touched(this);
  }

  /** K2: something waits, and the kernel has taken nothing since the deadline began. */
  #isStuck(nowMs: number, writeDeadlineMs: number): boolean {
    const waiting = this.#socket.writableLength > 0;
    const taken = this.#socket.bytesWritten - this.#socket.writableLength;
    if (!waiting || this.#stuckSinceMs === undefined || taken !== this.#takenBytes) {
      this.#stuckSinceMs = waiting ? nowMs : undefined;
      this.#takenBytes = taken;
      return false;
    }
    return nowMs - this.#stuckSinceMs > writeDeadlineMs;
  }
}
