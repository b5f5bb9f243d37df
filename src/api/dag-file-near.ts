/** Names in `near` and `apart`: tasks that run on nodes, or groups of them. */
import { type TaskId, taskId } from '../base/brand.ts';
import { nodeNamed, type Outline, type OutlineNode } from './dag-file-outline.ts';
import { valueAt } from './remark.ts';

/** Looks names up in one outline, and through each group once. */
export class WorkNames {
  readonly #outline: Outline;
  readonly #inside = new Map<string, readonly TaskId[]>();

  constructor(outline: Outline) {
    this.#outline = outline;
  }

  /**
   * What a name stands for to those in `group`: the task, or of a group all in it that run on
   * nodes, in the order of the file. Undefined where nothing has that name; empty where the leader
   * does it.
   */
  named(name: string, group: string | null): readonly TaskId[] | undefined {
    const target = nodeNamed(this.#outline, name, { group });
    if (target === undefined) return undefined;
    if (!target.isGroup) return runsOnNode(target.value) ? [taskId(target.id)] : [];
    const known = this.#inside.get(target.id) ?? this.#workIn(target);
    this.#inside.set(target.id, known);
    return known;
  }

  #workIn(group: OutlineNode): readonly TaskId[] {
    const found: TaskId[] = [];
    for (const node of this.#outline.nodes.values()) {
      if (node.around.includes(group.id) && runsOnNode(node.value)) found.push(taskId(node.id));
    }
    return found;
  }
}

const onNodes: readonly unknown[] = [
  'shell',
  'script',
  'python',
  'function',
  'http',
  'sql',
  'email',
  'notify',
  'noop',
  'docker',
  'kubernetes',
];
const looks = ['file', 'http', 'command'] as const;

/** Whether an executor does this task of a file, and not the leader. */
export function runsOnNode(task: unknown): boolean {
  const type = valueAt(task, ['type']);
  if (type !== 'sensor') return onNodes.includes(type);
  return looks.some((key) => valueAt(task, [key]) !== undefined);
}
