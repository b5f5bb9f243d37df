/**
 * The plans of the versions in use: made when they are needed first, or ahead of that. A new leader
 * has none, so it makes those ahead that it will need soonest.
 *
 * What is kept has a limit in tasks: of more, those that were made first go, unless a run that has
 * begun uses them (it has them in any case).
 */
import { present } from '../base/assert.ts';
import type { VersionRow } from '../model/dag.ts';
import { dagKey, versionKey } from '../model/keys.ts';
import type { ReadonlyState } from '../model/readonly-state.ts';
import { cycleAhead, forgetShape, hasShape, shapeOf } from '../model/run-shape.ts';
import { makePlan, type Plan } from './plan.ts';

/** Named limits of plans (law 12), in tasks. */
export const planLimits = {
  /** Of all plans that are kept; when there are more they are made again as they are needed. */
  kept: 250_000,
  /** Of what a new leader plans before anybody needs it. */
  afterTakeOver: 100_000,
  /** Of small plans that are made in one step. */
  atOnce: 500,
} as const;

export interface PlanLimits {
  readonly kept: number;
  readonly afterTakeOver: number;
  readonly atOnce: number;
}

export class Plans {
  readonly #state: ReadonlyState;
  readonly #limits: PlanLimits;
  readonly #plans = new Map<string, Plan>();
  /** Tasks of all of them. */
  #kept = 0;
  /** Versions that are to be planned ahead, in this order. */
  readonly #toPlan: VersionRow[];

  constructor(state: ReadonlyState, limits: PlanLimits = planLimits) {
    this.#state = state;
    this.#limits = limits;
    this.#toPlan = neededSoon(state, limits.afterTakeOver);
  }

  /** Of a version that is in the state. */
  of(version: Pick<VersionRow, 'namespace' | 'dagId' | 'versionId'>): Plan {
    const key = keyOf(version);
    const known = this.#plans.get(key);
    if (known !== undefined) return known;
    const row = this.#rowOf(version);
    const plan = makePlan(present(row, `version ${key} of a live run is in the state`));
    this.#makeRoom(sizeOf(plan));
    this.#plans.set(key, plan);
    this.#kept += sizeOf(plan);
    return plan;
  }

  versionChanged(key: string, row: VersionRow | null): void {
    if (row === null) this.#drop(key);
    else this.#toPlan.unshift(row);
  }

  /** Tasks of the plans that are kept. */
  get kept(): number {
    return this.#kept;
  }

  /** Whether `ahead` has something to do. */
  get isBehind(): boolean {
    return this.#toPlan.length > 0;
  }

  /**
   * Makes a part of a plan, or some small ones, before a run needs them: a large one would make the
   * turn long in which the run starts.
   */
  ahead(): void {
    for (let made = 0; made < this.#limits.atOnce; ) {
      const version = this.#toPlan.shift();
      if (version === undefined) return;
      // What was undone meanwhile, or is planned already, is passed over.
      if (this.#rowOf(version) !== version || this.#plans.has(keyOf(version))) continue;
      made += tasksOf(version);
      if (!this.#planSome(version)) this.#toPlan.unshift(version);
    }
  }

  /** A part of the plan; true: it is made. */
  #planSome(version: VersionRow): boolean {
    const { spec } = version;
    const isSmall = tasksOf(version) <= this.#limits.atOnce;
    if (isSmall || hasShape(spec)) {
      this.of(version);
      return true;
    }
    if (!cycleAhead(spec)) shapeOf(spec);
    return false;
  }

  /** Drops what no run that has begun uses, oldest first, until so many tasks more fit. */
  #makeRoom(tasks: number): void {
    if (this.#kept + tasks <= this.#limits.kept) return;
    const used = new Set<string>();
    for (const { run } of this.#state.runs()) if (run.status !== 'queued') used.add(keyOf(run));
    for (const [key, { spec }] of this.#plans) {
      if (this.#kept + tasks <= this.#limits.kept) return;
      if (used.has(key)) continue;
      this.#drop(key);
      forgetShape(spec);
    }
  }

  #drop(key: string): void {
    const plan = this.#plans.get(key);
    if (plan === undefined) return;
    this.#plans.delete(key);
    this.#kept -= sizeOf(plan);
  }

  #rowOf(version: Pick<VersionRow, 'namespace' | 'dagId' | 'versionId'>): VersionRow | undefined {
    return this.#state.version(version.namespace, version.dagId, version.versionId);
  }
}

/**
 * The versions that new runs take, until they have so many tasks: those of DAGs with the most runs
 * first, then those that were changed last. Who is paused starts nothing.
 */
function neededSoon(state: ReadonlyState, tasksMax: number): VersionRow[] {
  const runs = new Map<string, number>();
  for (const { run } of state.runs()) {
    const key = dagKey(run.namespace, run.dagId);
    runs.set(key, (runs.get(key) ?? 0) + 1);
  }
  const runsOf = ({ namespace, dagId }: Pick<VersionRow, 'namespace' | 'dagId'>): number =>
    runs.get(dagKey(namespace, dagId)) ?? 0;
  const dags = [...state.dags()]
    .filter(({ paused }) => !paused)
    .sort((left, right) => runsOf(right) - runsOf(left) || right.updatedAt - left.updatedAt);
  const needed: VersionRow[] = [];
  let tasks = 0;
  for (const { namespace, dagId, versionId, canary } of dags) {
    const ids = canary === undefined ? [versionId] : [versionId, canary.versionId];
    for (const id of ids) {
      const version = state.version(namespace, dagId, id);
      if (version === undefined) continue;
      tasks += tasksOf(version);
      if (tasks > tasksMax) return needed;
      needed.push(version);
    }
  }
  return needed;
}

const tasksOf = ({ spec }: VersionRow): number => Object.keys(spec.tasks).length + 1;

/** A plan costs something even without tasks. */
const sizeOf = ({ shape }: Plan): number => shape.tasks.size + 1;

const keyOf = (version: Pick<VersionRow, 'namespace' | 'dagId' | 'versionId'>): string =>
  versionKey(version.namespace, version.dagId, version.versionId);
