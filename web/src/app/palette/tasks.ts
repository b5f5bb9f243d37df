/** Names of tasks, of the current versions of a namespace; asked for when somebody searches. */
import { useQuery } from '@tanstack/react-query';
import { call } from '../../data/api.ts';
import { useTable } from '../../data/hooks.ts';

export interface TaskName {
  readonly dagId: string;
  readonly taskId: string;
}

/** DAGs whose tasks are looked through. */
const dagsMax = 300;
const atOnce = 4;

async function tasksOf(
  namespace: string,
  dags: readonly string[],
  signal: AbortSignal,
): Promise<readonly TaskName[]> {
  const names: TaskName[] = [];
  const rest = dags.slice(0, dagsMax);
  const look = async (): Promise<void> => {
    for (let dagId = rest.shift(); dagId !== undefined; dagId = rest.shift()) {
      const own = dagId;
      const { spec } = await call('getDag', { params: { dagId }, query: { namespace }, signal });
      names.push(...Object.keys(spec.tasks).map((taskId) => ({ dagId: own, taskId })));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, look));
  return names;
}

export function useTaskNames(namespace: string, isWanted: boolean): readonly TaskName[] {
  const dags = useTable('dag').filter((row) => row.namespace === namespace);
  const { data } = useQuery<readonly TaskName[]>({
    queryKey: ['task-names', namespace, dags.map(({ versionId }) => versionId)],
    enabled: isWanted,
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: (before) => before,
    queryFn: ({ signal }) =>
      tasksOf(
        namespace,
        dags.map(({ dagId }) => dagId),
        signal,
      ),
  });
  return data ?? [];
}
