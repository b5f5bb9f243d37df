/** A cluster whose nodes are of two versions, and what all of them must be able to do meanwhile. */
import { join } from 'node:path';
import { ApiError } from '../../cluster/api.ts';
import type { LocalNode } from '../../cluster/local-cluster.ts';
import { checkout } from '../../cluster/places.ts';
import { until } from '../../cluster/problem.ts';
import { beginStory, ended, type Story } from '../stories/story-cluster.ts';
import type { Frozen } from './frozen.ts';

const thisVersion = join(checkout, 'bin', 'skein');

interface MixedOptions {
  /** Nodes that may join later. */
  readonly spare?: number;
  readonly nodeEnv?: Readonly<Record<string, string>>;
}

export class MixedCluster {
  readonly story: Story;
  readonly #newer: Set<string>;

  /** Use `begin`. */
  constructor(story: Story, newer: Set<string>) {
    this.story = story;
    this.#newer = newer;
  }

  /** Three nodes of the previous version. */
  static async begin(frozen: Frozen, options: MixedOptions = {}): Promise<MixedCluster> {
    const newer = new Set<string>();
    const launcherOf = (name: string) => (newer.has(name) ? thisVersion : frozen.launcher);
    const mixed = new MixedCluster(
      await beginStory({ broker: 'embedded', launcherOf, ...options }),
      newer,
    );
    // Of real work, because its ends are what estimates are made of.
    await mixed.story.apply('one', 'id: one\ntasks: { only: { type: shell, command: "true" } }\n');
    return mixed;
  }

  node(name: string): LocalNode {
    return this.story.cluster.node(name);
  }

  /** The version that each node says it is of. */
  async versions(): Promise<Readonly<Record<string, string>>> {
    const said = this.story.cluster.nodes.map(
      async ({ name, api }) => [name, (await api.node()).version] as const,
    );
    return Object.fromEntries(await Promise.all(said));
  }

  /** By which version a node is started from now on. */
  becomes(name: string, version: 'this' | 'previous'): void {
    if (version === 'this') this.#newer.add(name);
    else this.#newer.delete(name);
  }

  /** Ends a node and starts it again on its directory. */
  async restartAs(
    name: string,
    version: 'this' | 'previous',
    signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM',
  ): Promise<void> {
    this.becomes(name, version);
    const { child } = this.node(name);
    if (signal === 'SIGTERM') await child.stop();
    else child.kill(signal);
    await child.exited;
    await this.story.cluster.restartNode(name);
  }

  /** Starts a node as the previous version, which must refuse its directory, and how it did. */
  async refusalOf(name: string): Promise<{ readonly exit: number | null; readonly code: string }> {
    this.becomes(name, 'previous');
    const { child } = this.story.cluster.startNode(name);
    const { code } = await child.exited;
    return { exit: code, code: /[A-Z_]{4,}/.exec(child.lastWords())?.[0] ?? '' };
  }

  /** Hands leadership to `name`, which may take more than one attempt while there is load. */
  async lead(name: string): Promise<void> {
    const { cluster } = this.story;
    await until(`${name} to lead`, { withinMs: 60_000, everyMs: 200 }, async () => {
      if ((await cluster.leader()).name === name) return true;
      await cluster.ask((api) => api.transfer(name)).catch(transferFailed);
      return undefined;
    });
  }

  /** Every node takes a run, every node answers a linearizable read about it, and it ends. */
  async everyNodeWorks(): Promise<void> {
    const { cluster } = this.story;
    for (const writer of cluster.nodes) {
      const { runId } = await until('a run', { withinMs: 30_000, everyMs: 100 }, () =>
        writer.api.startRun('one').catch(weather),
      );
      for (const reader of cluster.nodes) {
        const read = `${reader.api.url}/api/v1/runs/${runId}?consistency=linearizable`;
        const status = await until('a read', { withinMs: 30_000, everyMs: 100 }, async () => {
          const response = await fetch(read);
          return response.status < 500 ? response.status : undefined;
        });
        if (status !== 200) throw new Error(`${reader.name} answered ${status} about ${runId}`);
      }
      const { state } = await ended(cluster, runId);
      if (state !== 'success') throw new Error(`${runId} ended as ${state}`);
    }
  }
}

function transferFailed(error: unknown): void {
  if (!(error instanceof ApiError) || error.code !== 'TRANSFER_FAILED') throw error;
}

/** Not now, or no answer: it may be asked again. */
export function weather(error: unknown): undefined {
  if (!(error instanceof ApiError) || (error.status > 0 && error.status < 500)) throw error;
}

/** All runs of a DAG, as one node sees them. */
export async function runsOf({ api }: LocalNode, dagId: string) {
  const found = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof api.runs>> = await api.runs(dagId, cursor);
    found.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== null);
  return found;
}

/** Runs that were promised, and of which the node knows nothing. */
export async function missingRuns(
  node: LocalNode,
  dagId: string,
  promised: readonly string[],
): Promise<readonly string[]> {
  const known = new Set((await runsOf(node, dagId)).map(({ runId }) => runId));
  return promised.filter((runId) => !known.has(runId));
}
