/**
 * From names to edges. A name in `dependsOn` is a task or a group: to depend on a group is to
 * depend on all its leaves, and what a group depends on, its roots depend on.
 *
 * Teardowns stand in the graph and are nobody's leaves; compensations stand outside of it.
 */
import { type TaskId, taskId } from '../base/brand.ts';
import { limits } from '../model/limits.ts';
import {
  type Named,
  namesIn,
  nearestNode,
  nodeNamed,
  type Outline,
  type OutlineNode,
} from './dag-file-outline.ts';
import { type Remark, valueAt } from './remark.ts';
import type { Path } from './source-document.ts';

export interface Edges {
  /** The tasks of the graph, in the order of the file, and what each depends on. */
  readonly parents: ReadonlyMap<string, readonly TaskId[]>;
  /** The same for groups: what must have ended before anything in them starts. */
  readonly groupParents: ReadonlyMap<string, readonly TaskId[]>;
  /** Groups that a node is a root of, inner ones first: their trigger rule is its own. */
  readonly rootOf: ReadonlyMap<string, readonly string[]>;
  /** A group's tasks with no other task of the group before them. */
  readonly roots: ReadonlyMap<string, readonly TaskId[]>;
  readonly remarks: readonly Remark[];
}

export function readEdges(outline: Outline, outside: ReadonlySet<string>): Edges {
  const wiring = new Wiring(outline, outside);
  wiring.resolveNames();
  wiring.wireGroups();
  return wiring.edges();
}

class Wiring {
  readonly #outline: Outline;
  readonly #outside: ReadonlySet<string>;
  readonly #remarks: Remark[] = [];
  /** What a node depends on: its own names, and those of the groups that it is a root of. */
  readonly #targets = new Map<string, OutlineNode[]>();
  readonly #inside = new Map<string, OutlineNode[]>();
  readonly #leaves = new Map<string, readonly TaskId[]>();
  readonly #roots = new Map<string, readonly TaskId[]>();
  readonly #rootOf = new Map<string, string[]>();

  constructor(outline: Outline, outside: ReadonlySet<string>) {
    this.#outline = outline;
    this.#outside = outside;
    for (const node of outline.nodes.values()) {
      if (node.isGroup) this.#inside.set(node.id, []);
      if (outside.has(node.id)) continue;
      for (const group of node.around) this.#inside.get(group)?.push(node);
    }
  }

