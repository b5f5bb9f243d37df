/**
 * Facts of every table, as a bell: for answers about tasks and approvals, whose rows no page
 * follows as a whole. Nothing is asked again while nothing is committed.
 */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef } from 'react';
import { serverEvents } from '../../../src/api/server-events.ts';
import { type CallInput, call, type EndpointName, open, type Reply } from './api.ts';
import type { Follower } from './follower.ts';
import { useCluster } from './hooks.ts';

/** Nothing is asked again sooner. */
const askAgainMs = 1_000;
const returnMs = 2_000;

/** Rings soon after something was committed, at most once in `askAgainMs`. */
export function useAnyFact(ring: () => void): void {
  const follower = useCluster();
  useEffect(() => bell.hear(follower, ring), [follower, ring]);
}

/** One stream for all who listen, for as long as anybody does: a browser opens few to a node. */
class Bell {
  readonly #listeners = new Set<() => void>();
  #stop: AbortController | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  hear(follower: Follower, ring: () => void): () => void {
    this.#listeners.add(ring);
    if (this.#stop === undefined) {
      this.#stop = new AbortController();
      void this.#listen(follower, this.#stop.signal);
    }
    return () => {
      this.#listeners.delete(ring);
      if (this.#listeners.size > 0) return;
      this.#stop?.abort();
      this.#stop = undefined;
      clearTimeout(this.#timer);
      this.#timer = undefined;
    };
  }

  #ringSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      for (const ring of this.#listeners) ring();
    }, askAgainMs);
  }

  async #listen(follower: Follower, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const { index } = follower.rows;
        const query = index === 0 ? {} : { after: String(index) };
        const { body } = await open('streamEvents', { query, signal });
        if (body === null) return;
        for await (const { data } of serverEvents(body)) if (data !== '') this.#ringSoon();
      } catch {
        // The node went away; another one is asked.
      }
      if (signal.aborted) return;
      this.#ringSoon();
      await new Promise((resolve) => setTimeout(resolve, returnMs));
    }
  }
}

const bell = new Bell();

/** The answer of an endpoint, asked for again when anything at all was committed. */
export function useAnswerOfAny<N extends EndpointName>(name: N, input: CallInput<N>) {
  const client = useQueryClient();
  const key = useMemo(() => [name, input] as const, [name, input]);
  const latest = useRef(key);
  latest.current = key;
  const ring = useCallback(() => {
    void client.invalidateQueries({ queryKey: latest.current });
  }, [client]);
  useAnyFact(ring);
  return useQuery<Reply<N>>({
    queryKey: key,
    queryFn: ({ signal }) => call(name, { ...input, signal }),
  });
}
