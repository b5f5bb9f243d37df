/** Who uses a connection: found by looking through the current versions of the namespace. */
import { Modal, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { dagPath, Link, seg } from '../../app/link.tsx';
import { call } from '../../data/api.ts';
import { useTable } from '../../data/hooks.ts';
import { trusted } from '../../data/wire.ts';
import { useFocusBack } from '../../kit/focus-back.ts';
import { usePrefs } from '../../kit/prefs.tsx';
import { ProblemBox } from '../../kit/problem.tsx';
import { DataTable } from '../../kit/table.tsx';
import { useWords } from '../../kit/words.ts';
import { tasksUsing } from './uses.ts';
import { connectionsWords } from './words.ts';

/** Definitions asked for at a time. */
const atOnce = 4;

interface Use {
  readonly dagId: string;
  readonly tasks: readonly string[];
}

async function usesOf(
  name: string,
  where: { readonly namespace: string; readonly dags: readonly string[] },
  signal: AbortSignal,
): Promise<readonly Use[]> {
  const uses: Use[] = [];
  const rest = [...where.dags];
  const look = async (): Promise<void> => {
    for (let dagId = rest.shift(); dagId !== undefined; dagId = rest.shift()) {
      const query = { namespace: where.namespace };
      const { spec } = await call('getDag', { params: { dagId }, query, signal });
      const tasks = tasksUsing(trusted(spec.tasks), name);
      if (tasks.length > 0) uses.push({ dagId, tasks });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, look));
  return uses.sort((left, right) => (left.dagId < right.dagId ? -1 : 1));
}

interface UsesDialogProps {
  readonly name: string;
  readonly onClose: () => void;
}

export function UsesDialog({ name, onClose }: UsesDialogProps) {
  const w = useWords(connectionsWords);
  const { namespace } = usePrefs();
  useFocusBack();
  const dags = useTable('dag').filter((row) => row.namespace === namespace);
  const { data, error } = useQuery({
    queryKey: ['connection-uses', namespace, name, dags.map(({ versionId }) => versionId)],
    queryFn: ({ signal }) =>
      usesOf(name, { namespace, dags: dags.map(({ dagId }) => dagId) }, signal),
  });
  return (
    <Modal opened onClose={onClose} title={w.usesTitle(name)} size="lg">
      {error !== null && <ProblemBox error={error} />}
      {data === undefined && error === null && <Text size="sm">{w.looking}</Text>}
      {data !== undefined && (
        <DataTable
          label={w.uses}
          rows={data}
          rowKey={({ dagId }) => dagId}
          empty={w.noUses}
          columns={[
            {
              id: 'dag',
              name: w.dag,
              cell: ({ dagId }) => (
                <Link to={dagPath(dagId)} className="skein-name">
                  {dagId}
                </Link>
              ),
            },
            {
              id: 'tasks',
              name: w.tasks,
              cell: ({ dagId, tasks }) =>
                tasks.map((task, at) => (
                  <span key={task}>
                    {at > 0 && ', '}
                    <Link to={`/editor?dag=${seg(dagId)}&task=${seg(task)}`} className="skein-name">
                      {task}
                    </Link>
                  </span>
                )),
            },
          ]}
        />
      )}
    </Modal>
  );
}
