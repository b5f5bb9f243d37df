/** What the thread that scans logs runs: one job, one answer. */
import { parentPort, workerData } from 'node:worker_threads';
import { scanFiles } from './scan-files.ts';

parentPort?.postMessage(scanFiles(workerData));
