/**
 * DAGs with what the live rows tell of them. Whoever lists DAGs picks the rows of its page first,
 * and asks for the details of those: each costs a look at a schedule, all of them together one pass
 * over the live runs, however many DAGs there are.
 */
import type { Namespace, WallMs } from '../base/brand.ts';
import { calendarsOf } from './calendars.ts';
import type { DagRow, ScheduleRow, VersionRow } from './dag.ts';
import type { TriggerRow } from './dag-trigger.ts';
import { dagKey } from './keys.ts';
import type { ReadonlyState } from './readonly-state.ts';
import { nextDue } from './schedule.ts';

/** A DAG and the rows that belong to it alone. */
export interface DagParts {
  readonly dag: DagRow;
  readonly version: VersionRow;
  readonly schedule: ScheduleRow | null;
  /** What its event triggers remember; absent until an event has come. */
  readonly trigger?: TriggerRow | undefined;
}

export interface DagDetail extends DagParts {
  /** Next instant at which a schedule fires; null when none will, or the DAG is paused. */
  readonly nextFireAt: WallMs | null;
  readonly activeRuns: number;
}

export const dagsIn = (state: ReadonlyState, namespace: Namespace): readonly DagRow[] =>
  [...state.dags()].filter((dag) => dag.namespace === namespace);

export const dagParts = (state: ReadonlyState, dags: readonly DagRow[]): readonly DagParts[] =>
  dags.flatMap((dag) => {
    const { namespace, dagId, versionId } = dag;
    const version = state.version(namespace, dagId, versionId);
    if (version === undefined) return [];
    const schedule = state.schedule(namespace, dagId) ?? null;
    return [{ dag, version, schedule, trigger: state.trigger(namespace, dagId) }];
  });

export function dagDetails(state: ReadonlyState, dags: readonly DagRow[]): readonly DagDetail[] {
  const active = countActiveRuns(state, dags);
  return dagParts(state, dags).map((parts) => {
    const { namespace, dagId } = parts.dag;
    const activeRuns = active.get(dagKey(namespace, dagId)) ?? 0;
    return { ...parts, nextFireAt: nextFireAt(state, parts), activeRuns };
  });
}

/** By the key of the DAG. */
function countActiveRuns(
  state: ReadonlyState,
  dags: readonly DagRow[],
): ReadonlyMap<string, number> {
  const counts = new Map(dags.map(({ namespace, dagId }) => [dagKey(namespace, dagId), 0]));
  for (const { run } of state.runs()) {
    const key = dagKey(run.namespace, run.dagId);
    const count = counts.get(key);
    if (count !== undefined) counts.set(key, count + 1);
  }
  return counts;
}

function nextFireAt(state: ReadonlyState, { dag, version, schedule }: DagParts): WallMs | null {
  if (schedule === null || dag.paused) return null;
  return nextDue(version.spec, schedule, calendarsOf(state, dag.namespace)) ?? null;
}
