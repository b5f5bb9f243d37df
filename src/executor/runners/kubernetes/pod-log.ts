/**
 * The log of an attempt's container, into the attempt's files. Kubernetes keeps one stream, so all
 * of it goes to `stdout`; `stderr` is there and stays empty.
 *
 * Invariants:
 *   P1  Nothing more is read before what was read is written.
 *   P2  A stream that breaks off is gone on with behind the last byte that came.
 *   P3  After an error nobody is asked again before a pause.
 *   P4  What of the log cannot be had is said in its place.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import type { Workspace } from '../../workspace.ts';
import { LogFile } from '../log-file.ts';
import { type KubernetesApi, KubernetesError } from './api.ts';
import { followLog, isAbsent, type Named } from './calls.ts';
import { LogLines, type LogPlace } from './log-lines.ts';

/** The job of the attempt, or what waits as it does. */
export interface Waits {
  pause(ms: number): Promise<void>;
  /** Resolves with the promise, whichever way it settles, or after so long. */
  within(promise: Promise<unknown>, ms: number): Promise<void>;
}

const againMs = 500;
/** A stream that is whole ends with its container. */
const staleMs = 3_000;
/** After the end of a container, its last output is waited for so long. */
const lastOutputMs = 30_000;

export class PodLog {
  readonly #file: LogFile;
  readonly #waits: Waits;
  readonly #end = new AbortController();
  /** Of the present request, or the one before. */
  #request = new AbortController();
  #copying: Promise<void> | undefined;
  #reached: LogPlace | undefined;
  /** Why the log is not all there; undefined when it is. */
  #flaw: string | undefined;
  /** The container has ended: the next stream that ends is the whole log. */
  #isLast = false;
  #sayLast: () => void = () => {};
  readonly #last: Promise<void>;

  private constructor(file: LogFile, waits: Waits) {
    this.#last = new Promise((resolve) => {
      this.#sayLast = resolve;
    });
    this.#file = file;
    this.#waits = waits;
  }

  static async open(
    space: Workspace,
    waits: Waits,
    secrets: readonly string[] = [],
  ): Promise<PodLog> {
    await mkdir(space.directory, { recursive: true });
    await writeFile(space.stderr, '');
    return new PodLog(await LogFile.open(space.stdout, secrets), waits);
  }

  /** From the first call on the log is copied; further ones change nothing. */
  follow(api: KubernetesApi, pod: Named): void {
    this.#copying ??= this.#copy(api, pod);
  }

  /** Resolves when the log is written (P4); to be called when the container has ended. */
  async finish(): Promise<void> {
    if (this.#copying === undefined) return;
    this.#isLast = true;
    this.#sayLast();
    await this.#waits.within(this.#copying, staleMs);
    // A connection that some router has forgotten says nothing, and does not end either.
    this.#request.abort();
    await this.#waits.within(this.#copying, lastOutputMs);
    const flaw = this.#flaw;
    this.#end.abort();
    await this.#copying;
    if (flaw !== undefined) await this.#say(flaw);
  }

  async close(): Promise<void> {
    this.#end.abort();
    await this.#copying;
    await this.#file.close();
  }

  /** Never rejects: a log that cannot be had, or not be written, ends no task. */
  async #copy(api: KubernetesApi, pod: Named): Promise<void> {
    while (!this.#end.signal.aborted) {
      const wasLast = this.#isLast;
      const lines = new LogLines(this.#reached);
      this.#request = new AbortController();
      const signal = AbortSignal.any([this.#end.signal, this.#request.signal]);
      this.#flaw = 'nothing more came';
      try {
        const stream = await followLog(api, pod, this.#reached?.stamp || undefined, signal);
        for await (const chunk of stream) await this.#file.write(lines.split(chunk));
        this.#flaw = undefined;
        if (wasLast) return;
      } catch (error) {
        this.#flaw = isAbsent(error, pod.name) ? undefined : messageOf(error);
        // What is refused while the container is there may be given later; after its end, not.
        if (this.#flaw === undefined || (wasLast && isRefusal(error))) return;
        await this.#waits.pause(againMs);
      }
      this.#reached = lines.place;
      if (!this.#isLast) await Promise.race([this.#waits.pause(againMs), this.#last]);
    }
  }

  /** In the place of a log that cannot be had, or of its end. */
  async #say(flaw: string): Promise<void> {
    const { bytes = 0 } = this.#reached ?? {};
    const what = this.#reached === undefined ? 'the log' : 'the rest of the log';
    const line = `${bytes > 0 ? '\n' : ''}(${what} of its pod cannot be read: ${flaw})\n`;
    await this.#file.write([Buffer.from(line)]).catch(() => {});
  }
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

const isRefusal = (error: unknown): boolean =>
  error instanceof KubernetesError && error.fault === 'kubernetes_refused';
