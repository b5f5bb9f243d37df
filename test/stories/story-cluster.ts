/** One real cluster for the stories of a file: free ports, a temporary folder, three nodes. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Api, RunDetail } from '../../cluster/api.ts';
import {
  type ClusterOptions,
  type LocalCluster,
  startCluster,
} from '../../cluster/local-cluster.ts';
import { freePorts } from '../../cluster/places.ts';
import { until } from '../../cluster/problem.ts';
import { hasEnded } from '../../cluster/samples.ts';

export interface Story {
  readonly cluster: LocalCluster;
  /** For the files of the story; removed at its end. */
  readonly folder: string;
  /** Applies a definition as YAML; its id is that of the definition. */
  apply(id: string, yaml: string): Promise<void>;
  /** Starts a run and waits until it has ended. */
  run(dagId: string, params?: Readonly<Record<string, string | number>>): Promise<RunDetail>;
  end(): Promise<void>;
}

const runMsMax = 90_000;

interface StoryOptions
  extends Partial<Pick<ClusterOptions, 'nodes' | 'broker' | 'nodeEnv' | 'launcherOf'>> {
  /** Nodes that may join later. */
  readonly spare?: number;
}

export async function beginStory(options: StoryOptions = {}): Promise<Story> {
  const { nodes = 3, broker = 'server', spare = 0, ...rest } = options;
  const folder = mkdtempSync(join(tmpdir(), 'skein-story-'));
  const dataDir = join(folder, 'cluster');
  // A port of its own also for NATS: stories of other files may begin at the same time.
  const [natsPort = 0, ...ports] = await freePorts(1 + nodes + spare);
  const cluster = await startCluster({
    ...{ nodes, dataDir, ports, nats: null, natsPort, broker, ...rest },
  });
  const ask = <T>(question: (api: Api) => Promise<T>): Promise<T> => cluster.ask(question);
  await cluster.ready();
  return {
    cluster,
    folder,
    apply: async (id, text) => void (await ask((api) => api.applyDag(id, { type: 'yaml', text }))),
    run: async (dagId, params = {}) => {
      const { runId } = await ask((api) => api.startRun(dagId, { params }));
      return ended(cluster, runId);
    },
    end: async () => {
      await cluster.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

export function ended(cluster: LocalCluster, runId: string): Promise<RunDetail> {
  return until(`the end of ${runId}`, { withinMs: runMsMax, everyMs: 50 }, async () => {
    const run = await cluster.ask((api) => api.run(runId));
    return hasEnded(run) ? run : undefined;
  });
}

/** `{ extract: 'success', … }` */
export const statesOf = ({ tasks }: RunDetail): Readonly<Record<string, string>> =>
  Object.fromEntries(tasks.map(({ taskId, state }) => [taskId, state]));
