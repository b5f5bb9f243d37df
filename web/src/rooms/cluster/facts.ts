/**
 * What no row tells: how each node is, asked of the node itself; and what is alive on each. Asked
 * again when facts are committed, so that a cluster in which nothing happens is left in peace.
 */
import { useQueries, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useAnyFact } from '../../data/any-fact.ts';
import { call, type Reply } from '../../data/api.ts';
import { currentNode } from '../../data/nodes.ts';
import { trusted } from '../../data/wire.ts';

export type NodeAnswer = Reply<'getNode'>;
export type ClusterAnswer = Reply<'getCluster'>;
export type NodeDetail = Reply<'showNode'>;

const patienceMs = 3_000;

export async function askNode<T>(address: string, path: string, signal: AbortSignal): Promise<T> {
  const patience = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
  const response = await fetch(`${new URL(address).origin}${path}`, { signal: patience });
  if (!response.ok) throw new Error(`status ${response.status}`);
  return trusted<T>(await response.json());
}

const statusKey = ['node-status'] as const;
const detailKey = ['node-detail'] as const;

interface Place {
  readonly node: string;
  readonly address: string | null;
}

export interface NodeStatus {
  readonly answer: NodeAnswer | undefined;
  readonly isSilent: boolean;
}

/** `GET /api/v1/node` of each, at its own address. */
export function useNodeStatuses(places: readonly Place[]): ReadonlyMap<string, NodeStatus> {
  const results = useQueries({
    queries: places.map(({ node, address }) => ({
      queryKey: [...statusKey, node, address],
      enabled: address !== null,
      retry: false,
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        askNode<NodeAnswer>(address ?? '', '/api/v1/node', signal),
    })),
  });
  return new Map(
    places.map(({ node }, at) => {
      const result = results[at];
      const isSilent = result?.isError === true;
      return [node, { answer: isSilent ? undefined : result?.data, isSilent }];
    }),
  );
}

/** The cluster as the leader sees it: it alone knows how far the others are. */
export async function askLeader(signal: AbortSignal): Promise<ClusterAnswer> {
  const near = await call('getCluster', { signal });
  const address = near.members.find(({ node }) => node === near.leader)?.address;
  if (address === undefined || address === null || !URL.canParse(address)) return near;
  if (new URL(address).origin === currentNode()) return near;
  return askNode<ClusterAnswer>(address, '/api/v1/cluster', signal).catch(() => near);
}

export const clusterKey = ['cluster-of-leader'] as const;

/** The attempts that are alive on each node. */
export function useNodeDetails(nodes: readonly string[]): readonly NodeDetail[] {
  const results = useQueries({
    queries: nodes.map((node) => ({
      queryKey: [...detailKey, node],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        call('showNode', { params: { node }, signal }),
    })),
  });
  return results.flatMap(({ data }) => data ?? []);
}

/** Asks everything of this room again when something was committed. */
export function useAskedAgain(): () => void {
  const client = useQueryClient();
  const [ring] = useState(() => () => {
    for (const queryKey of [statusKey, detailKey, clusterKey]) {
      void client.invalidateQueries({ queryKey });
    }
  });
  useAnyFact(ring);
  return ring;
}
