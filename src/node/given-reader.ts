/** Asks the executor that ran an attempt what the attempt was given. */
import type { Wire } from '../actors/wire.ts';
import type { NodeId } from '../base/brand.ts';
import type { Cancellable, Clock } from '../base/ports.ts';
import { isA } from '../executor/logs/is-a.ts';
import { type GivenAnswer, type GivenRequest, givenInbox } from '../model/given.ts';

/** There and back, and a look at a disk that is busy. */
const answerMs = 3_000;
/** Requests under way at a time. */
const openMax = 1_000;

interface Open {
  readonly from: NodeId;
  readonly resolve: (text: string | null) => void;
  readonly timer: Cancellable;
}

export class GivenReader {
  readonly #wire: Wire;
  readonly #clock: Clock;
  readonly #inbox: Cancellable;
  readonly #open = new Map<string, Open>();
  #asked = 0;

  constructor(wire: Wire, clock: Clock) {
    this.#wire = wire;
    this.#clock = clock;
    this.#inbox = wire.listen(givenInbox, (message, { side, node }) => {
      if (side !== 'executor' || !isA<GivenAnswer>('given-answer', message)) return;
      const { requestId, text } = message;
      if (this.#open.get(requestId)?.from === node) this.#end(requestId, text);
    });
  }

  stop(): void {
    this.#inbox.cancel();
    for (const requestId of [...this.#open.keys()]) this.#end(requestId, null);
  }

  /** Null when the node does not answer, is of an older version, or has nothing of the attempt. */
  read(node: NodeId, asked: Pick<GivenRequest, 'id' | 'attempt'>): Promise<string | null> {
    if (this.#open.size >= openMax) return Promise.resolve(null);
    this.#asked += 1;
    const requestId = `${this.#wire.self.incarnation}-${this.#asked}`;
    return new Promise((resolve) => {
      const timer = this.#clock.after(answerMs, () => this.#end(requestId, null));
      this.#open.set(requestId, { from: node, resolve, timer });
      this.#wire.send(node, givenInbox, 'bulk', {
        ...{ kind: 'given-request', requestId, ...asked },
      } satisfies GivenRequest);
    });
  }

  #end(requestId: string, text: string | null): void {
    const open = this.#open.get(requestId);
    this.#open.delete(requestId);
    open?.timer.cancel();
    open?.resolve(text);
  }
}
