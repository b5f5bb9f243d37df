/**
 * The files of attempts by way of one thread: whatever is asked for in one turn of the event loop
 * goes there as one message. A short task needs some eight such steps, and each of them costs more
 * by way of the process's pool of threads than all of them do here.
 *
 * Owns the thread and the steps it was given. Everything outside of `root` is left to `others`: a
 * path of a user's may lie on a file system that hangs, and then only those who asked shall wait.
 *
 * Invariants:
 *   FT1  Each step is answered once, also when the thread ends: then as one that failed.
 *   FT2  Steps are done in the order in which they were asked for.
 */
import { Worker } from 'node:worker_threads';
import { assert } from '../../base/assert.ts';
import { fail } from '../../base/result.ts';
import type { Trace } from '../../base/trace.ts';
import type { Files } from '../files.ts';
import type { FileAnswer, FileStep } from './steps.ts';

/** Steps that may wait for the thread; one more fails. Far more than attempts may be starting. */
export const stepsWaitingMax = 100_000;

export interface FileThread {
  post(steps: readonly FileStep[]): void;
}

/** Starts a thread; after `ended` it says nothing more. */
export type OpenFileThread = (listener: {
  readonly answered: (answers: readonly FileAnswer[]) => void;
  readonly ended: (why: string) => void;
}) => FileThread;

export interface ThreadFilesOptions {
  /** Absolute. */
  readonly root: string;
  readonly others: Files;
  readonly trace: Trace;
  readonly open?: OpenFileThread;
}

type Take = (answer: FileAnswer) => void;

/** Undefined: it was done. */
type Done = (error: string | undefined) => void;

export class ThreadFiles implements Files {
  readonly #options: ThreadFilesOptions;
  readonly #within: string;
  #thread: FileThread | undefined;
  /** Asked for in this turn. */
  #asked: { readonly step: FileStep; readonly take: Take }[] = [];
  /** With the thread, in their order. */
  readonly #waiting: Take[][] = [];
  #stepsWaiting = 0;

  constructor(options: ThreadFilesOptions) {
    this.#options = options;
    this.#within = `${options.root}/`;
  }

  makeDirectory(path: string, done: Done): void {
    if (this.#isOurs(path)) this.#do({ kind: 'make-directory', path }, done);
    else this.#options.others.makeDirectory(path, done);
  }

  writeFile(path: string, content: string, done: Done): void {
    if (this.#isOurs(path)) this.#do({ kind: 'write', path, content }, done);
    else this.#options.others.writeFile(path, content, done);
  }

  removeIfEmpty(path: string, done: Done): void {
    if (this.#isOurs(path)) this.#do({ kind: 'remove-if-empty', path }, done);
    else this.#options.others.removeIfEmpty(path, done);
  }

  readPart(...[path, range, done]: Parameters<Files['readPart']>): void {
    if (!this.#isOurs(path)) {
      this.#options.others.readPart(path, range, done);
      return;
    }
    this.#ask({ kind: 'read', path, range }, (answer) => {
      done(answer.kind === 'read' ? answer.result : fail(wordsOf(answer)));
    });
  }

  stat(...[path, done]: Parameters<Files['stat']>): void {
    if (!this.#isOurs(path)) {
      this.#options.others.stat(path, done);
      return;
    }
    this.#ask({ kind: 'stat', path }, (answer) => {
      done(answer.kind === 'stat' ? answer.result : fail(wordsOf(answer)));
    });
  }

  list(...[path, done]: Parameters<Files['list']>): void {
    this.#options.others.list(path, done);
  }

  writeAt(...[path, part, done]: Parameters<Files['writeAt']>): void {
    this.#options.others.writeAt(path, part, done);
  }

  append(path: string, content: string, done: Done): void {
    this.#options.others.append(path, content, done);
  }

  punchHole(...[path, range, done]: Parameters<Files['punchHole']>): void {
    this.#options.others.punchHole(path, range, done);
  }

  flush(path: string, done: Done): void {
    this.#options.others.flush(path, done);
  }

  remove(path: string, done: Done): void {
    this.#options.others.remove(path, done);
  }

  #isOurs(path: string): boolean {
    return path.startsWith(this.#within);
  }

  #do(step: FileStep, done: Done): void {
    this.#ask(step, (answer) => done(answer.kind === 'done' ? answer.error : wordsOf(answer)));
  }

  #ask(step: FileStep, take: Take): void {
    if (this.#stepsWaiting >= stepsWaitingMax) {
      const error = `${stepsWaitingMax} steps wait for the disk already`;
      setImmediate(() => take({ kind: 'done', error }));
      return;
    }
    this.#stepsWaiting += 1;
    this.#asked.push({ step, take });
    if (this.#asked.length === 1) setImmediate(() => this.#post());
  }

  #post(): void {
    const asked = this.#asked;
    this.#asked = [];
    this.#thread ??= (this.#options.open ?? openWorker)({
      answered: (answers) => this.#answered(answers),
      ended: (why) => this.#ended(why),
    });
    this.#waiting.push(asked.map(({ take }) => take));
    this.#thread.post(asked.map(({ step }) => step));
  }

  #answered(answers: readonly FileAnswer[]): void {
    const takes = this.#waiting.shift() ?? [];
    assert(takes.length === answers.length, 'FT1: an answer for each step');
    this.#stepsWaiting -= takes.length;
    answers.forEach((answer, at) => {
      takes[at]?.(answer);
    });
  }

  /** The next step gets a new thread. */
  #ended(why: string): void {
    this.#options.trace('error', 'executor.file_thread_ended', { why });
    this.#thread = undefined;
    const error = `the thread for files ended: ${why}`;
    const takes = this.#waiting.splice(0).flat();
    this.#stepsWaiting -= takes.length;
    for (const take of takes) take({ kind: 'done', error });
  }
}

const wordsOf = (answer: FileAnswer): string =>
  (answer.kind === 'done' ? answer.error : undefined) ?? `an answer of another kind`;

/** Beside this file, in whatever folder the build has put both. */
const entry = new URL('./main.js', import.meta.url);

const openWorker: OpenFileThread = ({ answered, ended }) => {
  const worker = new Worker(entry, { name: 'files' });
  let isOver = false;
  const over = (why: string): void => {
    if (isOver) return;
    isOver = true;
    ended(why);
  };
  // A thread that waits keeps no process alive.
  worker.unref();
  worker.on('message', answered);
  worker.once('error', (error: Error) => over(error.message));
  worker.once('exit', (code) => over(`it ended with code ${code}`));
  return { post: (steps) => worker.postMessage(steps) };
};
