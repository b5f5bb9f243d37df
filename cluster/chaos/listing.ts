/** What one node answers about everything that it knows: the ground of most checks. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { until } from '../problem.ts';
import type { ChaosNode } from './chaos-node.ts';

const run = z.looseObject({
  runId: z.string(),
  dagId: z.string(),
  state: z.string(),
  trigger: z.string(),
  logicalDate: z.string().nullable(),
});

export type ListedRun = z.output<typeof run>;

const page = z.object({ items: z.array(z.unknown()), cursor: z.string().nullable() });

const patienceMs = 30_000;

/**
 * All rows of a list of the API, page by page; throws when the node does not answer. A node that
 * has just come back may be ready and a moment behind, which is no loss: it is asked for what
 * holds by now, and answers from what it has itself.
 */
export async function listAll(node: ChaosNode, path: string): Promise<readonly unknown[]> {
  const rows: unknown[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const after: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const query = `limit=1000&consistency=linearizable${after}`;
    const url = `${path}${path.includes('?') ? '&' : '?'}${query}`;
    const next = await until(`${node.name} to list ${path}`, waiting, async () => {
      if (!node.isAlive) throw new Error(`${node.name} has ended`);
      const answer = await node.ask({ method: 'GET', path: url, timeoutMs: patienceMs });
      return answer.kind === 'ok' ? page.parse(answer.body) : undefined;
    });
    rows.push(...next.items);
    cursor = next.cursor;
  }
  return rows;
}

const waiting = { withinMs: patienceMs, everyMs: 200 };

/** Loose rows: fields that no check reads are compared too. */
export async function listRuns(node: ChaosNode, query = ''): Promise<readonly ListedRun[]> {
  return z.array(run).parse(await listAll(node, `/api/v1/runs${query}`));
}

/** Equal for nodes that say the same of every run and every DAG. */
export async function contentDigest(node: ChaosNode): Promise<string> {
  const hash = createHash('sha256');
  for (const path of ['/api/v1/runs', '/api/v1/dags']) {
    for (const row of await listAll(node, path)) hash.update(`${JSON.stringify(row)}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}
