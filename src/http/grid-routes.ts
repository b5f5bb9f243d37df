/** Route of the grid of a DAG, from the rows of this node. */
import { contract } from '../api/contract.ts';
import type { Reader } from '../api/service.ts';
import { type DagId, dagId, type Namespace } from '../base/brand.ts';
import { ok } from '../base/result.ts';
import { type GridCells, gridCellSteps, gridLimits, gridView } from '../model/views/grid.ts';
import { instanceRows } from '../model/views.ts';
import { inSteps } from './in-steps.ts';
import { type Door, route } from './route.ts';
import { dagNotFound } from './submit.ts';

/** Runs whose places are looked up at once; an answer ends behind such a chunk. */
const chunkMax = 10;

export function gridRoutes(door: Door): void {
  const { reader } = door.service;
  route(door, contract.dagGrid, async ({ namespace, params, query }) => {
    const id = dagId(params.dagId);
    const { index, value } = await reader.dag(namespace, id);
    if (value === undefined) return dagNotFound(params.dagId);
    const { limit = gridLimits.runs, cursor = null } = query;
    const found = await cellsOf(reader, { namespace, dagId: id, limit, cursor });
    const current = Object.keys(value.version.spec.tasks);
    const grid = gridView(id, current, found.runs);
    return ok({ index, value: { ...grid, cursor: found.cursor } });
  });
}

interface Asked {
  readonly namespace: Namespace;
  readonly dagId: DagId;
  readonly limit: number;
  readonly cursor: string | null;
}

interface Found {
  readonly runs: readonly GridCells[];
  readonly cursor: string | null;
}

/** One run after the other, so that a question about large ones holds up nobody else. */
async function cellsOf(reader: Reader, asked: Asked): Promise<Found> {
  const runs: GridCells[] = [];
  let { cursor } = asked;
  let instances = 0;
  do {
    const limit = Math.min(chunkMax, asked.limit - runs.length);
    const query = { namespace: asked.namespace, dagId: asked.dagId, statuses: null, since: null };
    const { value: page } = await reader.runs({ ...query, limit, cursor });
    for (const { runId } of page.items) {
      const { value: run } = await reader.run(asked.namespace, runId);
      if (run === undefined) continue;
      const cells = await inSteps(gridCellSteps(instanceRows(run)));
      instances += cells.instances;
      runs.push(cells);
    }
    cursor = page.cursor;
  } while (cursor !== null && runs.length < asked.limit && instances < gridLimits.instances);
  return { runs, cursor };
}
