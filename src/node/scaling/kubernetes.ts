/**
 * Nodes as the pods of a StatefulSet: the goal is put into its scale subresource, with the service
 * account of the pod that leads. It may `patch` `statefulsets/scale` and nothing else.
 *
 * A StatefulSet takes its pods away from the highest number down. So a pool gives up its highest
 * numbers, and the replicas are lowered only as far as every pod above has been released.
 */
import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import type { NodeProvider } from '../../model/node-pool.ts';
import { aliveIn, failed, type NodeSource, type PoolGoal, type Pursued, silentIn } from './goal.ts';

type Kubernetes = Extract<NodeProvider, { readonly kind: 'kubernetes' }>;

export interface KubernetesNodesOptions {
  /** Where the service account is mounted: `token` and `ca.crt`. */
  readonly account?: string;
  /** `KUBERNETES_SERVICE_HOST` and `KUBERNETES_SERVICE_PORT` of a pod. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

const accountDefault = '/var/run/secrets/kubernetes.io/serviceaccount';
const timeoutMs = 10_000;
/** Of an answer that is not a success. */
const answerCharacters = 300;

export class KubernetesNodes implements NodeSource {
  readonly againMs = 30_000;
  readonly #options: KubernetesNodesOptions;

  constructor(options: KubernetesNodesOptions) {
    this.#options = options;
  }

  async pursue(goal: PoolGoal): Promise<Pursued> {
    const { provider } = goal;
    if (provider.kind !== 'kubernetes') return failed('the pool has no StatefulSet');
    try {
      const replicas = replicasFor(goal, provider);
      const refused = await this.#scale(provider, replicas);
      if (refused !== undefined) return failed(refused);
      const alive = aliveIn(goal);
      const isDone = alive >= goal.wanted && goal.remove.length === 0;
      const nodes = `${alive} of ${goal.wanted} nodes are up`;
      const outcome = `${provider.statefulSet} has ${replicas} replicas; ${nodes}`;
      return { isDone, outcome, gone: silentIn(goal) };
    } catch (error) {
      return failed(error instanceof Error ? error.message : String(error));
    }
  }

  /** The token is read each time: it is renewed where it is mounted. */
  async #scale({ namespace, statefulSet }: Kubernetes, replicas: number) {
    const { account = accountDefault, env } = this.#options;
    const host = env.KUBERNETES_SERVICE_HOST;
    if (host === undefined) return 'this node is no pod: KUBERNETES_SERVICE_HOST is not set';
    const token = (await readFile(join(account, 'token'), 'utf8')).trim();
    const ca = await readFile(join(account, 'ca.crt'), 'utf8');
    const path =
      `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}` +
      `/statefulsets/${encodeURIComponent(statefulSet)}/scale`;
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/merge-patch+json',
      accept: 'application/json',
    };
    const port = env.KUBERNETES_SERVICE_PORT ?? '443';
    const body = JSON.stringify({ spec: { replicas } });
    const { status, text } = await patch({ host, port, path, ca, headers, body });
    if (status >= 200 && status < 300) return undefined;
    const said = text.replace(/\s+/g, ' ').slice(0, answerCharacters);
    return `the API server answered ${status}: ${said}`;
  }
}

/**
 * As many as are wanted beside the nodes that the set does not make; and no fewer than keep every
 * pod that is not released.
 */
export function replicasFor(
  { wanted, nodes, remove }: PoolGoal,
  { statefulSet }: Kubernetes,
): number {
  let kept = 0;
  let others = 0;
  for (const { name, state } of nodes) {
    const number = numberIn(statefulSet, name);
    if (number === undefined) others += state === 'alive' ? 1 : 0;
    const stays = number !== undefined && state !== 'lost' && !remove.includes(name);
    if (stays) kept = Math.max(kept, number + 1);
  }
  return Math.max(wanted - others, kept, 0);
}

/** `burst-3` -> 3. */
function numberIn(statefulSet: string, name: string): number | undefined {
  const rest = name.startsWith(`${statefulSet}-`) ? name.slice(statefulSet.length + 1) : '';
  return /^\d+$/.test(rest) ? Number(rest) : undefined;
}

interface Patch {
  readonly host: string;
  readonly port: string;
  readonly path: string;
  readonly ca: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

function patch({ headers, body, ...where }: Patch): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const options = { ...where, method: 'PATCH', headers: { ...headers }, timeout: timeoutMs };
    const asked = request(options, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (part: string) => {
        text = (text + part).slice(0, answerCharacters);
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
      answer.on('error', reject);
    });
    asked.on('timeout', () => asked.destroy(new Error('the API server does not answer')));
    asked.on('error', reject);
    asked.end(body);
  });
}
