/**
 * Connections of a namespace: what is open of them, the names of what is sealed, and their tests.
 */
import { Badge, Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { type ConnectionView, connectionView } from '../../../../src/model/views/connections.ts';
import { useSearchParams } from '../../app/search.ts';
import { call, type Reply } from '../../data/api.ts';
import { useTable } from '../../data/hooks.ts';
import { ConfirmButton } from '../../kit/confirm.tsx';
import { usePrefs } from '../../kit/prefs.tsx';
import { EditButton, RemoveButton, RowActions, RowButton, RowName } from '../../kit/row-parts.tsx';
import { DataTable } from '../../kit/table.tsx';
import { PageHead } from '../../kit/table-page.tsx';
import { Time } from '../../kit/time.tsx';
import { useWords } from '../../kit/words.ts';
import { ConnectionForm } from './connection-form.tsx';
import { TestButton } from './test-button.tsx';
import { UsesDialog } from './uses-dialog.tsx';
import { connectionsWords } from './words.ts';

export default function ConnectionsPage() {
  const w = useWords(connectionsWords);
  const { namespace } = usePrefs();
  const [{ edit, uses }, change] = useSearchParams();
  const rows = useTable('connection')
    .filter((row) => row.namespace === namespace)
    .map(connectionView)
    .toSorted((left, right) => (left.name < right.name ? -1 : 1));
  const edited = rows.find(({ name }) => name === edit);
  return (
    <Stack>
      <PageHead
        title={w.title}
        about={w.about}
        actions={
          <>
            <Rotate />
            <Button onClick={() => change({ edit: '*' })}>{w.newOne}</Button>
          </>
        }
      />
      <DataTable
        label={w.title}
        rows={rows}
        rowKey={({ name }) => name}
        empty={w.empty}
        columns={[
          {
            id: 'name',
            name: w.name,
            cell: ({ name, description }) => <RowName {...{ name, description }} />,
          },
          { id: 'kind', name: w.kind, cell: ({ kind }) => kind },
          { id: 'fields', name: w.fields, cell: ({ fields }) => <Fields fields={fields} /> },
          { id: 'secrets', name: w.secrets, cell: ({ secrets }) => <Secrets names={secrets} /> },
          { id: 'updated', name: w.updated, cell: ({ updatedAt }) => <Time at={updatedAt} /> },
          {
            id: 'actions',
            name: '',
            right: true,
            cell: (row) => (
              <Actions
                row={row}
                onEdit={() => change({ edit: row.name })}
                onUses={() => change({ uses: row.name })}
              />
            ),
          },
        ]}
      />
      {(edit === '*' || edited !== undefined) && (
        <ConnectionForm row={edited} onClose={() => change({ edit: '' })} />
      )}
      {uses !== undefined && <UsesDialog name={uses} onClose={() => change({ uses: '' })} />}
    </Stack>
  );
}

function Fields({ fields }: { readonly fields: ConnectionView['fields'] }) {
  return (
    <Stack gap={0}>
      {Object.entries(fields).map(([name, text]) => (
        <Text key={name} size="xs" className="skein-mono" truncate maw={280}>
          {`${name}=${text}`}
        </Text>
      ))}
    </Stack>
  );
}

function Secrets({ names }: { readonly names: readonly string[] }) {
  const w = useWords(connectionsWords);
  return (
    <Group gap={4}>
      {names.map((name) => (
        <Badge key={name} variant="default" size="sm" tt="none" fw={400} title={w.sealed}>
          <bdi>{name}</bdi> ••••
        </Badge>
      ))}
    </Group>
  );
}

interface ActionsProps {
  readonly row: ConnectionView;
  readonly onEdit: () => void;
  readonly onUses: () => void;
}

function Actions({ row: { name }, onEdit, onUses }: ActionsProps) {
  const w = useWords(connectionsWords);
  const { namespace } = usePrefs();
  return (
    <RowActions>
      <TestButton name={name} />
      <RowButton label={w.uses} name={w.usesTitle(name)} onClick={onUses} />
      <EditButton name={name} onEdit={onEdit} />
      <RemoveButton
        name={name}
        title={w.deleteOne(name)}
        says={w.deleteSays}
        done={w.deleted(name)}
        onRemove={() => call('deleteConnection', { params: { name }, query: { namespace } })}
      />
    </RowActions>
  );
}

function Rotate() {
  const w = useWords(connectionsWords);
  const [result, setResult] = useState<Reply<'rotateConnections'>>();
  return (
    <>
      <ConfirmButton
        label={w.rotate}
        says={w.rotateSays}
        done={w.rotatedTitle}
        size="sm"
        onConfirm={async () => setResult(await call('rotateConnections'))}
      />
      <Modal
        opened={result !== undefined}
        onClose={() => setResult(undefined)}
        title={w.rotatedTitle}
      >
        {result !== undefined && (
          <Stack gap="xs">
            <Text size="sm">{w.rotated(result.resealed, result.unchanged)}</Text>
            {result.unopened.length > 0 && (
              <Text size="sm" c="var(--state-failed)">
                {w.unopened(result.unopened.join(', '))}
              </Text>
            )}
            <Button variant="default" onClick={() => setResult(undefined)}>
              {w.close}
            </Button>
          </Stack>
        )}
      </Modal>
    </>
  );
}
