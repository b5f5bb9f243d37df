/** Who holds concurrency keys, and which runs hold the places of their DAGs. */
import { Stack, Text, Title } from '@mantine/core';
import { dagPath, Link, runPath } from '../../app/link.tsx';
import type { Reply } from '../../data/api.ts';
import { DataTable } from '../../kit/table.tsx';
import { useWords } from '../../kit/words.ts';
import { taskLink } from './queues.tsx';
import { queuesWords } from './words.ts';

export type Held = Reply<'listHolders'>;
export type Holder = Held['pools'][number]['holders'][number];

export function Holders({ held: { keys, dags } }: { readonly held: Held }) {
  const w = useWords(queuesWords);
  return (
    <Stack>
      <Title order={2} size="h5">
        {w.placesOfDags}
      </Title>
      <DataTable
        label={w.placesOfDags}
        rows={dags}
        rowKey={({ dagId }) => dagId}
        empty={w.noRunsAlive}
        columns={[
          {
            id: 'dag',
            name: w.dag,
            cell: ({ dagId }) => (
              <Link to={dagPath(dagId)} size="sm" className="skein-name">
                {dagId}
              </Link>
            ),
          },
          {
            id: 'active',
            name: w.taken,
            cell: ({ active, maxActiveRuns }) => `${active} / ${maxActiveRuns ?? '–'}`,
          },
          { id: 'queued', name: w.waiting, right: true, cell: ({ queued }) => queued },
          {
            id: 'runs',
            name: w.holders,
            cell: ({ runs, leftOut }) => (
              <Names
                names={runs.map(({ runId }) => ({ text: runId, to: runPath(runId) }))}
                leftOut={leftOut}
              />
            ),
          },
        ]}
      />
      <Title order={2} size="h5">
        {w.keys}
      </Title>
      <DataTable
        label={w.keys}
        rows={keys}
        rowKey={({ key }) => key}
        empty={w.noKeys}
        columns={[
          { id: 'key', name: w.key, cell: ({ key }) => <bdi>{key}</bdi> },
          { id: 'taken', name: w.taken, right: true, cell: ({ taken }) => taken },
          {
            id: 'holders',
            name: w.holders,
            cell: ({ holders, leftOut }) => <HolderNames holders={holders} leftOut={leftOut} />,
          },
        ]}
      />
    </Stack>
  );
}

interface HolderNamesProps {
  readonly holders: readonly Holder[];
  /** Beside those that are named. */
  readonly leftOut: number;
}

export function HolderNames({ holders, leftOut }: HolderNamesProps) {
  const names = holders.map((holder) => {
    const { runId, taskId, mapIndex, slots, node } = holder;
    const item = mapIndex > 0 ? `[${mapIndex}]` : '';
    const many = slots > 1 ? ` ×${slots}` : '';
    return { text: `${taskId}${item} · ${runId}${many} · ${node}`, to: taskLink(holder) };
  });
  return <Names names={names} leftOut={leftOut} />;
}

const namesShown = 6;

interface NamesProps {
  readonly names: readonly { readonly text: string; readonly to: string }[];
  readonly leftOut: number;
}

function Names({ names, leftOut }: NamesProps) {
  if (names.length === 0) return <>–</>;
  const more = Math.max(0, names.length - namesShown) + leftOut;
  return (
    <Stack gap={0}>
      {names.slice(0, namesShown).map(({ text, to }) => (
        <Link key={to} to={to} size="sm" className="skein-name">
          {text}
        </Link>
      ))}
      {more > 0 && (
        <Text size="xs" c="dimmed">
          {`+${more}`}
        </Text>
      )}
    </Stack>
  );
}
