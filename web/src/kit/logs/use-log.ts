/** The log of one attempt, followed as it is written, from whichever node answers. */
import { useEffect, useState, useSyncExternalStore } from 'react';
import { open } from '../../data/api.ts';
import { ApiProblem } from '../../data/api-problem.ts';
import { currentNode, leaveNode } from '../../data/nodes.ts';
import { Teller } from '../../data/teller.ts';
import { LogBuffer } from './log-buffer.ts';

export interface LogOf {
  readonly namespace: string;
  readonly runId: string;
  readonly taskId: string;
  readonly mapIndex: number;
  readonly attempt: number;
  readonly stream: 'stdout' | 'stderr';
}

export type LogState =
  | { readonly kind: 'loading' }
  | { readonly kind: 'following' }
  | { readonly kind: 'ended' }
  | { readonly kind: 'refused'; readonly error: unknown };

const pauseMs = { first: 200, most: 3_000 } as const;

export class LogFollower {
  readonly buffer = new LogBuffer();
  readonly #of: LogOf;
  readonly #stop = new AbortController();
  readonly #teller = new Teller();
  #state: LogState = { kind: 'loading' };
  #version = 0;
  /** The node whose copy is read; null: the log itself. */
  copyOn: string | null = null;
  isWhole = true;

  constructor(of: LogOf) {
    this.#of = of;
    void this.#follow();
  }

  get state(): LogState {
    return this.#state;
  }

  get version(): number {
    return this.#version;
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
    while (!this.#stop.signal.aborted) {
      const node = currentNode();
      try {
        await this.#read(() => {
          wait = pauseMs.first;
        });
        this.#become({ kind: 'ended' });
        return;
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        if (error instanceof ApiProblem) {
          this.#become({ kind: 'refused', error });
          return;
        }
        leaveNode(node);
      }
      await new Promise((resolve) => setTimeout(resolve, wait));
      wait = Math.min(pauseMs.most, wait * 2);
    }
  }

  async #read(came: () => void): Promise<void> {
    const { namespace, runId, taskId, mapIndex, attempt, stream } = this.#of;
    const offset = String(this.buffer.offset);
    const response = await open('getLog', {
      params: { runId, taskId, attempt: String(attempt) },
      query: { namespace, mapIndex: String(mapIndex), stream, follow: 'true', offset },
      signal: this.#stop.signal,
    });
    this.copyOn = response.headers.get('x-skein-log-copy');
    this.isWhole = response.headers.get('x-skein-log-whole') !== 'false';
    this.#become({ kind: 'following' });
    const reader = response.body?.getReader();
    if (reader === undefined) return;
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      came();
      this.buffer.append(piece.value);
      this.#tellSoon();
    }
  }

  #become(state: LogState): void {
    this.#state = state;
    this.#tellSoon();
  }

  #tellSoon(): void {
    this.#version += 1;
    this.#teller.tellSoon();
  }
}

/** Follows a log for as long as the component is shown. */
export function useLog(of: LogOf): LogFollower | undefined {
  const { namespace, runId, taskId, mapIndex, attempt, stream } = of;
  const [follower, setFollower] = useState<LogFollower>();
  useEffect(() => {
    const made = new LogFollower({ namespace, runId, taskId, mapIndex, attempt, stream });
    setFollower(made);
    return () => made.stop();
  }, [namespace, runId, taskId, mapIndex, attempt, stream]);
  return follower;
}

export const useLogVersion = (follower: LogFollower): number =>
  useSyncExternalStore(
    (tell) => follower.subscribe(tell),
    () => follower.version,
  );
