/** Every run: live ones on top, filters in the address, and what can be done to many at once. */
import { Button, Group, Select, Stack, Text, Title } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import type { RunView } from '../../../../src/model/views/run.ts';
import '../run/run.css';
import { useNamespace } from '../../app/namespace.ts';
import { useSearchParams } from '../../app/search.ts';
import { call } from '../../data/api.ts';
import { useTable } from '../../data/hooks.ts';
import { FindInput, StatesInput } from '../../kit/filters.tsx';
import { ProblemBox } from '../../kit/problem.tsx';
import { useNow } from '../../kit/time.tsx';
import { useWords } from '../../kit/words.ts';
import { useFollowedRuns } from '../dags/run-rows.ts';
import { ManyModal } from './many-modal.tsx';
import { canCancel, canRerun, mergedRuns, type RunFilter, spanMs } from './run-list.ts';
import { RunTable } from './run-table.tsx';
import { runsWords } from './words.ts';

const states = ['queued', 'running', 'cancelling', 'success', 'failed', 'cancelled'] as const;
const spans = ['1h', '24h', '7d', '30d'] as const;
/** The first page is small, so that something is seen at once. */
const pageSizes = { first: '100', next: '500' } as const;
/** So old an instant is asked for to the minute, so that pages can be kept. */
const minuteMs = 60_000;

function useFilter(): RunFilter {
  const [search] = useSearchParams();
  const now = useNow(minuteMs);
  const { state, dag = '', since, q = '' } = search;
  const namespace = useNamespace();
  return useMemo(() => {
    const span = spanMs(since);
    return {
      ...{ namespace, dag, words: q, states: state === undefined ? [] : state.split(',') },
      sinceMs: span === null ? null : Math.floor((now - span) / minuteMs) * minuteMs,
    };
  }, [namespace, dag, q, state, since, now]);
}

function useRuns(filter: RunFilter) {
  const { namespace, dag, states: wanted, sinceMs } = filter;
  const live = useFollowedRuns(namespace);
  const pages = useInfiniteQuery({
    queryKey: ['runs', namespace, dag, wanted.join(), sinceMs],
    queryFn: ({ pageParam, signal }) =>
      call('listRuns', {
        query: {
          ...{ namespace, limit: pageParam === '' ? pageSizes.first : pageSizes.next },
          ...(dag !== '' && { dag }),
          ...(wanted.length > 0 && { state: wanted.join(',') }),
          ...(sinceMs !== null && { since: new Date(sinceMs).toISOString() }),
          ...(pageParam !== '' && { cursor: pageParam }),
        },
        signal,
      }),
    initialPageParam: '',
    getNextPageParam: (last) => last.cursor,
    // Pages that are there already are not compared, field by field, with each that comes.
    structuralSharing: false,
  });
  const past = useMemo(() => pages.data?.pages.flatMap(({ items }) => items) ?? [], [pages.data]);
  const isWhole = pages.data !== undefined && !pages.hasNextPage;
  const runs = useMemo(
    () => mergedRuns<RunView>(past, live, { filter, isWhole }),
    [past, live, filter, isWhole],
  );
  return { runs, pages };
}

export default function RunsPage() {
  const w = useWords(runsWords);
  const filter = useFilter();
  const { runs, pages } = useRuns(filter);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [many, setMany] = useState<'cancel' | 'rerun' | null>(null);
  const picked = runs.filter(({ runId }) => chosen.has(runId));
  const more = (): void => {
    if (pages.hasNextPage && !pages.isFetchingNextPage) void pages.fetchNextPage();
  };
  return (
    <Stack gap="sm">
      <Group>
        <Title order={1} size="h3">
          {w.title}
        </Title>
        <Text size="sm" c="dimmed">
          {w.count(runs.length, pages.hasNextPage)}
        </Text>
        {picked.length > 0 && (
          <Group gap="xs" ml="auto">
            <Text size="sm">{w.chosen(picked.length)}</Text>
            <Button
              size="xs"
              variant="default"
              disabled={!picked.some(canCancel)}
              onClick={() => setMany('cancel')}
            >
              {w.cancel}
            </Button>
            <Button
              size="xs"
              variant="default"
              disabled={!picked.some(canRerun)}
              onClick={() => setMany('rerun')}
            >
              {w.rerun}
            </Button>
          </Group>
        )}
      </Group>
      <Filters />
      {pages.error !== null && <ProblemBox error={pages.error} />}
      {runs.length === 0 && pages.data !== undefined ? (
        <Text c="dimmed" py="xl" ta="center">
          {w.nothing}
        </Text>
      ) : (
        <RunTable runs={runs} chosen={chosen} onChoose={setChosen} onEnd={more} />
      )}
      {many !== null && (
        <ManyModal
          verb={many}
          runs={picked.filter(many === 'cancel' ? canCancel : canRerun)}
          onClose={() => {
            setMany(null);
            setChosen(new Set());
          }}
        />
      )}
    </Stack>
  );
}

function Filters() {
  const w = useWords(runsWords);
  const [search, change] = useSearchParams();
  const namespace = useNamespace();
  const dags = useTable('dag');
  const names = useMemo(
    () =>
      dags
        .filter((dag) => dag.namespace === namespace)
        .map(({ dagId }) => String(dagId))
        .sort(),
    [dags, namespace],
  );
  return (
    <Group gap="sm">
      <FindInput label={w.find} />
      <StatesInput label={w.state} none={w.anyState} states={states} param="state" />
      <Select
        size="xs"
        w={220}
        searchable
        clearable
        limit={100}
        aria-label={w.dag}
        placeholder={w.anyDag}
        data={names}
        value={search.dag ?? null}
        onChange={(next) => change({ dag: next ?? '' })}
      />
      <Select
        size="xs"
        w={150}
        clearable
        aria-label={w.since}
        placeholder={w.everything}
        data={spans.map((span) => ({ value: span, label: w.last(span) }))}
        value={search.since ?? null}
        onChange={(next) => change({ since: next ?? '' })}
      />
    </Group>
  );
}
