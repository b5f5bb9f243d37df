/**
 * What the graph of a run says, worked out from the rows by the definitions and without a counter:
 * slow, and independent of `RunGraph`, which must agree with it.
 */
import { type TaskId, taskId } from '../../base/brand.ts';
import { followedBy, isBranching, isFollowed, isShortCircuit } from '../branch.ts';
import type { DagSpec, TaskSpec } from '../dag.ts';
import type { MapSpec } from '../map.ts';
import type { TaskStatus } from '../task-instance.ts';
import { judge, type Verdict } from '../trigger-rule.ts';

export interface RowsByHand {
  readonly spec: DagSpec;
  readonly statusOf: (id: TaskId, mapIndex: number) => TaskStatus | undefined;
  readonly outputOf: (id: TaskId, mapIndex: number) => string | undefined;
  /** Undefined: the map is not expanded. */
  readonly itemsOf: (mapId: string) => number | undefined;
}

type Kind = 'success' | 'failed' | 'skipped';

export class GraphByHand {
  readonly #rows: RowsByHand;
  readonly #ids: readonly TaskId[];

  constructor(rows: RowsByHand) {
    this.#rows = rows;
    this.#ids = Object.keys(rows.spec.tasks).map((id) => taskId(id));
  }

  sizeOf(id: TaskId): number {
    const mapId = this.#mapOf(id);
    return Math.max(1, mapId === undefined ? 1 : (this.#rows.itemsOf(mapId) ?? 1));
  }

  verdictOf(id: TaskId, mapIndex: number): Verdict {
    const mapId = this.#mapOf(id);
    if (mapId !== undefined) {
      const map = this.mapVerdict(mapId);
      if (map !== 'open') return map === 'run' ? 'wait' : map;
      if (!this.#isAdmitted(mapId, mapIndex)) return 'wait';
    }
    const spec = this.#spec(id);
    const counts = this.#countParents(id, mapIndex);
    if (spec.role?.kind === 'teardown') {
      const { setups } = spec.role;
      if (counts.success + counts.failed + counts.skipped < counts.total) return 'wait';
      const isSetUp = setups.some((setup) =>
        this.#seen(id, setup, mapIndex).some((end) => end === 'success'),
      );
      return setups.length === 0 || isSetUp ? 'run' : 'skip';
    }
    if (this.#isLeft(id, mapIndex)) return 'skip';
    const verdict = judge(spec.triggerRule, counts);
    return verdict === 'run' && !this.#haveChosen(id, this.#counted(id), mapIndex)
      ? 'wait'
      : verdict;
  }

  /** `run`: its lists can be evaluated. */
  mapVerdict(mapId: string): Verdict | 'open' {
    const map = this.#map(mapId);
    const items = this.#rows.itemsOf(mapId);
    if (items !== undefined) return items === 0 ? 'skip' : 'open';
    const templates = map.members.map((id) => this.#end(id, 0));
    if (templates.includes('failed')) return 'upstream_failed';
    if (templates.some((end) => end !== undefined)) return 'skip';
    for (const branch of this.#ids) {
      if (this.#mapOf(branch) === undefined && this.#left(branch, 0).maps.has(mapId)) return 'skip';
    }
    const ends = map.dependsOn.flatMap((id) =>
      this.#instances(id).map((at) => this.#edgeEnd({ id, at }, { mapId })),
    );
    const verdict = judge(map.triggerRule, counted(ends));
    return verdict === 'run' && !this.#haveChosen(undefined, map.dependsOn, 0) ? 'wait' : verdict;
  }

  #spec(id: TaskId): TaskSpec {
    const spec = this.#rows.spec.tasks[id];
    if (spec === undefined) throw new Error(`there is no task ${id}`);
    return spec;
  }

  #map(mapId: string): MapSpec {
    const map = this.#rows.spec.maps?.[mapId];
    if (map === undefined) throw new Error(`there is no map ${mapId}`);
    return map;
  }

  #mapOf(id: TaskId): string | undefined {
    const maps = Object.entries(this.#rows.spec.maps ?? {});
    return maps.find(([, { members }]) => members.includes(id))?.[0];
  }

  #instances(id: TaskId): readonly number[] {
    return Array.from({ length: this.sizeOf(id) }, (_, at) => at);
  }

  #counted(id: TaskId): readonly TaskId[] {
    const { dependsOn, role } = this.#spec(id);
    const setups = role?.kind === 'teardown' ? role.setups : [];
    return [...new Set([...dependsOn, ...setups])];
  }

  #children(id: TaskId): readonly TaskId[] {
    return this.#ids.filter((child) => {
      const mapId = this.#mapOf(child);
      const lists = mapId === undefined ? [] : this.#map(mapId).dependsOn;
      return this.#counted(child).includes(id) || lists.includes(id);
    });
  }

  #behind(roots: readonly TaskId[]): ReadonlySet<TaskId> {
    const reached = new Set(roots);
    for (const id of reached) for (const child of this.#children(id)) reached.add(child);
    return reached;
  }

  #end(id: TaskId, mapIndex: number): Kind | undefined {
    switch (this.#rows.statusOf(id, mapIndex)) {
      case 'success':
        return 'success';
      case 'skipped':
        return 'skipped';
      case 'failed':
      case 'upstream_failed':
      case 'cancelled':
        return 'failed';
      default:
        return undefined;
    }
  }

  /** The ends that an instance sees of a parent. */
  #seen(id: TaskId, parent: TaskId, mapIndex: number): readonly (Kind | undefined)[] {
    const mapId = this.#mapOf(id);
    if (mapId !== undefined && this.#mapOf(parent) === mapId) return [this.#end(parent, mapIndex)];
    return this.#instances(parent).map((at) => this.#edgeEnd({ id: parent, at }, { id }));
  }

  /** Outside its map, an item whose branch does not follow a child is a skipped one. */
  #edgeEnd(
    parent: { readonly id: TaskId; readonly at: number },
    child: { readonly id?: TaskId; readonly mapId?: string },
  ): Kind | undefined {
    const end = this.#end(parent.id, parent.at);
    if (end !== 'success' || this.#mapOf(parent.id) === undefined) return end;
    const left = this.#left(parent.id, parent.at, 'direct');
    const isLeft =
      (child.id !== undefined && left.tasks.has(child.id)) ||
      (child.mapId !== undefined && left.maps.has(child.mapId));
    return isLeft ? 'skipped' : end;
  }

  #countParents(id: TaskId, mapIndex: number) {
    return counted(this.#counted(id).flatMap((parent) => this.#seen(id, parent, mapIndex)));
  }

  #haveChosen(id: TaskId | undefined, parents: readonly TaskId[], mapIndex: number): boolean {
    const branches = parents.filter((parent) => isBranching(this.#spec(parent)));
    return branches.every((parent) => {
      const ends =
        id === undefined
          ? this.#instances(parent).map((at) => this.#end(parent, at))
          : this.#seen(id, parent, mapIndex);
      return ends.every((end) => end !== undefined);
    });
  }

  #isLeft(id: TaskId, mapIndex: number): boolean {
    return this.#ids.some((branch) => {
      const mapId = this.#mapOf(branch);
      if (mapId === undefined) return this.#left(branch, 0).tasks.has(id);
      return this.#mapOf(id) === mapId && this.#left(branch, mapIndex).tasks.has(id);
    });
  }

  /** What one instance of a branch leaves aside; `direct`: among its children alone. */
  #left(branch: TaskId, at: number, how: 'direct' | 'all' = 'all') {
    const nothing = { tasks: new Set<TaskId>(), maps: new Set<string>() };
    const spec = this.#spec(branch);
    if (!isBranching(spec) || this.#end(branch, at) !== 'success') return nothing;
    const followed = followedBy(this.#rows.outputOf(branch, at) ?? 'true') ?? 'all';
    if (followed === 'all') return nothing;
    const isNamed = (id: string): boolean =>
      isFollowed(followed, { id, spec: this.#rows.spec.tasks[taskId(id)] });
    const isTeardown = (id: TaskId): boolean => this.#spec(id).role?.kind === 'teardown';
    const tasks = this.#ids.filter((id) => this.#counted(id).includes(branch) && !isTeardown(id));
    const maps = Object.entries(this.#rows.spec.maps ?? {})
      .filter(([, map]) => map.dependsOn.includes(branch))
      .map(([mapId, { members }]) => ({
        mapId,
        members,
        isNamed: members.some(isNamed),
      }));
    const roots = [...tasks, ...maps.flatMap(({ members }) => members)].filter(isNamed);
    if (roots.length === 0 && isShortCircuit(spec) && how === 'all') {
      const behind = this.#behindBranch(branch);
      const waiting = Object.entries(this.#rows.spec.maps ?? {}).filter(([, { dependsOn }]) =>
        dependsOn.some((id) => id === branch || behind.has(id)),
      );
      const left = [...behind].filter((id) => !isTeardown(id));
      return { tasks: new Set(left), maps: new Set(waiting.map(([mapId]) => mapId)) };
    }
    const spared = this.#behind(roots);
    return {
      tasks: new Set(tasks.filter((id) => !isNamed(id) && !spared.has(id))),
      maps: new Set(
        maps
          .filter((map) => !map.isNamed && !map.members.some((id) => spared.has(id)))
          .map(({ mapId }) => mapId),
      ),
    };
  }

  /** Everything behind it; of a mapped branch, what is reached within its map. */
  #behindBranch(branch: TaskId): ReadonlySet<TaskId> {
    const mapId = this.#mapOf(branch);
    const reached = new Set([branch]);
    for (const id of reached) {
      for (const child of this.#children(id)) {
        if (mapId === undefined || this.#mapOf(child) === mapId) reached.add(child);
      }
    }
    reached.delete(branch);
    return reached;
  }

  #isAdmitted(mapId: string, item: number): boolean {
    const { members, activeMax } = this.#map(mapId);
    const items = this.#rows.itemsOf(mapId) ?? 0;
    let underWay = 0;
    for (let at = 0; at < items; at++) {
      if (underWay >= (activeMax ?? items)) return false;
      if (at === item) return true;
      if (!members.every((id) => this.#end(id, at) !== undefined)) underWay += 1;
    }
    return false;
  }
}

function counted(ends: readonly (Kind | undefined)[]) {
  const count = (kind: Kind): number => ends.filter((end) => end === kind).length;
  return {
    total: ends.length,
    success: count('success'),
    failed: count('failed'),
    skipped: count('skipped'),
  };
}
