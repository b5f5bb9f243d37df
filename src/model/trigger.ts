/**
 * The rules of event triggers: what becomes of an event that matches a source. Pure; the row of a
 * DAG goes in, the row as it is afterwards and what is to be started come out.
 *
 * An event from outside may be told many times and counts once: its key is remembered, with those
 * of the newest `keysSeen` others. What happens inside the cluster (outcomes, assets, due instants)
 * is told once by the log itself, and needs no memory.
 *
 *   any   every event starts a run of its own
 *   all   the newest event of each source is kept; when every source has one within the window,
 *         all of them are used up by one run
 */
import type { DagId, Namespace, WallMs } from '../base/brand.ts';
import { hash32 } from '../base/random.ts';
import type { EventTrigger, KeptEvent, TriggerRow } from './dag-trigger.ts';
import { isSameValue } from './version-diff.ts';

/** Named limits of triggers and events (law 12). */
export const triggerLimits = {
  /** Events of one DAG that wait, for other sources or for its pause to end. */
  eventsKept: 1_000,
  /** Their payloads together, in characters: the row stands in one entry of the log. */
  keptCharacters: 256 * 1024,
  /** Keys of outside events that a DAG remembers. */
  keysSeen: 1_000,
  /** Of one event, as JSON text. */
  payloadBytes: 16 * 1024,
  /** Of what a run is started with, in characters: the events of `all` together. */
  runPayloadCharacters: 64 * 1024,
  eventsPerCommand: 100,
  /** Kept events that one turn takes up when a DAG goes on. */
  resumedAtOnce: 100,
  keyCharacters: 250,
  subjectCharacters: 250,
  /** Runs that may start each other within one instant. */
  chain: 16,
  /** Sources of triggers that hear of one thing: an asset, a DAG, a subject, a path. */
  listeners: 1_000,
  /** Tasks that wait for one such thing. */
  tasksWaiting: 2_000,
  /** Rough bytes of a turn behind which events start nothing more in it. */
  turnBytes: 1536 * 1024,
} as const;

/** A set of events, one or one of each source, that starts a run. */
export interface Fire {
  readonly trigger: EventTrigger;
  /** In the order of the sources. */
  readonly events: readonly KeptEvent[];
}

/** An event that matches a source of `trigger`, at the time `event.at`. */
export interface Told {
  readonly trigger: EventTrigger;
  readonly event: KeptEvent;
  /** It may be told again, so its key is remembered. */
  readonly fromOutside: boolean;
}

/** What became of events. */
export interface Taken {
  /** The same row as before, where nothing changed. */
  readonly row: TriggerRow;
  readonly fires: readonly Fire[];
  /** Kept events that had to make room. */
  readonly pushedOut: readonly KeptEvent[];
  /** How many of them were told before. */
  readonly known: number;
}

export const newTriggerRow = (
  { namespace, dagId }: { readonly namespace: Namespace; readonly dagId: DagId },
  doneUntil: WallMs,
): TriggerRow => ({ namespace, dagId, disabled: [], events: [], seen: [], doneUntil });

/**
 * Takes up events, in their order. They come by the hundred, and the row remembers a thousand keys:
 * so the keys are copied once for all of them.
 */
export function takeEvents(
  row: TriggerRow,
  told: readonly Told[],
  now: { readonly at: WallMs; readonly paused: boolean },
): Taken {
  const seen = new Set(row.seen);
  const fires: Fire[] = [];
  const pushedOut: KeptEvent[] = [];
  let after = row;
  let known = 0;
  for (const { trigger, event, fromOutside } of told) {
    if (row.disabled.includes(trigger.name)) continue;
    const key = seenKey(event);
    if (fromOutside && seen.has(key)) {
      known += 1;
      continue;
    }
    if (fromOutside) seen.add(key);
    if (now.paused && trigger.whilePaused === 'drop') continue;
    if (trigger.needs === 'any' && !now.paused) {
      fires.push({ trigger, events: [event] });
      continue;
    }
    const kept = keep(after, trigger, event);
    after = kept.row;
    pushedOut.push(...kept.pushedOut);
    if (now.paused) continue;
    const completed = complete(after, trigger, now.at);
    after = completed.row;
    fires.push(...completed.fires);
  }
  // A set keeps its order, so the newest keys stand at its end.
  if (seen.size > row.seen.length) {
    after = { ...after, seen: [...seen].slice(-triggerLimits.keysSeen) };
  }
  return { row: after, fires, pushedOut, known };
}

/** Whether events are kept for triggers that would not keep them if the DAG were not paused. */
export const hasKept = (row: TriggerRow, triggers: readonly EventTrigger[]): boolean =>
  row.events.some(({ trigger }) =>
    triggers.some(({ name, needs }) => name === trigger && needs === 'any'),
  );

/**
 * The DAG goes on after a pause: what was kept for it is taken up, oldest first, at most
 * `resumedAtOnce` of each trigger. The rest has to be asked for again.
 */
export function takeKept(
  row: TriggerRow,
  triggers: readonly EventTrigger[],
  at: WallMs,
): { readonly row: TriggerRow; readonly fires: readonly Fire[] } {
  let after = row;
  const fires: Fire[] = [];
  for (const trigger of triggers) {
    if (trigger.needs === 'all') {
      const completed = complete(after, trigger, at);
      after = completed.row;
      fires.push(...completed.fires);
      continue;
    }
    const all = after.events.filter((event) => event.trigger === trigger.name);
    const own = all.slice(0, triggerLimits.resumedAtOnce);
    if (own.length === 0) continue;
    fires.push(...own.map((event) => ({ trigger, events: [event] })));
    after = { ...after, events: after.events.filter((event) => !own.includes(event)) };
  }
  return { row: after, fires };
}

