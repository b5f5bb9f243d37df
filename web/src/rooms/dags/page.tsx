/** All DAGs of a namespace: found, looked over, paused, run. */
import {
  Anchor,
  Checkbox,
  Code,
  Group,
  SegmentedControl,
  Select,
  Stack,
  Text,
  Title,
} from '@mantine/core';
import { useCallback, useMemo, useRef, useState } from 'react';
import type { RunView } from '../../../../src/model/views/run.ts';
import { useNamespace } from '../../app/namespace.ts';
import { useSearchParams } from '../../app/search.ts';
import { FindInput } from '../../kit/filters.tsx';
import { ProblemBox } from '../../kit/problem.tsx';
import { type ColumnHead, VirtualTable } from '../../kit/virtual-table.tsx';
import { useWords } from '../../kit/words.ts';
import { RunModal } from '../run-form/run-modal.tsx';
import { DagCells } from './dag-cells.tsx';
import { filtered, filterOf, valuesOf } from './filters.ts';
import { BulkPause } from './pausing.tsx';
import { useRunsByDag } from './run-rows.ts';
import { type Dag, useDags } from './use-dags.ts';
import { useFailing } from './use-failing.ts';
import { dagsWords } from './words.ts';

const noRuns: readonly RunView[] = [];
const noDags: readonly Dag[] = [];

/** What is chosen is chosen in one namespace: in another one the page begins anew. */
export default function DagsPage() {
  const namespace = useNamespace();
  return <Dags key={namespace} namespace={namespace} />;
}

function Dags({ namespace }: { readonly namespace: string }) {
  const w = useWords(dagsWords);
  const [search, change] = useSearchParams();
  const { data: dags = noDags, error, isPending } = useDags(namespace);
  const byDag = useRunsByDag(namespace);
  const failing = useFailing(namespace, search.failing === 'yes');
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const select = useCallback((dagId: string, isSelected: boolean) => {
    setSelected((before) => {
      const after = new Set(before);
      if (isSelected) after.add(dagId);
      else after.delete(dagId);
      return after;
    });
  }, []);
  // Rows are drawn again only when what they show has changed.
  const latest = useRef(change);
  latest.current = change;
  const run = useCallback((dagId: string) => latest.current({ run: dagId }), []);
  const filter = filterOf(search);
  const shown = useMemo(
    () => filtered(dags, filterOf(search), (dagId) => failing.has(dagId)),
    [dags, search, failing],
  );
  const chosen = shown.filter(({ dagId }) => selected.has(dagId)).map(({ dagId }) => dagId);
  const isFiltered = Object.values(filter).some((value) => value !== '');
  const columns = useColumns({
    isAll: chosen.length === shown.length,
    isSome: chosen.length > 0,
    onAll: (isAll) => setSelected(new Set(isAll ? shown.map(({ dagId }) => dagId) : [])),
  });
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Group gap="xs" align="baseline">
          <Title order={1} size="h3">
            {w.title}
          </Title>
          <Text c="dimmed" size="sm">
            {w.count(shown.length, dags.length)}
          </Text>
        </Group>
        {chosen.length > 0 && (
          <BulkPause namespace={namespace} dagIds={chosen} onDone={() => setSelected(new Set())} />
        )}
      </Group>
      <Filters dags={dags} />
      {error !== null && <ProblemBox error={error} />}
      {shown.length > 0 ? (
        <VirtualTable
          label={w.title}
          columns={columns}
          count={shown.length}
          rowHeight={48}
          minWidth={1000}
          height="calc(100vh - 170px)"
          keyOf={(at) => shown[at]?.dagId ?? ''}
          row={(at, isScrolling) => {
            const dag = shown[at];
            return (
              dag !== undefined && (
                <DagCells
                  dag={dag}
                  isScrolling={isScrolling}
                  runs={byDag.get(dag.dagId) ?? noRuns}
                  isSelected={selected.has(dag.dagId)}
                  onSelect={select}
                  onRun={run}
                />
              )
            );
          }}
        />
      ) : (
        !isPending && <Empty isFiltered={isFiltered} />
      )}
      <RunModal dagId={search.run} onClose={() => change({ run: '' })} />
    </Stack>
  );
}

interface HeadsOf {
  readonly isAll: boolean;
  readonly isSome: boolean;
  readonly onAll: (isAll: boolean) => void;
}

function useColumns({ isAll, isSome, onAll }: HeadsOf): readonly ColumnHead[] {
  const w = useWords(dagsWords);
  const box = (
    <Checkbox
      size="xs"
      aria-label={w.selectAll}
      checked={isAll}
      indeterminate={isSome && !isAll}
      onChange={(event) => onAll(event.currentTarget.checked)}
    />
  );
  return [
    { id: 'box', name: box, width: 36 },
    { id: 'name', name: w.name },
    { id: 'schedule', name: w.schedule, width: 190 },
    { id: 'next', name: w.nextFire, width: 150 },
    { id: 'runs', name: w.lastRuns, width: 164 },
    { id: 'usually', name: w.usually, width: 74, right: true },
    { id: 'live', name: w.live, width: 54 },
    { id: 'on', name: w.on, width: 56 },
    { id: 'run', name: w.run, width: 54 },
  ];
}

function Filters({ dags }: { readonly dags: readonly Dag[] }) {
  const w = useWords(dagsWords);
  const [search, change] = useSearchParams();
  const filter = filterOf(search);
  const tags = useMemo(() => valuesOf(dags.map((dag) => dag.tags)), [dags]);
  const owners = useMemo(() => valuesOf(dags.map((dag) => dag.owners)), [dags]);
  const state = filter.failing === 'yes' ? 'failing' : filter.paused;
  return (
    <Group gap="xs">
      <FindInput label={w.find} />
      <Select
        size="xs"
        w={140}
        aria-label={w.tag}
        placeholder={w.tag}
        data={tags}
        value={filter.tag === '' ? null : filter.tag}
        onChange={(tag) => change({ tag: tag ?? '' })}
        clearable
        searchable
      />
      <Select
        size="xs"
        w={140}
        aria-label={w.owner}
        placeholder={w.owner}
        data={owners}
        value={filter.owner === '' ? null : filter.owner}
        onChange={(owner) => change({ owner: owner ?? '' })}
        clearable
        searchable
      />
      <SegmentedControl
        size="xs"
        aria-label={w.anyState}
        value={state}
        onChange={(value) =>
          change(
            value === 'failing' ? { failing: 'yes', paused: '' } : { failing: '', paused: value },
          )
        }
        data={[
          { value: '', label: w.all },
          { value: 'no', label: w.active },
          { value: 'yes', label: w.paused },
          { value: 'failing', label: w.failing },
        ]}
      />
    </Group>
  );
}

function Empty({ isFiltered }: { readonly isFiltered: boolean }) {
  const w = useWords(dagsWords);
  const [, change] = useSearchParams();
  if (isFiltered) {
    return (
      <Text c="dimmed">
        {w.nothing}{' '}
        <Anchor
          component="button"
          onClick={() => change({ q: '', tag: '', owner: '', paused: '', failing: '' })}
        >
          {w.clear}
        </Anchor>
      </Text>
    );
  }
  return (
    <Stack gap="xs" py="xl" align="center">
      <Text>{w.empty}</Text>
      <Text size="sm" c="dimmed">
        {w.emptyHow} <Code>skein apply -f examples/01-hello.yaml</Code>
      </Text>
    </Stack>
  );
}
