/** The graph of a run with the states of its tasks, its critical path, and why nodes wait. */
import { Group, Switch, Text } from '@mantine/core';
import { useCallback, useMemo } from 'react';
import { formatDuration } from '../../../../src/base/duration.ts';
import type { TaskView } from '../../../../src/model/views/task.ts';
import { useSearchParams } from '../../app/search.ts';
import { DagGraph, type NodeLook } from '../../kit/graph/dag-graph.tsx';
import { useWords } from '../../kit/words.ts';
import { foldedGroups, type GraphShape, graphShape, instanceOfNode } from './graph-shape.ts';
import { asBar, endedOf, instanceName, stateOfMany, sumOf, totalOf } from './summary.ts';
import { useForecast } from './use-forecast.ts';
import { useRun } from './use-run.ts';
import { useWhyRun } from './use-why.ts';
import { runWords } from './words.ts';

export default function GraphTab() {
  const w = useWords(runWords);
  const seen = useRun();
  const [search, change] = useSearchParams();
  const shape = useShape();
  const turned = useMemo(() => new Set((search.turned ?? '').split(',')), [search.turned]);
  const folded = useMemo(() => foldedGroups(shape, turned), [shape, turned]);
  const withPath = search.path !== 'off';
  const decorate = useLooks(shape, withPath);
  const turn = (id: string): void => {
    const next = new Set(turned);
    if (!next.delete(id)) next.add(id);
    next.delete('');
    change({ turned: [...next].join(',') });
  };
  const select = (id: string | null): void => {
    const instance = id === null ? undefined : instanceOfNode(id, shape);
    const map = instance?.map ?? null;
    change({ task: instance?.task ?? '', map: map === null ? '' : String(map), attempt: '' });
  };
  const { task, map } = search;
  const isOpen = task !== undefined && map !== undefined && !folded.has(task);
  const selected =
    task === undefined ? null : isOpen ? instanceName(task, Number(map), true) : task;
  return (
    <DagGraph
      {...shape}
      folded={folded}
      onFold={turn}
      selected={selected}
      onSelect={select}
      onNodeActivate={() => change({ tab: 'logs' }, 'push')}
      decorate={decorate}
      height="max(420px, calc(100vh - 300px))"
    >
      <Group className="skein-graph-note" gap="md">
        <Switch
          size="xs"
          label={w.criticalPath}
          checked={withPath}
          onChange={(event) => change({ path: event.currentTarget.checked ? '' : 'off' })}
        />
        {seen.detail.tasksLeftOut > 0 && (
          <Text size="xs" c="dimmed">
            {w.leftOut(seen.detail.tasksLeftOut)}
          </Text>
        )}
      </Group>
    </DagGraph>
  );
}

/** The structure changes with the definition and the sizes of maps, not with states. */
function useShape() {
  const { rows, detail } = useRun();
  const { spec } = rows.version;
  const sizes = detail.maps.map(({ map, size }) => `${map}:${size}`).join();
  const outside = detail.tasks.filter(({ role }) => role !== null).length;
  // biome-ignore lint/correctness/useExhaustiveDependencies: what of the detail forms the graph.
  return useMemo(() => graphShape(spec, detail.tasks), [spec, sizes, outside, detail.tasks.length]);
}

function useLooks(shape: GraphShape, withPath: boolean): (id: string) => NodeLook {
  const w = useWords(runWords);
  const seen = useRun();
  const { detail } = seen;
  const why = useWhyRun(seen);
  const { critical } = useForecast();
  const path = critical.join('\n');
  const looks = useMemo(() => {
    const onPath = new Set(withPath ? path.split('\n') : []);
    const all = new Map<string, NodeLook>();
    const instances = new Map<string, TaskView[]>();
    for (const task of detail.tasks) {
      const own = instances.get(task.taskId);
      if (own === undefined) instances.set(task.taskId, [task]);
      else own.push(task);
      const { taskId, mapIndex, map, attempts, state } = task;
      const retries = attempts.length - 1;
      const waits = why.get(`${taskId}/${mapIndex}`) ?? (state === 'deferred' ? task.reason : null);
      all.set(instanceName(taskId, mapIndex, map !== null), {
        state,
        detail: detailOf(task),
        badge:
          retries > 0
            ? { text: `×${attempts.length}`, title: w.tries(attempts.length) }
            : undefined,
        waits: isWaiting(state) ? (waits ?? undefined) : undefined,
        isCritical: onPath.has(taskId),
      });
    }
    const countsOf = new Map(detail.maps.flatMap(({ counts }) => Object.entries(counts)));
    for (const [id, counts] of countsOf) {
      if (all.has(id) && (instances.get(id)?.length ?? 0) < 2) continue;
      const isCritical = onPath.has(id);
      const text = `${w.instances(endedOf(counts), totalOf(counts))}`;
      const look = { state: stateOfMany(counts), detail: text, counts: asBar(counts), isCritical };
      all.set(id, { ...look, waits: why.get(id) });
    }
    return { all, countsOf };
  }, [detail, why, path, withPath, w]);
  const { tasksOf } = shape;
  const folders = useMemo(() => {
    const all = new Map<string, NodeLook>();
    for (const [group, tasks] of tasksOf) {
      const counts = sumOf(
        tasks.map((id) => looks.countsOf.get(id) ?? one(looks.all.get(id)?.state ?? 'pending')),
      );
      const isCritical = tasks.some((id) => looks.all.get(id)?.isCritical === true);
      const text = w.instances(endedOf(counts), totalOf(counts));
      all.set(group, {
        state: stateOfMany(counts),
        detail: text,
        counts: asBar(counts),
        isCritical,
      });
    }
    return all;
  }, [looks, tasksOf, w]);
  return useCallback(
    (id: string) => folders.get(id) ?? looks.all.get(id) ?? looks.all.get(`${id}[0]`) ?? none,
    [folders, looks],
  );
}

const none: NodeLook = {};

const one = (state: string) => ({ [state]: 1 });

const isWaiting = (state: string): boolean =>
  ['pending', 'scheduled', 'queued', 'deferred', 'up_for_retry'].includes(state);

function detailOf({ type, durationMs, node, state }: TaskView): string {
  const parts = [type];
  if (durationMs !== null) parts.push(formatDuration(durationMs));
  if (node !== null && (state === 'running' || state === 'queued')) parts.push(node);
  return parts.join(' · ');
}
