/** What neither the schema nor the graph can say: keys of a task that do not go together. */
import { isInstant } from '../model/instant.ts';
import { parseTimeOfDay } from '../model/time-of-day.ts';
import type { DagFileGroup } from './dag-file-groups.ts';
import { namesIn, nearestNode, nodeNamed } from './dag-file-outline.ts';
import { paramRemarks } from './dag-file-params.ts';
import { pushZone, scheduleRemarks } from './dag-file-schedules.ts';
import type { DagFile } from './dag-file-schema.ts';
import type { DagFileLeaf } from './dag-file-tasks.ts';
import { triggerRemarks } from './dag-file-triggers.ts';
import { type Visit, visits } from './dag-file-walk.ts';
import type { Wiring } from './dag-file-wiring.ts';
import { type Remark, valueAt } from './remark.ts';
import type { Path } from './source-document.ts';

/** Of the DAG as a whole. */
export function fileRemarks(file: DagFile): readonly Remark[] {
  const remarks = [
    ...scheduleRemarks(file.schedule),
    ...triggerRemarks(file.triggers),
    ...paramRemarks(file.params, ['params']),
  ];
  const remark = (key: string, message: string): void => {
    remarks.push({ code: 'DAG_INVALID', path: [key], message });
  };
  if (file.startDate !== undefined && file.endDate !== undefined && file.endDate < file.startDate) {
    remark('endDate', 'lies before startDate');
  }
  if (file.onSlaMiss !== undefined && file.sla === undefined) {
    remark('onSlaMiss', 'there is no `sla` that could be missed: say how long a run may take');
  }
  if (file.failover !== undefined && file.failover === file.id) {
    remark('failover', 'a DAG cannot take over from itself: name another');
  }
  return remarks;
}

/** A run that starts the same DAG and waits for it would wait for ever more of itself. */
export function ownRemarks(file: DagFile, id: string): readonly Remark[] {
  const remarks: Remark[] = [];
  for (const { path, task } of visits(file)) {
    const waits = task.type === 'subdag' || (task.type === 'trigger' && task.wait === true);
    if (!waits || task.dag !== id) continue;
    const message = 'a DAG cannot wait for a run of itself: name another';
    remarks.push({ code: 'DAG_INVALID', path: [...path, 'dag'], message });
  }
  return remarks;
}

/** Of its tasks. Without a graph, what concerns other tasks is left out. */
export function taskRemarks(file: DagFile, wiring: Wiring | undefined): readonly Remark[] {
  const remarks: Remark[] = [];
  for (const visit of visits(file)) {
    const tell: Tell = (path, message) => {
      remarks.push({ code: 'DAG_INVALID', path: [...visit.path, ...path], message });
    };
    mapRemarks(visit, tell);
    const { task } = visit;
    if (task.type === 'group') {
      if (Object.keys(task.tasks).length === 0) tell(['tasks'], 'a group needs at least one task');
      continue;
    }
    companionRemarks(task, visit, tell);
    zoneRemarks(task, visit.path, remarks);
    if (task.type === 'approval') remarks.push(...paramRemarks(task.fields, fieldsOf(visit)));
    if (wiring !== undefined) branchRemarks(task, { visit, wiring, tell });
  }
  return remarks;
}

type Tell = (path: Path, message: string) => void;

const fieldsOf = ({ path }: Visit): Path => [...path, 'fields'];

const isSpread = (task: Visit['task']): boolean => 'spread' in task && task.spread !== undefined;

function mapRemarks({ task, map }: Visit, tell: Tell): void {
  const { forEach, maxParallel } = task;
  if (isSpread(task)) {
    if (forEach !== undefined) tell(['spread'], 'the task has `forEach`: it is one or the other');
    if (map !== null) tell(['spread'], `the group "${map}" around it is mapped already`);
    if (task.type === 'sensor') tell(['spread'], 'a sensor looks in one place');
    return;
  }
  if (forEach === undefined) {
    if (maxParallel !== undefined) tell(['maxParallel'], 'goes with `forEach` or `spread`');
    return;
  }
  if (map !== null) {
    const way = 'map over a product of lists instead: `forEach: { a: …, b: … }`';
    tell(['forEach'], `the group "${map}" around it is mapped already: ${way}`);
  }
  if (typeof forEach !== 'object' || Array.isArray(forEach)) return;
  if (Object.keys(forEach).length === 0) tell(['forEach'], 'names no list');
  if (Object.hasOwn(forEach, 'item')) {
    tell(['forEach', 'item'], '`item` is what each of them is called: give this list another name');
  }
}

/** Keys that mean something only together, with `defaults` taken into account. */
function companionRemarks(task: DagFileLeaf, { defaults }: Visit, tell: Tell): void {
  const said = { ...defaults, ...task };
  if (task.onSlaMiss !== undefined && said.sla === undefined) {
    tell(['onSlaMiss'], 'there is no `sla` that could be missed: say how long it may take');
  }
  if ('poolSlots' in task && task.poolSlots !== undefined && said.pool === undefined) {
    tell(['poolSlots'], 'goes with `pool`');
  }
  if ('teardown' in task && task.teardown !== undefined) {
    if (task.triggerRule !== undefined) {
      tell(['triggerRule'], 'a teardown runs when all before it have ended: it has no rule');
    }
  } else if ('failsRun' in task && task.failsRun !== undefined) {
    tell(['failsRun'], 'goes with `teardown`: other tasks always count');
  }
  if (task.type === 'wait' && task.until !== undefined && !task.until.includes('{{')) {
    if (!isInstant(task.until) && parseTimeOfDay(task.until) === undefined) {
      const forms = 'write 2026-01-31T03:00:00Z, 15:00, or a template in {{ }}';
      tell(['until'], `${JSON.stringify(task.until)} is not a date and time: ${forms}`);
    }
  }
}

function zoneRemarks(task: DagFileLeaf, path: Path, remarks: Remark[]): void {
  if (task.type !== 'wait' || task.timezone === undefined) return;
  if (task.until === undefined || isInstant(task.until)) {
    const message = 'goes with `until` and a time of day, as in 15:00';
    remarks.push({ code: 'DAG_INVALID', path: [...path, 'timezone'], message });
  } else pushZone(remarks, [...path, 'timezone'], task.timezone);
}

interface BranchCheck {
  readonly visit: Visit;
  readonly wiring: Wiring;
  readonly tell: Tell;
}

/** `then` and `else` name children: tasks, or groups, that depend on the branch. */
function branchRemarks(
  task: DagFileLeaf | DagFileGroup,
  { visit, wiring, tell }: BranchCheck,
): void {
  if (task.type !== 'branch' && task.type !== 'conditional') return;
  const { outline, edges } = wiring;
  const { id } = visit;
  for (const key of ['then', 'else'] as const) {
    const isList = Array.isArray(valueAt(outline.nodes.get(visit.id)?.value, [key]));
    for (const { name, place } of namesIn(task[key])) {
      const target = nodeNamed(outline, name, visit);
      const isChild =
        target !== undefined &&
        (edges.parents.get(target.id) ?? edges.groupParents.get(target.id) ?? []).some(
          (parent) => parent === visit.id,
        );
      if (isChild) continue;
      const message =
        target === undefined
          ? `"${name}" is not a task${nearestNode(outline, name, visit)}`
          : `"${target.id}" is not a child of "${id}": add \`dependsOn: [${id}]\` to it`;
      tell(isList ? [key, place] : [key], message);
    }
  }
}
