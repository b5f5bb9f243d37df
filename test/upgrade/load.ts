/**
 * Load that goes on while nodes come and go: runs are started through all nodes in turn, each under
 * a key of its own, until it is acknowledged. What was acknowledged must be there at the end.
 */
import { ApiError } from '../../cluster/api.ts';
import type { LocalCluster } from '../../cluster/local-cluster.ts';
import { sleep } from '../../cluster/problem.ts';

const writers = 4;
/** A node that ends answers nothing; another one is asked after so long. */
const repeatMs = 50;

export class Load {
  readonly #cluster: LocalCluster;
  readonly #dagId: string;
  readonly #acknowledged: string[] = [];
  readonly #writers: readonly Promise<void>[];
  #stopping = false;
  #started = 0;

  /** Starts at once. The DAG is there. */
  constructor(cluster: LocalCluster, dagId: string) {
    this.#cluster = cluster;
    this.#dagId = dagId;
    this.#writers = Array.from({ length: writers }, () => this.#write());
  }

  /** Runs that a node has promised to start. */
  get acknowledged(): readonly string[] {
    return this.#acknowledged;
  }

  /** Waits for what is under way; rejects with what was refused. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#writers);
  }

  async #write(): Promise<void> {
    while (!this.#stopping) {
      const place = this.#started++;
      const runId = `${this.#dagId}.load-${place}`;
      await this.#start(runId, place);
      this.#acknowledged.push(runId);
    }
  }

  /** Repeats one request, on one node after the other, until it is answered. */
  async #start(runId: string, place: number): Promise<void> {
    for (let turn = place; ; turn++) {
      const { alive } = this.#cluster;
      const node = alive[turn % Math.max(1, alive.length)];
      try {
        await node?.api.startRun(this.#dagId, { runId }, { key: runId, timeoutMs: 3_000 });
        if (node !== undefined) return;
      } catch (error) {
        // No answer, or "not now": the key makes the next request the same one.
        if (!(error instanceof ApiError) || (error.status > 0 && error.status < 500)) throw error;
      }
      await sleep(repeatMs);
    }
  }
}
