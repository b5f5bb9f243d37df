/**
 * What the schema cannot say of places: names in `near` and `apart`, limits below the request,
 * tasks that may be stopped and must not be repeated.
 */
import { formatSize } from '../base/duration.ts';
import { limits } from '../model/limits.ts';
import { milliPerUnit } from '../model/resources.ts';
import { wholeDimensions } from '../model/views/resources.ts';
import { type Asking, limitsSaid, requestOf } from './dag-file-amounts.ts';
import type { DagFileBehaviour } from './dag-file-behaviour.ts';
import { dagFileLimits as most } from './dag-file-limits.ts';
import { runsOnNode, WorkNames } from './dag-file-near.ts';
import { nearestNode } from './dag-file-outline.ts';
import { type DagFileAffinity, itself } from './dag-file-placing.ts';
import type { DagFile } from './dag-file-schema.ts';
import { type Visit, visits } from './dag-file-walk.ts';
import type { Wiring } from './dag-file-wiring.ts';
import type { Remark } from './remark.ts';
import type { Path } from './source-document.ts';

/** Without a graph, what concerns other tasks is left out. */
export function placingRemarks(file: DagFile, wiring: Wiring | undefined): readonly Remark[] {
  const remarks: Remark[] = [];
  const names = wiring && new NameChecks(wiring);
  for (const placed of placedIn(file)) {
    const tell: Tell = (path, message) => {
      remarks.push({ code: 'DAG_INVALID', path: [...placed.path, ...path], message });
    };
    names?.look(placed, tell);
    if (placed.defaults === null) continue;
    limitRemarks(placed, placed.defaults, tell);
    preemptionRemarks(placed, placed.defaults, tell);
    labelRemarks(placed, placed.defaults, tell);
  }
  if (names !== undefined && names.count > limits.edgesPerDag) {
    const most = `at most ${limits.edgesPerDag} are allowed in one DAG`;
    const message = `${names.count} names of tasks in \`near\` and \`apart\`, ${most}`;
    remarks.push({ code: 'DAG_INVALID', path: ['tasks'], message });
  }
  return remarks;
}

type Tell = (path: Path, message: string) => void;

/** A part of the file that may say something of places. */
interface Placed {
  readonly path: Path;
  readonly said: Said;
  /** The id of a task of the graph; null of `defaults` and of what stands in callbacks. */
  readonly id: string | null;
  /** Names mean what they mean in this group. */
  readonly group: string | null;
  /** Null: these are defaults themselves. */
  readonly defaults: DagFileBehaviour | null;
}

interface Said extends Asking {
  readonly type?: string;
  readonly affinity?: DagFileAffinity | undefined;
  readonly preemptible?: boolean | undefined;
  readonly idempotent?: boolean | undefined;
}

type Around = Pick<Placed, 'path' | 'group'> & { readonly defaults: DagFileBehaviour };

function* placedIn(file: DagFile): Iterable<Placed> {
  const { defaults = {} } = file;
  const path: Path = ['defaults'];
  yield* placedInHooks(file, { path: [], group: null, defaults });
  yield* placedInHooks(defaults, { path, group: null, defaults });
  yield { path, said: defaults, id: null, group: null, defaults: null };
  for (const visit of visits(file)) yield* placedInTask(visit);
}

function* placedInTask({ task, path, id, group, defaults }: Visit): Iterable<Placed> {
  if (task.type === 'group') {
    const inside: Path = [...path, 'defaults'];
    const { defaults: said = {} } = task;
    yield { path: inside, said, id: null, group: id, defaults: null };
    yield* placedInHooks(said, { path: inside, group: id, defaults });
    return;
  }
  if (runsOnNode(task)) yield { path, said: task, id, group, defaults };
  yield* placedInHooks(task, { path, group, defaults });
  const { compensate } = task;
  if (runsOnNode(compensate) && typeof compensate === 'object') {
    yield { path: [...path, 'compensate'], said: compensate, id: null, group, defaults };
  }
}

type Hooks = Pick<DagFile, 'onSuccess' | 'onFailure' | 'onExit' | 'onSlaMiss'> &
  Pick<DagFileBehaviour, 'onRetry'>;