/**
 * The DAG has another definition: of what was kept stays what came from a source that is still
 * where it was.
 */
export function keptAcross(
  row: TriggerRow,
  before: readonly EventTrigger[],
  after: readonly EventTrigger[],
): TriggerRow {
  const sourceIn = (triggers: readonly EventTrigger[], { trigger, source }: KeptEvent) =>
    triggers.find(({ name }) => name === trigger)?.sources[source];
  const events = row.events.filter((event) => {
    const source = sourceIn(after, event);
    return source !== undefined && isSameValue(source, sourceIn(before, event));
  });
  return events.length === row.events.length ? row : { ...row, events };
}

/** A person switches a trigger off or on; what it had kept goes when it is switched off. */
export function switchTrigger(row: TriggerRow, name: string, enabled: boolean): TriggerRow {
  if (enabled === !row.disabled.includes(name)) return row;
  const others = row.disabled.filter((each) => each !== name);
  if (enabled) return { ...row, disabled: others };
  const events = row.events.filter(({ trigger }) => trigger !== name);
  return { ...row, disabled: [...others, name], events };
}

/**
 * A trigger that is fired by hand or by a dead letter: it starts what it would start, with this
 * payload, whatever it waits for. Undefined: that was asked for before.
 */
export function takeOutright(
  row: TriggerRow,
  of: {
    readonly trigger: EventTrigger;
    readonly key: string;
    readonly at: WallMs;
    readonly payload: string;
  },
): { readonly row: TriggerRow; readonly fire: Fire } | undefined {
  const { trigger, key, at, payload } = of;
  const event = { trigger: trigger.name, source: outright, key, at, payload };
  const seen = seenKey(event);
  if (row.seen.includes(seen)) return undefined;
  return { row: remember(row, seen), fire: { trigger, events: [event] } };
}

/** In the place of a source: the event came for the trigger as a whole. */
const outright = -1;

/** What the run gets: the payload of the event, or a list with one payload for each source. */
export function payloadOf({ trigger, events }: Fire): string {
  const [only] = events;
  const isWhole = trigger.needs === 'any' || only?.source === outright;
  if (isWhole && only !== undefined) return only.payload;
  return `[${events.map(({ payload }) => payload).join(',')}]`;
}

/**
 * The id of the run that a set of events starts: made of DAG, trigger and keys, so that the same
 * events never start two (W13). The names are for people, the digest tells them apart.
 */
export function eventRunId(dagId: DagId, { trigger, events }: Fire): string {
  const keys = events.map(({ source, key }) => [source, key]);
  const identity = JSON.stringify([dagId, trigger.name, keys]);
  const name = `${dagId.slice(0, nameKept)}-${trigger.name.slice(0, nameKept)}`;
  return `event-${name}-${digest(identity, 3)}`;
}

const nameKept = 100;

/** Bytes that a row takes in the log, roughly: most of it are digests and payloads. */
export const triggerRowSize = ({ seen, events }: TriggerRow): number =>
  events.reduce(
    (sum, { key, payload }) => sum + key.length + payload.length + 64,
    seen.length * 16,
  );

/** Bytes of a text in UTF-8, counted without making them. */
export function utf8Bytes(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}

const seenKey = ({ trigger, source, key }: KeptEvent): string =>
  digest(`${trigger}/${source}/${key}`, 2);

/** `words` times 32 bits. Keys may be long, and a row holds many of them. */
function digest(text: string, words: number): string {
  const parts = Array.from({ length: words }, (_, word) => hash32(`${word} ${text}`));
  return parts.map((part) => part.toString(36).padStart(7, '0')).join('');
}

const remember = (row: TriggerRow, key: string): TriggerRow => ({
  ...row,
  seen: [...row.seen, key].slice(-triggerLimits.keysSeen),
});

/** Of an `all` only the newest event of each source stays; of an `any` all, while there is room. */
function keep(
  row: TriggerRow,
  trigger: EventTrigger,
  event: KeptEvent,
): { readonly row: TriggerRow; readonly pushedOut: readonly KeptEvent[] } {
  const others =
    trigger.needs === 'any'
      ? row.events
      : row.events.filter((each) => each.trigger !== event.trigger || each.source !== event.source);
  const events = [...others, event];
  let characters = events.reduce((sum, { payload }) => sum + payload.length, 0);
  let first = 0;
  while (
    events.length - first > triggerLimits.eventsKept ||
    characters > triggerLimits.keptCharacters
  ) {
    characters -= events[first]?.payload.length ?? characters;
    first += 1;
  }
  return { row: { ...row, events: events.slice(first) }, pushedOut: events.slice(0, first) };
}

function complete(
  row: TriggerRow,
  trigger: EventTrigger,
  at: WallMs,
): { readonly row: TriggerRow; readonly fires: readonly Fire[] } {
  const oldest = trigger.windowMs === null ? 0 : at - trigger.windowMs;
  const own = row.events.filter((event) => event.trigger === trigger.name);
  const counting = own.filter((event) => event.at >= oldest);
  const events = trigger.sources.flatMap(
    (_, source) => counting.findLast((event) => event.source === source) ?? [],
  );
  // Too old is too old for ever.
  const left = counting.length === own.length ? row : without(row, trigger, counting);
  if (events.length < trigger.sources.length) return { row: left, fires: [] };
  return { row: without(row, trigger, []), fires: [{ trigger, events }] };
}

const without = (
  row: TriggerRow,
  { name }: EventTrigger,
  staying: readonly KeptEvent[],
): TriggerRow => ({
  ...row,
  events: row.events.filter((event) => event.trigger !== name || staying.includes(event)),
});
