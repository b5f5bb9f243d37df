/**
 * The shape of a run: what of its structure is the same for every run of a version. The graph, who
 * is mapped together, who counts whom. Pure, computed once per version.
 *
 * Hooks and compensations stand outside the graph. A task of a map depends on what its map depends
 * on, and a teardown on its set-ups, whether its definition repeats that or not.
 */
import type { TaskId } from '../base/brand.ts';
import { isBranching } from './branch.ts';
import type { DagSpec, TaskSpec } from './dag.ts';
import type { TeardownRole } from './dag-flow.ts';
import { type Graph, type GraphResult, graphOf } from './graph.ts';
import type { MapSpec } from './map.ts';

/** One task of the graph. */
export interface TaskShape {
  readonly taskId: TaskId;
  readonly spec: TaskSpec;
  /** In the order of the graph. */
  readonly place: number;
  /** The map that it is a member of. */
  readonly mapId: string | null;
  /** Parents whose ends its rule counts: those with which it shares a map, and the others. */
  readonly inner: readonly TaskId[];
  readonly outer: readonly TaskId[];
  /** Those that count it. */
  readonly innerChildren: readonly TaskId[];
  readonly outerChildren: readonly TaskId[];
  /** Counted parents that choose among their children: it does not run before they have chosen. */
  readonly gates: readonly TaskId[];
  readonly isBranching: boolean;
  readonly teardown: TeardownRole | null;
}

export interface MapShape {
  readonly mapId: string;
  readonly spec: MapSpec;
  /** In the order of the graph. */
  readonly members: readonly TaskId[];
  /** Members that depend on no other member. */
  readonly roots: readonly TaskId[];
  readonly parents: readonly TaskId[];
  readonly gates: readonly TaskId[];
}

export interface RunShape {
  readonly spec: DagSpec;
  /** Tasks of the graph alone; edges to and from maps are edges of their members. */
  readonly graph: Graph;
  readonly tasks: ReadonlyMap<TaskId, TaskShape>;
  readonly maps: ReadonlyMap<string, MapShape>;
  /** Maps whose lists wait for the task. */
  readonly mapsAfter: ReadonlyMap<TaskId, readonly MapShape[]>;
  /** Tasks that decide how the run ends (T02): without children, but for teardowns. */
  readonly decisive: readonly TaskId[];
}

export type ShapeResult =
  | { readonly ok: true; readonly shape: RunShape }
  /** As `buildGraph` says it. */
  | { readonly ok: false; readonly cycle: readonly TaskId[] };

/** Whether the task is one of the graph: it runs once per run, or once per item of its map. */
export const isOfGraph = ({ role }: TaskSpec): boolean =>
  role === undefined || role.kind === 'teardown';

/**
 * The first half of `shapeOf`, for who only wants to know whether there is a cycle: with 10,000
 * tasks each half takes its milliseconds, and they need not be the same turn's.
 */
export function cycleOf(spec: DagSpec): readonly TaskId[] | undefined {
  const built = shapes.get(spec) ?? builtOf(wiringOf(spec));
  return built.ok ? undefined : built.cycle;
}

/** Does a part of what `cycleOf` needs. False: nothing is left to do. */
export function cycleAhead(spec: DagSpec): boolean {
  const wiring = wirings.get(spec);
  if (shapes.has(spec) || wiring?.built !== undefined) return false;
  if (wiring === undefined) wiringOf(spec);
  else builtOf(wiring);
  return true;
}

/** Specs are immutable: each is looked at once, when it is applied and not when its run starts. */
export function shapeOf(spec: DagSpec): ShapeResult {
  const known = shapes.get(spec);
  if (known !== undefined) return known;
  const made = makeShape(spec);
  shapes.set(spec, made);
  return made;
}

/** Whether `shapeOf` has its answer ready. */
export const hasShape = (spec: DagSpec): boolean => shapes.has(spec);

/** Nobody needs it for the time being; it is made again for who does. */
export function forgetShape(spec: DagSpec): void {
  shapes.delete(spec);
  wirings.delete(spec);
}

const shapes = new WeakMap<DagSpec, ShapeResult>();

interface Wiring {
  readonly wired: Wires;
  built: GraphResult | undefined;
}

const wirings = new WeakMap<DagSpec, Wiring>();

function wiringOf(spec: DagSpec): Wiring {
  const known = wirings.get(spec);
  if (known !== undefined) return known;
  const made = { wired: wire(spec), built: undefined };
  wirings.set(spec, made);
  return made;
}

function builtOf(wiring: Wiring): GraphResult {
  wiring.built ??= graphOf(wiring.wired.tasks);
  return wiring.built;
}

function makeShape(spec: DagSpec): ShapeResult {
  const wiring = wiringOf(spec);
  const { wired } = wiring;
  const built = builtOf(wiring);
  wirings.delete(spec);
  if (!built.ok) return built;
  const { graph } = built;
  const tasks = new Map<TaskId, TaskShape>();
  for (const [place, id] of graph.order.entries()) {
    const own = wired.tasks.get(id);
    if (own !== undefined) tasks.set(id, shapeOfTask(id, place, own, wired));
  }
  const maps = shapesOfMaps(wired, graph);
  return {
    ok: true,
    shape: { spec, graph, tasks, maps, mapsAfter: after(maps), decisive: decisive(graph, tasks) },
  };
}

