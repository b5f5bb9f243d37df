/** Namespaces: what each may use, what it uses, and its part of the cluster beside the others'. */
import { Button, Group, NumberInput, Progress, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { formatSize } from '../../../../src/base/duration.ts';
import { type QuotaName, quotaNames } from '../../../../src/model/views/sharing.ts';
import { useAnswerOfAny } from '../../data/any-fact.ts';
import { type CallInput, call, type Reply } from '../../data/api.ts';
import { useTable } from '../../data/hooks.ts';
import { ConfirmButton } from '../../kit/confirm.tsx';
import { FormDialog } from '../../kit/form.tsx';
import { amountText } from '../../kit/form-amount.ts';
import { autofocus, NameInput } from '../../kit/form-name.tsx';
import { formWords } from '../../kit/form-words.ts';
import { DataTable } from '../../kit/table.tsx';
import { useWords } from '../../kit/words.ts';
import { type Share, shares } from './shares.ts';
import { queuesWords } from './words.ts';

type Space = Reply<'listNamespaces'>['items'][number];

const listed = { query: { limit: '1000' } } as const;
/** Of CPU, which rows keep in thousandths. */
const milli = 1_000;

export function Namespaces() {
  const w = useWords(queuesWords);
  const f = useWords(formWords);
  const { data } = useAnswerOfAny('listNamespaces', listed);
  const nodes = useTable('node');
  const [edited, setEdited] = useState<Space | 'new'>();
  const alive = nodes.filter(({ status }) => status === 'alive');
  const capacity = alive.reduce((sum, node) => sum + (node.capacity.cpu ?? 0), 0) / milli;
  const spaces = data?.items ?? [];
  const parts = shares(spaces, capacity);
  return (
    <Stack>
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Text size="sm" c="dimmed">
          {w.shareHint}
        </Text>
        <Button size="compact-md" onClick={() => setEdited('new')} style={{ flex: 'none' }}>
          {w.newNamespace}
        </Button>
      </Group>
      <DataTable
        label={w.namespaces}
        rows={spaces.toSorted((left, right) => (left.namespace < right.namespace ? -1 : 1))}
        rowKey={({ namespace }) => namespace}
        empty={data === undefined ? f.loading : w.noNamespaces}
        columns={[
          {
            id: 'name',
            name: w.namespace,
            cell: ({ namespace, description }) => (
              <>
                <Text size="sm" fw={600} className="skein-name">
                  {namespace}
                </Text>
                <Text size="xs" c="dimmed">
                  <bdi>{description}</bdi>
                </Text>
              </>
            ),
          },
          { id: 'weight', name: w.weight, right: true, cell: ({ weight }) => weight },
          {
            id: 'share',
            name: w.share,
            width: 200,
            cell: ({ namespace }) => <ShareBar share={parts.get(namespace)} />,
          },
          { id: 'quota', name: w.quota, cell: (space) => <Quotas space={space} /> },
          {
            id: 'actions',
            name: f.actions,
            right: true,
            cell: (space) => <SpaceActions space={space} onEdit={() => setEdited(space)} />,
          },
        ]}
      />
      {edited !== undefined && (
        <NamespaceForm
          space={edited === 'new' ? undefined : edited}
          onClose={() => setEdited(undefined)}
        />
      )}
    </Stack>
  );
}

interface SpaceActionsProps {
  readonly space: Space;
  readonly onEdit: () => void;
}

function SpaceActions({ space: { namespace, updatedAt }, onEdit }: SpaceActionsProps) {
  const w = useWords(queuesWords);
  const f = useWords(formWords);
  return (
    <Group gap={6} justify="flex-end" wrap="nowrap">
      <Button
        size="compact-xs"
        variant="default"
        fw={500}
        aria-label={`${f.edit} ${namespace}`}
        onClick={onEdit}
      >
        {f.edit}
      </Button>
      {updatedAt !== null && (
        <ConfirmButton
          label={w.reset}
          name={w.resetNamespace(namespace)}
          title={w.resetNamespace(namespace)}
          says={w.resetSays}
          done={w.namespaceReset(namespace)}
          danger
          onConfirm={() => call('deleteNamespace', { params: { name: namespace } })}
        />
      )}
    </Group>
  );
}

/** What is used as a bar; a mark where the fair share ends. */
function ShareBar({ share = { fair: 0, uses: 0 } }: { readonly share: Share | undefined }) {
  const w = useWords(queuesWords);
  const fair = Math.round(share.fair);
  const uses = Math.round(share.uses);
  return (
    <Stack gap={2}>
      <div style={{ position: 'relative' }}>
        <Progress.Root size={10}>
          <Progress.Section value={share.uses} color="cyan" aria-label={w.uses(uses)} />
        </Progress.Root>
        <div
          aria-hidden="true"
          style={{
            position: 'absolute',
            insetBlock: -3,
            insetInlineStart: `${share.fair}%`,
            width: 2,
            background: 'var(--mantine-color-text)',
          }}
        />
      </div>
      <Text size="xs" c="dimmed">{`${w.uses(uses)} · ${w.fair(fair)}`}</Text>
    </Stack>
  );
}

const textOf = (name: QuotaName, amount: number): string =>
  name === 'memory' ? amountText('memory', amount) : amountText(name, amount);

function Quotas({ space }: { readonly space: Space }) {
  const w = useWords(queuesWords);
  const said = quotaNames.filter((name) => {
    if (space.quota[name] !== null) return true;
    return name !== 'runsPerMinute' && space.used[name] > 0;
  });
  return (
    <Group gap="md">
      {said.map((name) => {
        const limit = space.quota[name];
        const used = name === 'runsPerMinute' ? null : space.used[name];
        const isFull = limit !== null && used !== null && used >= limit;
        return (
          <Text key={name} size="xs" {...(isFull && { c: 'var(--state-paused)' })}>
            <Text span inherit c="dimmed">
              {w[name]}{' '}
            </Text>
            {`${used === null ? '–' : textOf(name, used)} / ` +
              (limit === null ? w.noLimit : textOf(name, limit))}
          </Text>
        );
      })}
    </Group>
  );
}

type Limits = Readonly<Record<QuotaName, string>>;
type Quota = NonNullable<NonNullable<CallInput<'putNamespace'>['body']>['quota']>;

const limitTexts = (space: Space | undefined): Limits => {
  const text = (name: QuotaName): string => {
    const limit = space?.quota[name] ?? null;
    if (limit === null) return '';
    return name === 'memory' ? formatSize(limit) : String(limit);
  };
  return {
    ...{ cpu: text('cpu'), memory: text('memory'), gpu: text('gpu'), dags: text('dags') },
    ...{ runningTasks: text('runningTasks'), activeRuns: text('activeRuns') },
    ...{ queuedRuns: text('queuedRuns'), runsPerMinute: text('runsPerMinute') },
  };
};

/** Sizes of memory are judged by the node, which knows their units. */
const isNoLimit = (name: QuotaName, text: string): boolean =>
  name !== 'memory' && !Number.isFinite(Number(text));

function quotaOf(limits: Limits): Quota {
  const said = quotaNames.filter((name) => limits[name].trim() !== '');
  return Object.fromEntries(
    said.map((name) => [name, name === 'memory' ? limits.memory.trim() : Number(limits[name])]),
  );
}

interface NamespaceFormProps {
  readonly space: Space | undefined;
  readonly onClose: () => void;
}

function NamespaceForm({ space, onClose }: NamespaceFormProps) {
  const w = useWords(queuesWords);
  const f = useWords(formWords);
  const [name, setName] = useState(space?.namespace ?? '');
  const [weight, setWeight] = useState(space?.weight ?? 1);
  const [description, setDescription] = useState(space?.description ?? '');
  const [limits, setLimits] = useState(() => limitTexts(space));
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={space === undefined ? w.newNamespace : w.editNamespace(space.namespace)}
      submit={f.save}
      done={w.namespaceSaved(name)}
      disabled={name.trim() === '' || quotaNames.some((key) => isNoLimit(key, limits[key]))}
      onSubmit={() =>
        call('putNamespace', {
          params: { name },
          body: { weight, description, quota: quotaOf(limits) },
        })
      }
    >
      <NameInput label={w.name} name={name} isNew={space === undefined} onChange={setName} />
      <NumberInput
        label={w.weight}
        value={weight}
        {...autofocus(space !== undefined)}
        min={0.001}
        onChange={(value) => setWeight(Number(value))}
      />
      <TextInput
        label={w.description}
        value={description}
        onChange={(event) => setDescription(event.currentTarget.value)}
      />
      <Text size="xs" c="dimmed">
        {w.emptyLimit}
      </Text>
      {[0, 2, 4, 6].map((from) => (
        <Group grow key={from}>
          {quotaNames.slice(from, from + 2).map((key) => (
            <TextInput
              key={key}
              label={w[key]}
              value={limits[key]}
              error={isNoLimit(key, limits[key]) ? f.notNumber : undefined}
              onChange={(event) => {
                const { value } = event.currentTarget;
                setLimits((before) => ({ ...before, [key]: value }));
              }}
            />
          ))}
        </Group>
      ))}
    </FormDialog>
  );
}
