/** Which nodes may hold which tasks: an oracle of its own, beside that of the scheduler. */
import type { TaskSpec } from '../../../src/model/dag.ts';
import type { Traits } from '../traits.ts';

/** Why the node may not hold the task, however empty it is; undefined: it may. */
export function objectionTo(node: Traits, task: TaskSpec): string | undefined {
  const { labels, pool = 'default', queues = [], taints = [] } = node;
  const { require = {}, forbid = {} } = task.affinity ?? {};
  const wrong = Object.entries(task.labels).find(([name, value]) => labels[name] !== value);
  if (wrong !== undefined) return `its label ${wrong[0]} is not ${wrong[1]}`;
  for (const [name, values] of Object.entries(require)) {
    if (!values.includes(labels[name] ?? '')) return `its label ${name} is none of ${values}`;
  }
  for (const [name, values] of Object.entries(forbid)) {
    if (values.includes(labels[name] ?? '')) return `its label ${name} is one of ${values}`;
  }
  if (task.nodePool !== undefined && task.nodePool !== pool) return `it is of pool ${pool}`;
  const serves = task.queue === undefined ? queues.length === 0 : queues.includes(task.queue);
  if (!serves) return `it serves ${queues.join() || 'no queue'}`;
  for (const { key, value, effect } of taints) {
    const isBorne = (task.tolerations ?? []).some(
      (each) => each.key === key && (each.value === null || each.value === value),
    );
    if (effect === 'refuse' && !isBorne) return `its taint ${key}=${value}`;
  }
  return undefined;
}

/** Whether the node could hold the task if nothing else were on it. */
export const couldHold = (node: Traits, task: TaskSpec): boolean =>
  objectionTo(node, task) === undefined &&
  Object.entries(task.resources).every(([name, amount]) => amount <= (node.capacity[name] ?? 0));
