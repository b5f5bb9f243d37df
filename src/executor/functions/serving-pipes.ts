/**
 * The two pipes of a worker that stays, from the executor's side: calls go there, answers come
 * back. Pipes have names, so that the worker can be started as every other process, which is given
 * its standard streams and nothing else.
 *
 * It owns the open ends. An answer that is none ends the worker: whoever owns both is told.
 */
import { execFile } from 'node:child_process';
import { constants, open } from 'node:fs';
import { Socket } from 'node:net';
import { type Answer, type ServedCall, servingFilesIn } from './call.ts';

/** A line that is longer was not written by a worker of ours: outputs are much shorter. */
const answerCharactersMax = 1024 * 1024;

export interface PipesListener {
  answered(answer: Answer): void;
  /** They are of no use any more; more than once, perhaps. */
  broken(reason: string): void;
}

export class ServingPipes {
  readonly #calls: Socket;
  readonly #answers: Socket;
  readonly #listener: PipesListener;
  #line = '';

  /** Makes the pipes in a folder; `done` gets a sentence where that cannot be. */
  static open(
    folder: string,
    listener: PipesListener,
    done: (pipes: ServingPipes | string) => void,
  ): void {
    const { calls, answers } = servingFilesIn(folder);
    execFile('mkfifo', ['-m', '600', '--', calls, answers], (notMade) => {
      if (notMade !== null) return done(notMade.message);
      openEnd(calls, 'writable', (writing) => {
        if (typeof writing === 'string') return done(writing);
        openEnd(answers, 'readable', (reading) => {
          if (typeof reading !== 'string')
            return done(new ServingPipes(writing, reading, listener));
          writing.destroy();
          done(reading);
        });
      });
    });
  }

  private constructor(calls: Socket, answers: Socket, listener: PipesListener) {
    this.#calls = calls;
    this.#answers = answers;
    this.#listener = listener;
    for (const end of [calls, answers]) {
      end.on('error', (error) => listener.broken(error.message));
    }
    answers.setEncoding('utf8').on('data', (text: string) => this.#hear(text));
  }

  send(call: ServedCall): void {
    const text = Buffer.from(JSON.stringify(call));
    const length = Buffer.allocUnsafe(4);
    length.writeUInt32LE(text.length);
    this.#calls.write(Buffer.concat([length, text]));
  }

  close(): void {
    this.#calls.destroy();
    this.#answers.destroy();
  }

  #hear(text: string): void {
    const lines = (this.#line + text).split('\n');
    this.#line = lines.pop() ?? '';
    for (const line of lines) {
      const answer = answerIn(line);
      if (answer === undefined) this.#listener.broken('its answer is none');
      else this.#listener.answered(answer);
    }
    if (this.#line.length > answerCharactersMax) this.#listener.broken('its answer is too long');
  }
}

/** For both: who holds a pipe open for both waits for nobody, and never reads its end. */
const { O_NONBLOCK, O_RDWR } = constants;

function openEnd(
  path: string,
  use: 'readable' | 'writable',
  done: (end: Socket | string) => void,
): void {
  open(path, O_RDWR | O_NONBLOCK, (error, fd) => {
    if (error !== null) return done(error.message);
    // What reads the calls as well would take them from the worker.
    done(new Socket({ fd, readable: use === 'readable', writable: use === 'writable' }));
  });
}

/** The function's own code may have written it: it says something about its own attempt alone. */
function answerIn(line: string): Answer | undefined {
  try {
    const said: unknown = JSON.parse(line);
    return isAnswer(said) ? said : undefined;
  } catch {
    return undefined;
  }
}

function isAnswer(said: unknown): said is Answer {
  if (typeof said !== 'object' || said === null || !('kind' in said)) return false;
  if (said.kind === 'ready') return true;
  if (!('number' in said) || !Number.isSafeInteger(said.number)) return false;
  if (said.kind === 'stale') return true;
  if (said.kind === 'refused') return 'reason' in said && typeof said.reason === 'string';
  const told: Record<string, unknown> = { ...said };
  const { exitCode, tookMs, cpuMs, cpuMsTotal, memoryBytesMax, output, stays } = told;
  return (
    said.kind === 'ended' &&
    [tookMs, cpuMs, cpuMsTotal, memoryBytesMax].every((figure) => Number.isFinite(figure)) &&
    typeof exitCode === 'number' &&
    Number.isInteger(exitCode) &&
    exitCode >= 0 &&
    exitCode <= 255 &&
    (output === null || typeof output === 'string') &&
    typeof stays === 'boolean'
  );
}
