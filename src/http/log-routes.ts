/** Routes of the search in logs. */
import type { z } from 'zod';
import { contract } from '../api/contract.ts';
import { logSearchLimits } from '../api/contract-logs.ts';
import { type Problem, problemOf } from '../api/problems.ts';
import type { LogSearchFound } from '../api/service.ts';
import { dagId, type Namespace, type RunId, runId, taskId, wallMs } from '../base/brand.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { linearRegex } from '../model/linear-regex.ts';
import type { LogQuery } from '../model/protocol.ts';
import { type Door, route } from './route.ts';
import { runNotFound } from './submit.ts';

type Asked = Pick<
  z.output<typeof contract.searchRunLogs.query>,
  'q' | 'regex' | 'ignoreCase' | 'taskId' | 'context' | 'limit'
>;

export function logRoutes(door: Door): void {
  const { reader } = door.service;
  route(door, contract.searchRunLogs, async ({ params, query, namespace }) => {
    const { index, value } = await reader.run(namespace, runId(params.runId));
    if (value === undefined) return runNotFound(params.runId);
    const found = await search(door, { namespace, runIds: [runId(params.runId)], asked: query });
    return found.ok ? ok({ index, value: found.value }) : found;
  });

  route(door, contract.searchDagLogs, async ({ params, query, namespace }) => {
    const { value: dag } = await reader.dag(namespace, dagId(params.dagId));
    if (dag === undefined) {
      const detail = `there is no DAG "${params.dagId}" in this namespace`;
      return fail(problemOf('DAG_NOT_FOUND', detail));
    }
    const { since: from, runs = logSearchLimits.runsDefault } = query;
    const since = from === undefined ? null : wallMs(from);
    const { index, value: page } = await reader.runs({
      ...{
        namespace,
        dagId: dagId(params.dagId),
        statuses: null,
        since,
        limit: runs,
        cursor: null,
      },
    });
    const runIds = page.items.map((run) => run.runId);
    const found = await search(door, { namespace, runIds, asked: query });
    return found.ok ? ok({ index, value: found.value }) : found;
  });
}

async function search(
  { service }: Door,
  wanted: {
    readonly namespace: Namespace;
    readonly runIds: readonly RunId[];
    readonly asked: Asked;
  },
): Promise<Result<z.input<typeof contract.searchRunLogs.reply>, Problem>> {
  const { namespace, runIds, asked } = wanted;
  const query = queryOf(asked);
  if (!query.ok) return query;
  const { taskId: task, limit = logSearchLimits.linesDefault } = asked;
  const named = task === undefined ? null : taskId(task);
  const found = await service.searchLogs({
    ...{ namespace, runIds, taskId: named, query: query.value, limit },
  });
  return ok({ ...viewOf(found), runs: runIds.length });
}

function queryOf(asked: Asked): Result<LogQuery, Problem> {
  const { q: text, regex: isPattern = false, ignoreCase = false, context = 0 } = asked;
  const checked = isPattern ? linearRegex(text) : undefined;
  if (checked?.ok === false) return fail(problemOf('QUERY_INVALID', `q: ${checked.error}`));
  return ok({ text, isPattern, ignoreCase, context });
}

const viewOf = ({ matches, isCut, unsearched }: LogSearchFound) => ({
  matches: matches.map(({ id, ...match }) => {
    const { runId: run, taskId: task, mapIndex } = id;
    return { runId: run, taskId: task, mapIndex, ...match };
  }),
  isCut,
  unsearched,
});
