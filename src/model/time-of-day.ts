/** A time of day as people write it, and the next instant at which clocks of a zone show it. */
import { toInstants, toLocal } from './zone.ts';

const dayMs = 86_400_000;

/** `15:00` or `15:00:30` -> milliseconds since midnight; undefined for anything else. */
export function parseTimeOfDay(text: string): number | undefined {
  const [, hour, minute, second = '0'] =
    /^([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/.exec(text.trim()) ?? [];
  if (hour === undefined || minute === undefined) return undefined;
  return ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1000;
}

/**
 * The first such instant that is not before `at`. A time that the clocks skip is the moment behind
 * the gap, and one that comes twice counts both times.
 */
export function nextTimeOfDay(zone: string, timeOfDayMs: number, at: number): number {
  const today = Math.floor(toLocal(zone, at) / dayMs) * dayMs;
  for (let day = today - dayMs; ; day += dayMs) {
    const instants = toInstants(zone, day + timeOfDayMs);
    const times =
      instants.kind === 'twice'
        ? [instants.first, instants.second]
        : [instants.kind === 'once' ? instants.at : instants.next];
    const next = times.find((time) => time >= at);
    if (next !== undefined) return next;
  }
}
