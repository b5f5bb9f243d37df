/**
 * Looks at every node a few times a second: who leads, how often that changed, how much memory the
 * processes take; and starts nodes again that have ended, as a service manager does.
 *
 * It owns what it has seen. It does not own the nodes.
 */
import { z } from 'zod';
import type { ChaosNode } from './chaos-node.ts';

const everyMs = 300;
const askMsMax = 500;
/** A node that ended is started again after this long. */
const restartMs = 1_000;
/** A node that ends before it has heard of a leader is left alone after so many tries. */
const restartsMax = 5;

const status = z.object({ term: z.number(), leader: z.string().nullable() });

export class Watch {
  /** The newest leader that a node named. */
  leader: string | null = null;
  /** Terms that had a leader, and who it was. */
  readonly leaders = new Map<number, string>();
  readonly #nodes: readonly ChaosNode[];
  readonly #timer: NodeJS.Timeout;
  readonly #endedMs = new Map<string, number>();
  readonly #restarts = new Map<string, number>();
  #looking = false;

  constructor(nodes: readonly ChaosNode[]) {
    this.#nodes = nodes;
    this.#timer = setInterval(() => this.#look(), everyMs);
  }

  /** Changes of the leader that were seen; the first one is none. */
  get leaderChanges(): number {
    const names = [...this.leaders].sort(([a], [b]) => a - b).map(([, name]) => name);
    return names.slice(1).length;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    for (const node of this.#nodes) {
      node.measure();
      this.#restart(node);
    }
    await Promise.all(this.#nodes.map((node) => this.#ask(node)));
    this.leader = [...this.leaders].sort(([a], [b]) => a - b).at(-1)?.[1] ?? null;
    this.#looking = false;
  }

  async #ask(node: ChaosNode): Promise<void> {
    if (!node.isAlive) return;
    const path = '/api/v1/node';
    const answer = await node.ask({ method: 'GET', path, timeoutMs: askMsMax });
    const seen = answer.kind === 'ok' ? status.safeParse(answer.body).data : undefined;
    if (seen?.leader == null) return;
    this.leaders.set(seen.term, seen.leader);
    this.#restarts.delete(node.name);
  }

  #restart(node: ChaosNode): void {
    const { name } = node;
    if (node.isAlive || node.heldDown) {
      this.#endedMs.delete(name);
      return;
    }
    const nowMs = performance.now();
    const endedMs = this.#endedMs.get(name);
    if (endedMs === undefined) this.#endedMs.set(name, nowMs);
    else if (nowMs - endedMs > restartMs) {
      const count = this.#restarts.get(name) ?? 0;
      if (count >= restartsMax) return;
      this.#restarts.set(name, count + 1);
      this.#endedMs.delete(name);
      node.start();
    }
  }
}
