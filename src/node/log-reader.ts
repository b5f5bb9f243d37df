/** Reads task logs from whichever node ran the attempt: asks its executor for a piece at a time. */
import type { Wire } from '../actors/wire.ts';
import type { LogChunk } from '../api/service.ts';
import type { NodeId } from '../base/brand.ts';
import type { Cancellable, Clock } from '../base/ports.ts';
import { inboxes, type LogAnswer, type LogRequest } from '../model/protocol.ts';

/** On top of what the executor may wait for more: the way there and back. */
const travelMs = 3000;
const chunkBytes = 256 * 1024;
/** Requests under way at a time. */
const openMax = 1000;

interface Open {
  readonly resolve: (chunk: LogChunk | null) => void;
  readonly timer: Cancellable;
}

export class LogReader {
  readonly #wire: Wire;
  readonly #clock: Clock;
  readonly #open = new Map<string, Open>();
  readonly #listener: Cancellable;
  #asked = 0;

  constructor(wire: Wire, clock: Clock) {
    this.#wire = wire;
    this.#clock = clock;
    this.#listener = wire.listen(inboxes.logs, (message) => {
      if (isLogAnswer(message)) this.#answered(message);
    });
  }

  stop(): void {
    this.#listener.cancel();
  }

  /** Null when the node does not answer or does not have it. */
  read(
    node: NodeId,
    wanted: Omit<LogRequest, 'kind' | 'requestId' | 'maxBytes'>,
  ): Promise<LogChunk | null> {
    if (this.#open.size >= openMax) return Promise.resolve(null);
    this.#asked += 1;
    const requestId = `${this.#wire.self.incarnation}-${this.#asked}`;
    return new Promise((resolve) => {
      const timer = this.#clock.after(wanted.waitMs + travelMs, () => {
        this.#open.delete(requestId);
        resolve(null);
      });
      this.#open.set(requestId, { resolve, timer });
      const request = { kind: 'log-request', requestId, maxBytes: chunkBytes, ...wanted } as const;
      this.#wire.send(node, inboxes.logs, 'bulk', request);
    });
  }

  #answered({ requestId, status, bytes, end }: LogAnswer): void {
    const open = this.#open.get(requestId);
    if (open === undefined) return;
    this.#open.delete(requestId);
    open.timer.cancel();
    open.resolve(status === 'none' ? null : { bytes, end });
  }
}

const isLogAnswer = (message: unknown): message is LogAnswer =>
  typeof message === 'object' &&
  message !== null &&
  'kind' in message &&
  message.kind === 'log-answer';
