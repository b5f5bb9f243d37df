/**
 * Where events of the outside reach this node: NATS subjects and files. Follows what the cluster
 * wants to hear of, and tells the leader what came.
 *
 * Owns: the subscriptions, the watches and the outlet. Does not own: any decision; what an event
 * means is the leader's (`decisions/outside-events.ts`).
 */
import { createHash, randomUUID } from 'node:crypto';
import { type NodeId, namespace, requestId } from '../../base/brand.ts';
import { encode } from '../../base/codec.ts';
import type { Cancellable, Clock } from '../../base/ports.ts';
import type { Trace } from '../../base/trace.ts';
import { triggerLimits, utf8Bytes } from '../../model/trigger.ts';
import type { CommittedTurn } from '../../scheduler/world.ts';
import { NatsEvents, type OutsideMessage } from '../../transport/nats-events.ts';
import type { Peer } from '../peer.ts';
import { FileWatches } from './files.ts';
import { InterestBook } from './interests.ts';
import { Outlet } from './outlet.ts';

export interface EventSourcesOptions {
  readonly peer: Peer;
  readonly clock: Clock;
  readonly trace: Trace;
  readonly node: NodeId;
  readonly cluster: string;
  /** URLs, as for the cluster's own connections. */
  readonly nats: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Several DAGs are often applied together. */
const settleMs = 50;
/** An answer is remembered longer than any copy of its request may be on its way. */
const rememberMs = 60_000;
const everywhere = namespace('default');

export class EventSources {
  readonly #options: EventSourcesOptions;
  readonly #book: InterestBook;
  readonly #subjects: NatsEvents;
  readonly #files: FileWatches;
  readonly #outlet: Outlet;
  #look: Cancellable | undefined;
  #stopped = false;

  constructor(options: EventSourcesOptions) {
    const { clock, trace, labels, node, cluster, nats } = options;
    this.#options = options;
    this.#book = new InterestBook(labels);
    this.#outlet = new Outlet({ clock, trace, submit: this.#submitter() });
    this.#subjects = new NatsEvents({
      servers: nats,
      name: `skein.${node}.events`,
      group: cluster,
      receive: (message) => this.#messageCame(message),
      trace,
    });
    this.#files = new FileWatches({
      trace,
      seen: ({ path, key, payload }) => {
        this.#outlet.tell({ source: { kind: 'file', path, node }, key, payload }, () => {});
      },
    });
  }

  start(): void {
    this.#options.peer.read(
      (state) => this.#book.begin(state),
      () => this.#lookSoon(),
    );
  }

  /** Every committed entry, as it was applied. */
  committed({ applied }: CommittedTurn): void {
    const state = this.#options.peer.scheduler?.state;
    if (state === undefined || this.#stopped) return;
    let isNews = false;
    for (const { change } of applied) isNews = this.#book.observe(change, state) || isNews;
    if (isNews) this.#lookSoon();
  }

  stop(): void {
    this.#stopped = true;
    this.#look?.cancel();
    this.#outlet.stop();
    void this.#subjects.close();
    void this.#files.close();
  }

  #lookSoon(): void {
    if (this.#look !== undefined || this.#stopped) return;
    this.#look = this.#options.clock.after(settleMs, () => {
      this.#look = undefined;
      this.#options.peer.read(
        (state) => this.#book.interests(state),
        ({ subjects, paths }) => {
          if (this.#stopped) return;
          this.#subjects.listen(subjects);
          this.#files.watch(paths);
        },
      );
    });
  }

  #messageCame({ subject, key, payload, settle }: OutsideMessage): void {
    const said = payloadText(payload);
    if (said === undefined || key.length > triggerLimits.keyCharacters) {
      // It would be refused each time that it came.
      this.#options.trace('warn', 'events.too-large', { subject, bytes: payload.length });
      settle(true);
      return;
    }
    this.#outlet.tell({ source: { kind: 'subject', subject }, key, payload: said }, settle);
  }

  #submitter(): ConstructorParameters<typeof Outlet>[0]['submit'] {
    const { peer, node } = this.#options;
    const life = randomUUID();
    return (batch, events, done) => {
      const command = { kind: 'outside-events', namespace: everywhere, events } as const;
      const request = {
        kind: 'command',
        requestId: requestId(`events-${life}-${batch}`),
        bodyDigest: createHash('sha256').update(encode(command)).digest('hex').slice(0, 32),
        rememberMs,
        by: `node:${node}`,
        command,
      } as const;
      peer.submit(request, done);
    };
  }
}

/** JSON stays as it is, any other text becomes a JSON text; undefined when it is too large. */
function payloadText(bytes: Uint8Array): string | undefined {
  if (bytes.length > 4 * triggerLimits.payloadBytes) return undefined;
  const text = new TextDecoder().decode(bytes);
  const payload = text === '' ? 'null' : (compactJson(text) ?? JSON.stringify(text));
  return utf8Bytes(payload) <= triggerLimits.payloadBytes ? payload : undefined;
}

function compactJson(text: string): string | undefined {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return undefined;
  }
}
