/** How components read: rows that are followed, and answers that are asked for anew with them. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import {
  createContext,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import type { TableName, Tables } from '../../../src/model/fact.ts';
import { type CallInput, call, type EndpointName, type Reply } from './api.ts';
import { follow } from './follow.ts';
import type { Follower, FollowerState } from './follower.ts';

/** The one follower of the tables that every page needs. */
export const ClusterRows = createContext<Follower | undefined>(undefined);

export function useCluster(): Follower {
  const follower = useContext(ClusterRows);
  if (follower === undefined) throw new Error('outside of ClusterRows');
  return follower;
}

/** Every row of a table, of all namespaces; a new list only when one of them has changed. */
export function useTable<T extends TableName>(table: T): readonly Tables[T][] {
  const follower = useCluster();
  const version = useVersion(follower, table);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the version stands for the rows.
  return useMemo(() => follower.rows.all(table), [follower, table, version]);
}

/** The state of a follower: whether what is shown is live. */
export const useFollowerState = (follower: Follower): FollowerState =>
  useSyncExternalStore(
    (tell) => follower.subscribe(tell),
    () => follower.state,
  );

/** The log index of what is shown. */
export const useIndex = (follower: Follower): number =>
  useSyncExternalStore(
    (tell) => follower.subscribe(tell),
    () => follower.rows.index,
  );

/** A number that changes with the rows of a table. */
export const useVersion = (follower: Follower, table: string): number =>
  useSyncExternalStore(
    (tell) => follower.subscribe(tell),
    () => follower.rows.version(table),
  );

/** Follows one run for as long as the component is shown. */
export function useRunFollower(namespace: string, runId: string): Follower | undefined {
  const [follower, setFollower] = useState<Follower>();
  useEffect(() => {
    const made = follow({ kind: 'run', namespace, runId });
    setFollower(made);
    return () => made.stop();
  }, [namespace, runId]);
  return follower;
}

/** Asking again at most so often, however fast rows change. */
const askAgainMs = 1_000;

/**
 * The answer of an endpoint, asked for again when rows of the tables `on` change. Give `undefined`
 * as input to ask nothing yet.
 */
export function useAnswer<N extends EndpointName>(
  name: N,
  input: CallInput<N> | undefined,
  on: readonly TableName[] = [],
) {
  const follower = useCluster();
  const client = useQueryClient();
  const key = useMemo(() => [name, input ?? null] as const, [name, input]);
  const latest = useRef(key);
  latest.current = key;
  const tables = on.join(',');
  useEffect(() => {
    const names = tables === '' ? [] : tables.split(',');
    const sum = (): number => names.reduce((all, table) => all + follower.rows.version(table), 0);
    let seen = sum();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const leave = follower.subscribe(() => {
      if (sum() === seen || timer !== undefined) return;
      timer = setTimeout(() => {
        timer = undefined;
        seen = sum();
        void client.invalidateQueries({ queryKey: latest.current });
      }, askAgainMs);
    });
    return () => {
      leave();
      clearTimeout(timer);
    };
  }, [follower, client, tables]);
  return useQuery<Reply<N>>({
    queryKey: key,
    queryFn: ({ signal }) => call(name, { ...input, signal }),
    enabled: input !== undefined,
  });
}