  resolveNames(): void {
    for (const node of this.#outline.nodes.values()) {
      const targets: OutlineNode[] = [];
      for (const said of this.#outside.has(node.id) ? [] : namesOf(node)) {
        const target = nodeNamed(this.#outline, said.name, node);
        const message = this.#fault(node, said, target);
        if (message !== undefined) {
          this.#remarks.push({ code: 'DAG_INVALID', path: said.path, message });
        } else if (target !== undefined && !targets.includes(target)) targets.push(target);
      }
      this.#targets.set(node.id, targets);
    }
  }

  #fault(
    node: OutlineNode,
    { name, verb }: Said,
    target: OutlineNode | undefined,
  ): string | undefined {
    if (target === undefined) {
      const hint = nearestNode(this.#outline, name, node);
      return `"${node.id}" ${verb} "${name}", which is not a task${hint}`;
    }
    if (target.isGroup && verb === 'tears down') {
      return `"${target.id}" is a group: name the task in it that sets up`;
    }
    if (node.around.includes(target.id)) {
      return `"${node.id}" stands in the group "${target.id}" and cannot wait for the end of it`;
    }
    if (target.around.includes(node.id)) {
      return `the group "${node.id}" cannot wait for "${target.id}", which stands in it`;
    }
    if (this.#outside.has(target.id)) {
      return `"${target.id}" undoes another task, outside of the graph: nothing waits for it`;
    }
    return undefined;
  }

  /** The inner groups first: outer ones ask for their leaves and roots. */
  wireGroups(): void {
    const groups = [...this.#outline.nodes.values()].filter(({ isGroup }) => isGroup);
    for (const group of groups.sort((left, right) => right.around.length - left.around.length)) {
      this.#leaves.set(group.id, this.#leavesOf(group));
      this.#wireRoots(group);
    }
  }

  #leavesOf(group: OutlineNode): readonly TaskId[] {
    const inside = this.#inside.get(group.id) ?? [];
    const waitedFor = new Set<string>();
    for (const node of inside) {
      if (isTeardown(node)) continue;
      for (const target of this.#targets.get(node.id) ?? []) {
        if (!target.around.includes(group.id)) continue;
        for (const id of this.#tasksOf(target)) waitedFor.add(id);
      }
    }
    return inside
      .filter((node) => !node.isGroup && !isTeardown(node) && !waitedFor.has(node.id))
      .map(({ id }) => taskId(id));
  }

  #tasksOf(target: OutlineNode): readonly TaskId[] {
    return target.isGroup ? (this.#leaves.get(target.id) ?? []) : [taskId(target.id)];
  }

  #wireRoots(group: OutlineNode): void {
    const isInside = (target: OutlineNode): boolean => target.around.includes(group.id);
    const inherited = this.#targets.get(group.id) ?? [];
    const roots: TaskId[] = [];
    for (const node of this.#inside.get(group.id) ?? []) {
      const targets = this.#targets.get(node.id) ?? [];
      if (targets.some(isInside)) continue;
      targets.push(...inherited);
      const of = this.#rootOf.get(node.id) ?? [];
      of.push(group.id);
      this.#rootOf.set(node.id, of);
      if (!node.isGroup) roots.push(taskId(node.id));
    }
    this.#roots.set(group.id, roots);
  }

  edges(): Edges {
    const parents = new Map<string, readonly TaskId[]>();
    const groupParents = new Map<string, readonly TaskId[]>();
    let count = 0;
    for (const node of this.#outline.nodes.values()) {
      if (this.#outside.has(node.id)) continue;
      const targets = this.#targets.get(node.id) ?? [];
      // Two groups of some thousand tasks make millions of edges: count before they exist.
      for (const target of targets) count += target.isGroup ? this.#tasksOf(target).length : 1;
      const isTooMuch = count > limits.edgesPerDag;
      const ids = isTooMuch ? [] : targets.flatMap((target) => this.#tasksOf(target));
      (node.isGroup ? groupParents : parents).set(node.id, [...new Set(ids)]);
    }
    const rest = { rootOf: this.#rootOf, roots: this.#roots };
    if (count <= limits.edgesPerDag) {
      return { parents, groupParents, ...rest, remarks: this.#remarks };
    }
    const most = `at most ${limits.edgesPerDag} are allowed in one DAG`;
    const message = `${count} dependencies, ${most}: let a noop task stand between groups`;
    const remarks: Remark[] = [{ code: 'DAG_INVALID', path: ['tasks'], message }];
    return { parents, groupParents, ...rest, remarks };
  }
}

interface Said extends Named {
  readonly verb: 'depends on' | 'tears down';
  readonly path: Path;
}

/** What a node names as before it: a teardown stands behind its set-ups as well. */
function namesOf(node: OutlineNode): readonly Said[] {
  const said = (key: string, names: readonly Named[], verb: Said['verb']): readonly Said[] => {
    const isList = Array.isArray(valueAt(node.value, [key]));
    return names.map(({ name, place }) => {
      const path: Path = [...node.path, key, ...(isList ? [place] : [])];
      return { name, place, verb, path };
    });
  };
  const setups = namesIn(valueAt(node.value, ['teardown']));
  return [
    ...said('dependsOn', node.dependsOn, 'depends on'),
    ...said('teardown', setups, 'tears down'),
  ];
}

export function isTeardown({ value }: OutlineNode): boolean {
  const said = valueAt(value, ['teardown']);
  return said !== undefined && said !== false;
}
