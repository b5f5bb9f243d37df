/**
 * What the rows of a run say about an instance of its graph, worked out from nothing: trigger
 * rules, maps, branches, set-ups. Slow and simple, and written from the documents: an oracle that
 * asked the scheduler's own functions would agree with any mistake in them.
 */
import type { TaskId } from '../../../src/base/brand.ts';
import type { DagSpec, TaskSpec } from '../../../src/model/dag.ts';
import type { TriggerRule } from '../../../src/model/trigger-rule.ts';

export type Judgement = 'wait' | 'run' | 'skip' | 'upstream_failed';

/** The rows of one run, as they are at some time. */
export interface RunRows {
  readonly status: (taskId: string, mapIndex: number) => string | undefined;
  readonly output: (taskId: string, mapIndex: number) => string | undefined;
  /** Items of an expanded map; undefined before that. */
  readonly items: (mapId: string) => number | undefined;
}

interface Ends {
  total: number;
  success: number;
  failed: number;
  skipped: number;
}

const rules: Readonly<Record<TriggerRule, (ends: Ends, all: boolean) => Judgement>> = {
  always: () => 'run',
  all_success: (ends, all) => {
    if (ends.failed > 0) return 'upstream_failed';
    return all ? runIf(ends.skipped === 0) : 'wait';
  },
  all_failed: (ends, all) => (ends.success + ends.skipped > 0 ? 'skip' : all ? 'run' : 'wait'),
  all_done: (_, all) => (all ? 'run' : 'wait'),
  all_skipped: (ends, all) => (ends.success + ends.failed > 0 ? 'skip' : all ? 'run' : 'wait'),
  one_success: (ends, all) => {
    if (ends.success > 0 || ends.total === 0) return 'run';
    if (!all) return 'wait';
    return ends.failed > 0 ? 'upstream_failed' : 'skip';
  },
  one_failed: (ends, all) => (ends.failed > 0 ? 'run' : all ? 'skip' : 'wait'),
  one_done: (ends, all) =>
    ends.success + ends.failed > 0 || ends.total === 0 ? 'run' : all ? 'skip' : 'wait',
  none_failed: (ends, all) => (ends.failed > 0 ? 'upstream_failed' : all ? 'run' : 'wait'),
  none_failed_min_one_success: (ends, all) => {
    if (ends.failed > 0) return 'upstream_failed';
    return all ? runIf(ends.success > 0 || ends.total === 0) : 'wait';
  },
  none_skipped: (ends, all) => (ends.skipped > 0 ? 'skip' : all ? 'run' : 'wait'),
};

const runIf = (truth: boolean): Judgement => (truth ? 'run' : 'skip');

/** Children that a branch leaves aside: at once, or because a short circuit takes all along. */
interface Left {
  readonly direct: ReadonlySet<string>;
  readonly far: ReadonlySet<string>;
}

/** Who stands before and behind whom in a definition, hooks and compensations left out. */
interface Links {
  readonly tasks: readonly TaskId[];
  readonly parents: ReadonlyMap<string, readonly TaskId[]>;
  readonly children: ReadonlyMap<string, readonly TaskId[]>;
}

/** Definitions never change, and each is asked about thousands of times. */
const links = new WeakMap<DagSpec, Links>();

function linksOf(spec: DagSpec): Links {
  const known = links.get(spec) ?? linked(spec);
  links.set(spec, known);
  return known;
}

function linked({ tasks: specs }: DagSpec): Links {
  const roleOf = (id: TaskId) => specs[id]?.role;
  const tasks = (Object.keys(specs) as TaskId[]).filter((id) => {
    const role = roleOf(id);
    return role === undefined || role.kind === 'teardown';
  });
  const parents = new Map<string, readonly TaskId[]>();
  for (const id of tasks) {
    const role = roleOf(id);
    const setups = role?.kind === 'teardown' ? role.setups : [];
    const named = new Set([...(specs[id]?.dependsOn ?? []), ...setups]);
    parents.set(
      id,
      [...named].filter((parent) => tasks.includes(parent)),
    );
  }
  const childrenOf = (id: TaskId) => tasks.filter((child) => parents.get(child)?.includes(id));
  return { tasks, parents, children: new Map(tasks.map((id) => [id, childrenOf(id)])) };
}

export class GraphOracle {
  readonly spec: DagSpec;
  readonly #rows: RunRows;
  readonly #links: Links;

  constructor(spec: DagSpec, rows: RunRows) {
    this.spec = spec;
    this.#rows = rows;
    this.#links = linksOf(spec);
  }

  /** Tasks of the graph. */
  get tasks(): readonly TaskId[] {
    return this.#links.tasks;
  }

  task(id: string): TaskSpec {
    const task = this.spec.tasks[id as TaskId];
    if (task === undefined) throw new Error(`no task ${id}`);
    return task;
  }

