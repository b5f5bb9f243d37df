/** One DAG: what it is, how it is scheduled, how its runs went. */
import { Badge, Button, Group, Stack, Tabs, Text, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { Suspense, useEffect, useMemo, useRef } from 'react';
import type { DagDetailView } from '../../../../src/model/views/dag.ts';
import { useNamespace } from '../../app/namespace.ts';
import { useSearchParams } from '../../app/search.ts';
import { useAnswer, useTable } from '../../data/hooks.ts';
import { trusted } from '../../data/wire.ts';
import { DagZone, zoneOf } from '../../kit/dag-zone.ts';
import { Icon } from '../../kit/icons.tsx';
import { ProblemBox } from '../../kit/problem.tsx';
import { Time } from '../../kit/time.tsx';
import { useWords } from '../../kit/words.ts';
import { ScheduleText } from '../dags/dag-cells.tsx';
import { PauseSwitch } from '../dags/pausing.tsx';
import { RunModal } from '../run-form/run-modal.tsx';
import { isTab, loadTabsWhenIdle, preloadTab, tabNames, tabOf } from './tabs.ts';
import { prefetchGrid } from './use-grid.ts';
import { dagWords } from './words.ts';

export default function DagPage() {
  const w = useWords(dagWords);
  const { dagId = '' } = useParams({ strict: false });
  const namespace = useNamespace();
  const [search, change] = useSearchParams();
  const asked = useMemo(() => ({ params: { dagId }, query: { namespace } }), [dagId, namespace]);
  const { data, error } = useAnswer('getDag', asked, ['dag', 'schedule']);
  const tab = isTab(search.tab ?? '') ? (search.tab ?? 'grid') : 'grid';
  useEarly(namespace, dagId, tab);
  const dag = useSteady(data);
  if (error !== null && data === undefined) return <ProblemBox error={error} />;
  if (dag === undefined) return <Text c="dimmed">{w.loading}</Text>;
  const Tab = isTab(tab) ? tabOf(tab) : undefined;
  return (
    <DagZone value={zoneOf(dag.spec)}>
      <Stack gap="sm">
        <Head dag={dag} onRun={() => change({ form: 'run' })} />
        <Tabs
          value={tab}
          keepMounted={false}
          onChange={(value) => {
            const { namespace: _, ...own } = search;
            const gone = Object.fromEntries(Object.keys(own).map((key) => [key, '']));
            change({ ...gone, tab: value === 'grid' || value === null ? '' : value }, 'push');
          }}
        >
          <Tabs.List aria-label={w.views}>
            {tabNames.map((name) => (
              <Tabs.Tab key={name} value={name} px="sm">
                {w[name]}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          <Tabs.Panel value={tab} pt="sm">
            <Suspense fallback={<Text c="dimmed">{w.loading}</Text>}>
              {Tab !== undefined && <Tab dag={dag} key={`${dag.namespace}/${dag.dagId}`} />}
            </Suspense>
          </Tabs.Panel>
        </Tabs>
        <RunModal
          dagId={search.form === 'run' ? dagId : undefined}
          from={search.from}
          onClose={() => change({ form: '', from: '' })}
        />
      </Stack>
    </DagZone>
  );
}

/** What the tab needs is asked for at once, and not one thing after the other. */
function useEarly(namespace: string, dagId: string, tab: string): void {
  const client = useQueryClient();
  const first = useRef(tab);
  useEffect(() => {
    if (first.current === 'grid') void prefetchGrid(client, { namespace, dagId });
  }, [client, namespace, dagId]);
  useEffect(() => {
    const load = isTab(first.current) ? preloadTab(first.current) : Promise.resolve();
    // A tab that cannot be loaded says so when it is opened.
    void load.then(loadTabsWhenIdle).catch(() => {});
  }, []);
}

/** Its content only changes with its version: what hangs on that stays as it is. */
function useSteady(data: unknown): DagDetailView | undefined {
  const dag = trusted<DagDetailView | undefined>(data);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a version never changes.
  const spec = useMemo(() => dag?.spec, [dag?.namespace, dag?.dagId, dag?.versionId]);
  return useMemo(
    () => (dag === undefined || spec === undefined ? undefined : { ...dag, spec }),
    [dag, spec],
  );
}

function Head({ dag, onRun }: { readonly dag: DagDetailView; readonly onRun: () => void }) {
  const w = useWords(dagWords);
  const canary = useTable('dag').find(
    (row) => row.namespace === dag.namespace && row.dagId === dag.dagId,
  )?.canary;
  return (
    <Stack gap={4}>
      <Group gap="sm" wrap="nowrap" align="flex-start">
        <Group gap="sm" flex={1} miw={0}>
          <Title order={1} size="h3" className="skein-name" lineClamp={1}>
            {dag.dagId}
          </Title>
          <PauseSwitch size="sm" namespace={dag.namespace} dagId={dag.dagId} paused={dag.paused} />
          {dag.tags.map((tag) => (
            <Badge key={tag} size="sm" variant="default" radius="sm" tt="none" maw="100%">
              <bdi>{tag}</bdi>
            </Badge>
          ))}
        </Group>
        <Button size="xs" flex="none" leftSection={<Icon name="play" size={14} />} onClick={onRun}>
          {w.run}
        </Button>
      </Group>
      {dag.description !== '' && (
        <Text size="sm" c="dimmed" className="skein-name">
          {dag.description}
        </Text>
      )}
      <Group gap="lg" fz="sm">
        <ScheduleText schedules={dag.schedules} />
        {dag.nextFireAt !== null && (
          <Text size="sm">
            <Text span c="dimmed">
              {w.nextFire}{' '}
            </Text>
            <Time at={dag.nextFireAt} />
          </Text>
        )}
        <Text size="sm" c="dimmed">
          {w.tasks(dag.tasks)}
        </Text>
        <Text size="sm" c="dimmed">
          {w.version} <span className="skein-mono">{dag.versionId.slice(0, 12)}</span>
        </Text>
        {canary !== undefined && (
          <Badge variant="light" color="grape" tt="none">
            {w.canary(canary.versionId.slice(0, 12))}
          </Badge>
        )}
        {dag.owners.length > 0 && (
          <Text size="sm" c="dimmed" className="skein-name">
            {dag.owners.join(', ')}
          </Text>
        )}
      </Group>
    </Stack>
  );
}
