/** What the thread that reads definitions runs. */
import { parentPort } from 'node:worker_threads';
import { present } from '../base/assert.ts';
import { dagThread } from './dag-reader-thread.ts';

const port = present(parentPort ?? undefined, 'this file is run as a thread');
port.on(
  'message',
  dagThread((message) => {
    // The codec's bytes are a part of its buffer, which is not ours to give away: the copy is.
    if (message.kind === 'read') port.postMessage(message);
    else {
      const packed = Uint8Array.from(message.packed);
      port.postMessage({ ...message, packed }, [packed.buffer]);
    }
  }),
);
