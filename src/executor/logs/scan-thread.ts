/** Scans files in a thread: one for each job, ended when it takes too long or too much. */
import { Worker } from 'node:worker_threads';
import type { ScanJob, ScanResult } from './scan-files.ts';

/** Runs a job; undefined when it had to be given up. Called once, later. */
export type ScanLogs = (job: ScanJob, done: (result: ScanResult | undefined) => void) => void;

const scanMsMax = 5_000;
const memoryMbMax = 128;

/** Beside this file, in whatever folder the build has put both. */
const entry = new URL('./scan-main.js', import.meta.url);

export const scanInThread: ScanLogs = (job, done) => {
  const worker = new Worker(entry, {
    name: 'log-scan',
    workerData: job,
    resourceLimits: { maxOldGenerationSizeMb: memoryMbMax },
  });
  let isOver = false;
  const finish = (result: ScanResult | undefined): void => {
    if (isOver) return;
    isOver = true;
    clearTimeout(patience);
    void worker.terminate();
    done(result);
  };
  const patience = setTimeout(() => finish(undefined), scanMsMax);
  worker.once('message', finish);
  worker.once('error', () => finish(undefined));
  worker.once('exit', () => finish(undefined));
};