  /** Indices of the instances that a task has. */
  instances(id: string): readonly number[] {
    const { map } = this.task(id);
    const items = map === undefined ? 1 : Math.max(1, this.#rows.items(map) ?? 1);
    return [...Array(items).keys()];
  }

  judge(id: string, at: number): Judgement {
    const task = this.task(id);
    const closed = task.map === undefined ? undefined : this.#closed(task.map, id);
    if (closed !== undefined) return closed;
    const ends = this.#count(id, at);
    const all = ends.success + ends.failed + ends.skipped === ends.total;
    if (task.role?.kind === 'teardown') {
      const { setups } = task.role;
      return all ? runIf(setups.some((setup) => this.#isSetUp(task, setup, at))) : 'wait';
    }
    if (this.isLeft(id, at) !== undefined) return 'skip';
    return rules[task.triggerRule](ends, all);
  }

  /** What its trigger rule says (its map's, unless expanded), whatever branches leave aside. */
  judgeByRule(id: string, at: number): Judgement {
    const { map } = this.task(id);
    if (map !== undefined && this.#rows.items(map) === undefined) return this.#judgeMapByRule(map);
    const ends = this.#count(id, at);
    const all = ends.success + ends.failed + ends.skipped === ends.total;
    return rules[this.task(id).triggerRule](ends, all);
  }

  /** Whether the lists of a map can be known. */
  judgeMap(mapId: string): Judgement {
    for (const id of this.tasks) {
      if (this.task(id).map !== undefined) continue;
      const left = this.#left(id, 0);
      if (left.direct.has(`map ${mapId}`) || left.far.has(`map ${mapId}`)) return 'skip';
    }
    return this.#judgeMapByRule(mapId);
  }

  #judgeMapByRule(mapId: string): Judgement {
    const map = this.spec.maps?.[mapId];
    if (map === undefined) throw new Error(`no map ${mapId}`);
    const ends = this.#add(map.dependsOn.map((parent) => this.#endsOf(parent, mapId)));
    const all = ends.success + ends.failed + ends.skipped === ends.total;
    return rules[map.triggerRule](ends, all);
  }

  /**
   * Why a branch leaves the instance aside; undefined: none does. A teardown is left aside with its
   * map, and never by itself; so are all members of a map that has not been expanded.
   */
  isLeft(id: string, at: number): 'direct' | 'far' | undefined {
    const { map } = this.task(id);
    const isWhole = map !== undefined && this.#rows.items(map) === undefined;
    const names = this.#isTeardown(id) ? [`map ${map}`] : isWhole ? [id, `map ${map}`] : [id];
    let found: 'direct' | 'far' | undefined;
    for (const branch of this.tasks) {
      const isInner = map !== undefined && this.task(branch).map === map;
      if (!isInner && this.task(branch).map !== undefined) continue;
      const left = this.#left(branch, isInner ? at : 0);
      if (names.some((name) => left.direct.has(name))) return 'direct';
      if (names.some((name) => left.far.has(name))) found = 'far';
    }
    return found;
  }

  /** Whether a parent that is a branch may still leave the task aside, whatever its rule is. */
  isChosenLater(id: string): boolean {
    return this.#parents(id).some((parent) => {
      const { action, branches } = this.task(parent);
      const chooses = action.kind === 'branch' || branches === true;
      const { total, success, failed, skipped } = this.#endsOf(parent);
      return chooses && success + failed + skipped < total;
    });
  }

  /** Tasks that decide how the run ends, and of which an instance failed. */
  failures(): readonly TaskId[] {
    return this.tasks.filter((id) => {
      const { role } = this.task(id);
      const isLeaf = this.#children(id).every((child) => this.#isTeardown(child));
      const decides = role?.kind === 'teardown' ? role.failsRun : isLeaf;
      return decides && this.#endsOf(id).failed > 0;
    });
  }

  /** A member of a map without items; undefined: it has some. */
  #closed(mapId: string, id: string): Judgement | undefined {
    const items = this.#rows.items(mapId);
    if (items === 0) return 'skip';
    if (items !== undefined) return undefined;
    const verdict = this.judgeMap(mapId);
    if (verdict !== 'run') return verdict;
    // Its lists are none: its first tasks have failed for that, and what follows with them.
    const members = this.spec.maps?.[mapId]?.members ?? [];
    const isRoot = !this.#parents(id).some((parent) => members.includes(parent));
    if (isRoot) return 'wait';
    const failed = members.some((member) => this.#rows.status(member, 0) === 'failed');
    return failed ? 'upstream_failed' : 'wait';
  }

  #count(id: string, at: number): Ends {
    const { map } = this.task(id);
    return this.#add(
      this.#parents(id).map((parent) => {
        const isInner = map !== undefined && this.task(parent).map === map;
        return isInner ? this.#endOf(parent, at) : this.#endsOf(parent, id);
      }),
    );
  }

  /** Of all instances of a task, as `child`, outside its map, counts them. */
  #endsOf(id: string, child?: string): Ends {
    const isMapped = this.task(id).map !== undefined;
    return this.#add(
      this.instances(id).map((at) => {
        const left = isMapped && child !== undefined ? this.#left(id, at) : undefined;
        const isLeft = left?.direct.has(child ?? '') || left?.direct.has(`map ${child}`);
        return isLeft || left?.far.has(child ?? '') || left?.far.has(`map ${child}`)
          ? { total: 1, success: 0, failed: 0, skipped: 1 }
          : this.#endOf(id, at);
      }),
    );
  }

  #endOf(id: string, at: number): Ends {
    const status = this.#rows.status(id, at) ?? 'pending';
    const is = (...wanted: string[]): number => (wanted.includes(status) ? 1 : 0);
    const failed = is('failed', 'upstream_failed', 'cancelled');
    return { total: 1, success: is('success'), failed, skipped: is('skipped') };
  }

  #add(all: readonly Ends[]): Ends {
    const sum: Ends = { total: 0, success: 0, failed: 0, skipped: 0 };
    for (const each of all) {
      sum.total += each.total;
      sum.success += each.success;
      sum.failed += each.failed;
      sum.skipped += each.skipped;
    }
    return sum;
  }

  #parents(id: string): readonly TaskId[] {
    return this.#links.parents.get(id) ?? [];
  }

  #children(id: string): readonly TaskId[] {
    return this.#links.children.get(id) ?? [];
  }

  #isTeardown(id: string): boolean {
    return this.task(id).role?.kind === 'teardown';
  }

  #isSetUp(teardown: TaskSpec, setup: string, at: number): boolean {
    const { map } = teardown;
    const isInner = map !== undefined && this.task(setup).map === map;
    return (isInner ? this.#endOf(setup, at) : this.#endsOf(setup)).success > 0;
  }

  /** What an instance of a branch leaves aside: ids of tasks, and `map ID`. */
  #left(id: string, at: number): Left {
    const { action, branches } = this.task(id);
    if (action.kind !== 'branch' && branches !== true) return nothing;
    if (this.#rows.status(id, at) !== 'success') return nothing;
    const named = namedIn(this.#rows.output(id, at));
    if (named === undefined) return nothing;
    const isNamed = (child: string): boolean => this.#isNamed(child, named);
    const children = this.#children(id).filter((child) => !this.#isTeardown(child));
    const maps = Object.entries(this.spec.maps ?? {}).filter(([, map]) =>
      map.dependsOn.some((parent) => parent === id),
    );
    const followed = [
      ...children.filter(isNamed),
      ...maps.flatMap(([, { members }]) => members.filter(isNamed)),
    ];
    const spared = this.#downstream(followed);
    const direct = new Set<string>(
      children.filter((child) => !isNamed(child) && !spared.has(child)),
    );
    for (const [mapId, { members }] of maps) {
      const isSpared = members.some((member) => isNamed(member) || spared.has(member));
      if (!isSpared) direct.add(`map ${mapId}`);
    }
    const isCut = action.kind === 'branch' && action.shortCircuit && followed.length === 0;
    return { direct, far: isCut ? this.#behind(id) : nothing.far };
  }

  #isNamed(child: string, named: ReadonlySet<string>): boolean {
    const { map, group } = this.task(child);
    const around = (group ?? '').split('.').map((_, at, parts) => parts.slice(0, at + 1).join('.'));
    return [child, map ?? child, ...around].some((name) => named.has(name));
  }

  /** Tasks behind these, themselves left out unless one stands behind another. */
  #downstream(ids: readonly string[]): ReadonlySet<string> {
    const reached = new Set<string>(ids.flatMap((id) => this.#children(id)));
    for (const id of reached) for (const child of this.#children(id)) reached.add(child);
    return reached;
  }

  #behind(branch: string): ReadonlySet<string> {
    const { map } = this.task(branch);
    const found = new Set<string>();
    const walk = (id: string): void => {
      for (const [mapId, { dependsOn }] of Object.entries(this.spec.maps ?? {})) {
        if (dependsOn.some((parent) => parent === id)) found.add(`map ${mapId}`);
      }
      for (const child of this.#children(id)) {
        if (found.has(child) || (map !== undefined && this.task(child).map !== map)) continue;
        found.add(child);
        walk(child);
      }
    };
    walk(branch);
    for (const id of [...found])
      if (!id.startsWith('map ') && this.#isTeardown(id)) found.delete(id);
    return found;
  }
}

const nothing: Left = { direct: new Set(), far: new Set() };

/** Undefined: all are followed. */
function namedIn(output: string | undefined): ReadonlySet<string> | undefined {
  const said = output === undefined ? true : JSON.parse(output);
  const follow = typeof said === 'object' && said !== null && 'follow' in said ? said.follow : said;
  if (follow === true) return undefined;
  return new Set(follow === false || follow === null ? [] : [follow].flat());
}
