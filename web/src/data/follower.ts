/**
 * A follower: takes the rows as they stand, then the stream of committed facts, from whichever node
 * answers. When a stream breaks it goes on behind the last index that it has seen, with the next
 * node if need be; when the log does not reach back to there, it begins anew. It never polls.
 *
 * Owns: its rows, and one stream. Told of news at most once in `tellEveryMs`.
 */

import { serverEvents } from '../../../src/api/server-events.ts';
import type { Fact } from '../../../src/model/fact.ts';
import { ApiProblem, call, open } from './api.ts';
import { currentNode, leaveNode, nodeCount } from './nodes.ts';
import { type RecordEvent, Rows } from './rows.ts';
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

/** Twice a frame would be for nobody's eyes. */
const tellEveryMs = 100;
const pauseMs = { first: 100, most: 2_000 } as const;
/** The nodes send a heartbeat at least this often, or they are gone without a word. */
const silenceMs = 40_000;

export class Follower {
  readonly rows = new Rows();
  readonly #followed: Followed;
  readonly #listeners = new Set<() => void>();
  readonly #stop = new AbortController();
  #state: FollowerState = { kind: 'loading' };
  #told: ReturnType<typeof setTimeout> | undefined;

  constructor(followed: Followed) {
    this.#followed = followed;
    void this.#follow();
  }

  get state(): FollowerState {
    return this.#state;
  }

  subscribe(tell: () => void): () => void {
    this.#listeners.add(tell);
    return () => this.#listeners.delete(tell);
  }

  stop(): void {
    this.#stop.abort();
    clearTimeout(this.#told);
  }

  async #follow(): Promise<void> {
    let wait: number = pauseMs.first;
    let tries = 0;
    while (!this.#stop.signal.aborted) {
      const node = currentNode();
      try {
        if (this.#state.kind === 'loading') await this.#load();
        await this.#listen(() => {
          wait = pauseMs.first;
          tries = 0;
        });
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        if (this.#isFinal(error)) return;
        if (!(error instanceof ApiProblem)) leaveNode(node);
      }
      tries += 1;
      if (tries % nodeCount() !== 0) continue;
      await new Promise((resolve) => setTimeout(resolve, wait));
      wait = Math.min(pauseMs.most, wait * 2);
    }
  }

  /** Whether nothing more is to be had; says what else there is to say. */
  #isFinal(error: unknown): boolean {
    if (error instanceof ApiProblem) {
      if (error.problem.code === 'EVENTS_GONE') {
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
    const followed = this.#followed;
    const { signal } = this.#stop;
    const { index, facts } =
      followed.kind === 'tables'
        ? await call('listRows', { query: { tables: followed.tables.join(',') }, signal })
        : await call('runRows', {
            params: { runId: followed.runId },
            query: { namespace: followed.namespace },
            signal,
          });
    this.rows.load(index, trusted<readonly Fact[]>(facts));
    this.#become({ kind: 'live' });
  }

  async #listen(answered: () => void): Promise<void> {
    const followed = this.#followed;
    const patience = new AbortController();
    const signal = AbortSignal.any([this.#stop.signal, patience.signal]);
    const which =
      followed.kind === 'tables'
        ? { tables: followed.tables.join(',') }
        : { run: followed.runId, namespace: followed.namespace };
    const query = { ...which, after: String(this.rows.index) };
    const response = await open('streamEvents', { query, signal });
    if (response.body === null) throw new Error('a stream without a body');
    answered();
    this.#become({ kind: 'live' });
    let silence = setTimeout(() => patience.abort(new Error('the node is silent')), silenceMs);
    try {
      for await (const { id, data } of serverEvents(response.body)) {
        clearTimeout(silence);
        silence = setTimeout(() => patience.abort(new Error('the node is silent')), silenceMs);
        if (data === '') this.rows.advance(Number(id));
        else if (this.rows.apply(trusted<RecordEvent>(JSON.parse(data)))) this.#tellSoon();
      }
    } finally {
      clearTimeout(silence);
    }
  }

  #become(state: FollowerState): void {
    if (state.kind === this.#state.kind && state.kind === 'live') return;
    this.#state = state;
    this.#tellSoon();
  }

  #tellSoon(): void {
    this.#told ??= setTimeout(() => {
      this.#told = undefined;
      for (const tell of this.#listeners) tell();
    }, tellEveryMs);
  }
}
