/** The runs of a DAG, newest first, as far back as anybody scrolls. */
import { ActionIcon, Group, NativeSelect, Stack, Text, TextInput, Tooltip } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import type { RunView } from '../../../../src/model/views/run.ts';
import { Link, runPath } from '../../app/link.tsx';
import { useSearchParams } from '../../app/search.ts';
import { call } from '../../data/api.ts';
import { Icon } from '../../kit/icons.tsx';
import { ProblemBox } from '../../kit/problem.tsx';
import { StateLabel } from '../../kit/state.tsx';
import { stateWords } from '../../kit/state-words.ts';
import { Duration, Time, useNow } from '../../kit/time.tsx';
import { VirtualTable } from '../../kit/virtual-table.tsx';
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
          count={runs.length}
          rowHeight={36}
          minWidth={880}
          height="calc(100vh - 250px)"
          keyOf={(at) => runs[at]?.runId ?? ''}
          onEnd={more}
          columns={[
            { id: 'run', name: w.run },
            { id: 'state', name: w.state, width: 130 },
            { id: 'trigger', name: w.trigger, width: 100 },
            { id: 'started', name: w.startedAt, width: 172 },
            { id: 'took', name: w.took, width: 90, right: true },
            { id: 'reason', name: w.reason, width: 230 },
            { id: 'clone', name: '', label: w.clone, width: 50 },
          ]}
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

function RunCells({ run }: { readonly run: RunView }) {
  const w = useWords(dagWords);
  const now = useNow(isLive(run) ? 1_000 : 3_600_000);
  return (
    <>
      <td>
        <Link to={runPath(run.runId)} size="sm" className="skein-name" truncate display="block">
          {run.runId}
        </Link>
      </td>
      <td>
        <StateLabel state={run.state} />
      </td>
      <td>{w.triggers(run.trigger)}</td>
      <td>
        <Time at={run.startedAt ?? run.createdAt} />
      </td>
      <td data-right="">
        <Duration ms={run.startedAt === null ? null : runMs(run, now)} />
      </td>
      <td>
        <Text size="xs" lineClamp={2} lh={1.2} className="skein-name" title={run.reason ?? ''}>
          {run.reason ?? run.heldBy ?? ''}
        </Text>
      </td>
      <td>
        <CloneButton run={run} />
      </td>
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
