/**
 * Await: waits for what is pushed, without a slot and without looking. Whoever learns of an event
 * (`outside-events`, the end of a run) asks here who waits for it.
 *
 * What comes while the task waits counts, and nothing that came before: ended runs have left
 * memory, so a run of another DAG that ended earlier is not seen either, whatever its date.
 */

import { formatDuration } from '../../base/duration.ts';
import type { AwaitedEvent } from '../../model/dag.ts';
import type { Json } from '../../model/json.ts';
import type { RunRow } from '../../model/run.ts';
import { defer, endAs, type Instance, instanceAt, succeed } from '../instance.ts';
import type { Turn } from '../turn.ts';
import type { ActionOf } from './action-of.ts';
import { timeLimit } from './time-limit.ts';

export function beginAwait(turn: Turn, instance: Instance): void {
  defer(turn, instance, { waitsFor: { kind: 'event' }, until: timeLimit(turn, instance) });
}

/** Nothing has come in time. */
export function timeOutAwait(turn: Turn, instance: Instance, { onTimeout }: ActionOf<'await'>) {
  const waited = formatDuration(instance.spec.timeoutMs ?? 0);
  const reason = `what it waits for did not come within ${waited}`;
  endAs(turn, instance, { how: onTimeout, reason });
}

/**
 * Ends every task that waits for an event which has come. `match` is asked for each: what it gives
 * becomes the output; undefined: it waits on. Returns how many ended.
 */
export function wakeAwaiting(
  turn: Turn,
  match: (event: AwaitedEvent, instance: Instance) => Json | undefined,
): number {
  let woken = 0;
  for (const row of turn.board.awaiting.rows()) {
    const instance = instanceAt(turn, row, row);
    const { action } = instance?.spec ?? {};
    if (instance === undefined || action?.kind !== 'await') continue;
    if (instance.row?.status !== 'deferred') continue;
    const output = match(action.event, instance);
    if (output === undefined) continue;
    succeed(turn, instance, output);
    woken += 1;
  }
  return woken;
}

/** A run has ended: tasks of the namespace that wait for it end, with what is known of it. */
export function awaitedRunEnded(turn: Turn, run: RunRow): number {
  return wakeAwaiting(turn, (event, { live }) =>
    live.run.namespace === run.namespace && isAwaited(event, live.run, run)
      ? outputFor(run)
      : undefined,
  );
}

function isAwaited(event: AwaitedEvent, waiting: RunRow, run: RunRow): boolean {
  if (event.kind !== 'dag' || event.dagId !== run.dagId) return false;
  if (!event.states.some((state) => state === run.status)) return false;
  if (!event.sameLogicalDate) return true;
  return waiting.logicalDate !== null && waiting.logicalDate === run.logicalDate;
}

const outputFor = ({ runId, dagId, status, logicalDate }: RunRow): Json => ({
  runId,
  dagId,
  state: status,
  logicalDate: logicalDate === null ? null : new Date(logicalDate).toISOString(),
});
