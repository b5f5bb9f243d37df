/** The far end of the DAG reader: reads one definition at a time and hands it over in slices. */
import { readDag } from '../api/dag-file.ts';
import { encode } from '../base/codec.ts';
import type { FromDagThread, ToDagThread } from './dag-reader-messages.ts';

/** Tasks of one slice: about 2 ms for whoever takes it in. */
const tasksPerSlice = 500;

/** Returns the thread's receiver. `say` moves the bytes of a slice instead of copying them. */
export function dagThread(say: (message: FromDagThread) => void): (message: ToDagThread) => void {
  let tasks: readonly (readonly [string, unknown])[] = [];
  let taken = 0;
  return (message) => {
    if (message.kind === 'next') {
      say({ kind: 'tasks', packed: encode(tasks.slice(taken, taken + tasksPerSlice)) });
      taken += tasksPerSlice;
      if (taken >= tasks.length) tasks = [];
      return;
    }
    const result = readDag(message.input);
    if (!result.ok) {
      say({ kind: 'read', result, slices: 0 });
      return;
    }
    const { file: _, spec, ...rest } = result.value;
    tasks = Object.entries(spec.tasks);
    taken = 0;
    const content = { ...rest, spec: { ...spec, tasks: {} } };
    const slices = Math.ceil(tasks.length / tasksPerSlice);
    say({ kind: 'read', result: { ok: true, value: content }, slices });
  };
}
