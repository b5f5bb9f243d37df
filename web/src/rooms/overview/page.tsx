/** The factory floor: what runs, what waits, what failed, what needs somebody. */
import { Card, Group, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTable } from '../../data/hooks.ts';
import { usePrefs } from '../../kit/prefs.tsx';
import { StateSign } from '../../kit/state.tsx';
import { useWords } from '../../kit/words.ts';
import { overviewWords } from './words.ts';

export default function OverviewPage() {
  const w = useWords(overviewWords);
  const { namespace } = usePrefs();
  const runs = useTable('run').filter((run) => run.namespace === namespace);
  const dags = useTable('dag').filter((dag) => dag.namespace === namespace);
  const count = (status: string): number => runs.filter((run) => run.status === status).length;
  return (
    <Stack>
      <Title order={1} size="h3">
        {w.title}
      </Title>
      <SimpleGrid cols={{ base: 2, sm: 4 }}>
        <Figure name={w.running} sign={<StateSign state="running" />} value={count('running')} />
        <Figure name={w.queued} sign={<StateSign state="queued" />} value={count('queued')} />
        <Figure name={w.failed} sign={<StateSign state="failed" />} value={count('failed')} />
        <Figure
          name={w.paused}
          sign={<StateSign state="paused" />}
          value={dags.filter(({ paused }) => paused).length}
        />
      </SimpleGrid>
    </Stack>
  );
}

interface FigureProps {
  readonly name: string;
  readonly sign: ReactNode;
  readonly value: number;
}

function Figure({ name, sign, value }: FigureProps) {
  return (
    <Card withBorder padding="sm">
      <Group gap={6}>
        {sign}
        <Text size="sm" c="dimmed">
          {name}
        </Text>
      </Group>
      <Text size="xl" fw={600}>
        {value}
      </Text>
    </Card>
  );
}
