/** Route of right-sizing hints: what is known of the newest runs, from the rows of this node. */
import { contract } from '../api/contract.ts';
import type { Reader } from '../api/service.ts';
import { type DagId, dagId, type Namespace } from '../base/brand.ts';
import { ok } from '../base/result.ts';
import type { TaskRow } from '../model/task-instance.ts';
import { hintLimits, taskHints } from '../model/views/hints.ts';
import { type Door, route } from './route.ts';
import { dagNotFound } from './submit.ts';

export function hintRoutes(door: Door): void {
  const { reader } = door.service;
  route(door, contract.dagHints, async ({ namespace, params, query }) => {
    const id = dagId(params.dagId);
    const { index, value } = await reader.dag(namespace, id);
    if (value === undefined) return dagNotFound(params.dagId);
    const { runs = hintLimits.runs } = query;
    const recent = await recentRows(reader, { namespace, dagId: id, runs });
    const { versionId, spec } = value.version;
    const { rows, ...seen } = recent;
    const tasks = taskHints(spec, rows);
    return ok({ index, value: { dagId: id, versionId, ...seen, tasks } });
  });
}

interface Recent {
  readonly runs: number;
  readonly attempts: number;
  readonly rows: readonly TaskRow[];
}

/** One run after the other, so that a question about large ones holds up nobody else. */
async function recentRows(
  reader: Reader,
  asked: { readonly namespace: Namespace; readonly dagId: DagId; readonly runs: number },
): Promise<Recent> {
  const rows: TaskRow[] = [];
  let runs = 0;
  let attempts = 0;
  let cursor: string | null = null;
  const { namespace, dagId: of } = asked;
  do {
    const limit = asked.runs - runs;
    const query = { namespace, dagId: of, statuses: null, since: null, limit, cursor };
    const { value: page } = await reader.runs(query);
    for (const { runId } of page.items) {
      const { value: run } = await reader.run(namespace, runId);
      runs += 1;
      for (const row of run?.tasks ?? []) {
        attempts += row.attempts.length;
        rows.push(row);
      }
      if (attempts >= hintLimits.attempts) return { runs, attempts, rows };
    }
    cursor = page.cursor;
  } while (cursor !== null && runs < asked.runs);
  return { runs, attempts, rows };
}
