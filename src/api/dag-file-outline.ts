/**
 * The outline of a DAG file: its tasks and groups as a flat list of ids, each with its place in the
 * text. It is read from the value as it was written, also where the schema found mistakes, so that
 * a person gets the mistakes of the graph together with the others.
 */

import { didYouMean } from '../base/suggest.ts';
import { meaningOf } from '../model/task-name.ts';
import { dagFileLimits as most } from './dag-file-limits.ts';
import { type Remark, valueAt } from './remark.ts';
import type { Path } from './source-document.ts';

/** A task or a group. */
export interface OutlineNode {
  /** `load.inner.extract`: the groups around it, and its name. */
  readonly id: string;
  readonly path: Path;
  /** The group that it stands in, and all groups around it, the inner one first. */
  readonly group: string | null;
  readonly around: readonly string[];
  readonly isGroup: boolean;
  /** As it was written. */
  readonly value: unknown;
  /** Names in `dependsOn`, with their places in the list; each name once. */
  readonly dependsOn: readonly Named[];
}

export interface Named {
  readonly name: string;
  readonly place: number;
}

export interface Outline {
  /** By id, in the order of the file; a group comes before its tasks. */
  readonly nodes: ReadonlyMap<string, OutlineNode>;
  readonly remarks: readonly Remark[];
}

/** Beginnings of the ids that callbacks and compensations get. */
const reservedPrefixes = ['on.', 'undo.'] as const;
export const idLengthMax = 250;

export function readOutline(root: unknown): Outline {
  const nodes = new Map<string, OutlineNode>();
  const remarks: Remark[] = [];
  const walk = (value: unknown, path: Path, around: readonly string[]): void => {
    if (!isMap(value)) return;
    for (const [name, task] of Object.entries(value)) {
      const node = outlineNode(name, task, { path: [...path, name], around });
      const wrong = idFault(node, name, nodes);
      if (wrong !== undefined) {
        remarks.push({ code: 'DAG_INVALID', path: node.path, message: wrong });
        continue;
      }
      nodes.set(node.id, node);
      if (node.isGroup) {
        walk(valueAt(task, ['tasks']), [...node.path, 'tasks'], [node.id, ...around]);
      }
    }
  };
  walk(valueAt(root, ['tasks']), ['tasks'], []);
  return { nodes, remarks };
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function outlineNode(
  name: string,
  value: unknown,
  { path, around }: Pick<OutlineNode, 'path' | 'around'>,
): OutlineNode {
  const [group = null] = around;
  return {
    id: group === null ? name : `${group}.${name}`,
    path,
    group,
    around,
    isGroup: valueAt(value, ['type']) === 'group',
    value,
    dependsOn: namesIn(valueAt(value, ['dependsOn'])),
  };
}

/** The texts of a list, or of a text alone. */
export function namesIn(value: unknown): readonly Named[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const seen = new Map<string, number>();
  for (const [place, name] of list.entries()) {
    if (typeof name === 'string' && !seen.has(name)) seen.set(name, place);
  }
  return [...seen].map(([name, place]) => ({ name, place }));
}

function idFault(
  { id, isGroup, around }: OutlineNode,
  name: string,
  nodes: ReadonlyMap<string, OutlineNode>,
): string | undefined {
  const full = isGroup ? `${id}.` : id;
  const reserved = reservedPrefixes.find((prefix) => full.startsWith(prefix));
  if (reserved !== undefined) {
    return `ids that begin with "${reserved}" are those of callbacks and compensations: rename it`;
  }
  if (isGroup && name.includes('.')) {
    return 'the name of a group has no dots: they stand between a group and its tasks';
  }
  if (isGroup && around.length >= most.groupDepth) {
    return `groups are nested deeper than ${most.groupDepth} levels`;
  }
  if (id.length > idLengthMax) {
    return `with its groups the id "${id}" is longer than ${idLengthMax} characters`;
  }
  return nodes.has(id) ? `there are two tasks with the id "${id}": rename one of them` : undefined;
}

/** The node that a name means to another node, as in `dependsOn`. */
export function nodeNamed(
  { nodes }: Outline,
  name: string,
  from: Pick<OutlineNode, 'group'> | null,
): OutlineNode | undefined {
  const id = meaningOf(name, from?.group ?? null, (it) => nodes.has(it));
  return id === undefined ? undefined : nodes.get(id);
}

/** `; did you mean "x"?`, with the names that one may use there: short ones inside a group. */
export function nearestNode(
  { nodes }: Outline,
  name: string,
  from: Pick<OutlineNode, 'group'> | null,
): string {
  const group = from?.group ?? null;
  if (group === null) return didYouMean(name, nodes.keys());
  const own = `${group}.`;
  const short = function* (): Iterable<string> {
    for (const id of nodes.keys()) yield id.startsWith(own) ? id.slice(own.length) : id;
  };
  return didYouMean(name, short());
}
