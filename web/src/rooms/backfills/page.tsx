/** The backfills of a namespace. */
import { Button, Group, Stack } from '@mantine/core';
import type { BackfillRow } from '../../../../src/model/backfill.ts';
import { backfillView } from '../../../../src/model/views/backfill.ts';
import { dagPath, Link } from '../../app/link.tsx';
import { useSearchParams } from '../../app/search.ts';
import { useTable } from '../../data/hooks.ts';
import { formWords } from '../../kit/form-words.ts';
import { usePrefs } from '../../kit/prefs.tsx';
import { DataTable } from '../../kit/table.tsx';
import { PageHead } from '../../kit/table-page.tsx';
import { Time } from '../../kit/time.tsx';
import { useWords } from '../../kit/words.ts';
import { BackfillActions } from './backfill-actions.tsx';
import { BackfillForm } from './backfill-form.tsx';
import { backfillPath } from './path.ts';
import { BackfillBar, BackfillState } from './progress.tsx';
import { backfillsWords } from './words.ts';

const newestFirst = (left: BackfillRow, right: BackfillRow): number =>
  right.createdAt - left.createdAt;

export default function BackfillsPage() {
  const w = useWords(backfillsWords);
  const f = useWords(formWords);
  const { namespace } = usePrefs();
  const [search, change] = useSearchParams();
  const rows = useTable('backfill')
    .filter((row) => row.namespace === namespace)
    .toSorted(newestFirst)
    .map(backfillView);
  return (
    <Stack>
      <PageHead
        title={w.title}
        about={w.about}
        actions={<Button onClick={() => change({ create: '*' })}>{w.newOne}</Button>}
      />
      <DataTable
        label={w.title}
        rows={rows}
        rowKey={({ backfillId }) => backfillId}
        empty={w.empty}
        columns={[
          {
            id: 'id',
            name: w.id,
            cell: ({ backfillId }) => (
              <Link to={backfillPath(backfillId)} className="skein-name" fw={600}>
                {backfillId}
              </Link>
            ),
          },
          {
            id: 'dag',
            name: w.dag,
            cell: ({ dagId }) => (
              <Link to={dagPath(dagId)} className="skein-name">
                {dagId}
              </Link>
            ),
          },
          { id: 'state', name: w.state, cell: (row) => <BackfillState {...row} /> },
          {
            id: 'range',
            name: w.range,
            cell: ({ from, to }) => `${from.slice(0, 10)} – ${to.slice(0, 10)}`,
          },
          { id: 'bar', name: w.progress, width: 220, cell: (row) => <BackfillBar row={row} /> },
          { id: 'created', name: w.created, cell: ({ createdAt }) => <Time at={createdAt} /> },
          {
            id: 'actions',
            name: f.actions,
            right: true,
            cell: (row) => (
              <Group gap={6} justify="flex-end" wrap="nowrap">
                <BackfillActions row={row} />
              </Group>
            ),
          },
        ]}
      />
      {search.create !== undefined && (
        <BackfillForm
          dag={search.create === '*' ? '' : search.create}
          onClose={() => change({ create: '' })}
        />
      )}
    </Stack>
  );
}
