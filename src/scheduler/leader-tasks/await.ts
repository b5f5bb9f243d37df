/**
 * Await: waits for what is pushed, without a slot and without looking. Whoever learns of an event
 * (`outside-events`, the end of a run) asks here who waits for it.
 *
 * Subjects and assets count when they come while the task waits. Of runs it is known how they
 * ended: a wait for one begins with a look back (`decisions/look-back.ts`).
 */

import { wallMs } from '../../base/brand.ts';
import { formatDuration } from '../../base/duration.ts';
import type { AwaitedEvent } from '../../model/dag.ts';
import type { Json } from '../../model/json.ts';
import { isPastRun, type PastRunAsked } from '../../model/past-run.ts';
import type { RunRow } from '../../model/run.ts';
import { triggerLimits } from '../../model/trigger.ts';
import type { Happened } from '../awaiting.ts';
import { defer, endAs, failTask, type Instance, instanceAt, succeed } from '../instance.ts';
import type { Turn } from '../turn.ts';
import type { ActionOf } from './action-of.ts';
import { timeLimit } from './time-limit.ts';

export function beginAwait(turn: Turn, instance: Instance): void {
  if (isCrowded(turn, instance)) {
    const most = triggerLimits.tasksWaiting;
    failTask(turn, instance, `LIMIT_REACHED: ${most} tasks wait for the same already`);
    return;
  }
  const looksBack = pastRunFor(instance) !== undefined;
  const waitsFor = { kind: 'event', ...(looksBack && { looksBack }) } as const;
  defer(turn, instance, { waitsFor, until: timeLimit(turn, instance) });
}

/** What comes ends all who wait for it, in one entry of the log. */
function isCrowded(turn: Turn, { live, spec: { action } }: Instance): boolean {
  if (action.kind !== 'await') return false;
  const waiting = turn.board.awaiting.count(live.run.namespace, action.event);
  return waiting >= triggerLimits.tasksWaiting;
}

/** Nothing has come in time. */
export function timeOutAwait(turn: Turn, instance: Instance, { onTimeout }: ActionOf<'await'>) {
  const waited = formatDuration(instance.spec.timeoutMs ?? 0);
  const reason = `what it waits for did not come within ${waited}`;
  endAs(turn, instance, { how: onTimeout, reason });
}

/**
 * Ends every task that waits for what has happened. `match` is asked for each: what it gives
 * becomes the output; undefined: it waits on. Returns how many ended.
 */
export function wakeAwaiting(
  turn: Turn,
  happened: Happened,
  match: (event: AwaitedEvent, instance: Instance) => Json | undefined,
): number {
  let woken = 0;
  for (const row of turn.board.awaiting.waitingFor(happened)) {
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
  const { namespace, dagId } = run;
  return wakeAwaiting(turn, { kind: 'dag', namespace, dagId }, (_event, instance) => {
    const asked = pastRunFor(instance);
    return asked !== undefined && isPastRun(run, asked) ? outputFor(run) : undefined;
  });
}

/** The run that the task waits for has ended before. */
export const endWithRun = (turn: Turn, instance: Instance, run: RunRow): void =>
  succeed(turn, instance, outputFor(run));

/** Which runs the task waits for; undefined: for none that there can be. */
export function pastRunFor({ live, spec }: Instance): PastRunAsked | undefined {
  if (spec.action.kind !== 'await' || spec.action.event.kind !== 'dag') return undefined;
  const { dagId, states, sameLogicalDate } = spec.action.event;
  const { namespace, createdAt, logicalDate } = live.run;
  const asked = { namespace, dagId, states };
  if (!sameLogicalDate) return { ...asked, logicalDate: null, endedSince: createdAt };
  return logicalDate === null ? undefined : { ...asked, logicalDate, endedSince: wallMs(0) };
}

const outputFor = ({ runId, dagId, status, logicalDate }: RunRow): Json => ({
  runId,
  dagId,
  state: status,
  logicalDate: logicalDate === null ? null : new Date(logicalDate).toISOString(),
});
