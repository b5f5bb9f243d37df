/**
 * A follower: takes the rows as they stand, then the stream of committed facts, from whichever node
 * answers. When a stream breaks it goes on behind the last index that it has seen, with the next
 * node if need be; when the log does not reach back to there, it begins anew. It never polls.
 *
 * Owns: its rows, and one stream.
 */

import { serverEvents } from '../../../src/api/server-events.ts';
import type { Fact } from '../../../src/model/fact.ts';
import { ApiProblem } from './api-problem.ts';
import { type RecordEvent, Rows } from './rows.ts';
import { Teller } from './teller.ts';
import { trusted } from './wire.ts';

/** What is followed: whole tables, or one run with all that belongs to it. */
export type Followed =
  | { readonly kind: 'tables'; readonly tables: readonly string[] }
  | { readonly kind: 'run'; readonly namespace: string; readonly runId: string };

export type FollowerState =
  | { readonly kind: 'loading' }
  | { readonly kind: 'live' }
  /** What is shown may be old: no node answers right now. */
  | { readonly kind: 'broken'; readonly why: string }
  /** There is no such run. */
  | { readonly kind: 'refused'; readonly error: ApiProblem };

/** What a follower needs of the nodes. */
export interface FollowerNodes {
  /** The node that is asked now. */
  current(): string;
  count(): number;
  /** From now on another one is asked, if there is one. */
  leave(node: string): void;
  /** What stands in the rows now. Rejects with an `ApiProblem` when the node refuses. */
  rows(followed: Followed, signal: AbortSignal): Promise<RowsAt>;
  /** The stream of facts behind an index. Rejects as `rows` does. */
  events(
    followed: Followed,
    after: number,
    signal: AbortSignal,
  ): Promise<ReadableStream<Uint8Array>>;
}

interface RowsAt {
  readonly index: number;
  readonly facts: readonly Fact[];
}

const pauseMs = { first: 100, most: 2_000 } as const;
/** A stream that has lasted so long was a good one; one that ends sooner is no sign of health. */
const steadyMs = 1_000;
/** The nodes send a heartbeat at least this often, or they are gone without a word. */
const silenceMs = 40_000;

export class Follower {
  readonly rows = new Rows();
  readonly #followed: Followed;
  readonly #nodes: FollowerNodes;
  readonly #teller = new Teller();
  readonly #stop = new AbortController();
  #state: FollowerState = { kind: 'loading' };

  constructor(followed: Followed, nodes: FollowerNodes) {
    this.#followed = followed;
    this.#nodes = nodes;
    void this.#follow();
  }

  get state(): FollowerState {
    return this.#state;
  }

  subscribe(tell: () => void): () => void {
    return this.#teller.subscribe(tell);
  }

  stop(): void {
    this.#stop.abort();
    this.#teller.stop();
  }

  async #follow(): Promise<void> {
    let wait: number = pauseMs.first;
    let tries = 0;
    while (!this.#stop.signal.aborted) {
      const node = this.#nodes.current();
      let beganMs = Number.POSITIVE_INFINITY;
      const isSteady = (): boolean => performance.now() - beganMs >= steadyMs;
      try {
        if (this.#state.kind === 'loading') await this.#load();
        await this.#listen(() => {
          beganMs = performance.now();
        });
        if (!isSteady()) throw new Error('the stream ended at once');
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        if (this.#isFinal(error)) return;
        if (!isBehindLog(error)) this.#nodes.leave(node);
      }
      if (isSteady()) {
        wait = pauseMs.first;
        tries = 0;
      }
      // All the nodes are tried at once; only after them comes a pause.
      tries += 1;
      if (tries % this.#nodes.count() !== 0) continue;
      await new Promise((resolve) => setTimeout(resolve, wait));
      wait = Math.min(pauseMs.most, wait * 2);
    }
  }

  /** Whether nothing more is to be had; says what else there is to say. */
  #isFinal(error: unknown): boolean {
    if (error instanceof ApiProblem) {
      if (isBehindLog(error)) {
        this.#become({ kind: 'loading' });
        return false;
      }
      if (error.problem.code === 'RUN_NOT_FOUND') {
        this.#become({ kind: 'refused', error });
        return true;
      }
    }
    const why = error instanceof Error ? error.message : String(error);
    if (this.#state.kind !== 'loading') this.#become({ kind: 'broken', why });
    return false;
  }

  async #load(): Promise<void> {
    const { index, facts } = await this.#nodes.rows(this.#followed, this.#stop.signal);
    this.rows.load(index, facts);
    this.#become({ kind: 'live' });
  }

  async #listen(answered: () => void): Promise<void> {
    const patience = new AbortController();
    const signal = AbortSignal.any([this.#stop.signal, patience.signal]);
    const body = await this.#nodes.events(this.#followed, this.rows.index, signal);
    answered();
    this.#become({ kind: 'live' });
    const giveUp = (): void => patience.abort(new Error('the node is silent'));
    let silence = setTimeout(giveUp, silenceMs);
    try {
      for await (const { id, data } of serverEvents(body)) {
        clearTimeout(silence);
        silence = setTimeout(giveUp, silenceMs);
        if (data === '') this.rows.advance(Number(id));
        else this.rows.apply(trusted<RecordEvent>(JSON.parse(data)));
        this.#teller.tellSoon();
      }
    } finally {
      clearTimeout(silence);
    }
  }

  #become(state: FollowerState): void {
    if (state.kind === this.#state.kind && state.kind === 'live') return;
    this.#state = state;
    this.#teller.tellSoon();
  }
}

/** The log does not reach back to where the follower stands: another node is no help. */
const isBehindLog = (error: unknown): boolean =>
  error instanceof ApiProblem && error.problem.code === 'EVENTS_GONE';
