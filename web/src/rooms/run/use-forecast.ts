/** What a run is expected to do: by what the cluster says its tasks take. */
import { useQuery } from '@tanstack/react-query';
import { createContext, useContext, useMemo } from 'react';
import { runHasEnded } from '../../../../src/model/run.ts';
import { call } from '../../data/api.ts';
import { type Forecast, forecastOf } from './predict.ts';
import { type SeenRun, useRunNow } from './use-run.ts';

/** Worked out once for all parts of the page. */
export const ForecastContext = createContext<Forecast | undefined>(undefined);

export function useForecast(): Forecast {
  const forecast = useContext(ForecastContext);
  if (forecast === undefined) throw new Error('outside of ForecastContext');
  return forecast;
}

/** Asked once for a run that goes on: what its tasks take does not change while one looks. */
export function useForecastOf(seen: SeenRun): Forecast {
  const { detail, live, namespace, runId, rows } = seen;
  const now = useRunNow(seen);
  const { data } = useQuery({
    queryKey: ['run-plan', namespace, runId, detail.versionId],
    queryFn: ({ signal }) =>
      call('planDag', {
        params: { dagId: detail.dagId },
        query: { namespace },
        body: { params: rows.run.params },
        signal,
      }),
    enabled: !runHasEnded(live.state),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  const durations = useMemo(() => {
    const longest = new Map<string, number>();
    for (const { taskId, startsAt, endsAt } of data?.tasks ?? []) {
      if (startsAt === null || endsAt === null) continue;
      const ms = Date.parse(endsAt) - Date.parse(startsAt);
      longest.set(taskId, Math.max(longest.get(taskId) ?? 0, ms));
    }
    return longest;
  }, [data]);
  return useMemo(() => forecastOf(detail.tasks, durations, now), [detail, durations, now]);
}
