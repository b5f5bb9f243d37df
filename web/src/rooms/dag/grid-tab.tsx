/** The grid of a DAG, and the chosen run beside it. */
import { Box, Button, Group, SegmentedControl, Stack, Text, VisuallyHidden } from '@mantine/core';
import { useCallback, useMemo } from 'react';
import { formatDuration } from '../../../../src/base/duration.ts';
import { dagPath, runPath, seg, useGo, useStay } from '../../app/link.tsx';
import { useSearchParams } from '../../app/search.ts';
import { useDagZone } from '../../kit/dag-zone.ts';
import { usePrefs } from '../../kit/prefs.tsx';
import { ProblemBox } from '../../kit/problem.tsx';
import { stateWords } from '../../kit/state-words.ts';
import { timeText, useNow } from '../../kit/time.tsx';
import { useWords } from '../../kit/words.ts';
import { GridCanvas } from './grid-canvas.tsx';
import { type Grid, type GridRow, rowsOf, runMs, stateAt } from './grid-model.ts';
import type { Place } from './grid-paint.ts';
import { runCounts } from './run-counts.ts';
import { RunPanel } from './run-panel.tsx';
import type { TabProps } from './tab-props.ts';
import { useGrid } from './use-grid.ts';
import { dagWords } from './words.ts';

export default function GridTab({ dag }: TabProps) {
  const w = useWords(dagWords);
  const go = useGo();
  const stay = useStay();
  const [search, change] = useSearchParams();
  const count = search.n ?? '50';
  const { grid, isLoading, error } = useGrid(dag, Number(count) || 50);
  const folded = useMemo(() => new Set((search.fold ?? '').split(',')), [search.fold]);
  const rows = useMemo(() => rowsOf(grid.tasks, dag.spec, folded), [grid.tasks, dag.spec, folded]);
  const isLive = grid.runs.some(({ endedAt }) => endedAt === null);
  const second = useNow(isLive ? 1_000 : 60_000);
  const scene = useScene(grid, rows, second, search.run ?? '', search.task ?? '');
  const tip = useTip(grid, rows);
  const select = useCallback(
    ({ column, row }: Place) =>
      change({ run: grid.runs[column]?.runId ?? '', task: rows[row]?.id ?? '' }),
    [change, grid, rows],
  );
  const open = useCallback(
    ({ column, row }: Place) => {
      const run = grid.runs[column];
      const at = rows[row];
      if (run === undefined) return;
      go(stay(runPath(run.runId, at?.kind === 'task' ? `?task=${seg(at.id)}` : '')));
    },
    [go, stay, grid, rows],
  );
  if (error !== null) return <ProblemBox error={error} />;
  if (grid.runs.length === 0) return <Text c="dimmed">{isLoading ? w.loading : w.noRuns}</Text>;
  const chosen = grid.runs.find(({ runId }) => runId === search.run);
  const fold = (group: string): void => {
    const next = new Set([...folded].filter((name) => name !== ''));
    if (next.has(group)) next.delete(group);
    else next.add(group);
    change({ fold: [...next].join(',') });
  };
  const { selected } = scene;
  return (
    <Stack gap="xs">
      <Group gap="sm">
        <SegmentedControl
          size="xs"
          aria-label={w.lastRuns}
          value={count}
          onChange={(n) => change({ n })}
          data={runCounts.map((value) => ({ value, label: w.runCount(value) }))}
        />
        <Text size="xs" c="dimmed" visibleFrom="md">
          {w.gridHelp}
        </Text>
        {chosen === undefined && (
          <Button
            size="compact-xs"
            variant="default"
            ml="auto"
            onClick={() => change({ run: grid.runs.at(-1)?.runId ?? '' })}
          >
            {w.asTable}
          </Button>
        )}
      </Group>
      <Group align="stretch" gap="sm" wrap="nowrap">
        <Box flex={1} miw={0}>
          <GridCanvas
            label={w.gridOf(dag.dagId)}
            scene={scene}
            height="calc(100vh - 250px)"
            corner={w.longest(formatDuration(scene.longestMs))}
            tip={tip}
            onSelect={select}
            onOpen={open}
            onFold={fold}
            taskPath={(task) => dagPath(dag.dagId, `?tab=durations&task=${seg(task)}`)}
          />
        </Box>
        {chosen !== undefined && (
          <RunPanel
            run={chosen}
            tasks={grid.tasks}
            selected={search.task}
            onClose={() => change({ run: '', task: '' })}
          />
        )}
      </Group>
      <VisuallyHidden aria-live="polite">
        {selected === undefined ? '' : tip(selected)}
      </VisuallyHidden>
    </Stack>
  );
}

function useScene(
  grid: Grid,
  rows: readonly GridRow[],
  nowMs: number,
  runId: string,
  task: string,
) {
  const selected = useMemo(() => {
    const column = runId === '' ? -1 : grid.runs.findIndex((run) => run.runId === runId);
    if (column < 0) return undefined;
    return { column, row: task === '' ? -1 : rows.findIndex(({ id }) => id === task) };
  }, [grid, rows, runId, task]);
  return useMemo(() => {
    const longestMs = Math.max(0, ...grid.runs.map((run) => runMs(run, nowMs)));
    return { grid, rows, selected, nowMs, longestMs };
  }, [grid, rows, selected, nowMs]);
}

/** What a cell or a bar says when it is pointed at. */
function useTip(grid: Grid, rows: readonly GridRow[]): (place: Place) => string {
  const w = useWords(dagWords);
  const states: Readonly<Record<string, string>> = useWords(stateWords);
  const { clock } = usePrefs();
  const zone = useDagZone();
  return useCallback(
    ({ column, row }) => {
      const run = grid.runs[column];
      if (run === undefined) return '';
      const at = rows[row];
      const named = (state: string): string => states[state] ?? state;
      if (at === undefined) {
        const before = grid.runs[column - 1];
        const lines = [
          run.runId,
          `${named(run.state)} · ${formatDuration(runMs(run, Date.now()))}`,
          `${w.triggers(run.trigger)} · ${timeText(run.startedAt ?? run.createdAt, clock, zone)}`,
        ];
        if (before !== undefined && before.versionId !== run.versionId) {
          lines.push(w.versionFrom(run.versionId.slice(0, 12)));
        }
        return lines.join('\n');
      }
      const state = stateAt(run, at);
      const lines = [at.id, state === undefined ? w.absent : named(state)];
      if (at.kind === 'task') {
        const took = run.durationsMs[at.index] ?? null;
        if (took !== null) lines[1] += ` · ${formatDuration(took)}`;
        const tries = run.attempts[at.id];
        if (tries !== undefined) lines[1] += ` · ×${tries}`;
        const counts = Object.entries(run.mapped[at.id] ?? {});
        if (counts.length > 0) {
          lines.push(counts.map(([name, count]) => `${count} ${named(name)}`).join(', '));
        }
      }
      lines.push(`${run.runId} · ${timeText(run.startedAt ?? run.createdAt, clock, zone)}`);
      return lines.join('\n');
    },
    [grid, rows, w, states, clock, zone],
  );
}
