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
import { isFromMasker, type MaskedFile, type ToMasker } from './messages.ts';

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
export function makeMasker(trace: Trace, program: string = entry): Masker {
  const held = new Map<number, Held>();
  let child: ChildProcess | undefined;
  let lastId = 0;
  let stopped = false;
  let pause: NodeJS.Timeout | undefined;

  const tell = (message: ToMasker): void => {
    child ??= begin();
    child.send(message, () => {});
  };
  const tellOpen = (id: number, one: Held): void => {
    const { files, secrets } = one;
    tell({ kind: 'open', id, files, secrets });
    one.by = child;
  };
  const begin = (): ChildProcess => {
    const env = { PATH: process.env.PATH ?? '/usr/bin:/bin' };
    const startedMs = performance.now();
    const started = fork(program, { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    started.on('message', (message) => {
      if (!isFromMasker(message)) return;
      const { id, kind, error } = message;
      if (error !== undefined) trace('warn', 'executor.masker', { kind, error });
      const one = held.get(id);
      if (kind === 'opened') {
        const answered = one?.opened;
        if (one !== undefined) one.opened = undefined;
        answered?.(error);
        return;
      }
      held.delete(id);
      one?.closed?.();
    });
    const over = (code: number | null): void =>
      ended(started, { code, isEarly: performance.now() - startedMs < shortLifeMs });
    // Without a number there is no process, and no exit.
    started.on('error', () => started.pid === undefined && over(null));
    started.on('exit', over);
    return started;
  };
  /** K1. */
  const ended = (
    process: ChildProcess,
    { code, isEarly }: { readonly code: number | null; readonly isEarly: boolean },
  ): void => {
    if (child !== process) return;
    child = undefined;
    if (stopped) return;
    trace('error', 'executor.masker_ended', { code, open: held.size });
    for (const [id, { opened, closed }] of held) {
      if (opened !== undefined) opened('the masker has ended');
      else if (isEarly && closed !== undefined) {
        held.delete(id);
        closed();
      }
    }
    if (!isEarly) takeOver();
    else if (pause === undefined) pause = setTimeout(takeOver, shortLifeMs).unref();
  };
  /** K2. */
  const takeOver = (): void => {
    pause = undefined;
    for (const [id, one] of held) {
      if (stopped || (child !== undefined && one.by === child)) continue;
      tellOpen(id, one);
      if (one.closed !== undefined) tell({ kind: 'close', id });
    }
  };

  return {
    open(paths, secrets, done) {
      lastId += 1;
      const id = lastId;
      const files = paths.map((file) => ({ file, pipe: pipeOf(file) }));
      const close: MaskedLog['close'] = (closed) => {
        const one = held.get(id);
        if (one === undefined) return closed();
        one.closed = closed;
        tell({ kind: 'close', id });
      };
      const opened = (error: string | undefined): void => {
        if (error === undefined) done(ok({ close }));
        else {
          held.delete(id);
          done(fail(error));
        }
      };
      const one: Held = { files, secrets, opened, closed: undefined, by: undefined };
      held.set(id, one);
      tellOpen(id, one);
    },
    stop() {
      stopped = true;
      child?.disconnect();
    },
  };
}
