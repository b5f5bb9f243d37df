/**
 * Reads definitions in a thread of its own, so that a large file holds up neither heartbeats nor
 * turns. Small ones are read in place, which takes less than the way to the thread and back.
 *
 * Owns: the thread, and the definitions that wait for it. Does not own: what is made of them.
 *
 * Invariants:
 *   Y1  One definition at a time is with the thread; the others wait in the order of their coming.
 *   Y2  Everyone is answered once, also when the thread ends: its definition is one that could not
 *       be read, and the next one gets a new thread.
 *   Y3  Nobody waits for one definition longer than `readMsMax`: then its thread is ended.
 */
import { Worker } from 'node:worker_threads';
import { type DagText, readDag } from '../api/dag-file.ts';
import type { DagContent, DagReader } from '../api/dag-reader.ts';
import type { Finding } from '../api/source-document.ts';
import { decode } from '../base/codec.ts';
import { fail, ok, type Result } from '../base/result.ts';
import type { Trace } from '../base/trace.ts';
import type { DagSpec } from '../model/dag.ts';
import type { FromDagThread, ToDagThread } from './dag-reader-messages.ts';

/** Longer texts go to the thread. Either takes about 15 ms; YAML is much slower to read. */
const inPlaceCharactersMax = { json: 16 * 1024, yaml: 4 * 1024 } as const;

/** Definitions that may wait for the thread; one more is refused. */
const waitingMax = 64;

/** The thread ends when nobody has needed it for so long. */
const idleMs = 30_000;

/** One definition may take so long. The largest that is right takes about two seconds. */
const readMsMax = 20_000;

/** Of the thread: a text that makes more of itself ends it, not the node. */
const memoryMbMax = 512;

export interface DagThread {
  post(message: ToDagThread): void;
  end(): void;
}

/** Starts a thread; `ended` is called once, unless it was asked to end. */
export type OpenDagThread = (listener: {
  readonly said: (message: FromDagThread) => void;
  readonly ended: (why: string) => void;
}) => DagThread;

interface Job {
  readonly input: DagText;
  readonly done: (result: Result<DagContent, readonly Finding[]>) => void;
}

/** What has come of the definition that is with the thread. */
interface Arriving {
  readonly content: DagContent;
  readonly tasks: DagSpec['tasks'];
  slicesLeft: number;
}

export class ThreadedDagReader {
  readonly #trace: Trace;
  readonly #open: OpenDagThread;
  readonly #waiting: Job[] = [];
  #job: Job | undefined;
  #arriving: Arriving | undefined;
  #thread: DagThread | undefined;
  #idle: NodeJS.Timeout | undefined;
  #deadline: NodeJS.Timeout | undefined;

  constructor(trace: Trace, open: OpenDagThread = openWorker) {
    this.#trace = trace;
    this.#open = open;
  }

  readonly read: DagReader = (input) => {
    const { text, format } = input;
    if (text.length <= inPlaceCharactersMax[format]) return Promise.resolve(readDag(input));
    if (this.#waiting.length >= waitingMax) {
      const message = `${waitingMax} definitions wait to be read already: try again later`;
      return Promise.resolve(fail([nodeFinding('OVERLOADED', message)]));
    }
    return new Promise((done) => {
      this.#waiting.push({ input, done });
      this.#begin();
    });
  };

  /** Ends the thread. Whoever waits is told that the node could not read the definition. */
  stop(): void {
    this.#endThread();
    clearTimeout(this.#deadline);
    for (const job of [this.#job, ...this.#waiting.splice(0)]) job?.done(fail([notRead]));
    this.#job = undefined;
    this.#arriving = undefined;
  }

  #begin(): void {
    if (this.#job !== undefined) return;
    const job = this.#waiting.shift();
    clearTimeout(this.#idle);
    if (job === undefined) {
      this.#idle = setTimeout(() => this.#endThread(), idleMs).unref();
      return;
    }
    this.#job = job;
    this.#thread ??= this.#open({
      said: (message) => this.#said(message),
      ended: (why) => this.#threadEnded(why),
    });
    this.#deadline = setTimeout(() => this.#tookTooLong(), readMsMax).unref();
    this.#thread.post({ kind: 'read', input: job.input });
  }

  #said(message: FromDagThread): void {
    if (message.kind === 'read') {
      const { result, slices } = message;
      if (!result.ok || slices === 0) {
        this.#finish(result);
        return;
      }
      this.#arriving = { content: result.value, tasks: {}, slicesLeft: slices };
    } else if (this.#arriving !== undefined) {
      const { content, tasks } = this.#arriving;
      Object.assign(tasks, Object.fromEntries(decode<[string, unknown][]>(message.packed)));
      this.#arriving.slicesLeft -= 1;
      if (this.#arriving.slicesLeft === 0) {
        this.#finish(ok({ ...content, spec: { ...content.spec, tasks } }));
        return;
      }
    }
    this.#thread?.post({ kind: 'next' });
  }

  #finish(result: Result<DagContent, readonly Finding[]>): void {
    const job = this.#job;
    clearTimeout(this.#deadline);
    this.#job = undefined;
    this.#arriving = undefined;
    this.#begin();
    job?.done(result);
  }

  #tookTooLong(): void {
    this.#trace('warn', 'dag-reader.too-slow', { characters: this.#job?.input.text.length ?? 0 });
    this.#endThread();
    this.#finish(fail([tooSlow]));
  }

  #threadEnded(why: string): void {
    this.#trace('error', 'dag-reader.ended', { why });
    this.#thread = undefined;
    if (this.#job !== undefined) this.#finish(fail([notRead]));
  }

  #endThread(): void {
    clearTimeout(this.#idle);
    this.#thread?.end();
    this.#thread = undefined;
  }
}

const nodeFinding = (code: Finding['code'], message: string): Finding => ({
  code,
  path: '',
  line: null,
  column: null,
  message,
});

const notRead = nodeFinding('INTERNAL', 'the node could not read the definition to its end');

const tooSlow = nodeFinding(
  'TOO_LARGE',
  `the node could not read the definition within ${readMsMax / 1000} s: make it smaller`,
);

/** Beside this file, in whatever folder the build has put both. */
const entry = new URL('./dag-reader-main.js', import.meta.url);

const openWorker: OpenDagThread = ({ said, ended }) => {
  const worker = new Worker(entry, {
    name: 'dag-reader',
    resourceLimits: { maxOldGenerationSizeMb: memoryMbMax },
  });
  let isOver = false;
  const over = (why: string): void => {
    if (isOver) return;
    isOver = true;
    ended(why);
  };
  // A thread that waits keeps no process alive.
  worker.unref();
  worker.on('message', said);
  worker.on('error', (error) => over(String(error)));
  worker.on('exit', (code) => over(`exit code ${code}`));
  return {
    post: (message) => worker.postMessage(message),
    end: () => {
      isOver = true;
      void worker.terminate();
    },
  };
};
