/**
 * The real body of `WorkDirs`: `du` looks and `rm` removes, one of each at a time and at low
 * priority. A look takes as many directories as are due, so a hundred lasting tasks cost one
 * process every two seconds; short tasks are never looked at.
 *
 * D1 `over` is called at most once for a watch, and never after its cancel.
 * D2 A look is followed by a rest that is ten times as long, and never less than `lookEveryMs`.
 */
import { execFile } from 'node:child_process';
import { chown, writeFile } from 'node:fs';
import type { Cancellable, Clock, ProcessUser } from '../base/ports.ts';
import type { Trace } from '../base/trace.ts';
import type { Files } from './files.ts';
import type { WorkDirs } from './work-dirs.ts';

/** The time between two looks, and before the first one. */
const lookEveryMs = 2000;
const restsPerLook = 10;
/** A look that takes longer is given up, with what it has found so far. */
const lookMsMax = 30_000;
/** Directories that one look, or one removal, takes at most. */
const batchMax = 100;
/** Removals that wait; one more is left to the retention of attempts. */
const removalsMax = 10_000;
const removeMsMax = 600_000;
const answerBytesMax = 1024 * 1024;

interface Watch {
  readonly path: string;
  readonly limitBytes: number;
  readonly over: (bytes: number) => void;
}

export interface NodeWorkDirsOptions {
  readonly clock: Pick<Clock, 'after' | 'monotonicMs'>;
  readonly trace: Trace;
  readonly files: Pick<Files, 'removeIfEmpty'>;
}

export class NodeWorkDirs implements WorkDirs {
  readonly #options: NodeWorkDirsOptions;
  /** In the order in which they are looked at: who was looked at goes to the end. */
  readonly #watches = new Set<Watch>();
  readonly #removals: string[] = [];
  #look: Cancellable | undefined;
  #looking = false;
  #removing = false;

  constructor(options: NodeWorkDirsOptions) {
    this.#options = options;
  }

  watch(path: string, limitBytes: number, over: (bytes: number) => void): Cancellable {
    const watch = { path, limitBytes, over };
    this.#watches.add(watch);
    if (!this.#looking) this.#lookIn(lookEveryMs);
    return { cancel: () => this.#drop(watch) };
  }

  handOver(
    { work, output }: { readonly work: string; readonly output: string },
    { uid, gid }: ProcessUser,
    done: (error: string | undefined) => void,
  ): void {
    writeFile(output, '', (unwritten) => {
      if (unwritten !== null) return done(unwritten.message);
      chown(output, uid, gid, (kept) => {
        if (kept !== null) return done(kept.message);
        chown(work, uid, gid, (error) => done(error?.message));
      });
    });
  }

  remove(path: string): void {
    // Most tasks leave an empty one: that is a single call of the system.
    this.#options.files.removeIfEmpty(path, (error) => {
      if (error === undefined) return;
      if (this.#removals.length >= removalsMax) {
        this.#options.trace('warn', 'executor.work_not_removed', { waiting: removalsMax });
        return;
      }
      this.#removals.push(path);
      this.#removeNext();
    });
  }

  #drop(watch: Watch): void {
    this.#watches.delete(watch);
    if (this.#watches.size > 0) return;
    this.#look?.cancel();
    this.#look = undefined;
  }

  #lookIn(delayMs: number): void {
    this.#look ??= this.#options.clock.after(delayMs, () => {
      this.#look = undefined;
      this.#lookNow();
    });
  }

  #lookNow(): void {
    const due = [...this.#watches].slice(0, batchMax);
    if (due.length === 0) return;
    const { clock } = this.#options;
    const beginMs = clock.monotonicMs();
    this.#looking = true;
    const paths = due.map((watch) => watch.path);
    run(['du', '-s', '-k', '-x', '--', ...paths], lookMsMax, (said) => {
      this.#looking = false;
      this.#compare(due, sizesIn(said));
      const tookMs = clock.monotonicMs() - beginMs;
      if (this.#watches.size > 0) this.#lookIn(Math.max(lookEveryMs, tookMs * restsPerLook));
    });
  }

  #compare(looked: readonly Watch[], sizes: ReadonlyMap<string, number>): void {
    for (const watch of looked) {
      // Cancelled while we looked (D1).
      if (!this.#watches.delete(watch)) continue;
      const bytes = sizes.get(watch.path) ?? 0;
      if (bytes > watch.limitBytes) watch.over(bytes);
      else this.#watches.add(watch);
    }
  }

  #removeNext(): void {
    if (this.#removing || this.#removals.length === 0) return;
    this.#removing = true;
    const paths = this.#removals.splice(0, batchMax);
    run(['rm', '-r', '-f', '--one-file-system', '--', ...paths], removeMsMax, () => {
      this.#removing = false;
      this.#removeNext();
    });
  }
}

/** Runs a tool at low priority; `done` gets what it said, whatever became of it. */
function run(command: readonly string[], timeoutMs: number, done: (said: string) => void): void {
  const options = {
    cwd: '/',
    env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' },
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    maxBuffer: answerBytesMax,
  } as const;
  execFile('nice', ['-n', '10', ...command], options, (_error, stdout) => done(stdout));
}

/** `12\t/a path` lines, in units of 1,024 bytes. */
function sizesIn(said: string): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  for (const line of said.split('\n')) {
    const tab = line.indexOf('\t');
    if (tab > 0) sizes.set(line.slice(tab + 1), Number(line.slice(0, tab)) * 1024);
  }
  return sizes;
}
