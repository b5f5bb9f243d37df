/** Gates of time and of others: what a deferred instance waits for, and delays. */
import { unreachable } from '../../base/assert.ts';
import type { WallMs } from '../../base/brand.ts';
import { formatDuration } from '../../base/duration.ts';
import type { JsonObject } from '../../model/json.ts';
import type { TaskRow, WaitsFor } from '../../model/task-instance.ts';
import { timeText } from '../../model/views/time.ts';
import type { GateCode, GateView, OpensView } from '../../model/views/why.ts';
import { noRoomForRuns } from '../run-room.ts';
import { byEvent, byPerson, byTime, gate, inNamespace, instanceText } from './gate.ts';
import type { Look, Subject } from './look.ts';

/** `hasBegun`: run and graph let it begin. */
export function waitGates(look: Look, subject: Subject, hasBegun: boolean): readonly GateView[] {
  const { row } = subject;
  const now = look.turn.at;
  if (row?.status === 'up_for_retry') {
    if (row.retryAt <= now) return [];
    const text = `it is tried again at ${timeText(row.retryAt)}: ${row.reason}`;
    const values = { retryAt: timeText(row.retryAt), tries: row.tries };
    return [gate('RETRY_DELAY', text, values, byTime(row.retryAt, now))];
  }
  if (row === undefined || row.status === 'pending') return delayGates(subject, hasBegun);
  if (row.status !== 'deferred') return [];
  return deferredGates(row, subject, now);
}

/** A delay that begins when everything before it has ended. */
function delayGates({ spec: { delayMs } }: Subject, hasBegun: boolean): readonly GateView[] {
  if (delayMs === undefined || hasBegun) return [];
  const text = `its start is delayed by ${formatDuration(delayMs)} from when it could begin`;
  const opens = byEvent(`${formatDuration(delayMs)} after that`);
  return [gate('DELAY', text, { delayMs, since: null, until: null }, opens)];
}

/** What the tasks that start runs need beside. */
export function roomForRunsGates({ turn }: Look, { spec, run }: Subject): readonly GateView[] {
  if (spec.action.kind !== 'subdag') return [];
  if (turn.board.disksFull) {
    const text = 'the disks of the cluster are nearly full, and it starts a run';
    return [gate('DISKS_FULL', text, {}, byPerson('make room on the disks'))];
  }
  const refused = noRoomForRuns(turn, run.namespace);
  if (refused === undefined) return [];
  const { detail, code } = refused;
  return [gate('RUNS_FULL', detail, { code }, byEvent('when some of them have begun or ended'))];
}

type Deferred = Extract<TaskRow, { readonly status: 'deferred' }>;

/** Those that only wait for a time are open when it has come. */
function deferredGates(row: Deferred, subject: Subject, now: WallMs): readonly GateView[] {
  const { until, waitsFor, since } = row;
  const opens = until === null ? byEvent('when it comes') : byTime(until, now);
  const isDue = until !== null && until <= now;
  const values = { since: timeText(since), until: until === null ? null : timeText(until) };
  const timed = (code: GateCode, text: string, more = {}): readonly GateView[] =>
    isDue ? [] : [gate(code, text, { ...values, ...more }, opens)];
  const at = until === null ? 'it is called' : timeText(until);
  switch (waitsFor.kind) {
    case 'time':
      return waitsFor.goal === 'start'
        ? timed('DELAY', `its start is delayed until ${at}`)
        : timed('TIME', `it waits until ${at}`);
    case 'look':
      return timed('NEXT_LOOK', `it looked ${waitsFor.looks} times, and looks again at ${at}`, {
        looks: waitsFor.looks,
      });
    case 'round':
      return timed('NEXT_ROUND', `its next round begins at ${at}`);
    case 'approval':
    case 'run':
    case 'event': {
      const { code, text, open, more } = pushed(waitsFor, subject);
      const limit = until === null ? '' : `, until ${at}`;
      return [gate(code, `${text}${limit}`, { ...values, ...more }, open)];
    }
    default:
      return unreachable(waitsFor);
  }
}

/** A gate that opens when something comes from outside. */
interface Pushed {
  readonly code: GateCode;
  readonly text: string;
  readonly open: OpensView;
  readonly more: JsonObject;
}

function pushed(
  waitsFor: Extract<WaitsFor, { kind: 'approval' | 'run' | 'event' }>,
  subject: Subject,
): Pushed {
  const { run } = subject;
  switch (waitsFor.kind) {
    case 'approval': {
      const where = `${instanceText(subject)}${inNamespace(run.namespace)}`;
      const command = `skein approve ${run.runId} ${where}`;
      const open = byPerson('somebody approves it, or rejects it', command);
      return { code: 'APPROVAL', text: 'it waits for an approval', open, more: {} };
    }
    case 'run': {
      const { dagId, runId } = waitsFor;
      const open = byEvent('when that run ends', `skein why ${runId}${inNamespace(run.namespace)}`);
      const text = `it waits for run ${runId} of ${dagId}`;
      return { code: 'CHILD_RUN', text, open, more: { dagId, runId } };
    }
    case 'event':
      return {
        ...{ code: 'EVENT', text: `it waits for ${eventText(subject)}`, more: {} },
        open: byEvent('when that comes'),
      };
  }
}

function eventText({ spec: { action } }: Subject): string {
  if (action.kind !== 'await') return 'an event';
  const { event } = action;
  switch (event.kind) {
    case 'subject':
      return `an event of subject ${event.subject}`;
    case 'asset':
      return `asset ${event.uri}`;
    case 'dag':
      return `a run of DAG ${event.dagId}`;
  }
}
