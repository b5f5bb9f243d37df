/** Assets: how fresh each is, who makes it, and what it starts. */
import { Group, Stack, Text } from '@mantine/core';
import { useMemo } from 'react';
import { dagPath, Link, runPath } from '../../app/link.tsx';
import { call, type Reply } from '../../data/api.ts';
import { useAnswer } from '../../data/hooks.ts';
import { ConfirmButton } from '../../kit/confirm.tsx';
import { formWords } from '../../kit/form-words.ts';
import { usePrefs } from '../../kit/prefs.tsx';
import { ProblemBox } from '../../kit/problem.tsx';
import { DataTable } from '../../kit/table.tsx';
import { agoText, Time, useNow } from '../../kit/time.tsx';
import { useWords } from '../../kit/words.ts';
import { type LastRun, useLastRuns } from '../triggers/last-runs.ts';
import { triggersWords } from '../triggers/words.ts';

type Asset = Reply<'listAssets'>['items'][number];

const hasSucceeded = ({ state }: LastRun): boolean => state === 'success';

export function Assets() {
  const w = useWords(triggersWords);
  const f = useWords(formWords);
  const { namespace } = usePrefs();
  const input = useMemo(() => ({ query: { namespace, limit: '1000' } }), [namespace]);
  const { data, error } = useAnswer('listAssets', input, ['dag']);
  const assets = data?.items ?? [];
  const producers = [...new Set(assets.flatMap((it) => it.producers.map(({ dagId }) => dagId)))];
  const last = useLastRuns({ namespace, dags: producers, fits: hasSucceeded });
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
        { id: 'fresh', name: w.fresh, cell: (asset) => <Fresh asset={asset} last={last} /> },
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

interface FreshProps {
  readonly asset: Asset;
  readonly last: ReadonlyMap<string, LastRun>;
}

/** The newest success among those who make it. */
function Fresh({ asset, last }: FreshProps) {
  const w = useWords(triggersWords);
  const now = useNow(10_000);
  const newest = asset.producers
    .flatMap(({ dagId }) => last.get(dagId) ?? [])
    .toSorted((left, right) => ((left.endedAt ?? '') < (right.endedAt ?? '') ? 1 : -1))[0];
  if (newest === undefined || newest.endedAt === null) return <>{w.never2}</>;
  return (
    <Stack gap={0}>
      <Link to={runPath(newest.runId)} size="sm">
        {agoText(newest.endedAt, now)}
      </Link>
      <Text size="xs" c="dimmed">
        <Time at={newest.endedAt} />
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
