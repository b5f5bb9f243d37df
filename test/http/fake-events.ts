/** The history of a run, of the records of a log. */
import type { Namespace, RunId } from '../../src/base/brand.ts';
import type { RunEvent, WatchEvent } from '../../src/model/reading.ts';

export const eventsOf = (
  log: readonly WatchEvent[],
  run: { readonly namespace: Namespace; readonly runId: RunId },
): readonly RunEvent[] =>
  log.flatMap(({ index, record }) =>
    record.decisions.flatMap(({ what, by, facts }) =>
      facts.flatMap((fact): RunEvent[] => {
        if (fact.row === null || (fact.table !== 'run' && fact.table !== 'task')) return [];
        const { namespace, runId } = fact.row;
        if (namespace !== run.namespace || runId !== run.runId) return [];
        return [{ index, at: record.at, by, what, row: fact.row }];
      }),
    ),
  );
