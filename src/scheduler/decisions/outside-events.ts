/**
 * Things have happened outside: each event goes to the triggers that match it. Whoever saw them may
 * tell them several times, and several nodes may tell the same.
 */
import { unreachable } from '../../base/assert.ts';
import { nodeId, type RunId } from '../../base/brand.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import type { CommandReply, OperatorCommand } from '../../model/command.ts';
import type { OutsideEvent } from '../../model/dag-trigger.ts';
import { triggerFact } from '../../model/fact.ts';
import { parseJson } from '../../model/json.ts';
import { type Refusal, refusal } from '../../model/refusal.ts';
import { newTriggerRow, takeOutright, triggerLimits, utf8Bytes } from '../../model/trigger.ts';
import { labelsFit, pathFits, subjectFits } from '../../model/trigger-match.ts';
import { timesDoneUntil } from '../../model/trigger-time.ts';
import { wakeAwaiting } from '../leader-tasks/await.ts';
import type { Listener } from '../trigger-index.ts';
import { passesForTask } from '../trigger-values.ts';
import { dagWithVersion, type Heard, hear, startEventRun, triggerNamed } from '../triggers.ts';
import type { Turn } from '../turn.ts';

type OutsideEvents = Extract<OperatorCommand, { readonly kind: 'outside-events' }>;
type Source<K> = Extract<OutsideEvent['source'], { readonly kind: K }>;

export function outsideEvents(
  turn: Turn,
  { events }: OutsideEvents,
): Result<CommandReply, Refusal> {
  const refused = check(turn, events);
  if (refused !== undefined) return fail(refused);
  const heard: Heard[] = [];
  const runs: RunId[] = [];
  let known = 0;
  for (const event of events) {
    if (event.source.kind === 'trigger') {
      const started = startOutright(turn, event, event.source);
      if (!started.ok) return started;
      if (started.value === null) known += 1;
      else runs.push(started.value);
      continue;
    }
    const listeners = listenersOf(turn, event.source);
    if (!listeners.ok) return listeners;
    wakeTasks(turn, event);
    if (turn.bytes >= triggerLimits.turnBytes) return fail(tooMuch(event));
    const { key, payload } = event;
    const told = { key, payload, at: turn.at, fromOutside: true };
    heard.push(...listeners.value.map((listener) => ({ listener, ...told })));
  }
  const taken = hear(turn, heard, { turnBytesMax: triggerLimits.turnBytes });
  const [last] = events.slice(-1);
  if (taken.unheard.length > 0 && last !== undefined) return fail(tooMuch(last));
  runs.push(...taken.runs);
  const { filtered } = taken;
  const passedOver = filtered > 0 ? { filtered } : {};
  return ok({ kind: 'events-taken', runs, known: known + taken.known, ...passedOver });
}

/** Who sent several may send fewer at a time. */
const tooMuch = ({ key }: OutsideEvent): Refusal =>
  refusal(
    'TOO_LARGE',
    `what events up to ${key} start is more than one log entry can carry: each task and run that ` +
      'waits for one gets its payload; say where the data is instead; nothing changed',
  );

/** The doors have checked all this and say it better; the log is guarded once more. */
function check(turn: Turn, events: readonly OutsideEvent[]): Refusal | undefined {
  if (turn.board.disksFull) {
    return refusal('DISK_FULL', 'the disks of the cluster are nearly full');
  }
  if (events.length > triggerLimits.eventsPerCommand) {
    const most = triggerLimits.eventsPerCommand;
    return refusal('EVENT_TOO_LARGE', `at most ${most} events are told at a time`);
  }
  for (const { key, payload } of events) {
    if (key === '' || key.length > triggerLimits.keyCharacters) {
      const most = triggerLimits.keyCharacters;
      return refusal('EVENT_INVALID', `the key of an event has 1 to ${most} characters`);
    }
    if (utf8Bytes(payload) > triggerLimits.payloadBytes) {
      const most = triggerLimits.payloadBytes;
      return refusal('EVENT_TOO_LARGE', `the payload of event ${key} has more than ${most} bytes`);
    }
    if (!parseJson(payload).ok) {
      return refusal('EVENT_INVALID', `the payload of event ${key} is not JSON`);
    }
  }
  return undefined;
}

