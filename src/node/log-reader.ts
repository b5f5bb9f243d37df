/** Asks executors for pieces of task logs: one by name, or all of them for a copy. */
import type { Wire } from '../actors/wire.ts';
import type { LogChunk } from '../api/service.ts';
import type { NodeId } from '../base/brand.ts';
import type { Cancellable, Clock } from '../base/ports.ts';
import { isA } from '../executor/logs/is-a.ts';
import { inboxes, type LogAnswer, type LogFound, type LogRequest } from '../model/protocol.ts';
import { LogSearches } from './log-searches.ts';

/** On top of what the executor may wait for more: the way there and back. */
const travelMs = 3000;
/** Those that have a copy answer at once; those that are gone never do. */
const copiesMs = 500;
const chunkBytes = 256 * 1024;
/** Requests under way at a time. */
const openMax = 1000;

type Wanted = Omit<LogRequest, 'kind' | 'requestId' | 'maxBytes' | 'copies' | 'gaps'>;

/** A piece of a copy. */
export interface CopiedPiece {
  readonly on: NodeId;
  readonly isWhole: boolean;
  readonly chunk: LogChunk;
}

interface Open {
  /** Whether that was all that is waited for. */
  readonly take: (answer: LogAnswer, from: NodeId) => boolean;
  readonly timer: Cancellable;
}

export class LogReader {
  readonly searches: LogSearches;
  readonly #wire: Wire;
  readonly #clock: Clock;
  readonly #open = new Map<string, Open>();
  readonly #listener: Cancellable;
  #asked = 0;

  constructor(wire: Wire, clock: Clock) {
    this.#wire = wire;
    this.#clock = clock;
    this.searches = new LogSearches(wire, clock);
    this.#listener = wire.listen(inboxes.logs, (message, from) => {
      if (from.side !== 'executor') return;
      if (isA<LogAnswer>('log-answer', message)) this.#answered(message, from.node);
      else if (isA<LogFound>('log-found', message)) this.searches.found(message, from.node);
    });
  }

  stop(): void {
    this.#listener.cancel();
  }

  /** Null when the node does not answer or does not have it. */
  read(node: NodeId, wanted: Wanted): Promise<LogChunk | null> {
    return new Promise((resolve) => {
      const ask = { to: node, copies: false, patienceMs: wanted.waitMs + travelMs };
      this.#ask(wanted, ask, {
        take: (answer) => {
          resolve(answer.status === 'none' ? null : chunkOf(answer));
          return true;
        },
        inVain: () => resolve(null),
      });
    });
  }

  /** From the copy on this node, as `read`. */
  readCopy(node: NodeId, wanted: Wanted): Promise<CopiedPiece | null> {
    return this.#readCopies(wanted, node, wanted.waitMs + travelMs);
  }

  /** The piece of the longest copy that somebody has; a whole one is taken at once. */
  readAnyCopy(wanted: Omit<Wanted, 'waitMs'>): Promise<CopiedPiece | null> {
    return this.#readCopies({ ...wanted, waitMs: 0 }, 'all', copiesMs);
  }

  #readCopies(wanted: Wanted, to: NodeId | 'all', patienceMs: number): Promise<CopiedPiece | null> {
    return new Promise((resolve) => {
      let best: CopiedPiece | null = null;
      let bestBytes = -1;
      this.#ask(
        wanted,
        { to, copies: true, patienceMs },
        {
          take: (answer, on) => {
            // The original, on a node that has come back, has everything.
            const { isWhole, sizeBytes } = answer.copy ?? wholly;
            if (answer.status === 'data' && (isWhole || sizeBytes > bestBytes)) {
              best = { on, isWhole, chunk: chunkOf(answer) };
              bestBytes = sizeBytes;
            }
            const isLast = to !== 'all' || best?.isWhole === true;
            if (isLast) resolve(best);
            return isLast;
          },
          inVain: () => resolve(best),
        },
      );
    });
  }

  #ask(
    wanted: Wanted,
    to: { readonly to: NodeId | 'all'; readonly copies: boolean; readonly patienceMs: number },
    answers: { readonly take: Open['take']; readonly inVain: () => void },
  ): void {
    if (this.#open.size >= openMax) {
      answers.inVain();
      return;
    }
    this.#asked += 1;
    const requestId = `${this.#wire.self.incarnation}-${this.#asked}`;
    const timer = this.#clock.after(to.patienceMs, () => {
      this.#open.delete(requestId);
      answers.inVain();
    });
    this.#open.set(requestId, { take: answers.take, timer });
    this.#wire.send(to.to, inboxes.logs, 'bulk', {
      ...{ kind: 'log-request', requestId, maxBytes: chunkBytes, gaps: true, ...wanted },
      ...(to.copies ? { copies: true } : {}),
    } satisfies LogRequest);
  }

  #answered(answer: LogAnswer, from: NodeId): void {
    const open = this.#open.get(answer.requestId);
    if (open === undefined || !open.take(answer, from)) return;
    this.#open.delete(answer.requestId);
    open.timer.cancel();
  }
}

const wholly = { isWhole: true, sizeBytes: Number.MAX_SAFE_INTEGER };

const chunkOf = ({ bytes, end, leftOut }: LogAnswer): LogChunk => ({
  ...{ bytes, end },
  ...(leftOut && { leftOut }),
});
