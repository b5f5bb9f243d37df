/**
 * The log of an attempt's container, into the attempt's files. Kubernetes keeps one stream, so all
 * of it goes to `stdout`; `stderr` is there and stays empty.
 *
 * Invariants:
 *   P1  Nothing more is read before what was read is written.
 *   P2  A stream that breaks off is gone on with behind the last byte that came.
 *   P3  After an error nobody is asked again before a pause; a log that is refused says so itself.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import type { Workspace } from '../../workspace.ts';
import { LogFile } from '../log-file.ts';
import { type KubernetesApi, KubernetesError } from './api.ts';
import { followLog, isAbsent, type Named } from './calls.ts';
import { LogLines, type LogPlace } from './log-lines.ts';

export interface Pauses {
  pause(ms: number): Promise<void>;
}

const againMs = 500;

export class PodLog {
  readonly #file: LogFile;
  readonly #pauses: Pauses;
  readonly #end = new AbortController();
  #copying: Promise<void> | undefined;
  /** The container has ended: the next stream that ends is the whole log. */
  #isLast = false;
  #sayLast: () => void = () => {};
  readonly #last: Promise<void>;

  private constructor(file: LogFile, pauses: Pauses) {
    this.#last = new Promise((resolve) => {
      this.#sayLast = resolve;
    });
    this.#file = file;
    this.#pauses = pauses;
  }

  static async open(
    space: Workspace,
    pauses: Pauses,
    secrets: readonly string[] = [],
  ): Promise<PodLog> {
    await mkdir(space.directory, { recursive: true });
    await writeFile(space.stderr, '');
    return new PodLog(await LogFile.open(space.stdout, secrets), pauses);
  }

  /** From the first call on the log is copied; further ones change nothing. */
  follow(api: KubernetesApi, pod: Named): void {
    this.#copying ??= this.#copy(api, pod);
  }

  /** Resolves when all of the log is written; to be called when the container has ended. */
  async finish(): Promise<void> {
    this.#isLast = true;
    this.#sayLast();
    await this.#copying;
  }

  async close(): Promise<void> {
    this.#end.abort();
    await this.#copying;
    await this.#file.close();
  }

  /** Never rejects: a log that cannot be had, or not be written, ends no task. */
  async #copy(api: KubernetesApi, pod: Named): Promise<void> {
    let reached: LogPlace | undefined;
    while (!this.#end.signal.aborted) {
      const wasLast = this.#isLast;
      const lines = new LogLines(reached);
      try {
        const stream = await followLog(api, pod, reached?.stamp || undefined, this.#end.signal);
        for await (const chunk of stream) await this.#file.write(lines.split(chunk));
        if (wasLast) return;
      } catch (error) {
        if (isAbsent(error, pod.name)) return;
        // What is refused while the container is there may be given later; after its end, not.
        if (wasLast && isRefusal(error)) return await this.#say(error.message);
        await this.#pauses.pause(againMs);
      }
      reached = lines.place;
      if (!this.#isLast) await Promise.race([this.#pauses.pause(againMs), this.#last]);
    }
  }

  /** In the place of a log that cannot be had. */
  async #say(refusal: string): Promise<void> {
    const line = Buffer.from(`(the log of its pod cannot be read: ${refusal})\n`);
    await this.#file.write([line]).catch(() => {});
  }
}

const isRefusal = (error: unknown): error is KubernetesError =>
  error instanceof KubernetesError && error.fault === 'kubernetes_refused';
