/**
 * The event stream: committed records as server-sent events (WHATWG HTML, section 9.2).
 *
 * Owns: one watch of the node, one heartbeat timer, one place among the streams.
 * Invariants:
 *   E1  Events leave in the order of the log, and the id of each is its log index, so that a reader
 *       who comes back with its last id misses nothing and gets nothing twice.
 *   E2  A slow reader holds back its own watch only, and at most `streamBytesMax` are kept for it.
 *   E3  However the stream ends, the watch is stopped, the timer cleared and the place given back.
 */
import type { NodeService } from '../api/service.ts';
import type { LogIndex, Namespace } from '../base/brand.ts';
import { runId } from '../base/brand.ts';
import type { Sealed } from '../model/connection.ts';
import type { Fact } from '../model/fact.ts';
import { runKey } from '../model/keys.ts';
import type { WatchEvent } from '../model/reading.ts';
import type { HttpLimits } from './limits.ts';
import type { Streams } from './streams.ts';

export interface EventStreamOptions {
  readonly service: NodeService;
  readonly streams: Streams;
  readonly limits: HttpLimits;
  readonly after: LogIndex;
  /** Only facts of this run; null: all. */
  readonly run: { readonly namespace: Namespace; readonly runId: string } | null;
  /** Without a run: only facts of these tables; null: of all. */
  readonly tables: readonly string[] | null;
}

/** The bytes of the stream, or undefined when the node serves as many as it may. */
export function eventStream(options: EventStreamOptions): ReadableStream<Uint8Array> | undefined {
  const body = new EventBody(options);
  const place = options.streams.enter(() => body.end());
  if (place === undefined) return undefined;
  return body.open(() => place.leave());
}

class EventBody {
  readonly #options: EventStreamOptions;
  readonly #wants: (fact: Fact) => boolean;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #watch: { stop(): void } | undefined;
  #heartbeat: ReturnType<typeof setInterval> | undefined;
  #leave: () => void = () => {};
  #resume: (() => void) | undefined;
  #seen: LogIndex;
  #stalledSinceMs: number | undefined;

  constructor(options: EventStreamOptions) {
    this.#options = options;
    this.#seen = options.after;
    this.#wants = wantedFacts(options);
  }

  open(leave: () => void): ReadableStream<Uint8Array> {
    const { service, limits, after } = this.#options;
    this.#leave = leave;
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
          this.#write(': skein events\n\n');
          this.#heartbeat = setInterval(() => this.#beat(), limits.heartbeatMs);
          // A stream that can bring nothing more is closed: its reader comes again with its last
          // id.
          const ended = (): void => this.end();
          this.#watch = service.watch(after, (event) => this.#receive(event), ended);
        },
        pull: () => {
          this.#stalledSinceMs = undefined;
          this.#resume?.();
        },
        cancel: () => this.#release(),
      },
      { highWaterMark: limits.streamBytesMax, size: (chunk) => chunk?.byteLength ?? 0 },
    );
  }

  /** Ends the stream for its reader too. */
  end(): void {
    const controller = this.#controller;
    this.#release();
    try {
      controller?.close();
    } catch {
      // The reader was faster: the stream is closed already.
    }
  }

  #receive(event: WatchEvent): Promise<void> {
    this.#seen = event.index;
    const text = eventText(event, this.#wants);
    if (text !== undefined) this.#write(text);
    if (this.#hasRoom()) return Promise.resolve();
    return new Promise((resolve) => {
      this.#resume = resolve;
    });
  }

  /** A heartbeat moves the reader's last id past records that were not for it. */
  #beat(): void {
    const { limits } = this.#options;
    if (this.#hasRoom()) {
      this.#write(`: heartbeat\nid: ${this.#seen}\n\n`);
      return;
    }
    const nowMs = performance.now();
    this.#stalledSinceMs ??= nowMs;
    if (nowMs - this.#stalledSinceMs >= limits.stalledMs) this.end();
  }

  #hasRoom(): boolean {
    return (this.#controller?.desiredSize ?? 1) > 0;
  }

  #write(text: string): void {
    this.#controller?.enqueue(new TextEncoder().encode(text));
  }

  /** E3. Safe to call twice. */
  #release(): void {
    this.#watch?.stop();
    clearInterval(this.#heartbeat);
    this.#controller = undefined;
    this.#resume?.();
    this.#leave();
  }
}

/** What belongs to a run beside its own row. */
const runTables: ReadonlySet<string> = new Set(['task', 'output', 'expansion']);

function wantedFacts({ run, tables }: EventStreamOptions): (fact: Fact) => boolean {
  if (run === null && tables !== null) {
    const wanted = new Set<string>(tables);
    return (fact) => wanted.has(fact.table);
  }
  // Answers that are remembered for repeats are bookkeeping, and name other clients' keys.
  if (run === null) return (fact) => fact.table !== 'request';
  const key = runKey(run.namespace, runId(run.runId));
  return (fact) =>
    (fact.table === 'run' && fact.key === key) ||
    (runTables.has(fact.table) && fact.key.startsWith(`${key}/`));
}

/** One record as one event, or undefined if nothing in it is wanted. */
function eventText(event: WatchEvent, wants: (fact: Fact) => boolean): string | undefined {
  const decisions = event.record.decisions
    .map(({ what, by, facts }) => ({ what, by, facts: facts.filter(wants).map(shownFact) }))
    .filter(({ facts }) => facts.length > 0);
  if (decisions.length === 0) return undefined;
  const at = new Date(event.record.at).toISOString();
  const data = JSON.stringify({ index: event.index, at, decisions });
  return `id: ${event.index}\ndata: ${data}\n\n`;
}

/** What is sealed is nobody's business who cannot open it. */
export function shownFact(fact: Fact): Fact {
  if (fact.table !== 'connection' || fact.row === null) return fact;
  const secrets: Record<string, Sealed> = {};
  for (const [field, { key }] of Object.entries(fact.row.secrets))
    secrets[field] = { key, box: '' };
  return { ...fact, row: { ...fact.row, secrets } };
}
