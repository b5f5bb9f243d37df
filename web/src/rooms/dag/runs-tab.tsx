/** The runs of a DAG, newest first, as far back as anybody scrolls. */
import {
  ActionIcon,
  Group,
  NativeSelect,
  Stack,
  Table,
  Text,
  TextInput,
  Tooltip,
} from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import type { RunView } from '../../../../src/model/views/run.ts';
import { Link, runPath } from '../../app/link.tsx';
import { useSearchParams } from '../../app/search.ts';
import { call } from '../../data/api.ts';
import { VirtualTable } from '../../kit/charts/virtual-table.tsx';
import { Icon } from '../../kit/icons.tsx';
import { ProblemBox } from '../../kit/problem.tsx';
import { StateLabel } from '../../kit/state.tsx';
import { stateWords } from '../../kit/state-words.ts';
import { Duration, Time, useNow } from '../../kit/time.tsx';
import { useWords } from '../../kit/words.ts';
import { isLive, merged } from '../dags/run-facts.ts';
import { useRunsByDag } from '../dags/run-rows.ts';
import { runMs } from './grid-model.ts';
import type { TabProps } from './tab-props.ts';
import { dagWords } from './words.ts';

const states = ['queued', 'running', 'cancelling', 'success', 'failed', 'cancelled'] as const;
const pageSize = '200';
const noRuns: readonly RunView[] = [];

export default function RunsTab({ dag }: TabProps) {
  const w = useWords(dagWords);
  const named = useWords(stateWords);
  const [search, change] = useSearchParams();
  const state = states.find((name) => name === search.state) ?? '';
  const day = search.day ?? '';
  const followed = useRunsByDag(dag.namespace).get(dag.dagId) ?? noRuns;
  const { data, error, fetchNextPage, hasNextPage, isFetching } = useInfiniteQuery({
    queryKey: ['dag-runs', dag.namespace, dag.dagId, state],
    queryFn: ({ signal, pageParam }) =>
      call('listRuns', {
        query: {
          ...{ namespace: dag.namespace, dag: dag.dagId, limit: pageSize },
          ...(state !== '' && { state }),
          ...(pageParam !== '' && { cursor: pageParam }),
        },
        signal,
      }),
    initialPageParam: '',
    getNextPageParam: ({ cursor }) => cursor,
    staleTime: 60_000,
  });
  const runs = useMemo(() => {
    const all = merged(data?.pages.flatMap(({ items }) => items) ?? [], followed);
    return all.filter(
      (run) =>
        (state === '' || run.state === state) &&
        (day === '' || localDay(run.startedAt ?? run.createdAt) === day),
    );
  }, [data, followed, state, day]);
  const more = useCallback(() => {
    if (hasNextPage && !isFetching) void fetchNextPage();
  }, [hasNextPage, isFetching, fetchNextPage]);
  return (
    <Stack gap="xs">
      <Group gap="xs">
        <NativeSelect
          size="xs"
          aria-label={w.state}
          value={state}
          data={[
            { value: '', label: w.any },
            ...states.map((value) => ({ value, label: named[value] })),
          ]}
          onChange={(event) => change({ state: event.currentTarget.value })}
        />
        <TextInput
          size="xs"
          type="date"
          aria-label={w.day}
          value={day}
          onChange={(event) => change({ day: event.currentTarget.value })}
        />
      </Group>
      {error !== null && <ProblemBox error={error} />}
      {runs.length === 0 && !isFetching ? (
        <Text c="dimmed">{state === '' && day === '' ? w.noRuns : w.noSuchRuns}</Text>
      ) : (
        <VirtualTable
          label={w.runs}
          columns={7}
          count={runs.length}
          rowHeight={36}
          minWidth={880}
          height="calc(100vh - 250px)"
          keyOf={(at) => runs[at]?.runId ?? ''}
          onEnd={more}
          head={<Head />}
          row={(at) => {
            const run = runs[at];
            return run === undefined ? null : <RunCells run={run} />;
          }}
        />
      )}
    </Stack>
  );
}

/** `2026-11-22` on the reader's own clock. */
const localDay = (at: string): string => new Date(at).toLocaleDateString('sv-SE');

function Head() {
  const w = useWords(dagWords);
  return (
    <>
      <Table.Th>{w.run}</Table.Th>
      <Table.Th w={130}>{w.state}</Table.Th>
      <Table.Th w={100}>{w.trigger}</Table.Th>
      <Table.Th w={160}>{w.startedAt}</Table.Th>
      <Table.Th w={90} ta="right">
        {w.took}
      </Table.Th>
      <Table.Th w={230}>{w.reason}</Table.Th>
      <Table.Th w={50} aria-label={w.clone} />
    </>
  );
}

function RunCells({ run }: { readonly run: RunView }) {
  const w = useWords(dagWords);
  const now = useNow(isLive(run) ? 1_000 : 3_600_000);
  return (
    <>
      <Table.Td>
        <Link to={runPath(run.runId)} size="sm" className="skein-name" truncate display="block">
          {run.runId}
        </Link>
      </Table.Td>
      <Table.Td fz="sm">
        <StateLabel state={run.state} />
      </Table.Td>
      <Table.Td fz="sm">{w.triggers(run.trigger)}</Table.Td>
      <Table.Td fz="xs">
        <Time at={run.startedAt ?? run.createdAt} />
      </Table.Td>
      <Table.Td fz="sm" ta="right">
        <Duration ms={run.startedAt === null ? null : runMs(run, now)} />
      </Table.Td>
      <Table.Td fz="xs" c="dimmed">
        <Text size="xs" lineClamp={2} lh={1.2} className="skein-name" title={run.reason ?? ''}>
          {run.reason ?? run.heldBy ?? ''}
        </Text>
      </Table.Td>
      <Table.Td>
        <CloneButton run={run} />
      </Table.Td>
    </>
  );
}

function CloneButton({ run }: { readonly run: RunView }) {
  const w = useWords(dagWords);
  const [, change] = useSearchParams();
  return (
    <Tooltip label={w.clone}>
      <ActionIcon
        variant="subtle"
        aria-label={`${w.clone}: ${run.runId}`}
        onClick={() => change({ form: 'run', from: run.runId })}
      >
        <Icon name="again" size={16} />
      </ActionIcon>
    </Tooltip>
  );
}
