/** What the lane of needs is made of: rows, and three answers that rows ask for. */
import { useQueries, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useMemo, useRef } from 'react';
import type { DagDetailView } from '../../../../src/model/views/dag.ts';
import type { RunView } from '../../../../src/model/views/run.ts';
import { useAnswerOfAny, useAnyFact } from '../../data/any-fact.ts';
import { call } from '../../data/api.ts';
import { useTable } from '../../data/hooks.ts';
import { trusted } from '../../data/wire.ts';
import { useNow } from '../../kit/time.tsx';
import { type Need, needsOf } from './needs.ts';

/** Running DAGs that are asked for their SLA. */
const dagsAsked = 20;
/** The leader is asked what waits, at most so often. */
const queuesEveryMs = 15_000;
/** Needs that only time brings are looked for as often. */
const lookEveryMs = 5_000;

const nothing: readonly never[] = [];

export interface Needs {
  readonly needs: readonly Need[];
  /** More approvals wait than an answer holds. */
  readonly isCut: boolean;
}

export function useNeeds(namespace: string, runs: readonly RunView[]): Needs {
  const nowMs = useNow(lookEveryMs);
  const nodes = useTable('node');
  const letters = useTable('letter');
  const asked = useMemo(() => ({ query: { namespace, limit: '1000' } }), [namespace]);
  const open = useAnswerOfAny('listApprovals', asked).data;
  const approvals = open?.items ?? nothing;
  const isCut = typeof open?.cursor === 'string';
  const queues = useQueues(namespace);
  const slaMs = useSlas(namespace, runs);
  const needs = useMemo(
    () =>
      needsOf({
        ...{ nowMs, runs, approvals, queues, slaMs },
        lostNodes: nodes.filter(({ status }) => status === 'lost'),
        letters: letters.filter((letter) => letter.namespace === namespace),
      }),
    [nowMs, runs, approvals, queues, slaMs, nodes, letters, namespace],
  );
  return { needs, isCut };
}

function useQueues(namespace: string) {
  const client = useQueryClient();
  const last = useRef(Date.now());
  const ring = useCallback(() => {
    if (Date.now() - last.current < queuesEveryMs) return;
    last.current = Date.now();
    void client.invalidateQueries({ queryKey: ['queues-waiting', namespace] });
  }, [client, namespace]);
  useAnyFact(ring);
  const { data } = useQuery({
    queryKey: ['queues-waiting', namespace],
    queryFn: ({ signal }) => call('listQueues', { query: { namespace }, signal }),
  });
  return data?.queues ?? nothing;
}

function useSlas(namespace: string, runs: readonly RunView[]): ReadonlyMap<string, number> {
  const ids = useMemo(() => {
    const running = runs.filter(({ state }) => state === 'running').map(({ dagId }) => dagId);
    return [...new Set(running)].sort().slice(0, dagsAsked);
  }, [runs]);
  return useQueries({
    queries: ids.map((dagId) => ({
      queryKey: ['sla', namespace, dagId],
      queryFn: async ({ signal }: { readonly signal: AbortSignal }) => {
        const dag = await call('getDag', { params: { dagId }, query: { namespace }, signal });
        return [dagId, trusted<DagDetailView>(dag).spec.slaMs] as const;
      },
      staleTime: 5 * 60_000,
    })),
    combine: slaMap,
  });
}

const slaMap = (
  results: readonly { readonly data: readonly [string, number | undefined] | undefined }[],
): ReadonlyMap<string, number> =>
  new Map(
    results.flatMap(({ data }) =>
      data === undefined || data[1] === undefined ? [] : [[data[0], data[1]] as const],
    ),
  );
