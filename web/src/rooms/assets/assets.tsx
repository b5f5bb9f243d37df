/** Assets: how fresh each is, who makes it, and what it starts. */
import { Group, Stack, Text } from '@mantine/core';
import { useMemo } from 'react';
import { dagPath, Link, runPath, seg } from '../../app/link.tsx';
import { call, type Reply } from '../../data/api.ts';
import { useAnswer } from '../../data/hooks.ts';
import { ConfirmButton } from '../../kit/confirm.tsx';
import { formWords } from '../../kit/form-words.ts';
import { usePrefs } from '../../kit/prefs.tsx';
import { ProblemBox } from '../../kit/problem.tsx';
import { DataTable } from '../../kit/table.tsx';
import { agoText, Time, useNow } from '../../kit/time.tsx';
import { useWords } from '../../kit/words.ts';
import { triggersWords } from '../triggers/words.ts';

type Asset = Reply<'listAssets'>['items'][number];

const limit = '1000';

export function Assets() {
  const w = useWords(triggersWords);
  const f = useWords(formWords);
  const { namespace } = usePrefs();
  const input = useMemo(
    () => ({ query: { namespace, limit, freshness: 'true' } as const }),
    [namespace],
  );
  const { data, error } = useAnswer('listAssets', input, ['dag', 'run']);
  const assets = data?.items ?? [];
  if (error !== null && data === undefined) return <ProblemBox error={error} />;
  return (
    <DataTable
      label={w.assets}
      rows={assets}
      rowKey={({ uri }) => uri}
      empty={data === undefined ? f.loading : w.noAssets}
      columns={[
        {
          id: 'uri',
          name: w.uri,
          cell: ({ uri }) => (
            <Text size="sm" fw={600} className="skein-mono">
              {uri}
            </Text>
          ),
        },
        {
          id: 'fresh',
          name: w.freshness,
          cell: ({ freshness }) => <Fresh freshness={freshness} />,
        },
        {
          id: 'producers',
          name: w.producers,
          cell: (asset) => (
            <Names items={asset.producers.map(({ dagId, taskId }) => [dagId, taskId])} />
          ),
        },
        {
          id: 'consumers',
          name: w.consumers,
          cell: (asset) => (
            <Names items={asset.consumers.map(({ dagId, trigger }) => [dagId, trigger])} />
          ),
        },
        {
          id: 'actions',
          name: f.actions,
          right: true,
          cell: ({ uri }) => (
            <ConfirmButton
              label={w.touch}
              name={`${w.touch} ${uri}`}
              says={w.touchSays(uri)}
              done={w.touched}
              onConfirm={() =>
                call('sendEvent', { query: { namespace }, body: { kind: 'asset', uri } })
              }
            />
          ),
        },
      ]}
    />
  );
}

/** Each state has a sign of its own beside its colour. */
const signs = {
  fresh: { sign: '✓', color: 'var(--state-success)' },
  coming: { sign: '…', color: 'var(--state-running)' },
  overdue: { sign: '!', color: 'var(--state-failed)' },
  unplanned: { sign: '', color: 'inherit' },
} as const;

function Fresh({ freshness }: Pick<Asset, 'freshness'>) {
  const w = useWords(triggersWords);
  const { language } = usePrefs();
  const now = useNow(10_000);
  if (freshness === null) return <>–</>;
  const { state, last, wantedAt } = freshness;
  const { sign, color } = signs[state];
  return (
    <Stack gap={0}>
      <Text size="sm" c={color}>
        {sign} {w[state]}
      </Text>
      {state !== 'fresh' && wantedAt !== null && (
        <Text size="xs" c="dimmed">
          {w.wanted} <Time at={wantedAt} />
        </Text>
      )}
      <Text size="xs" c="dimmed">
        {last === null ? (
          w.never2
        ) : (
          <>
            <Link to={runPath(last.runId, `?task=${seg(last.taskId)}`)} size="xs">
              {agoText(last.at, now, language)}
            </Link>{' '}
            <Time at={last.at} />
          </>
        )}
      </Text>
    </Stack>
  );
}

function Names({ items }: { readonly items: readonly (readonly [string, string])[] }) {
  if (items.length === 0) return <>–</>;
  return (
    <Stack gap={0}>
      {items.map(([dagId, name]) => (
        <Group key={`${dagId}/${name}`} gap={4} wrap="nowrap">
          <Link to={dagPath(dagId)} size="sm" className="skein-name">
            {dagId}
          </Link>
          <Text size="xs" c="dimmed" className="skein-name">
            {name}
          </Text>
        </Group>
      ))}
    </Stack>
  );
}
