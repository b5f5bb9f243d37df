/**
 * The postbox of a process: the Wire over a Network.
 *
 * Job: put messages into envelopes, cut large ones, and let in what is authentic, addressed to this
 * process, of this cluster, and new. Owns: the sequences of this life, what it knows of senders,
 * messages that arrive in pieces. Does not: repeat anything; whoever needs an answer asks again.
 *
 * B1  A listener sees each message at most once and those of one sender and lane in their order.
 * B2  Nothing is decoded before its MAC is right.
 * B3  Without a cluster only the hello inbox is open, in both directions.
 * B4  The cluster is bound once.
 * B5  An inbox has one listener in a process.
 */
import type { Destination, Sender, Wire } from '../actors/wire.ts';
import { assert } from '../base/assert.ts';
import { type ClusterId, incarnation, nodeId } from '../base/brand.ts';
import { alikeMin, decode, encode, encodeCompact } from '../base/codec.ts';
import type { Cancellable, Clock, Lane, Network, Random } from '../base/ports.ts';
import { fail, type Result } from '../base/result.ts';
import { silentTrace, type Trace } from '../base/trace.ts';
import { Assembler, cut, messageBytesMax } from './chunks.ts';
import {
  type Frame,
  type Header,
  type Life,
  open,
  seal,
  sealBytes,
  sealBytesMax,
} from './envelope.ts';
import { Senders } from './senders.ts';
import { allSubject, helloInbox, nodeSubject } from './subjects.ts';

/** A list of receivers travels in every frame; more of them are better served by `all`. */
export const receiversMax = 256;

const lanes = ['control', 'bulk'] as const satisfies readonly Lane[];

export interface PostboxOptions {
  readonly network: Network;
  readonly clock: Clock;
  readonly random: Random;
  readonly self: Sender;
  /** Names the subjects; two clusters on one NATS have different names. */
  readonly clusterName: string;
  /** The cluster's secret, 16 bytes or more. */
  readonly key: Uint8Array;
  /** Empty (or left out) for a node whose cluster is not formed yet. */
  readonly clusterId?: string;
  readonly trace?: Trace;
}

/** Why a frame was dropped. `foreign`: another cluster's, our own echo, or not addressed to us. */
export type DropReason = 'stale' | 'foreign' | 'forged' | 'malformed' | 'incomplete' | 'crowded';

export type PostboxCounters = Readonly<
  Record<'sent' | 'bytesSent' | 'received' | DropReason, number>
>;

/** Where a frame came in. */
interface Mouth {
  readonly lane: Lane;
  readonly inbox: string;
}

