/** What the thread for files runs: the steps of a message in their order, one message as answer. */
import { parentPort } from 'node:worker_threads';
import { present } from '../../base/assert.ts';
import { doStep, type FileAnswer, type FileStep } from './steps.ts';

const port = present(parentPort ?? undefined, 'this file is run as a thread');
port.on('message', (steps: readonly FileStep[]) => {
  const answers = steps.map(doStep);
  port.postMessage(answers, answers.flatMap(bytesOf));
});

/** What was read is handed over, not copied. */
function bytesOf(answer: FileAnswer): readonly ArrayBuffer[] {
  if (answer.kind !== 'read' || !answer.result.ok) return [];
  const { buffer } = answer.result.value?.bytes ?? {};
  return buffer instanceof ArrayBuffer ? [buffer] : [];
}
