/** What a file says of places and turns -> what the model keeps; a default is a missing key. */
import type { TaskId } from '../base/brand.ts';
import type {
  Affinity,
  DagPlacing,
  LabelChoice,
  PriorityClass,
  TaskPlacing,
  Toleration,
} from '../model/placing.ts';
import type { Resources } from '../model/resources.ts';
import {
  type DagFileAffinity,
  type DagFileDagPlacing,
  type DagFilePlacing,
  itself,
} from './dag-file-placing.ts';

/** What surrounds a task and says what its words mean. */
export interface PlacingPlace {
  readonly id: TaskId;
  /** What the task is of unless it says otherwise. */
  readonly dagClass: PriorityClass;
  /** The tasks that names stand for, as in `dependsOn`; a group stands for all in it. */
  readonly tasksNamed: (names: readonly string[]) => readonly TaskId[];
}

export const dagClassOf = ({ priorityClass }: DagFileDagPlacing): PriorityClass =>
  priorityClass ?? 'normal';

export function dagPlacingSpec(said: DagFileDagPlacing): DagPlacing {
  const { maxConcurrency, weight = 1, order, placement } = said;
  const priorityClass = dagClassOf(said);
  return {
    ...(priorityClass === 'normal' ? {} : { priorityClass }),
    ...(maxConcurrency === undefined ? {} : { maxConcurrency }),
    ...(weight === 1 ? {} : { weight }),
    ...(order === undefined ? {} : { order }),
    ...(placement === undefined || placement === 'pack' ? {} : { placement }),
  };
}

/** Of a task with its defaults merged in. */
export function taskPlacingSpec(
  said: DagFilePlacing,
  amounts: { readonly request: Resources; readonly limits: Resources },
  place: PlacingPlace,
): TaskPlacing {
  const { nodePool, queue, maxConcurrency, priorityClass = place.dagClass } = said;
  const limits = beyond(amounts.limits, amounts.request);
  const tolerations = distinct(said.tolerations ?? []);
  const affinity = affinitySpec(said.affinity ?? {}, place);
  return {
    ...(isEmpty(limits) ? {} : { limits }),
    ...(nodePool === undefined ? {} : { nodePool }),
    ...(queue === undefined ? {} : { queue }),
    ...(tolerations.length === 0 ? {} : { tolerations }),
    ...(isEmpty(affinity) ? {} : { affinity }),
    ...(maxConcurrency === undefined ? {} : { maxConcurrency }),
    ...(said.preemptible === true ? { preemptible: true } : {}),
    ...(priorityClass === place.dagClass ? {} : { priorityClass }),
  };
}

const isEmpty = (value: object): boolean => Object.keys(value).length === 0;

/** Where a limit is the request, the request says it. */
const beyond = (limits: Resources, request: Resources): Resources =>
  Object.fromEntries(
    Object.entries(limits).filter(([name, amount]) => amount !== (request[name] ?? 0)),
  );

function distinct(tolerations: readonly Toleration[]): readonly Toleration[] {
  const seen = new Map(tolerations.map((it) => [JSON.stringify([it.key, it.value]), it]));
  return [...seen.values()];
}

function affinitySpec(said: DagFileAffinity, { id, tasksNamed }: PlacingPlace): Affinity {
  // What has run before is where it was: to be near to itself would say nothing.
  const near = tasksNamed(said.near ?? []).filter((it) => it !== id);
  const apartFrom = said.apart ?? [];
  const others = tasksNamed(apartFrom.filter((name) => name !== itself));
  const apart = [...new Set([...(apartFrom.includes(itself) ? [id] : []), ...others])];
  return {
    ...choiceSpec('require', said.require),
    ...choiceSpec('forbid', said.forbid),
    ...choiceSpec('prefer', said.prefer),
    ...(near.length === 0 ? {} : { near }),
    ...(apart.length === 0 ? {} : { apart }),
  };
}

const choiceSpec = (
  key: 'require' | 'forbid' | 'prefer',
  choice: LabelChoice | undefined,
): Affinity => (choice === undefined || isEmpty(choice) ? {} : { [key]: choice });

type MergedKeys = Pick<DagFilePlacing, 'limits' | 'tolerations' | 'affinity'>;

/**
 * What is put together where two levels say it: limits by dimension, affinity by its parts, and
 * all tolerations.
 */
export function mergedPlacing(outer: MergedKeys, inner: MergedKeys): MergedKeys {
  const { limits = outer.limits, tolerations = [], affinity = outer.affinity } = inner;
  const tolerated = [...(outer.tolerations ?? []), ...tolerations];
  return {
    ...(limits === undefined ? {} : { limits: { ...outer.limits, ...limits } }),
    ...(tolerated.length === 0 ? {} : { tolerations: tolerated }),
    ...(affinity === undefined ? {} : { affinity: { ...outer.affinity, ...affinity } }),
  };
}
