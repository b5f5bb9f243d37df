/** The rows of a run that goes on, as the oracle of graphs wants them. */
import { taskKey } from '../../../src/model/keys.ts';
import type { LiveRun } from '../../../src/model/readonly-state.ts';
import type { RunRows } from './graph-oracle.ts';

export function rowsOfLive({ run, tasks, outputs, expansions }: LiveRun): RunRows {
  const key = (id: string, at: number): string =>
    taskKey(run.namespace, run.runId, id as never, at);
  return {
    status: (id, at) => tasks.get(key(id, at))?.status,
    output: (id, at) => outputs.get(key(id, at))?.json,
    items: (mapId) => [...expansions.values()].find((row) => row.mapId === mapId)?.size,
  };
}
