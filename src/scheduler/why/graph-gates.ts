/** Gates of the graph: what stands before an instance in its run. */
import type { TaskId } from '../../base/brand.ts';
import { taskKey } from '../../model/keys.ts';
import type { RunGraph } from '../../model/run-graph.ts';
import type { MapShape, TaskShape } from '../../model/run-shape.ts';
import { taskHasEnded } from '../../model/task-instance.ts';
import { type GateView, whyLimits } from '../../model/views/why.ts';
import { isOutside } from '../plan.ts';
import type { Place } from '../scope-of.ts';
import { byEvent, countText, gate, instanceText, namesText } from './gate.ts';
import type { Look, Subject } from './look.ts';

/** An instance of a parent that has not ended. */
interface Waited extends Place {
  readonly state: string;
}

/** What does not let it run yet. */
export function graphGates(look: Look, subject: Subject): readonly GateView[] {
  const { plan, taskId, mapIndex, live, row } = subject;
  if (isOutside(plan, taskId)) return row === undefined ? [notCalled(subject)] : [];
  const graph = look.graphOf(live);
  const verdict = graph.verdictOf({ taskId, mapIndex });
  if (verdict === 'run') return [];
  const shape = plan.shape.tasks.get(taskId);
  if (shape === undefined) return [];
  if (verdict !== 'wait') {
    const text = 'its upstream tasks have ended so that it will not run';
    return [gate('LEADER_BUSY', text, { verdict }, byEvent('the leader is about to close it'))];
  }
  const map = shape.mapId === null ? undefined : plan.shape.maps.get(shape.mapId);
  if (map !== undefined && graph.phaseOf(map.mapId) !== 'open')
    return [mapGate(subject, graph, map)];
  if (map !== undefined && mapIndex >= graph.admittedOf(map.mapId)) {
    return [itemGate(subject, graph, map)];
  }
  return [upstreamGate(subject, graph, shape)];
}

function notCalled({ spec }: Subject): GateView {
  const { role } = spec;
  const on = role?.kind === 'hook' ? role.on : 'compensate';
  const of = role !== undefined && 'of' in role ? role.of : null;
  const whose = of === null ? 'the run' : of;
  const text =
    role?.kind === 'hook'
      ? `it is a hook: it runs when ${whose} comes to "${on}"`
      : `it undoes ${whose}: it runs when the run is compensated`;
  return gate('NOT_CALLED', text, { on, of }, byEvent('when that happens'));
}

function upstreamGate(subject: Subject, graph: RunGraph, shape: TaskShape): GateView {
  const { mapIndex, spec } = subject;
  const inner = shape.inner.filter((id) => !hasEnded(subject, id, mapIndex));
  const parents = [
    ...inner.map((id) => waited(subject, graph, { taskId: id, mapIndex })),
    ...openOf(subject, graph, shape.outer),
  ];
  const count = inner.length + openCount(graph, shape.outer);
  const rule = shape.teardown === null ? spec.triggerRule : 'all_done';
  const choosing = shape.gates.filter((id) => parents.some((each) => each.taskId === id));
  const values = {
    rule,
    count,
    parents: parents.map(({ taskId, mapIndex: at, state }) => ({ taskId, mapIndex: at, state })),
    choosing,
  };
  const chosen = choosing.length === 0 ? '' : `; ${namesText(choosing)} may leave it aside`;
  const text = `it waits for ${parentsText(parents, count)}, rule ${rule}${chosen}`;
  return gate('UPSTREAM', text, values, byEvent(opensText(rule, count)));
}

/** Rules that one end can satisfy. */
const opensText = (rule: string, count: number): string =>
  rule.startsWith('one_') && count > 1
    ? 'when one of them ends as it should'
    : 'when they have ended';

function mapGate(subject: Subject, graph: RunGraph, map: MapShape): GateView {
  const { mapId, parents, spec } = map;
  if (graph.phaseOf(mapId) === 'asked') {
    const text = `the list of map ${mapId} is about to be worked out`;
    return gate('LEADER_BUSY', text, { map: mapId }, byEvent('the leader is about to do it'));
  }
  const open = openOf(subject, graph, parents);
  const count = openCount(graph, parents);
  const values = {
    map: mapId,
    rule: spec.triggerRule,
    count,
    parents: open.map(({ taskId, mapIndex, state }) => ({ taskId, mapIndex, state })),
  };
  const text = `the list of map ${mapId} is not known: it waits for ${parentsText(open, count)}, \
rule ${spec.triggerRule}`;
  return gate('MAP_NOT_EXPANDED', text, values, byEvent('when they have ended'));
}

function itemGate(subject: Subject, graph: RunGraph, map: MapShape): GateView {
  const { mapId, spec, members } = map;
  const admitted = graph.admittedOf(mapId);
  const before = subject.mapIndex - admitted;
  const items: number[] = [];
  for (let item = 0; item < admitted && items.length < whyLimits.namesShown; item++) {
    if (members.some((id) => !hasEnded(subject, id, item))) items.push(item);
  }
  const most = spec.activeMax ?? graph.sizeOf(subject.taskId);
  const first = before === 0 ? 'it is the next one' : `${countText(before, 'other')} first`;
  const text = `map ${mapId} works on ${countText(most, 'item')} at a time, now on \
${namesText(items.map(String))}; ${first}`;
  const values = { map: mapId, most, underWay: items, before };
  return gate('ITEM_NOT_ADMITTED', text, values, byEvent('when an item is over'));
}

function openCount(graph: RunGraph, tasks: readonly TaskId[]): number {
  const ends = ['success', 'failed', 'skipped'] as const;
  return tasks.reduce(
    (sum, id) => sum + ends.reduce((left, end) => left - graph.count(id, end), graph.sizeOf(id)),
    0,
  );
}

/** Instances of the tasks that have not ended; at most `namesShown`. */
function openOf(subject: Subject, graph: RunGraph, tasks: readonly TaskId[]): readonly Waited[] {
  const open: Waited[] = [];
  for (const id of tasks) {
    for (let at = 0; at < graph.sizeOf(id); at++) {
      if (open.length >= whyLimits.namesShown) return open;
      if (!hasEnded(subject, id, at))
        open.push(waited(subject, graph, { taskId: id, mapIndex: at }));
    }
  }
  return open;
}

const rowOf = ({ live, run }: Subject, taskId: TaskId, mapIndex: number) =>
  live.tasks.get(taskKey(run.namespace, run.runId, taskId, mapIndex));

function hasEnded(subject: Subject, taskId: TaskId, mapIndex: number): boolean {
  const row = rowOf(subject, taskId, mapIndex);
  return row !== undefined && taskHasEnded(row.status);
}

function waited(subject: Subject, graph: RunGraph, place: Place): Waited {
  const status = rowOf(subject, place.taskId, place.mapIndex)?.status ?? 'pending';
  const mayRun = subject.run.status !== 'queued' && graph.verdictOf(place) === 'run';
  return { ...place, state: status === 'pending' && mayRun ? 'scheduled' : status };
}

const parentsText = (parents: readonly Waited[], count: number): string =>
  namesText(
    parents.map((each) => `${instanceText(each)} (${each.state})`),
    count,
  );
