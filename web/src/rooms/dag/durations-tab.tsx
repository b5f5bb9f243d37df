/** How long the runs and the tasks of a DAG take, and whether that has changed. */
import { Badge, Group, SegmentedControl, Select, Stack, Text, Title } from '@mantine/core';
import { useMemo } from 'react';
import { formatDuration } from '../../../../src/base/duration.ts';
import { type GridRunView, gridState } from '../../../../src/model/views/grid.ts';
import { dagPath, Link, runPath, seg } from '../../app/link.tsx';
import { useSearchParams } from '../../app/search.ts';
import { DurationChart, type Point } from '../../kit/charts/duration-chart.tsx';
import { useDagZone } from '../../kit/dag-zone.ts';
import { usePrefs } from '../../kit/prefs.tsx';
import { ProblemBox } from '../../kit/problem.tsx';
import { Duration, timeText } from '../../kit/time.tsx';
import { VirtualTable } from '../../kit/virtual-table.tsx';
import { useWords } from '../../kit/words.ts';
import { durationsWords } from './durations-words.ts';
import { type Grid, runMs } from './grid-model.ts';
import { runCounts } from './run-counts.ts';
import { bandOf, hasRegressed, ticksOf } from './statistics.ts';
import type { TabProps } from './tab-props.ts';
import { useGrid } from './use-grid.ts';
import { dagWords } from './words.ts';

export default function DurationsTab({ dag }: TabProps) {
  const w = useWords(durationsWords);
  const common = useWords(dagWords);
  const [search, change] = useSearchParams();
  const count = search.n ?? '100';
  const { grid, isLoading, error } = useGrid(dag, Number(count) || 100);
  const task = grid.tasks.includes(search.task ?? '') ? (search.task ?? '') : '';
  const points = usePoints(grid, task);
  const delays = useDelays(grid);
  if (error !== null) return <ProblemBox error={error} />;
  if (grid.runs.length === 0) {
    return <Text c="dimmed">{isLoading ? common.loading : common.noRuns}</Text>;
  }
  const known = points.filter(({ state }) => state === 'success').map(({ ms }) => ms);
  const band = bandOf(known);
  const most = Math.max(band?.p95 ?? 0, ...points.map(({ ms }) => ms));
  return (
    <Stack gap="sm">
      <Group gap="xs">
        <Select
          size="xs"
          w={280}
          aria-label={w.of}
          data={[
            { value: '', label: w.whole },
            ...grid.tasks.map((id) => ({ value: id, label: id })),
          ]}
          value={task}
          searchable
          limit={200}
          allowDeselect={false}
          onChange={(value) => change({ task: value ?? '' })}
        />
        <SegmentedControl
          size="xs"
          aria-label={common.lastRuns}
          value={count}
          onChange={(n) => change({ n })}
          data={runCounts.map((value) => ({ value, label: common.runCount(value) }))}
        />
        {hasRegressed(known) && (
          <Badge color="red" variant="light" tt="none" role="status">
            ▲ {w.regressed}
          </Badge>
        )}
        {band === undefined && (
          <Text size="xs" c="dimmed">
            {w.tooFew}
          </Text>
        )}
      </Group>
      <DurationChart
        label={w.chart(task === '' ? w.whole : task)}
        points={points}
        band={band}
        ticks={ticksOf(most)}
      />
      {task === '' && delays.length > 0 && (
        <Stack gap={4}>
          <Title order={2} size="h5">
            {w.delay}
          </Title>
          <DurationChart
            label={w.delay}
            points={delays}
            band={bandOf(delays.map(({ ms }) => ms))}
            ticks={ticksOf(Math.max(...delays.map(({ ms }) => ms)))}
            height={120}
          />
        </Stack>
      )}
      <TaskTable dagId={dag.dagId} grid={grid} task={task} />
    </Stack>
  );
}

