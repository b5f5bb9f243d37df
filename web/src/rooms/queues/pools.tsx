/** Pools: their slots, who holds them and who waits for them; and the form that changes one. */
import { Button, Group, NumberInput, Progress, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { PoolRow } from '../../../../src/model/pool.ts';
import { Link } from '../../app/link.tsx';
import { call } from '../../data/api.ts';
import { useTable } from '../../data/hooks.ts';
import { ConfirmButton } from '../../kit/confirm.tsx';
import { FormDialog } from '../../kit/form.tsx';
import { shareOf } from '../../kit/form-amount.ts';
import { autofocus, NameInput } from '../../kit/form-name.tsx';
import { formWords } from '../../kit/form-words.ts';
import { usePrefs } from '../../kit/prefs.tsx';
import { DataTable } from '../../kit/table.tsx';
import { useWords } from '../../kit/words.ts';
import { type Held, HolderNames } from './holders.tsx';
import { instanceText, type Queue, taskLink } from './queues.tsx';
import { queuesWords } from './words.ts';

interface PoolsProps {
  readonly queues: readonly Queue[];
  readonly held: Held | undefined;
}

export function Pools({ queues, held }: PoolsProps) {
  const w = useWords(queuesWords);
  const f = useWords(formWords);
  const { namespace } = usePrefs();
  const pools = useTable('pool').filter((row) => row.namespace === namespace);
  const [edited, setEdited] = useState<PoolRow | 'new'>();
  const heldOf = (name: string) => held?.pools.find(({ pool }) => pool === name);
  const takenOf = (name: string): number => heldOf(name)?.taken ?? 0;
  return (
    <Stack>
      <Group justify="flex-end">
        <Button size="compact-md" onClick={() => setEdited('new')}>
          {w.newPool}
        </Button>
      </Group>
      <DataTable
        label={w.pools}
        rows={pools.toSorted((left, right) => (left.name < right.name ? -1 : 1))}
        rowKey={({ name }) => name}
        empty={w.noPools}
        columns={[
          {
            id: 'name',
            name: w.name,
            cell: ({ name, description }) => (
              <>
                <Text size="sm" fw={600} className="skein-name">
                  {name}
                </Text>
                <Text size="xs" c="dimmed">
                  <bdi>{description}</bdi>
                </Text>
              </>
            ),
          },
          {
            id: 'slots',
            name: w.taken,
            width: 160,
            cell: ({ name, slots }) => <Slots taken={takenOf(name)} slots={slots} />,
          },
          {
            id: 'holders',
            name: w.holders,
            cell: ({ name }) => {
              const { holders = [], leftOut = 0 } = heldOf(name) ?? {};
              return <HolderNames holders={holders} leftOut={leftOut} />;
            },
          },
          {
            id: 'waiters',
            name: w.waiters,
            cell: ({ name }) => <Waiters queues={queues} pool={name} namespace={namespace} />,
          },
          {
            id: 'actions',
            name: f.actions,
            right: true,
            cell: (row) => <PoolActions row={row} onEdit={() => setEdited(row)} />,
          },
        ]}
      />
      {edited !== undefined && (
        <PoolForm
          row={edited === 'new' ? undefined : edited}
          taken={edited === 'new' ? 0 : takenOf(edited.name)}
          onClose={() => setEdited(undefined)}
        />
      )}
    </Stack>
  );
}

interface PoolActionsProps {
  readonly row: PoolRow;
  readonly onEdit: () => void;
}

function PoolActions({ row: { namespace, name }, onEdit }: PoolActionsProps) {
  const w = useWords(queuesWords);
  const f = useWords(formWords);
  return (
    <Group gap={6} justify="flex-end" wrap="nowrap">
      <Button
        size="compact-xs"
        variant="default"
        fw={500}
        aria-label={`${f.edit} ${name}`}
        onClick={onEdit}
      >
        {f.edit}
      </Button>
      <ConfirmButton
        label={f.remove}
        name={`${f.remove} ${name}`}
        title={w.deletePool(name)}
        says={w.deletePoolSays}
        done={w.poolDeleted(name)}
        danger
        onConfirm={() => call('deletePool', { params: { name }, query: { namespace } })}
      />
    </Group>
  );
}

function Slots({ taken, slots }: { readonly taken: number; readonly slots: number }) {
  const w = useWords(queuesWords);
  const share = shareOf(taken, slots) * 100;
  return (
    <Stack gap={2}>
      <Text size="sm">{`${taken} / ${slots}`}</Text>
      <Progress.Root size={6}>
        <Progress.Section
          value={share}
          color={share >= 100 ? 'orange' : 'cyan'}
          aria-label={`${w.taken}: ${taken} / ${slots}`}
        />
      </Progress.Root>
    </Stack>
  );
}

const namesShown = 6;

interface WaitersProps {
  readonly queues: readonly Queue[];
  readonly pool: string;
  readonly namespace: string;
}

function Waiters({ queues, pool, namespace }: WaitersProps) {
  const waiting = queues.filter(
    (queue) =>
      queue.namespace === namespace &&
      queue.gates.some(({ kind, code, values }) => {
        return (kind === 'pool' || code === 'POOL_KEPT') && values.pool === pool;
      }),
  );
  if (waiting.length === 0) return <>–</>;
  return (
    <Stack gap={0}>
      {waiting.slice(0, namesShown).map(({ first, waiting: count }) => (
        <Link
          key={`${first.runId}/${first.taskId}/${first.mapIndex}`}
          to={taskLink(first)}
          size="sm"
          className="skein-name"
        >
          {`${instanceText(first)} · ${first.runId}${count > 1 ? ` +${count - 1}` : ''}`}
        </Link>
      ))}
    </Stack>
  );
}

interface PoolFormProps {
  readonly row: PoolRow | undefined;
  readonly taken: number;
  readonly onClose: () => void;
}

function PoolForm({ row, taken, onClose }: PoolFormProps) {
  const w = useWords(queuesWords);
  const f = useWords(formWords);
  const { namespace } = usePrefs();
  const [name, setName] = useState(row?.name ?? '');
  const [slots, setSlots] = useState(row?.slots ?? 1);
  const [description, setDescription] = useState(row?.description ?? '');
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={row === undefined ? w.newPool : w.editPool(row.name)}
      submit={f.save}
      done={w.poolSaved(name)}
      disabled={name.trim() === ''}
      onSubmit={() =>
        call('putPool', { params: { name }, query: { namespace }, body: { slots, description } })
      }
    >
      <NameInput label={w.name} name={name} isNew={row === undefined} onChange={setName} />
      <NumberInput
        label={w.slots}
        {...autofocus(row !== undefined)}
        value={slots}
        min={0}
        allowDecimal={false}
        onChange={(value) => setSlots(Number(value))}
      />
      {slots < taken && (
        <Text size="sm" c="var(--state-paused)">
          {w.fewer(taken)}
        </Text>
      )}
      <TextInput
        label={w.description}
        value={description}
        onChange={(event) => setDescription(event.currentTarget.value)}
      />
    </FormDialog>
  );
}