function listenersOf(
  turn: Turn,
  source: Exclude<OutsideEvent['source'], Source<'trigger'>>,
): Result<readonly Listener[], Refusal> {
  const { triggers } = turn.board;
  switch (source.kind) {
    case 'webhook':
      return hookOf(turn, source);
    case 'subject':
      return ok(triggers.subjects(source.subject));
    case 'asset':
      return ok(triggers.assets(source.namespace, source.uri));
    case 'file': {
      // A node that the log does not know has no labels.
      const labels = turn.state.node(nodeId(source.node))?.labels ?? {};
      const fits = ({ of }: ReturnType<typeof triggers.files>[number]): boolean =>
        pathFits(of.path, source.path) && labelsFit(of.labels, labels);
      return ok(triggers.files().filter(fits));
    }
    default:
      return unreachable(source);
  }
}

/** Tasks that wait for such an event end with what it said. */
function wakeTasks(turn: Turn, { source, payload }: OutsideEvent): void {
  if (source.kind !== 'subject' && source.kind !== 'asset') return;
  const said = parseJson(payload);
  if (!said.ok) return;
  const { value } = said;
  wakeAwaiting(turn, source, (awaited) => {
    if (awaited.kind !== 'subject' || source.kind !== 'subject') return value;
    const fits = subjectFits(awaited.subject, source.subject);
    return fits && passesForTask(awaited.filter, value) ? value : undefined;
  });
}

/** A webhook names its trigger. */
function hookOf(turn: Turn, source: Source<'webhook'>): Result<readonly Listener[], Refusal> {
  const { namespace, dagId, trigger: name } = source;
  const whole = dagWithVersion(turn, { namespace, dagId });
  if (whole === undefined) {
    return fail(refusal('DAG_NOT_FOUND', `there is no DAG ${dagId} in namespace ${namespace}`));
  }
  const trigger = triggerNamed(whole.version, name);
  const listeners = trigger?.sources.flatMap((of, place) =>
    of.kind === 'webhook' ? [{ namespace, dagId, trigger, source: place, of }] : [],
  );
  if (listeners === undefined || listeners.length === 0) {
    return fail(refusal('TRIGGER_NOT_FOUND', `DAG ${dagId} has no webhook ${name}`));
  }
  return ok(listeners);
}

/**
 * A person, or a dead letter, starts what the trigger would start; whether the DAG is paused or the
 * trigger is switched off makes no difference. Null: it was told before.
 */
function startOutright(
  turn: Turn,
  { key, payload }: OutsideEvent,
  { namespace, dagId, trigger: name }: Source<'trigger'>,
): Result<RunId | null, Refusal> {
  const whole = dagWithVersion(turn, { namespace, dagId });
  if (whole === undefined) {
    return fail(refusal('DAG_NOT_FOUND', `there is no DAG ${dagId} in namespace ${namespace}`));
  }
  const { dag, version } = whole;
  const trigger = triggerNamed(version, name);
  if (trigger === undefined) {
    return fail(refusal('TRIGGER_NOT_FOUND', `DAG ${dagId} has no trigger ${name}`));
  }
  const row =
    turn.state.trigger(namespace, dagId) ??
    newTriggerRow(dag, timesDoneUntil(dag, version, undefined));
  const taken = takeOutright(row, { trigger, key, at: turn.at, payload });
  if (taken === undefined) return ok(null);
  const started = startEventRun(turn, dag, taken.fire);
  if (started.ok) turn.emit(triggerFact(taken.row));
  return started;
}
