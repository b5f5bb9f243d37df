/** The sample workflows of `up`: their source data, their definitions, their runs. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunDetail } from './api.ts';
import type { LocalCluster } from './local-cluster.ts';
import { checkout, findProgram } from './places.ts';
import { sleep } from './problem.ts';
import type { RunBoard } from './run-board.ts';

export interface Sample {
  readonly dagId: string;
  readonly file: string;
  /** A program that its tasks need beside a shell. */
  readonly needs: string;
}

export const samples: readonly Sample[] = [
  { dagId: 'data_pipeline', file: 'examples/11-data-pipeline.yaml', needs: 'awk' },
  { dagId: 'dwh_etl_pipeline', file: 'examples/12-dwh-etl-pipeline.yaml', needs: 'python3' },
];

/** Where the definitions look for their source unless a run says otherwise. */
const sourceFolder = '/tmp/skein-examples/source';
const pollMs = 150;

export const makeSource = (folder = sourceFolder, ...options: readonly string[]): void => {
  const script = join(checkout, 'examples/data/make-data.sh');
  execFileSync('/bin/sh', [script, folder, ...options], { stdio: 'pipe' });
};

/** The samples that this machine can run. */
export const possibleSamples = (): readonly Sample[] =>
  samples.filter(({ needs }) => findProgram(needs) !== undefined);

/** Applies the samples and starts a run of each; returns the ids of the runs. */
export async function startSamples(
  cluster: LocalCluster,
  chosen: readonly Sample[],
): Promise<readonly string[]> {
  makeSource();
  const runs: string[] = [];
  for (const { dagId, file } of chosen) {
    const text = readFileSync(join(checkout, file), 'utf8');
    await cluster.ask((api) => api.applyDag(dagId, { type: 'yaml', text }));
    // Made here, so that a repeated request starts no second run.
    const runId = `${dagId}.${Date.now().toString(36)}`;
    await cluster.ask((api) => api.startRun(dagId, { runId }, { key: runId }));
    runs.push(runId);
  }
  return runs;
}

const endStates: ReadonlySet<string> = new Set(['success', 'failed', 'cancelled']);
export const hasEnded = ({ state }: RunDetail): boolean => endStates.has(state);

/** Shows the runs until all have ended, or `stopped` is true. */
export async function followRuns(options: {
  readonly cluster: LocalCluster;
  readonly runIds: readonly string[];
  readonly board: RunBoard;
  readonly stopped: () => boolean;
  /** Called with every picture. */
  readonly seen: (runs: readonly RunDetail[]) => void;
}): Promise<readonly RunDetail[]> {
  const { cluster, runIds, board, stopped, seen } = options;
  let runs: readonly RunDetail[] = [];
  while (!stopped()) {
    runs = await Promise.all(runIds.map((id) => cluster.ask((api) => api.run(id))));
    board.show(runs);
    seen(runs);
    if (runs.every(hasEnded)) break;
    await sleep(pollMs);
  }
  board.close();
  return runs;
}
