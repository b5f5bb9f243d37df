/** The clock as a source of event triggers: due instants of their cron expressions. */
import { type WallMs, wallMs } from '../base/brand.ts';
import { nextCronFire } from './cron.ts';
import type { DagRow, VersionRow } from './dag.ts';
import type { EventSource, EventTrigger, TriggerRow } from './dag-trigger.ts';
import { cronOf } from './schedule-fires.ts';

type TimeSource = Extract<EventSource, { readonly kind: 'time' }>;

/** A due instant of a source of a trigger. */
export interface DueInstant {
  readonly trigger: EventTrigger;
  readonly source: number;
  readonly at: WallMs;
}

/**
 * Up to where the time sources of a DAG have been looked at. Before a definition was there, nothing
 * was due.
 */
export const timesDoneUntil = (
  dag: DagRow,
  version: VersionRow,
  row: TriggerRow | undefined,
): WallMs => wallMs(Math.max(row?.doneUntil ?? 0, version.createdAt, dag.createdAt));

/** The next instant at which a time source is due; undefined when there is none. */
export function nextInstant(
  triggers: readonly EventTrigger[],
  dagId: string,
  after: WallMs,
): WallMs | undefined {
  const instants = timeSources(triggers).flatMap(({ time }) => fireAfter(time, dagId, after) ?? []);
  return instants.length === 0 ? undefined : wallMs(Math.min(...instants));
}

/**
 * What is due in (after, now]: of each source the newest instant alone. Those that were missed with
 * it, because nobody led, are not made up for: an event says that something is so by now.
 */
export function dueInstants(
  triggers: readonly EventTrigger[],
  dagId: string,
  { after, now }: { readonly after: WallMs; readonly now: WallMs },
): readonly DueInstant[] {
  return timeSources(triggers).flatMap(({ trigger, source, time }) => {
    const at = newestFire(time, dagId, after, now);
    return at === undefined ? [] : [{ trigger, source, at }];
  });
}

function timeSources(triggers: readonly EventTrigger[]) {
  return triggers.flatMap((trigger) =>
    trigger.sources.flatMap((time, source) =>
      time.kind === 'time' ? [{ trigger, source, time }] : [],
    ),
  );
}

const firstLookMs = 60_000;
const lookGrows = 8;

/**
 * The newest fire in (after, now]. It looks back in growing steps, so that a dense expression is
 * walked for a minute and a sparse one for years.
 */
function newestFire(
  time: TimeSource,
  dagId: string,
  after: WallMs,
  now: WallMs,
): WallMs | undefined {
  for (let lookMs = firstLookMs; ; lookMs *= lookGrows) {
    const from = wallMs(Math.max(after, now - lookMs));
    let newest: WallMs | undefined;
    for (;;) {
      const next = fireAfter(time, dagId, newest ?? from);
      if (next === undefined || next > now) break;
      newest = next;
    }
    if (newest !== undefined || from === after) return newest;
  }
}

function fireAfter(time: TimeSource, dagId: string, after: WallMs): WallMs | undefined {
  const cron = cronOf(time.cron, dagId);
  return cron && nextCronFire(cron, time.timezone, 'once', after);
}
