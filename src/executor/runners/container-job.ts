/**
 * One attempt whose container is run by somebody else: an engine, a cluster. A job owns what is the
 * same for all of them: the workspace, the stop that was asked for, and the events. Its driver owns
 * the container, and the order of the steps that lead to it.
 *
 * Invariants:
 *   C1  `started` is observed at most once; `ended` exactly once, and last.
 *   C2  `ended` is observed after `clear`: nothing of the container is alive then.
 */
import type { Clock } from '../../base/ports.ts';
import { errorBytesMax } from '../error-text.ts';
import type { Files } from '../files.ts';
import {
  failedWith,
  type RunEvent,
  type RunningJob,
  type RunResult,
  type Work,
} from '../runner.ts';
import { type Workspace, workspaceOf } from '../workspace.ts';

export interface ContainerDriver {
  /** All up to the end of the container. What it throws, `failure` explains. */
  run(space: Workspace): Promise<RunResult>;
  failure(error: unknown): RunResult;
  /** Somebody asks for the end; in which way, the job says. */
  stop(): void;
  /** Ends what there is, however long that takes. Never rejects. */
  clear(space: Workspace, result: RunResult): Promise<void>;
}

export interface ContainerJobOptions {
  readonly tools: { readonly clock: Clock; readonly files: Files; readonly dataDir: string };
  readonly dispatch: Work;
  readonly observe: (event: RunEvent) => void;
  readonly drive: (job: ContainerJob) => ContainerDriver;
}

export class ContainerJob implements RunningJob {
  readonly #options: ContainerJobOptions;
  readonly #driver: ContainerDriver;
  readonly #stop = new AbortController();
  #how: 'TERM' | 'KILL' | undefined;
  #hasStarted = false;
  #hasEnded = false;

  constructor(options: ContainerJobOptions) {
    this.#options = options;
    this.#driver = options.drive(this);
    void this.#run().then((result) => {
      this.#hasEnded = true;
      options.observe({ kind: 'ended', result });
    });
  }

  /** The end that was asked for. */
  get how(): 'TERM' | 'KILL' | undefined {
    return this.#how;
  }

  get hasStarted(): boolean {
    return this.#hasStarted;
  }

  stop(how: 'TERM' | 'KILL'): void {
    if (this.#hasEnded || this.#how === 'KILL') return;
    this.#how = how;
    this.#stop.abort();
    this.#driver.stop();
  }

  /** C1. */
  noteStart(): void {
    if (this.#hasStarted) return;
    this.#hasStarted = true;
    this.#options.observe({ kind: 'started' });
  }

  /** Throws where somebody has asked for the end: no further step is taken. */
  mayGoOn(): void {
    if (this.#how !== undefined) throw new StoppedEarly();
  }

  /** For a step that leaves nothing behind: throws as soon as somebody asks for the end. */
  async unlessStopped<T>(step: Promise<T>): Promise<T> {
    const { signal } = this.#stop;
    const stopped = new Promise<never>((_, giveUp) => {
      const end = (): void => giveUp(new StoppedEarly());
      if (signal.aborted) end();
      else signal.addEventListener('abort', end, { once: true });
    });
    return await Promise.race([step, stopped]);
  }

  /** The last bytes of a file of the attempt; none where there is no such file. */
  tailOf(file: string): Promise<Uint8Array> {
    const range = { offset: -errorBytesMax, bytesMax: errorBytesMax };
    return new Promise((done) => {
      this.#options.tools.files.readPart(file, range, (read) => {
        done((read.ok ? read.value?.bytes : undefined) ?? new Uint8Array());
      });
    });
  }

  pause(ms: number): Promise<void> {
    return new Promise((wake) => this.#options.tools.clock.after(ms, wake));
  }

  /** Resolves with the promise, whichever way it settles, or after so long. */
  within(promise: Promise<unknown>, ms: number): Promise<void> {
    return new Promise((wake) => {
      const timer = this.#options.tools.clock.after(ms, wake);
      const settled = (): void => {
        timer.cancel();
        wake();
      };
      promise.then(settled, settled);
    });
  }

  /** Never rejects. */
  async #run(): Promise<RunResult> {
    const { tools, dispatch } = this.#options;
    const found = workspaceOf(tools.dataDir, { id: dispatch.id, number: dispatch.attempt });
    if (!found.ok) return failedWith(found.error, { retryable: false });
    const result = await this.#driver.run(found.value).catch((error: unknown) => {
      const isEarly = this.#how !== undefined && !this.#hasStarted;
      return isEarly ? stoppedEarly : this.#driver.failure(error);
    });
    await this.#driver.clear(found.value, result);
    return result;
  }
}

/** Of a step that finds its job stopped; what it means, the job says. */
class StoppedEarly extends Error {
  override readonly name = 'StoppedEarly';
}

export const stoppedEarly = failedWith('stopped before it started', { retryable: true });
