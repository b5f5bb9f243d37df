/** The zone of the DAG at hand, for the clock that shows it; absent: UTC. */
import { createContext, useContext } from 'react';

export const DagZone = createContext<string | undefined>(undefined);

export const useDagZone = (): string | undefined => useContext(DagZone);

interface Scheduled {
  readonly schedules: readonly object[];
}

/** That of the first schedule which names one. */
export function zoneOf({ schedules }: Scheduled): string | undefined {
  for (const schedule of schedules) {
    if ('timezone' in schedule && typeof schedule.timezone === 'string') return schedule.timezone;
  }
  return undefined;
}
