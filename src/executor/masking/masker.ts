/**
 * The masker as its executor sees it: started when it is first needed, and again when it has ended.
 *
 * Owns: the process and what was asked of it. Does not own: the tasks that write, nor their files.
 *
 * Invariants:
 *   K1  Every `open` is answered once; every `close` is answered once, also when the masker dies.
 *       One that cannot be started refuses, and says of a log that it is closed as it stands.
 *   K2  A masker that is started anew takes over the pipes of the one before; what that one had
 *       read and not written is lost, and a task that writes in between may be refused.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { fail, ok, type Result } from '../../base/result.ts';
import type { Trace } from '../../base/trace.ts';
import { type FromMasker, isFromMasker, type MaskedFile, type ToMasker } from './messages.ts';

export interface Masker {
  /** Opens a pipe for each file, at `pipeOf(file)`. The error is a sentence. */
  open(
    files: readonly string[],
    secrets: readonly string[],
    done: (result: Result<MaskedLog, string>) => void,
  ): void;
  stop(): void;
}

export interface MaskedLog {
  /** Nobody writes any more; `done` when everything stands in the files. */
  close(done: () => void): void;
}

export const pipeOf = (file: string): string => `${file}.pipe`;

/** Beside this file, in whatever folder the build has put both. */
const entry = fileURLToPath(new URL('./masker-main.js', import.meta.url));

/** A masker that has lived shorter is followed by the next one after a pause as long. */
const shortLifeMs = 1_000;

interface Held {
  /** The masker that was told of it. */
  by: ChildProcess | undefined;
  readonly files: readonly MaskedFile[];
  readonly secrets: readonly string[];
  opened: ((error: string | undefined) => void) | undefined;
  closed: (() => void) | undefined;
}

/** `program`: what runs; the masker of the build, unless said. */
export const makeMasker = (trace: Trace, program: string = entry): Masker =>
  new MaskerKeeper(trace, program);

class MaskerKeeper implements Masker {
  readonly #trace: Trace;
  readonly #program: string;
  readonly #held = new Map<number, Held>();
  #child: ChildProcess | undefined;
  #pause: NodeJS.Timeout | undefined;
  #lastId = 0;
  #stopped = false;

  constructor(trace: Trace, program: string) {
    this.#trace = trace;
    this.#program = program;
  }

  open(
    paths: readonly string[],
    secrets: readonly string[],
    done: (result: Result<MaskedLog, string>) => void,
  ): void {
    this.#lastId += 1;
    const id = this.#lastId;
    const files = paths.map((file) => ({ file, pipe: pipeOf(file) }));
    const opened = (error: string | undefined): void => {
      if (error === undefined) done(ok({ close: (closed) => this.#close(id, closed) }));
      else {
        this.#held.delete(id);
        done(fail(error));
      }
    };
    const one: Held = { files, secrets, opened, closed: undefined, by: undefined };
    this.#held.set(id, one);
    this.#tellOpen(id, one);
  }

  stop(): void {
    this.#stopped = true;
    this.#child?.disconnect();
  }

  #close(id: number, closed: () => void): void {
    const one = this.#held.get(id);
    if (one === undefined) closed();
    else {
      one.closed = closed;
      this.#tell({ kind: 'close', id });
    }
  }

  #tellOpen(id: number, one: Held): void {
    const { files, secrets } = one;
    this.#tell({ kind: 'open', id, files, secrets });
    one.by = this.#child;
  }

  #tell(message: ToMasker): void {
    this.#child ??= this.#begin();
    this.#child.send(message, () => {});
  }

  #begin(): ChildProcess {
    const env = { PATH: process.env.PATH ?? '/usr/bin:/bin' };
    const startedMs = performance.now();
    const stdio = ['ignore', 'inherit', 'inherit', 'ipc'] as const;
    const started = fork(this.#program, { env, stdio: [...stdio], execArgv: [] });
    const over = (code: number | null): void => {
      const isEarly = performance.now() - startedMs < shortLifeMs;
      if (this.#child === started) this.#ended(code, isEarly);
    };
    started.on('message', (message) => isFromMasker(message) && this.#hear(message));
    // Without a number there is no process, and no exit.
    started.on('error', () => started.pid === undefined && over(null));
    started.on('exit', over);
    return started;
  }

  #hear({ id, kind, error }: FromMasker): void {
    if (error !== undefined) this.#trace('warn', 'executor.masker', { kind, error });
    const one = this.#held.get(id);
    if (kind === 'closed') {
      this.#held.delete(id);
      one?.closed?.();
    } else if (one !== undefined) {
      const { opened } = one;
      one.opened = undefined;
      opened?.(error);
    }
  }

  /** K1. */
  #ended(code: number | null, isEarly: boolean): void {
    this.#child = undefined;
    if (this.#stopped) return;
    this.#trace('error', 'executor.masker_ended', { code, open: this.#held.size });
    for (const [id, { opened, closed }] of [...this.#held]) {
      if (opened !== undefined) opened('the masker has ended');
      else if (isEarly && closed !== undefined) {
        this.#held.delete(id);
        closed();
      }
    }
    if (!isEarly) this.#takeOver();
    else this.#pause ??= setTimeout(() => this.#takeOver(), shortLifeMs).unref();
  }

  /** K2: what the present masker has not been told of. */
  #takeOver(): void {
    this.#pause = undefined;
    for (const [id, one] of [...this.#held]) {
      if (this.#stopped) return;
      if (this.#child !== undefined && one.by === this.#child) continue;
      this.#tellOpen(id, one);
      if (one.closed !== undefined) this.#tell({ kind: 'close', id });
    }
  }
}
