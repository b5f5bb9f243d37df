/** The graph of a DAG, with the states that its tasks have in one of its runs. */
import { Group, Select, Stack, Text } from '@mantine/core';
import { useCallback, useMemo } from 'react';
import { formatDuration } from '../../../../src/base/duration.ts';
import { runPath, seg, useGo, useStay } from '../../app/link.tsx';
import { useSearchParams } from '../../app/search.ts';
import { useDagZone } from '../../kit/dag-zone.ts';
import { DagGraph, type NodeLook } from '../../kit/graph/dag-graph.tsx';
import { usePrefs } from '../../kit/prefs.tsx';
import { StateLabel } from '../../kit/state.tsx';
import { timeText } from '../../kit/time.tsx';
import { useWords } from '../../kit/words.ts';
import { shapeOfSpec } from './graph-shape.ts';
import { rowsOf, stateAt } from './grid-model.ts';
import type { TabProps } from './tab-props.ts';
import { useGrid } from './use-grid.ts';
import { dagWords } from './words.ts';

/** Runs whose states may be looked at. */
const runsOffered = 25;
/** A graph of more tasks begins with its groups folded. */
const openTasksMax = 80;
const unfolded: ReadonlySet<string> = new Set();
const noLook: NodeLook = {};

export default function GraphTab({ dag }: TabProps) {
  const w = useWords(dagWords);
  const go = useGo();
  const stay = useStay();
  const { clock } = usePrefs();
  const zone = useDagZone();
  const [search, change] = useSearchParams();
  const shape = useMemo(() => shapeOfSpec(dag.spec), [dag.spec]);
  const { grid } = useGrid(dag, runsOffered);
  const run = grid.runs.find(({ runId }) => runId === search.run) ?? grid.runs.at(-1);
  const folded = useMemo(() => {
    if (search.fold !== undefined) return new Set(search.fold.split(','));
    const isLarge = shape.nodes.length > openTasksMax;
    return isLarge ? new Set(shape.groups.map(({ id }) => id)) : unfolded;
  }, [search.fold, shape]);
  const looks = useMemo(() => {
    const rows = rowsOf(grid.tasks, dag.spec, unfolded);
    const found = new Map<string, NodeLook>();
    if (run === undefined) return found;
    for (const row of rows) {
      const state = stateAt(run, row);
      if (row.kind === 'group') found.set(`group:${row.id}`, { state });
      else {
        const ms = run.durationsMs[row.index] ?? null;
        const detail = ms === null ? undefined : formatDuration(ms);
        found.set(row.id, { state, detail, counts: run.mapped[row.id] });
      }
    }
    return found;
  }, [grid.tasks, dag.spec, run]);
  const decorate = useCallback((id: string) => looks.get(id) ?? noLook, [looks]);
  const open = (id: string): void => {
    if (run !== undefined) go(stay(runPath(run.runId, `?task=${seg(id)}`)));
  };
  const fold = (id: string): void => {
    const next = new Set(folded);
    if (next.has(id)) next.delete(id);
    else next.add(id);
    // "-" and not nothing: that would be the usual way to begin.
    change({ fold: [...next].filter((name) => name !== '-').join(',') || '-' });
  };
  return (
    <Stack gap="xs">
      {run !== undefined && (
        <Group gap="xs">
          <Select
            size="xs"
            w={360}
            aria-label={w.run}
            value={run.runId}
            allowDeselect={false}
            data={grid.runs.toReversed().map(({ runId, startedAt, createdAt }) => ({
              value: runId,
              label: `${timeText(startedAt ?? createdAt, clock, zone)} · ${runId}`,
            }))}
            onChange={(runId) => change({ run: runId ?? '' })}
          />
          <Text size="sm">
            <StateLabel state={run.state} />
          </Text>
        </Group>
      )}
      <DagGraph
        nodes={shape.nodes}
        edges={shape.edges}
        groups={shape.groups}
        folded={folded}
        onFold={fold}
        selected={search.task ?? null}
        onSelect={(id) => change({ task: id ?? '' })}
        onNodeActivate={open}
        decorate={decorate}
        height="calc(100vh - 250px)"
      />
    </Stack>
  );
}
