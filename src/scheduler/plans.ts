/** The plans of the versions in use: made when they are needed first, or ahead of that. */
import { present } from '../base/assert.ts';
import type { VersionRow } from '../model/dag.ts';
import { versionKey } from '../model/keys.ts';
import { hasShape, shapeOf } from '../model/run-shape.ts';
import type { ReadonlyState } from '../model/state.ts';
import { makePlan, type Plan } from './plan.ts';

/** Plans kept; when there are more they are made again as they are needed. */
const plansKept = 5_000;

export class Plans {
  readonly #state: ReadonlyState;
  readonly #plans = new Map<string, Plan>();
  /** New versions. */
  readonly #toPlan: VersionRow[] = [];

  constructor(state: ReadonlyState) {
    this.#state = state;
  }

  /** Of a version that is in the state. */
  of(version: Pick<VersionRow, 'namespace' | 'dagId' | 'versionId'>): Plan {
    const key = keyOf(version);
    const known = this.#plans.get(key);
    if (known !== undefined) return known;
    const row = this.#rowOf(version);
    if (this.#plans.size >= plansKept) this.#plans.clear();
    const plan = makePlan(present(row, `version ${key} of a live run is in the state`));
    this.#plans.set(key, plan);
    return plan;
  }

  versionChanged(key: string, row: VersionRow | null): void {
    if (row === null) this.#plans.delete(key);
    else this.#toPlan.push(row);
  }

  /** Whether `ahead` has something to do. */
  get isBehind(): boolean {
    return this.#toPlan.length > 0;
  }

  /**
   * Makes a part of a plan before a run needs it: a large one would make the turn long in which the
   * run starts.
   */
  ahead(): void {
    const version = this.#toPlan.shift();
    if (version === undefined) return;
    // What was undone meanwhile, or is planned already, is passed over.
    if (this.#rowOf(version) === version && !this.#plans.has(keyOf(version))) {
      if (hasShape(version.spec)) this.of(version);
      else {
        shapeOf(version.spec);
        this.#toPlan.unshift(version);
      }
    }
  }

  #rowOf(version: Pick<VersionRow, 'namespace' | 'dagId' | 'versionId'>): VersionRow | undefined {
    return this.#state.version(version.namespace, version.dagId, version.versionId);
  }
}

const keyOf = (version: Pick<VersionRow, 'namespace' | 'dagId' | 'versionId'>): string =>
  versionKey(version.namespace, version.dagId, version.versionId);
