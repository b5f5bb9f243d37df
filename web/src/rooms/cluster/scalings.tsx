/** What the autoscaler decided, with the figures that led to it. */
import { Card, Group, Stack, Text, Title } from '@mantine/core';
import { scalingView } from '../../../../src/model/views/scaling.ts';
import { useTable } from '../../data/hooks.ts';
import { DataTable, Empty } from '../../kit/table.tsx';
import { Time } from '../../kit/time.tsx';
import { useWords } from '../../kit/words.ts';
import { clusterWords } from './words.ts';

export function Scalings() {
  const w = useWords(clusterWords);
  const pools = useTable('node-pool');
  if (pools.length === 0) return <Empty>{w.noScaling}</Empty>;
  return (
    <Stack>
      {pools.map(({ name, min, max, wanted, scalings }) => (
        <Card key={name} withBorder padding="sm" component="section" aria-label={name}>
          <Group gap="sm" mb="xs">
            <Title order={2} size="h5" className="skein-name">
              {name}
            </Title>
            <Text size="sm" c="dimmed">
              {`${w.wanted}: ${wanted ?? '–'} (${min}–${max})`}
            </Text>
          </Group>
          <DataTable
            label={name}
            rows={scalings.map(scalingView).toReversed()}
            rowKey={({ at, to }) => `${at}/${to}`}
            empty={w.noDecisions}
            columns={[
              { id: 'at', name: w.at, width: 170, cell: ({ at }) => <Time at={at} /> },
              {
                id: 'change',
                name: w.change,
                width: 90,
                cell: ({ from, to }) => (from === to ? `${to} (${w.stays})` : `${from} → ${to}`),
              },
              { id: 'reason', name: w.reason, cell: ({ reason }) => <bdi>{reason}</bdi> },
              {
                id: 'outcome',
                name: w.outcome,
                cell: ({ outcome }) => <bdi>{outcome ?? '–'}</bdi>,
              },
            ]}
          />
        </Card>
      ))}
    </Stack>
  );
}
