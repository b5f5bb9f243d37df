/** Variables of a namespace: create, change, delete. */
import { Button, Code, Stack, Text, Textarea } from '@mantine/core';
import { useState } from 'react';
import type { VariableRow } from '../../../../src/model/variable.ts';
import { call } from '../../data/api.ts';
import { useTable } from '../../data/hooks.ts';
import { FormDialog } from '../../kit/form.tsx';
import { autofocus, NameInput } from '../../kit/form-name.tsx';
import { formWords } from '../../kit/form-words.ts';
import { usePrefs } from '../../kit/prefs.tsx';
import { EditButton, RemoveButton, RowActions, RowName } from '../../kit/row-parts.tsx';
import { DataTable } from '../../kit/table.tsx';
import { PageHead } from '../../kit/table-page.tsx';
import { Time } from '../../kit/time.tsx';
import { useWords } from '../../kit/words.ts';
import { readVariable, writeVariable } from './variable-value.ts';
import { variablesWords } from './words.ts';

/** Characters of a value in the list. */
const shownMax = 300;

export default function VariablesPage() {
  const w = useWords(variablesWords);
  const f = useWords(formWords);
  const { namespace } = usePrefs();
  const [edited, setEdited] = useState<VariableRow | 'new'>();
  const rows = useTable('variable')
    .filter((row) => row.namespace === namespace)
    .toSorted((left, right) => (left.name < right.name ? -1 : 1));
  return (
    <Stack>
      <PageHead
        title={w.title}
        about={w.about}
        actions={<Button onClick={() => setEdited('new')}>{w.newOne}</Button>}
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
            cell: ({ name }) => <RowName name={name} />,
          },
          {
            id: 'value',
            name: w.value,
            cell: ({ value }) => (
              <Code className="skein-mono">{JSON.stringify(value).slice(0, shownMax)}</Code>
            ),
          },
          { id: 'updated', name: w.updated, cell: ({ updatedAt }) => <Time at={updatedAt} /> },
          { id: 'by', name: w.by, cell: ({ updatedBy }) => <bdi>{updatedBy}</bdi> },
          {
            id: 'actions',
            name: f.actions,
            right: true,
            cell: (row) => (
              <RowActions>
                <EditButton name={row.name} onEdit={() => setEdited(row)} />
                <RemoveButton
                  name={row.name}
                  title={w.deleteOne(row.name)}
                  says={w.deleteSays}
                  done={w.deleted(row.name)}
                  onRemove={() =>
                    call('deleteVariable', { params: { name: row.name }, query: { namespace } })
                  }
                />
              </RowActions>
            ),
          },
        ]}
      />
      {edited !== undefined && (
        <VariableForm
          row={edited === 'new' ? undefined : edited}
          onClose={() => setEdited(undefined)}
        />
      )}
    </Stack>
  );
}

interface VariableFormProps {
  readonly row: VariableRow | undefined;
  readonly onClose: () => void;
}

function VariableForm({ row, onClose }: VariableFormProps) {
  const w = useWords(variablesWords);
  const f = useWords(formWords);
  const { namespace } = usePrefs();
  const [name, setName] = useState<string>(row?.name ?? '');
  const [text, setText] = useState(row === undefined ? '' : writeVariable(row.value));
  const read = readVariable(text);
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={row === undefined ? w.newOne : w.editOne(row.name)}
      submit={f.save}
      done={w.saved(name)}
      disabled={name.trim() === ''}
      onSubmit={() =>
        call('putVariable', {
          params: { name },
          query: { namespace },
          body: { value: read.value },
        })
      }
    >
      <NameInput label={w.name} name={name} isNew={row === undefined} onChange={setName} />
      <Textarea
        {...autofocus(row !== undefined)}
        label={w.value}
        description={w.valueHint}
        value={text}
        autosize
        minRows={3}
        maxRows={16}
        className="skein-mono"
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Text size="xs" c="dimmed">
        {read.isText ? w.asText : w.asJson}
      </Text>
    </FormDialog>
  );
}
