/** I4 and W37: at the same index all nodes say the same, in their digests and to their clients. */
import { z } from 'zod';
import { until } from '../../problem.ts';
import type { ChaosNode } from '../chaos-node.ts';
import { registerDag } from '../dags.ts';
import { type Finding, finding } from '../finding.ts';
import { contentDigest } from '../listing.ts';

const status = z.object({
  applied: z.number(),
  digest: z.string().nullable(),
  digestIndex: z.number(),
});

type Status = z.output<typeof status>;

const waiting = { withinMs: 30_000, everyMs: 250 };
/** A digest is recorded every thousand entries: so long it takes at most to write as many. */
const digestMsMax = 120_000;

/** What the nodes compute of their states; entries are written until each has done so anew. */
export async function checkDigests(nodes: readonly ChaosNode[]): Promise<Finding> {
  const seen = await freshDigests(nodes);
  const digests = seen.map(({ digest, digestIndex }) => `${digest} at ${digestIndex}`);
  return compare('digests that differ', nodes, digests);
}

/** What the nodes answer about every run and every DAG, while no entry is added. */
export async function checkAnswers(nodes: readonly ChaosNode[]): Promise<Finding> {
  let contents: readonly string[] = [];
  await until('the nodes to stand at one index', waiting, async () => {
    const before = await statusesOf(nodes);
    contents = await Promise.all(
      nodes.map((node) => contentDigest(node).catch((error: Error) => error.message)),
    );
    const after = await statusesOf(nodes);
    return isSame([...before, ...after].map(({ applied }) => applied)) || undefined;
  }).catch(() => {});
  return compare('answers that differ', nodes, contents);
}

/** A node that has restarted has no digest until the next one is due. */
async function freshDigests(nodes: readonly ChaosNode[]): Promise<readonly Status[]> {
  const id = 'chaos-digest';
  const [first] = nodes;
  let seen: readonly Status[] = [];
  let count = 0;
  await first?.ask({ method: 'PUT', path: `/api/v1/dags/${id}`, body: registerDag(id, '') });
  await until('a digest of every node', { withinMs: digestMsMax, everyMs: 0 }, async () => {
    const verb = count % 2 === 0 ? 'pause' : 'unpause';
    await first?.ask({ method: 'POST', path: `/api/v1/dags/${id}/${verb}` });
    if (count++ % 50 !== 0) return undefined;
    seen = await statusesOf(nodes);
    const isKnown = seen.length === nodes.length && seen.every(({ digest }) => digest !== null);
    return (isKnown && isSame(seen.map(({ digestIndex }) => digestIndex))) || undefined;
  }).catch(() => {});
  return seen;
}

async function statusesOf(nodes: readonly ChaosNode[]): Promise<readonly Status[]> {
  const path = '/api/v1/node';
  const answers = await Promise.all(nodes.map((node) => node.ask({ method: 'GET', path })));
  return answers.flatMap((answer) => (answer.kind === 'ok' ? [status.parse(answer.body)] : []));
}

const isSame = (values: readonly unknown[]): boolean => new Set(values).size === 1;

function compare(check: string, nodes: readonly ChaosNode[], values: readonly string[]): Finding {
  const names = nodes.map(({ name }, place) => `${name}: ${values[place] ?? 'no answer'}`);
  const isGood = values.length === nodes.length && isSame(values);
  return finding(check, isGood ? `${values[0]}` : 'see below', isGood ? [] : names);
}
