/**
 * Clients as a fail-over meets them: writes at a fixed rate, in turn to each of some nodes; one
 * that fails is repeated under its key. Remembered is when each was acknowledged.
 */
import { type Api, ApiError } from '../cluster/api.ts';
import type { LocalCluster, LocalNode } from '../cluster/local-cluster.ts';
import { sleep } from '../cluster/problem.ts';

/** The DAG that `Writer` starts runs of. */
export const writesDag = 'id: writes\nmaxActiveRuns: 10000\ntasks: { only: { type: noop } }\n';

const writesPerSecond = 50;
const requestMs = 2_000;

export class Writer {
  readonly acknowledged: string[] = [];
  readonly #cluster: LocalCluster;
  readonly #open = new Set<Promise<void>>();
  #acksMs: number[] = [];
  #timer: NodeJS.Timeout | undefined;
  #sent = 0;

  constructor(cluster: LocalCluster) {
    this.#cluster = cluster;
  }

  get lastAckMs(): number {
    return this.#acksMs.at(-1) ?? 0;
  }

  begin(nodes: readonly LocalNode[]): void {
    this.#acksMs = [];
    const startMs = performance.now();
    let count = 0;
    this.#timer = setInterval(() => {
      // By the clock, not by the ticks: a late timer sends what is due.
      const due = ((performance.now() - startMs) * writesPerSecond) / 1000;
      for (; count < due; count++) this.#send(nodes);
    }, 1000 / writesPerSecond);
  }

  end(): void {
    clearInterval(this.#timer);
  }

  async settle(): Promise<void> {
    await Promise.all(this.#open);
  }

  /** Of all gaps between neighbouring acknowledgements that end after `sinceMs`. */
  longestGapMs(sinceMs: number): number {
    let longest = 0;
    for (const [place, atMs] of this.#acksMs.entries()) {
      const beforeMs = this.#acksMs[place - 1];
      if (beforeMs !== undefined && atMs > sinceMs) longest = Math.max(longest, atMs - beforeMs);
    }
    return longest;
  }

  #send(nodes: readonly LocalNode[]): void {
    const runId = `write.${++this.#sent}`;
    const sending = this.#write(runId, nodes, this.#sent).finally(() => this.#open.delete(sending));
    this.#open.add(sending);
  }

  async #write(runId: string, nodes: readonly LocalNode[], first: number): Promise<void> {
    for (let turn = first; ; turn++) {
      const node = nodes[turn % nodes.length];
      if (node === undefined) return;
      try {
        await node.api.startRun('writes', { runId }, { key: runId, timeoutMs: requestMs });
        this.#acksMs.push(performance.now());
        this.acknowledged.push(runId);
        return;
      } catch (error) {
        if (!(error instanceof ApiError) || (error.status !== 0 && error.status < 500)) throw error;
        if (this.#cluster.alive.length === 0) return;
        await sleep(10);
      }
    }
  }
}

/** Acknowledged runs that the cluster does not know. */
export async function missingWrites(
  cluster: LocalCluster,
  acknowledged: readonly string[],
): Promise<readonly string[]> {
  const known = new Set<string>();
  let cursor: string | null = null;
  do {
    const page: RunPage = await nextPage(cluster, cursor);
    for (const { runId } of page.items) known.add(runId);
    cursor = page.cursor;
  } while (cursor !== null);
  return acknowledged.filter((runId) => !known.has(runId));
}

type RunPage = Awaited<ReturnType<Api['runs']>>;

const nextPage = (cluster: LocalCluster, cursor: string | null): Promise<RunPage> =>
  cluster.ask((api) => api.runs('writes', cursor));