interface Wired {
  readonly spec: TaskSpec;
  readonly mapId: string | null;
  /** Everything that it waits for, without repetition. */
  readonly dependsOn: readonly TaskId[];
  readonly counted: readonly TaskId[];
  readonly children: TaskId[];
}

interface Wires {
  readonly tasks: ReadonlyMap<TaskId, Wired>;
  readonly maps: ReadonlyMap<string, MapSpec>;
  readonly branching: ReadonlySet<TaskId>;
}

function wire(spec: DagSpec): Wires {
  const maps = new Map<string, MapSpec>(Object.entries(spec.maps ?? {}));
  const mapOf = new Map<TaskId, string>();
  for (const [mapId, map] of maps) for (const member of map.members) mapOf.set(member, mapId);
  const specs = new Map<TaskId, TaskSpec>();
  const branching = new Set<TaskId>();
  for (const [id, task] of Object.entries(spec.tasks)) {
    if (!isTaskId(id) || !isOfGraph(task)) continue;
    specs.set(id, task);
    if (isBranching(task)) branching.add(id);
  }
  const tasks = new Map<TaskId, Wired>();
  for (const [id, task] of specs) {
    const setups = task.role?.kind === 'teardown' ? task.role.setups : [];
    const mapId = mapOf.get(id) ?? null;
    const lists = mapId === null ? [] : (maps.get(mapId)?.dependsOn ?? []);
    const counted = union(task.dependsOn, setups, specs);
    const dependsOn = lists.length === 0 ? counted : union(counted, lists, specs);
    tasks.set(id, { spec: task, mapId, dependsOn, counted, children: [] });
  }
  for (const [id, { counted }] of tasks) {
    for (const parent of counted) tasks.get(parent)?.children.push(id);
  }
  return { tasks, maps, branching };
}

/** Each id once, and only tasks of the graph; mostly that is so already. */
function union(
  some: readonly TaskId[],
  more: readonly TaskId[],
  specs: ReadonlyMap<TaskId, TaskSpec>,
): readonly TaskId[] {
  const all = more.length === 0 ? some : [...some, ...more];
  const once = new Set(all);
  const isPlain = once.size === all.length && all.every((id) => specs.has(id));
  return isPlain ? all : [...once].filter((id) => specs.has(id));
}

function shapeOfTask(taskId: TaskId, place: number, own: Wired, wired: Wires): TaskShape {
  const { spec, mapId, counted, children } = own;
  const { tasks, branching } = wired;
  const isMapped = mapId !== null;
  const isInner = (id: TaskId): boolean => tasks.get(id)?.mapId === mapId;
  return {
    taskId,
    spec,
    place,
    mapId,
    inner: isMapped ? counted.filter(isInner) : none,
    outer: isMapped ? counted.filter((id) => !isInner(id)) : counted,
    innerChildren: isMapped ? children.filter(isInner) : none,
    outerChildren: isMapped ? children.filter((id) => !isInner(id)) : children,
    gates: branching.size === 0 ? none : counted.filter((id) => branching.has(id)),
    isBranching: branching.has(taskId),
    teardown: spec.role?.kind === 'teardown' ? spec.role : null,
  };
}

const none: readonly TaskId[] = [];

function shapesOfMaps(wires: Wires, graph: Graph): ReadonlyMap<string, MapShape> {
  const { tasks, maps, branching } = wires;
  const members = new Map<string, TaskId[]>([...maps.keys()].map((mapId) => [mapId, []]));
  for (const id of graph.order) {
    const mapId = tasks.get(id)?.mapId;
    if (mapId !== null && mapId !== undefined) members.get(mapId)?.push(id);
  }
  const shapes = new Map<string, MapShape>();
  for (const [mapId, spec] of maps) {
    const own = members.get(mapId) ?? [];
    const isMember = (id: TaskId): boolean => tasks.get(id)?.mapId === mapId;
    const roots = own.filter((id) => !(tasks.get(id)?.counted ?? []).some(isMember));
    const parents = [...new Set(spec.dependsOn)].filter((id) => tasks.has(id));
    const gates = parents.filter((id) => branching.has(id));
    shapes.set(mapId, { mapId, spec, members: own, roots, parents, gates });
  }
  return shapes;
}

function after(maps: ReadonlyMap<string, MapShape>): ReadonlyMap<TaskId, readonly MapShape[]> {
  const mapsAfter = new Map<TaskId, MapShape[]>();
  for (const map of maps.values()) {
    for (const parent of map.parents) {
      const known = mapsAfter.get(parent);
      if (known === undefined) mapsAfter.set(parent, [map]);
      else known.push(map);
    }
  }
  return mapsAfter;
}

function decisive(graph: Graph, tasks: ReadonlyMap<TaskId, TaskShape>): readonly TaskId[] {
  const isTeardown = (id: TaskId): boolean => tasks.get(id)?.teardown != null;
  return graph.order.filter((id) => {
    const teardown = tasks.get(id)?.teardown;
    if (teardown) return teardown.failsRun;
    return (graph.children.get(id) ?? []).every(isTeardown);
  });
}

/** Keys of a record lose their brand in `Object.entries`; this gives it back without a cast. */
const isTaskId = (_key: string): _key is TaskId => true;
