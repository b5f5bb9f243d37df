/** Quotas of namespaces: whether one more attempt fits, whether one more run may begin. */
import type { Namespace, WallMs } from '../base/brand.ts';
import { rateFact } from '../model/fact.ts';
import type { Quota } from '../model/namespace-row.ts';
import { opensAt, type RateRow, startsWithin, withStart } from '../model/rate.ts';
import type { Resources } from '../model/resources.ts';
import type { Closed } from './gates.ts';
import type { ScopeSource } from './scope-of.ts';
import type { Turn } from './turn.ts';
import type { Used } from './usage.ts';

const dimensions = ['cpu', 'memory', 'gpu'] as const;

/** Every part of a quota that has no room for one more attempt. */
export function* quotaClosed(quota: Quota, used: Used, asked: Resources): Iterable<Closed> {
  const over = (of: string, most: number | undefined, one: number, all: number): Closed | null =>
    most === undefined || one === 0 || all + one <= most
      ? null
      : { kind: 'quota', of, asked: one, used: all, most };
  const tasks = over('runningTasks', quota.runningTasks, 1, used.attempts);
  if (tasks !== null) yield tasks;
  for (const name of dimensions) {
    const closed = over(name, quota[name], asked[name] ?? 0, used.resources[name] ?? 0);
    if (closed !== null) yield closed;
  }
}

/** Why a queued run of a namespace may not begin now. */
export type RunsClosed =
  | { readonly kind: 'active-runs'; readonly used: number; readonly most: number }
  | { readonly kind: 'runs-per-minute'; readonly most: number; readonly opensAt: number };

const minuteMs = 60_000;

/** Of the row that counts the runs that began; names of other rates have a window in front. */
const runsName = 'runs';

/** The first of the reasons, if there is one. */
export function runsClosed(source: RunsSource, namespace: Namespace): RunsClosed | null {
  for (const closed of allRunsClosed(source, namespace)) return closed;
  return null;
}

type RunsSource = ScopeSource & { readonly at: WallMs };

export function* allRunsClosed(source: RunsSource, namespace: Namespace): Iterable<RunsClosed> {
  const { state, board, at } = source;
  const quota = state.namespace(namespace)?.quota;
  if (quota === undefined) return;
  const { activeRuns, runsPerMinute } = quota;
  const used = board.runs.ofNamespace(namespace).begun;
  if (activeRuns !== undefined && used >= activeRuns) {
    yield { kind: 'active-runs', used, most: activeRuns };
  }
  if (runsPerMinute === undefined) return;
  const row = state.named('rate', namespace, runsName);
  if (startsWithin(row, at) < runsPerMinute) return;
  yield { kind: 'runs-per-minute', most: runsPerMinute, opensAt: opensAt(row, runsPerMinute, at) };
}

/** Whether a queued run of the namespace may begin; if not, it is looked at again in time. */
export function mayBeginRuns(turn: Turn, namespace: Namespace): boolean {
  const closed = runsClosed(turn, namespace);
  if (closed?.kind === 'runs-per-minute' && Number.isFinite(closed.opensAt)) {
    turn.board.gates.lookAt({ namespace, name: runsName }, closed.opensAt);
  }
  return closed === null;
}

/** A run begins: it counts for the minute that follows. */
export function countRun(turn: Turn, namespace: Namespace): void {
  const most = turn.state.namespace(namespace)?.quota.runsPerMinute;
  if (most === undefined) return;
  const before = turn.state.named('rate', namespace, runsName);
  const counted = withStart(before, { namespace, key: '', perMs: minuteMs }, turn.at);
  turn.emit(rateFact({ ...counted, name: runsName } satisfies RateRow));
}

/** Whether a rate's row is the one that counts runs. */
export const isRunsRate = (name: string): boolean => name === runsName;
