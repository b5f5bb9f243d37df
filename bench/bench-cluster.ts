/** A fresh cluster for one measurement: free ports, a temporary folder that goes with it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalCluster, startCluster } from '../cluster/local-cluster.ts';
import { freePorts } from '../cluster/places.ts';
import { Problem } from '../cluster/problem.ts';

export interface BenchOptions {
  readonly nodes: number;
  readonly nodeArgs?: readonly string[];
  /** More of the nodes' environment. */
  readonly nodeEnv?: Readonly<Record<string, string>>;
  /** Which `skein` a node runs; that of this checkout unless said. */
  readonly launcherOf?: (name: string) => string;
}

/** Runs `measure` on a new cluster; nothing of it is left, unless it failed: then its logs are. */
export async function withCluster<T>(
  options: BenchOptions,
  measure: (cluster: LocalCluster, folder: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'skein-bench-'));
  const ports = await freePorts(options.nodes);
  const dataDir = join(folder, 'cluster');
  const cluster = await startCluster({ ...options, dataDir, ports, nats: null });
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => process.exit(130));
  let isDone = false;
  try {
    await cluster.ready();
    const result = await measure(cluster, folder);
    isDone = true;
    return result;
  } finally {
    await cluster.stop();
    if (isDone) rmSync(folder, { recursive: true });
    else process.stderr.write(`The data and logs of the cluster are kept in ${folder}\n`);
  }
}

/** Runs a program to its end: a `Problem` is one line, everything else shows where it came from. */
export function runProgram(main: () => Promise<number>): void {
  main().then(
    (code) => process.exit(code),
    (error: unknown) => {
      const isPlain = error instanceof Problem;
      const text = error instanceof Error ? (isPlain ? error.message : error.stack) : error;
      process.stderr.write(`${text}\n`);
      process.exit(isPlain ? error.exitCode : 1);
    },
  );
}
