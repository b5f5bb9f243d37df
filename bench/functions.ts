/**
 * `npm run bench -- functions`: attempts a second of one executor's runners, four at a time, and
 * how long one takes after a pause, without scheduler and network: the price of the process. Then
 * calls that share a process, through a cluster, beside no-op tasks (`function-cluster.ts`).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { present } from '../src/base/assert.ts';
import { dagId, incarnation, namespace, runId, taskId, token } from '../src/base/brand.ts';
import { processMarks } from '../src/executor/attempt-key.ts';
import { inheritable } from '../src/executor/context.ts';
import { nodeFiles } from '../src/executor/node-files.ts';
import { createProcesses } from '../src/executor/processes/create-processes.ts';
import { realRunners } from '../src/executor/real-runners.ts';
import type { RunResult } from '../src/executor/runner.ts';
import type { WorkAction } from '../src/model/dag.ts';
import { realClock } from '../src/node/real-ports.ts';
import { print } from './figures.ts';
import { functionClusterBench } from './function-cluster.ts';
import { machine } from './machine.ts';

const atOnce = 4;
const throughputMs = 5_000;
const pauses = 20;
const pauseMs = 200;

const code = 'export default (input) => input';
const called = { kind: 'function', code, file: null, export: 'default', input: 1 } as const;
const actions: Readonly<Record<string, WorkAction>> = {
  'function, reused': { ...called, reuse: true },
  function: called,
  python: { kind: 'python', code: 'pass', file: null, args: [] },
  shell: { kind: 'shell', command: ':' },
};

/** `--runners` or `--cluster`: that half alone. `--nodes N`: of the cluster. */
export async function functionsBench(args: readonly string[]): Promise<number> {
  const options = {
    nodes: { type: 'string', default: '3' },
    runners: { type: 'boolean', default: false },
    cluster: { type: 'boolean', default: false },
  } as const;
  const { values } = parseArgs({ args: [...args], options });
  print(machine());
  if (!values.cluster) await runnersBench();
  return values.runners ? 0 : functionClusterBench(Number(values.nodes));
}

async function runnersBench(): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'skein-bench-functions-'));
  const real = createProcesses();
  const runners = realRunners({
    clock: realClock,
    processes: real.processes,
    files: nodeFiles,
    dataDir,
    inherited: inheritable(process.env),
    nextMark: processMarks(incarnation('bench')),
  });
  let attempts = 0;
  const run = (action: WorkAction): Promise<RunResult> => {
    attempts += 1;
    const names = { namespace: namespace('default'), runId: runId('r'), taskId: taskId('t') };
    const dispatch = {
      id: { ...names, mapIndex: 0, token: token(attempts) },
      ...{ attempt: 1, dagId: dagId('d'), logicalDate: null, params: {}, action, env: {} },
      ...{ cwd: null, timeoutMs: null, resources: { slots: 1 }, upstream: {} },
    };
    return new Promise((done) => {
      present(runners.get(action.kind), action.kind).start(dispatch, (event) => {
        if (event.kind === 'ended') done(event.result);
      });
    });
  };
  for (const [name, action] of Object.entries(actions)) {
    const first = await run(action);
    if (first.outcome !== 'success') throw new Error(`${name}: ${first.error}`);
    print(`${name}: ${await perSecond(() => run(action))} a second, ${atOnce} at a time`);
    print(`${name}: ${await afterPauses(() => run(action))} ms after a pause (median)`);
  }
  await new Promise<void>((done) => real.close(done));
  rmSync(dataDir, { recursive: true });
}

async function perSecond(run: () => Promise<unknown>): Promise<string> {
  const beganMs = performance.now();
  let ended = 0;
  const line = async (): Promise<void> => {
    while (performance.now() - beganMs < throughputMs) {
      await run();
      ended += 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, line));
  return ((ended / (performance.now() - beganMs)) * 1000).toFixed(1);
}

async function afterPauses(run: () => Promise<unknown>): Promise<string> {
  const tookMs: number[] = [];
  for (let each = 0; each < pauses; each++) {
    await new Promise((resume) => setTimeout(resume, pauseMs));
    const beganMs = performance.now();
    await run();
    tookMs.push(performance.now() - beganMs);
  }
  tookMs.sort((left, right) => left - right);
  return (tookMs[pauses / 2] ?? 0).toFixed(1);
}