export class Postbox implements Wire {
  readonly self: Sender;
  readonly #network: Network;
  readonly #clock: Clock;
  readonly #clusterName: string;
  readonly #key: Uint8Array;
  readonly #trace: Trace;
  readonly #life: Life;
  readonly #senders = new Senders();
  readonly #assembler: Assembler;
  readonly #sequences = { control: 0, bulk: 0 };
  readonly #inboxes = new Map<string, Cancellable>();
  readonly #counters = {
    sent: 0,
    bytesSent: 0,
    received: 0,
    stale: 0,
    foreign: 0,
    forged: 0,
    malformed: 0,
    incomplete: 0,
    crowded: 0,
  };
  #clusterId: string;

  constructor(options: PostboxOptions) {
    assert(options.key.length >= 16, 'the key of a cluster has at least 16 bytes');
    this.self = options.self;
    this.#network = options.network;
    this.#clock = options.clock;
    this.#clusterName = options.clusterName;
    this.#key = options.key;
    this.#trace = options.trace ?? silentTrace;
    this.#clusterId = options.clusterId ?? '';
    this.#life = {
      incarnation: options.self.incarnation,
      startedMs: Math.max(0, Math.floor(options.clock.wallMs())),
      nonce: options.random.uint32(),
    };
    this.#assembler = new Assembler(options.clock, () => this.#drop('incomplete', ''));
  }

  /** From now on every inbox is open (B4). */
  bindCluster(id: ClusterId): void {
    assert(this.#clusterId === '' && id !== '', 'B4: a cluster is bound once');
    this.#clusterId = id;
  }

  send(to: Destination, inbox: string, lane: Lane, message: unknown): void {
    assert(this.#clusterId !== '' || inbox === helloInbox, 'B3: without a cluster only hello');
    const receivers = to === 'all' ? [] : typeof to === 'string' ? [to] : to;
    if (to !== 'all' && receivers.length === 0) return;
    assert(receivers.length <= receiversMax, 'a message has at most receiversMax receivers');
    const [only, second] = receivers;
    const subject =
      only !== undefined && second === undefined
        ? nodeSubject(this.#clusterName, lane, inbox, only)
        : allSubject(this.#clusterName, lane, inbox);
    const body = holdsMany(message) ? encodeCompact(message) : encode(message);
    if (body.length > messageBytesMax) {
      this.#tooLong(inbox, body.length);
      return;
    }
    const whole = { index: 0, count: 1, totalBytes: body.length };
    const { node, side } = this.self;
    const header: Header = {
      ...{ cluster: this.#clusterId, node, side, life: this.#life, lane, inbox, receivers },
      ...{ sequence: this.#sequences[lane], piece: whole },
    };
    const pieces = this.#cut(body, header);
    for (const [index, piece] of pieces.entries()) {
      const part = { index, count: pieces.length, totalBytes: body.length };
      const sequence = this.#sequences[lane]++;
      const frame = seal(this.#key, { ...header, sequence, piece: part }, piece);
      this.#network.publish(lane, subject, frame);
      this.#counters.bytesSent += frame.length;
    }
    this.#counters.sent++;
  }

  /** Whoever makes messages keeps them short; one that is not is lost, and its sender lives on. */
  #tooLong(inbox: string, bytes: number): void {
    this.#trace('error', 'transport.message_too_long', { inbox, bytes, bytesMax: messageBytesMax });
  }

  listen(inbox: string, receive: (message: unknown, from: Sender) => void): Cancellable {
    assert(!this.#inboxes.has(inbox), `B5: ${inbox} has a listener`);
    const subscriptions = lanes.flatMap((lane) => {
      const accept = (frame: Uint8Array): void => this.#accept({ lane, inbox }, frame, receive);
      return [
        this.#network.subscribe(lane, allSubject(this.#clusterName, lane, inbox), accept),
        this.#network.subscribe(
          lane,
          nodeSubject(this.#clusterName, lane, inbox, this.self.node),
          accept,
        ),
      ];
    });
    const listener: Cancellable = {
      cancel: () => {
        for (const subscription of subscriptions) subscription.cancel();
        if (this.#inboxes.get(inbox) === listener) this.#inboxes.delete(inbox);
      },
    };
    this.#inboxes.set(inbox, listener);
    return listener;
  }

  counters(): PostboxCounters {
    return { ...this.#counters };
  }

  /** Stops listening everywhere and forgets what arrived in part. */
  close(): void {
    for (const listener of [...this.#inboxes.values()]) listener.cancel();
    this.#assembler.clear();
  }

  /** Half of what the server takes, so that a limit that shrinks does not hit us at once. */
  #cut(body: Uint8Array, header: Header): readonly Uint8Array[] {
    const frameBytes = Math.floor(this.#network.maxPayloadBytes() / 2);
    // Nearly all messages: their header is encoded once, and not to be measured as well.
    if (body.length <= frameBytes - sealBytesMax) return [body];
    // Numbers in the headers of later pieces may be wider than in the first.
    const room = frameBytes - sealBytes(header) - 32;
    return cut(body, room);
  }

  #accept(
    mouth: Mouth,
    bytes: Uint8Array,
    receive: (message: unknown, from: Sender) => void,
  ): void {
    const admitted = this.#admit(mouth, bytes);
    if (!admitted.ok) {
      this.#drop(admitted.error, mouth.inbox);
      return;
    }
    const { header, body } = admitted.value;
    const { node, side, life, piece } = header;
    // Whole messages pass the assembler too: one may end another that stays incomplete (C1).
    const source = `${node}/${side}/${mouth.lane}`;
    const whole = this.#assembler.accept({ source, message: messageOf(header) }, piece, body);
    if (whole === undefined) return;
    const message = decoded(whole);
    if (message === undefined) {
      this.#drop('malformed', mouth.inbox);
      return;
    }
    this.#counters.received++;
    const from = { node: nodeId(node), side, incarnation: incarnation(life.incarnation) };
    receive(message.value, from);
  }

  /** B2, and then: for us, of our cluster, new. */
  #admit({ lane, inbox }: Mouth, bytes: Uint8Array): Result<Frame, DropReason> {
    const opened = open(this.#key, bytes);
    if (!opened.ok) return opened;
    const { header } = opened.value;
    const here = header.lane === lane && header.inbox === inbox;
    if (!here || !this.#isForMe(header)) return fail('foreign');
    const verdict = this.#senders.judge({
      ...{ sender: `${header.node}/${header.side}`, life: header.life },
      ...{ lane, sequence: header.sequence, nowMs: this.#clock.monotonicMs() },
    });
    return verdict === 'new' ? opened : fail(verdict);
  }

  #isForMe(header: Header): boolean {
    const { node, side, cluster, receivers } = header;
    if (node === this.self.node && side === this.self.side) return false;
    if (receivers.length > 0 && !receivers.includes(this.self.node)) return false;
    if (header.inbox === helloInbox && (cluster === '' || this.#clusterId === '')) return true;
    return cluster !== '' && cluster === this.#clusterId;
  }

  #drop(reason: DropReason, inbox: string): void {
    this.#counters[reason]++;
    this.#trace('debug', 'transport.dropped', { reason, inbox });
  }
}

/** Its pieces leave in one go, so the sequence of the first one follows from any of them. */
const messageOf = ({ life, sequence, piece }: Header): string =>
  `${life.incarnation}/${life.startedMs}/${life.nonce}/${sequence - piece.index}`;

/** Whether the message has a list of objects that is worth the compact form. */
function holdsMany(message: unknown): boolean {
  if (typeof message !== 'object' || message === null) return false;
  return Object.values(message).some(
    (field) => Array.isArray(field) && field.length >= alikeMin && isPlain(field[0]),
  );
}

const isPlain = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/** Boxed, because `undefined` is a message like any other. */
function decoded(body: Uint8Array): { readonly value: unknown } | undefined {
  try {
    return { value: decode<unknown>(body) };
  } catch {
    return undefined;
  }
}
