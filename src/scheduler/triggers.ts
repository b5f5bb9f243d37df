/**
 * Events meet triggers. An event that was heard goes to the row of each DAG that waits for it; what
 * that completes starts runs, in the same decision. A run that cannot be started is a dead letter.
 *
 * What an event has done stands in the row and in the run's id, which is made of DAG, trigger and
 * keys: told again, to whichever leader, it starts nothing (W13).
 */
import { present } from '../base/assert.ts';
import {
  type DagId,
  type Namespace,
  type RunId,
  runId,
  type WallMs,
  wallMs,
} from '../base/brand.ts';
import { fail, ok, type Result } from '../base/result.ts';
import type { DagRow, DagSpec, VersionRow } from '../model/dag.ts';
import type { EventTrigger, KeptEvent } from '../model/dag-trigger.ts';
import { runFact, triggerFact } from '../model/fact.ts';
import { dagKey } from '../model/keys.ts';
import { resolveParams } from '../model/params.ts';
import { type Refusal, refusal } from '../model/refusal.ts';
import {
  eventRunId,
  type Fire,
  hasKept,
  keptAcross,
  newTriggerRow,
  payloadOf,
  takeEvents,
  takeKept,
  triggerLimits,
} from '../model/trigger.ts';
import { timesDoneUntil } from '../model/trigger-time.ts';
import { countCanaryStart, versionFor } from './choose-version.ts';
import { deadLetter } from './dead-letters.ts';
import { noRoomForRuns } from './run-room.ts';
import type { Listener } from './trigger-index.ts';
import { filterOf, passes, triggerParams } from './trigger-values.ts';
import type { Turn } from './turn.ts';

/** An event for one source of one trigger. */
export interface Heard {
  readonly listener: Listener;
  readonly key: string;
  readonly at: WallMs;
  /** JSON text. */
  readonly payload: string;
  /** It may be told again, so its key is remembered. */
  readonly fromOutside: boolean;
}

export interface HearingResult {
  readonly runs: readonly RunId[];
  /** Events that were known already, counted for each trigger. */
  readonly known: number;
}

/** Of events that were looked at one by one. */
export interface Hearing extends HearingResult {
  /** What a filter did not want. */
  readonly filtered: number;
  /** DAGs that did not hear of theirs, because others had made the decision too large. */
  readonly unheard: readonly DagId[];
}

/**
 * Takes up events; those that the filter of their source does not want are passed over. Behind so
 * many rough bytes of the turn nobody else hears of any.
 */
export function hear(
  turn: Turn,
  heard: readonly Heard[],
  { turnBytesMax = Number.POSITIVE_INFINITY }: { readonly turnBytesMax?: number } = {},
): Hearing {
  const runs: RunId[] = [];
  const unheard: DagId[] = [];
  let known = 0;
  const wanted = heard.filter(isWanted);
  for (const events of byDag(wanted)) {
    if (turn.bytes >= turnBytesMax) {
      unheard.push(...new Set(events.map(({ listener }) => listener.dagId)));
      continue;
    }
    const taken = hearForDag(turn, events, null);
    runs.push(...taken.runs);
    known += taken.known;
  }
  return { runs, known, filtered: heard.length - wanted.length, unheard };
}

/** The same for events of one DAG; with `doneUntil` its time sources have been looked at. */
export function hearForDag(
  turn: Turn,
  events: readonly Heard[],
  doneUntil: WallMs | null,
): HearingResult {
  const place = events[0]?.listener;
  const whole = place && dagWithVersion(turn, place);
  if (whole === undefined) return { runs: [], known: 0 };
  const { dag, version } = whole;
  const before = turn.state.trigger(dag.namespace, dag.dagId);
  let row = before ?? newTriggerRow(dag, timesDoneUntil(dag, version, undefined));
  if (doneUntil !== null) row = { ...row, doneUntil };
  const told = events.map(({ listener, key, at, payload, fromOutside }) => {
    const { trigger, source } = listener;
    return { trigger, event: { trigger: trigger.name, source, key, at, payload }, fromOutside };
  });
  const taken = takeEvents(row, told, { at: turn.at, paused: dag.paused });
  if (taken.row !== row || doneUntil !== null) turn.emit(triggerFact(taken.row));
  for (const event of taken.pushedOut) buryPushedOut(turn, dag, event);
  return { runs: startAll(turn, dag, taken.fires), known: taken.known };
}

/** What is left to take up has a turn of its own, when others have had theirs. */
const breathMs = 1;

/** The DAG goes on after a pause: what came in the meantime and was to be kept is taken up. */
export function triggersResumed(turn: Turn, dag: DagRow): void {
  const { namespace, dagId } = dag;
  const row = turn.state.trigger(namespace, dagId);
  const version = turn.state.version(namespace, dagId, dag.versionId);
  if (row === undefined || row.events.length === 0 || version === undefined) return;
  const triggers = version.spec.triggers ?? [];
  const { row: after, fires } = takeKept(row, triggers, turn.at);
  if (after !== row) turn.emit(triggerFact(after));
  startAll(turn, dag, fires);
  if (hasKept(after, triggers)) turn.board.triggers.lookAgain(dag, turn.at + breathMs);
}

