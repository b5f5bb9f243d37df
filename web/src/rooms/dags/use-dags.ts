/** Every DAG of a namespace, in pages; asked for again when DAGs change or have fired. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { call, type Reply } from '../../data/api.ts';
import { useCluster } from '../../data/hooks.ts';

export type Dag = Reply<'listDags'>['items'][number];

/** The first page is small, so that something is seen at once. */
const pageSizes = { first: '100', next: '1000' } as const;
/** A change of a DAG is shown soon; the next fire of many DAGs is asked for in peace. */
const againMs = { dag: 1_000, fewFires: 3_000, manyFires: 30_000 } as const;
const fewDags = 300;

export function useDags(namespace: string) {
  const follower = useCluster();
  const client = useQueryClient();
  const query = useQuery({
    queryKey: ['dags', namespace],
    queryFn: ({ signal }) =>
      allDags(namespace, signal, (dags) => {
        client.setQueryData<readonly Dag[]>(['dags', namespace], (known) => known ?? dags);
      }),
  });
  const count = query.data?.length ?? 0;
  useEffect(() => {
    const { rows } = follower;
    let seen = { dag: rows.version('dag'), schedule: rows.version('schedule') };
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isSoon = false;
    const leave = follower.subscribe(() => {
      const isChanged = rows.version('dag') !== seen.dag;
      if (!isChanged && rows.version('schedule') === seen.schedule) return;
      if (timer !== undefined && (isSoon || !isChanged)) return;
      clearTimeout(timer);
      isSoon = isChanged;
      const fires = count <= fewDags ? againMs.fewFires : againMs.manyFires;
      timer = setTimeout(
        () => {
          timer = undefined;
          seen = { dag: rows.version('dag'), schedule: rows.version('schedule') };
          void client.invalidateQueries({ queryKey: ['dags', namespace] });
        },
        isChanged ? againMs.dag : fires,
      );
    });
    return () => {
      leave();
      clearTimeout(timer);
    };
  }, [follower, client, namespace, count]);
  return query;
}

async function allDags(
  namespace: string,
  signal: AbortSignal,
  show: (dags: readonly Dag[]) => void,
): Promise<readonly Dag[]> {
  const dags: Dag[] = [];
  let cursor: string | null = null;
  do {
    const query: { namespace: string; limit: string; cursor?: string } = {
      ...{ namespace, limit: cursor === null ? pageSizes.first : pageSizes.next },
      ...(cursor !== null && { cursor }),
    };
    const page: Reply<'listDags'> = await call('listDags', { query, signal });
    dags.push(...page.items);
    cursor = page.cursor;
    if (cursor !== null) show([...dags]);
  } while (cursor !== null);
  return dags;
}
