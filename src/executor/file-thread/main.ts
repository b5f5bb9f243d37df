/** What the thread for files runs: the steps of a message in their order, one message as answer. */
import { parentPort } from 'node:worker_threads';
import { present } from '../../base/assert.ts';
import { doStep, type FileStep } from './steps.ts';

const port = present(parentPort ?? undefined, 'this file is run as a thread');
port.on('message', (steps: readonly FileStep[]) => {
  port.postMessage(steps.map(doStep));
});