const hookKeys = ['onSuccess', 'onFailure', 'onRetry', 'onSlaMiss', 'onExit'] as const;

function* placedInHooks(hooks: Hooks, { path, group, defaults }: Around): Iterable<Placed> {
  for (const key of hookKeys) {
    for (const [nth, { task }] of (hooks[key] ?? []).entries()) {
      if (task === undefined || !runsOnNode(task)) continue;
      yield { path: [...path, key, nth, 'task'], said: task, id: null, group, defaults };
    }
  }
}

/** Looks at the names of `near` and `apart`. */
class NameChecks {
  /** Of all tasks together, what their defaults say included. */
  count = 0;
  readonly #wiring: Wiring;
  readonly #names: WorkNames;

  constructor(wiring: Wiring) {
    this.#wiring = wiring;
    this.#names = new WorkNames(wiring.outline);
  }

  look(placed: Placed, tell: Tell): void {
    for (const key of ['near', 'apart'] as const) {
      const own = placed.said.affinity?.[key];
      const count = this.#countOf(own ?? placed.defaults?.affinity?.[key] ?? [], placed);
      if (placed.defaults !== null) this.count += count;
      if (own === undefined) continue;
      for (const [place, name] of own.entries()) {
        const message = this.#fault(placed, key, name);
        if (message !== undefined) tell(['affinity', key, place], message);
      }
      if (count <= most.neighbours) continue;
      const message = `these are ${count} tasks, at most ${most.neighbours} may be named`;
      tell(['affinity', key], message);
    }
  }

  #countOf(names: readonly string[], { group }: Placed): number {
    let count = 0;
    for (const name of names) count += this.#names.named(name, group)?.length ?? 0;
    return count;
  }

  #fault({ id, group }: Placed, key: 'near' | 'apart', name: string): string | undefined {
    if (key === 'apart' && name === itself) return undefined;
    const found = this.#names.named(name, group);
    if (found === undefined) {
      return `"${name}" is not a task${nearestNode(this.#wiring.outline, name, { group })}`;
    }
    if (found.length === 0) return `"${name}" is done by the leader and never on a node`;
    const [only, ...others] = found;
    if (key === 'near' && only === id && others.length === 0) {
      return 'this is the task itself: name others';
    }
    return undefined;
  }
}

function limitRemarks({ said }: Placed, defaults: DagFileBehaviour, tell: Tell): void {
  const request = requestOf({ type: '', ...said }, defaults);
  for (const [name, limit] of Object.entries(limitsSaid(said, defaults))) {
    const asked = request[name] ?? 0;
    if (limit >= asked) continue;
    const isOwn = Object.hasOwn(said.limits ?? {}, name);
    const isAsked = Object.hasOwn(said.resources ?? {}, name);
    const shown = `${amountText(name, limit)} is less than the ${amountText(name, asked)}`;
    const message = `a limit of ${shown} that the task asks for: raise it, or ask for less`;
    tell(isOwn ? ['limits', name] : isAsked ? ['resources', name] : [], `${name}: ${message}`);
  }
}

function amountText(name: string, amount: number): string {
  if (!wholeDimensions.has(name)) return String(amount / milliPerUnit);
  return formatSize(amount);
}

function preemptionRemarks({ said }: Placed, defaults: DagFileBehaviour, tell: Tell): void {
  const { preemptible = defaults.preemptible, idempotent = defaults.idempotent } = said;
  if (preemptible !== true || idempotent !== false) return;
  const message = 'what must not be repeated cannot make room: say `preemptible: false`';
  if (said.preemptible === true) tell(['preemptible'], message);
  else tell(said.idempotent === false ? ['idempotent'] : [], message);
}

/** What is required and forbidden at once is on no node. */
function labelRemarks({ said }: Placed, defaults: DagFileBehaviour, tell: Tell): void {
  const { require = {}, forbid = {} } = { ...defaults.affinity, ...said.affinity };
  for (const [name, wanted] of Object.entries(require)) {
    if (!wanted.every((value) => forbid[name]?.includes(value) === true)) continue;
    const isOwn = said.affinity?.require !== undefined;
    const message = `what "${name}" must be is forbidden as well: the task could run nowhere`;
    tell(isOwn ? ['affinity', 'require', name] : [], message);
  }
}