/** The last successful one is marked where it is far above the others. */
function usePoints(grid: Grid, task: string): readonly Point[] {
  const { clock } = usePrefs();
  const zone = useDagZone();
  return useMemo(() => {
    const at = grid.tasks.indexOf(task);
    const points = grid.runs.flatMap((run): Point[] => {
      const ms = at < 0 ? wholeMs(run) : (run.durationsMs[at] ?? null);
      const state = at < 0 ? run.state : gridState(run.states[at] ?? '.');
      if (ms === null || state === undefined) return [];
      const when = timeText(run.startedAt ?? run.createdAt, clock, zone);
      const text = `${run.runId} · ${when} · ${formatDuration(ms)}`;
      const to = runPath(run.runId, at < 0 ? '' : `?task=${seg(task)}`);
      return [{ key: run.runId, ms, state, text, to }];
    });
    const good = points.filter(({ state }) => state === 'success');
    if (!hasRegressed(good.map(({ ms }) => ms))) return points;
    const last = good.at(-1);
    return points.map((point) => (point === last ? { ...point, isMarked: true } : point));
  }, [grid, task, clock, zone]);
}

const wholeMs = (run: GridRunView): number | null =>
  run.endedAt === null || run.startedAt === null ? null : runMs(run, 0);

function useDelays(grid: Grid): readonly Point[] {
  const { clock } = usePrefs();
  const zone = useDagZone();
  return useMemo(
    () =>
      grid.runs.flatMap(({ runId, trigger, logicalDate, startedAt }): Point[] => {
        if (trigger !== 'schedule' || logicalDate === null || startedAt === null) return [];
        const ms = Math.max(0, Date.parse(startedAt) - Date.parse(logicalDate));
        const text = `${runId} · ${timeText(logicalDate, clock, zone)} · ${formatDuration(ms)}`;
        return [{ key: runId, ms, state: 'scheduled', text, to: runPath(runId) }];
      }),
    [grid, clock, zone],
  );
}

interface TaskTableProps {
  readonly dagId: string;
  readonly grid: Grid;
  readonly task: string;
}

function TaskTable({ dagId, grid, task }: TaskTableProps) {
  const w = useWords(durationsWords);
  const common = useWords(dagWords);
  const rows = useMemo(() => taskRows(grid), [grid]);
  return (
    <VirtualTable
      label={w.tasks}
      count={rows.length}
      rowHeight={30}
      height="calc(100vh - 250px)"
      keyOf={(at) => rows[at]?.id ?? ''}
      isSelected={(at) => rows[at]?.id === task}
      columns={[
        { id: 'task', name: w.task },
        { id: 'slower', name: '', label: common.state, width: 180 },
        { id: 'p50', name: w.p50, width: 90, right: true },
        { id: 'p95', name: w.p95, width: 90, right: true },
        { id: 'newest', name: w.newest, width: 90, right: true },
        { id: 'runs', name: w.runs, width: 70, right: true },
      ]}
      row={(at) => {
        const row = rows[at];
        if (row === undefined) return null;
        return (
          <>
            <td>
              <Link
                to={dagPath(dagId, `?tab=durations&task=${seg(row.id)}`)}
                size="sm"
                className="skein-name"
              >
                {row.id}
              </Link>
            </td>
            <td>
              {row.isSlower && (
                <Text size="xs" c="red">
                  ▲ {w.regressedTask}
                </Text>
              )}
            </td>
            <td data-right="">
              <Duration ms={row.band?.p50} />
            </td>
            <td data-right="">
              <Duration ms={row.band?.p95} />
            </td>
            <td data-right="">
              <Duration ms={row.newest} />
            </td>
            <td data-right="">{row.count}</td>
          </>
        );
      }}
    />
  );
}

/** Those that have become slower first, then those that take longest. */
function taskRows({ tasks, runs }: Grid) {
  const rows = tasks.map((id, at) => {
    const known = runs.flatMap((run) => {
      const ms = run.durationsMs[at] ?? null;
      return ms === null || gridState(run.states[at] ?? '.') !== 'success' ? [] : [ms];
    });
    return {
      ...{ id, band: bandOf(known), newest: known.at(-1), count: known.length },
      isSlower: hasRegressed(known),
    };
  });
  return rows.sort(
    (left, right) =>
      Number(right.isSlower) - Number(left.isSlower) || (right.newest ?? 0) - (left.newest ?? 0),
  );
}