/** Call before the fact by which the DAG takes another version. */
export function triggersChanged(turn: Turn, dag: DagRow, after: DagSpec): void {
  const { namespace, dagId, versionId } = dag;
  const row = turn.state.trigger(namespace, dagId);
  const before = turn.state.version(namespace, dagId, versionId)?.spec;
  if (row === undefined || before === undefined) return;
  const kept = keptAcross(row, before.triggers ?? [], after.triggers ?? []);
  if (kept !== row) turn.emit(triggerFact(kept));
}

/**
 * Starts the run of a set of events, or says why it cannot be started. A run that they started
 * before is the answer, too.
 */
export function startEventRun(turn: Turn, dag: DagRow, fire: Fire): Result<RunId, Refusal> {
  const { namespace, dagId } = dag;
  const id = runId(eventRunId(dagId, fire));
  const { state } = turn;
  const isThere =
    state.run(namespace, id) !== undefined || state.endedLately(namespace, id) !== undefined;
  if (isThere) return ok(id);
  const refused = noRoom(turn, namespace);
  if (refused !== undefined) return fail(refused);
  const version = present(versionFor(state, dag, id), `DAG ${dagId} has a version`);
  const payload = payloadOf(fire);
  if (payload.length > triggerLimits.runPayloadCharacters) {
    const most = `${triggerLimits.runPayloadCharacters} characters`;
    return fail(refusal('EVENT_TOO_LARGE', `its events together have more than ${most}`));
  }
  const rendered = triggerParams(fire);
  if (!rendered.ok) return fail(refusal('PARAM_INVALID', rendered.error));
  const params = resolveParams(version.spec, rendered.value);
  if (!params.ok) return params;
  const run = {
    namespace,
    runId: id,
    dagId,
    versionId: version.versionId,
    logicalDate: instantOf(fire),
    trigger: 'event',
    params: params.value,
    priority: version.spec.priority,
    createdAt: turn.at,
    createdBy: `trigger:${fire.trigger.name}`,
    generation: 1,
    payload,
    status: 'queued',
  } as const;
  turn.emit(runFact(run));
  countCanaryStart(turn, run);
  return ok(id);
}

/** The DAG and the version that its triggers are from. */
export function dagWithVersion(
  turn: Turn,
  { namespace, dagId }: { readonly namespace: Namespace; readonly dagId: DagId },
): { readonly dag: DagRow; readonly version: VersionRow } | undefined {
  const dag = turn.state.dag(namespace, dagId);
  const version = dag && turn.state.version(namespace, dagId, dag.versionId);
  return dag === undefined || version === undefined ? undefined : { dag, version };
}

export const triggerNamed = (version: VersionRow, name: string): EventTrigger | undefined =>
  version.spec.triggers?.find((trigger) => trigger.name === name);

function startAll(turn: Turn, dag: DagRow, fires: readonly Fire[]): readonly RunId[] {
  const runs: RunId[] = [];
  for (const fire of fires) {
    const started = startEventRun(turn, dag, fire);
    if (started.ok) runs.push(started.value);
    else bury(turn, dag, fire, started.error);
  }
  return runs;
}

/** What would be tried again is the start of the run, with all that its events said. */
function bury(turn: Turn, dag: DagRow, fire: Fire, { code, detail }: Refusal): void {
  const { namespace, dagId } = dag;
  const { name } = fire.trigger;
  const payload = payloadOf(fire);
  const source = { kind: 'trigger', namespace, dagId, trigger: name } as const;
  // The key is that of the run, so that a letter which is replayed twice starts one.
  const key = eventRunId(dagId, fire);
  const events = [{ source, key, payload }];
  const replay = { kind: 'outside-events', namespace, events } as const;
  const reason = `trigger ${name} could not start a run (${code}): ${detail}`;
  deadLetter(turn, { namespace, dagId, kind: 'event', reason, replay });
}

function buryPushedOut(turn: Turn, dag: DagRow, event: KeptEvent): void {
  const { namespace, dagId } = dag;
  const { trigger, key, payload } = event;
  const source = { kind: 'trigger', namespace, dagId, trigger } as const;
  const replay = {
    kind: 'outside-events',
    namespace,
    events: [{ source, key, payload }],
  } as const;
  const reason = `trigger ${trigger} kept more events than there is room for; this was the oldest`;
  deadLetter(turn, { namespace, dagId, kind: 'event', reason, replay });
}

function noRoom(turn: Turn, namespace: Namespace): Refusal | undefined {
  if (turn.board.disksFull) return refusal('DISK_FULL', 'the disks of the cluster are nearly full');
  return noRoomForRuns(turn, namespace);
}

/** A due instant among the events is what the run stands for. */
function instantOf({ trigger, events }: Fire): WallMs | null {
  const due = events.find(({ source }) => trigger.sources[source]?.kind === 'time');
  return due === undefined ? null : wallMs(due.at);
}

function isWanted({ listener, key, at, payload }: Heard): boolean {
  const filter = filterOf(listener.of);
  if (filter === null) return true;
  const { trigger, source } = listener;
  return passes(filter, { trigger, events: [{ trigger: trigger.name, source, key, at, payload }] });
}

function byDag(heard: readonly Heard[]): Iterable<readonly Heard[]> {
  const groups = new Map<string, Heard[]>();
  for (const event of heard) {
    const key = dagKey(event.listener.namespace, event.listener.dagId);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [event]);
    else group.push(event);
  }
  return groups.values();
}
