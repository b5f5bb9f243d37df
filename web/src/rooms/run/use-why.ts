/** Why instances of a run wait, in the words of the leader; asked again when the run changes. */
import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { runHasEnded } from '../../../../src/model/run.ts';
import { call } from '../../data/api.ts';
import type { SeenRun } from './use-run.ts';

/** However fast rows change, it is asked at most so often. */
const askAgainMs = 2_000;

/** A value that follows another, at most once in `everyMs`. */
export function useSlowly<T>(value: T, everyMs: number): T {
  const [shown, setShown] = useState(value);
  useEffect(() => {
    if (Object.is(shown, value)) return;
    const timer = setTimeout(() => setShown(value), everyMs);
    return () => clearTimeout(timer);
  }, [shown, value, everyMs]);
  return shown;
}

/** By task, and by `task/index`: the first thing that it waits for. */
export function useWhyRun(seen: SeenRun): ReadonlyMap<string, string> {
  const { namespace, runId, live, past } = seen;
  const version = useSlowly(seen.version, askAgainMs);
  const { data } = useQuery({
    queryKey: ['why-run', namespace, runId, version],
    queryFn: ({ signal }) => call('whyRun', { params: { runId }, query: { namespace }, signal }),
    enabled: past === null && !runHasEnded(live.state),
    retry: false,
    gcTime: 10_000,
    placeholderData: (before) => before,
  });
  return useMemo(() => {
    const why = new Map<string, string>();
    for (const { gates, instances } of data?.groups ?? []) {
      const [first] = gates;
      // What stands before it is what the graph shows.
      if (first === undefined || first.kind === 'graph') continue;
      for (const { taskId, mapIndex } of instances) {
        why.set(`${taskId}/${mapIndex}`, first.text);
        if (!why.has(taskId)) why.set(taskId, first.text);
      }
    }
    return why;
  }, [data]);
}
