/**
 * Many calls of one function, one at a time, in a process that stays: what its module keeps in
 * memory is there for the next call. Between two calls it stands still, in a read that blocks:
 * nothing of a call runs on behind its end.
 *
 * During a call it has nothing open of its own that would keep the event loop, so that what the
 * function leaves open can be told from it, and a promise that nothing can settle is noticed.
 *
 * Invariants:
 *   V1  Each call is answered once, with its number, and before the next one is read; unless the
 *       process ends, which is an answer of its own.
 *   V2  A worker that is not as it was before the call does not stay (`worker-leftovers.ts`).
 */
import {
  existsSync,
  mkdirSync,
  openSync,
  readSync,
  realpathSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { resolve } from 'node:path';
import { outputBytesMax } from '../../model/output.ts';
import { type Answer, type Call, type ServedCall, servingFilesIn } from './call.ts';
import {
  type CallContext,
  invoke,
  keepOutput,
  type Loaded,
  load,
  neverSettled,
  openContext,
  outputText,
  tellFailure,
} from './worker-call.ts';
import { Leftovers } from './worker-leftovers.ts';
import { nobodys, redirect, wear } from './worker-place.ts';

/** What a function has just closed needs some turns of the event loop to be gone. */
const settlingTurns = 5;

/** Functions may replace the one that everybody sees. */
const soon = setImmediate;

export function serve(folder: string, namespaceAround: string): void {
  process.setSourceMapsEnabled(true);
  // They look at what is behind them once: now it is files, later it may be a pipe.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  const files = servingFilesIn(folder);
  const pipes = { calls: openSync(files.calls, 'r'), answers: openSync(files.answers, 'w') };
  new Server(pipes, new Leftovers(namespaceAround)).begin();
}

interface Pipes {
  readonly calls: number;
  readonly answers: number;
}

interface Running {
  readonly served: ServedCall;
  readonly cpuMsBefore: number;
  readonly beganMs: number;
  context?: CallContext;
  hasEnded: boolean;
  exitCode: number;
  /** Undefined: it lies in the file, if anywhere. */
  output?: string | undefined;
}

class Server {
  readonly #pipes: Pipes;
  readonly #leftovers: Leftovers;
  #running: Running | undefined;
  #module: { readonly loaded: Loaded; readonly seen: string } | undefined;
  /** After this call the worker is not used again; a reason is told where the function is it. */
  #leaves: boolean;

  constructor(pipes: Pipes, leftovers: Leftovers) {
    this.#pipes = pipes;
    this.#leftovers = leftovers;
    this.#leaves = !leftovers.canTell;
  }

  begin(): void {
    process.on('uncaughtException', (error) => {
      this.#leaves = true;
      this.#end(() => tellFailure(error));
    });
    process.on('beforeExit', () => {
      this.#leaves = true;
      this.#end(() => tellFailure(neverSettled()));
    });
    this.#answer({ kind: 'ready' });
    this.#next();
  }

  /** Stands still until there is a call. */
  #next(): void {
    const header = this.#read(4);
    const served: ServedCall = JSON.parse(this.#read(header.readUInt32LE()).toString());
    this.#begin(served);
  }

  /** The executor may be gone: then nobody needs this worker. */
  #read(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    let done = 0;
    while (done < length) {
      const count = readSync(this.#pipes.calls, bytes, done, length - done, null);
      if (count === 0) process.exit(0);
      done += count;
    }
    return bytes;
  }

  #answer(answer: Answer): void {
    writeSync(this.#pipes.answers, `${JSON.stringify(answer)}\n`);
  }

  #begin(served: ServedCall): void {
    const { number, call, cwd, env, context } = served;
    const { cpuMs } = this.#leftovers.usage();
    const beganMs = performance.now();
    try {
      if (context !== null) {
        mkdirSync(context.work, { recursive: true });
        writeFileSync(env.SKEIN_CONTEXT ?? '', context.content);
      }
      process.chdir(cwd);
      if (this.#module !== undefined && this.#module.seen !== seenOf(call, this.#module.loaded)) {
        this.#answer({ kind: 'stale', number });
        process.exit(0);
      }
      wear(env);
      redirect(served);
    } catch (error) {
      this.#answer({ kind: 'refused', number, reason: String(error) });
      process.exit(0);
    }
    const before = { cpuMsBefore: cpuMs, beganMs };
    const running: Running = { served, ...before, hasEnded: false, exitCode: 0 };
    this.#running = running;
    this.#make(running).then(
      (value) => {
        this.#end(() => {
          running.output = context === null ? keepOutput(value) : tellOutput(value);
          return 0;
        });
      },
      (error) => this.#end(() => tellFailure(error)),
    );
  }

  async #make(running: Running): Promise<unknown> {
    const { call } = running.served;
    const module = this.#module?.loaded ?? (await this.#load(call));
    running.context = openContext(running.served.context?.content);
    return invoke(call, module, running.context.context);
  }

  async #load(call: Call): Promise<Loaded> {
    try {
      const loaded = await load(call);
      // The compiler was a process of its own.
      await this.#leftovers.alone();
      this.#module = { loaded, seen: seenOf(call, loaded) };
      return loaded;
    } catch (error) {
      // Node remembers that it could not be loaded; the next worker tries.
      this.#leaves = true;
      throw error;
    }
  }

  /** The first word about a call counts: later errors only say that the worker is spoilt. */
  #end(tell: () => number): void {
    const running = this.#running;
    if (running === undefined || running.hasEnded) return;
    running.hasEnded = true;
    try {
      running.exitCode = tell();
    } catch (error) {
      running.exitCode = tellFailure(error);
    }
    running.context?.close();
    soon(() => this.#settle(running, settlingTurns));
  }

  #settle(running: Running, turnsLeft: number): void {
    if (turnsLeft > 0 && this.#leftovers.open().length > 0) {
      soon(() => this.#settle(running, turnsLeft - 1));
      return;
    }
    const left = this.#look(running.served);
    if (left !== undefined) {
      this.#leaves = true;
      process.stderr.write(`skein: this worker makes no further call: ${left}\n`);
    }
    this.#conclude(running);
  }

  #look({ keptBytesMax }: ServedCall): string | undefined {
    try {
      return this.#leftovers.look(keptBytesMax);
    } catch (error) {
      // The function has closed what was opened to look with.
      return String(error);
    }
  }

  #conclude({ served, cpuMsBefore, beganMs, exitCode, output }: Running): void {
    try {
      redirect(nobodys);
      process.chdir('/');
    } catch {
      this.#leaves = true;
    }
    const { cpuMs: cpuMsTotal, memoryBytesMax } = this.#leftovers.usage();
    const spent = { cpuMs: cpuMsTotal - cpuMsBefore, cpuMsTotal, memoryBytesMax };
    const told = { output: output ?? null, tookMs: performance.now() - beganMs, ...spent };
    const stays = !this.#leaves;
    this.#running = undefined;
    this.#answer({ kind: 'ended', number: served.number, exitCode, ...told, stays });
    if (stays) this.#next();
    else process.exit(0);
  }
}

/**
 * What may be told instead of written; undefined: it was too large for that, or the function has
 * written something by itself.
 */
function tellOutput(value: unknown): string | undefined {
  const text = outputText(value);
  if (text === undefined) return existsSync(process.env.SKEIN_OUTPUT ?? '') ? undefined : '';
  if (Buffer.byteLength(text) <= outputBytesMax) return text;
  keepOutput(value);
  return undefined;
}

/** Differs when one of the files does; inline code never changes. */
function seenOf({ file, isInline }: Call, { files }: Loaded): string {
  if (isInline) return '';
  try {
    const stats = [realpathSync(resolve(file)), ...files].map((path) => {
      const { ino, size, mtimeMs } = statSync(path);
      return [path, ino, size, mtimeMs].join();
    });
    return stats.join('\n');
  } catch {
    return 'gone';
  }
}
