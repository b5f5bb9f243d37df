/**
 * Tasks that have a part of their own: compensations, which stand in the file for another task and
 * outside of the graph, and teardowns, which belong to set-ups.
 */
import { type TaskId, taskId } from '../base/brand.ts';
import type { Ancestors } from './dag-file-ancestors.ts';
import { type Edges, isTeardown } from './dag-file-edges.ts';
import {
  namesIn,
  nearestNode,
  nodeNamed,
  type Outline,
  type OutlineNode,
} from './dag-file-outline.ts';
import { type Remark, valueAt } from './remark.ts';

export interface Compensations {
  /** Compensation -> the task that it undoes. */
  readonly of: ReadonlyMap<string, TaskId>;
  /** Task -> its compensation. */
  readonly by: ReadonlyMap<string, TaskId>;
  readonly remarks: readonly Remark[];
}

/** Tasks that are named by `compensate` of another. */
export function readCompensations(outline: Outline): Compensations {
  const of = new Map<string, TaskId>();
  const by = new Map<string, TaskId>();
  const remarks: Remark[] = [];
  for (const node of outline.nodes.values()) {
    const name = valueAt(node.value, ['compensate']);
    if (typeof name !== 'string') continue;
    const target = nodeNamed(outline, name, node);
    const hint = nearestNode(outline, name, node);
    const message =
      target === undefined
        ? `"${node.id}" is compensated by "${name}", which is not a task${hint}`
        : compensationFault(node, target, of);
    if (message !== undefined) {
      remarks.push({ code: 'DAG_INVALID', path: [...node.path, 'compensate'], message });
    } else if (target !== undefined) {
      of.set(target.id, taskId(node.id));
      by.set(node.id, taskId(target.id));
    }
  }
  return { of, by, remarks };
}

/** What a task cannot say that is started when another one is undone. */
const notOfCompensations = [
  'dependsOn',
  'triggerRule',
  'forEach',
  'spread',
  'compensate',
  'setup',
  'teardown',
  'branch',
  'onSuccess',
  'onFailure',
  'onRetry',
  'onSlaMiss',
  'sla',
] as const;

function compensationFault(
  node: OutlineNode,
  target: OutlineNode,
  taken: ReadonlyMap<string, TaskId>,
): string | undefined {
  if (target.id === node.id) return 'a task cannot undo itself';
  if (target.isGroup) return `"${target.id}" is a group: one task undoes one task`;
  const other = taken.get(target.id);
  if (other !== undefined) return `"${target.id}" undoes "${other}" already: write a task for each`;
  const key = notOfCompensations.find((it) => valueAt(target.value, [it]) !== undefined);
  if (key === undefined) return undefined;
  return `"${target.id}" undoes "${node.id}" and stands outside the graph: remove its \`${key}\``;
}

export interface Teardowns {
  /** Teardown -> its set-ups. */
  readonly setups: ReadonlyMap<string, readonly TaskId[]>;
  readonly remarks: readonly Remark[];
}

/** `teardown: true` takes the set-ups upstream; otherwise they are named. */
export function readTeardowns(outline: Outline, edges: Edges, ancestors: Ancestors): Teardowns {
  const setups = new Map<string, readonly TaskId[]>();
  const remarks: Remark[] = [];
  const isSetup = (id: TaskId): boolean =>
    valueAt(outline.nodes.get(id)?.value, ['setup']) === true;
  for (const node of outline.nodes.values()) {
    if (!isTeardown(node) || !edges.parents.has(node.id)) continue;
    const named = namesIn(valueAt(node.value, ['teardown'])).flatMap(({ name }) => {
      const target = nodeNamed(outline, name, node);
      return target === undefined ? [] : [taskId(target.id)];
    });
    const found = named.length > 0 ? named : ancestors.of(taskId(node.id)).filter(isSetup);
    setups.set(node.id, found);
    if (found.length > 0 || valueAt(node.value, ['teardown']) !== true) continue;
    const message =
      'there is no task with `setup: true` before it: mark one, or write `teardown: TASK`';
    remarks.push({ code: 'DAG_INVALID', path: [...node.path, 'teardown'], message });
  }
  return { setups, remarks };
}
