/** What the executor tells a worker about a call, and what the worker tells about its failure. */
import type { Json } from '../../model/json.ts';

/** Written to the attempt's directory before the call, where a worker may not write. */
export interface Call {
  /** The module: absolute, or relative to the working directory. */
  readonly file: string;
  /** It was written for this task: nobody changes it. */
  readonly isInline: boolean;
  readonly export: string;
  readonly input: Json;
  /** Where a compiled module may lie while it is loaded; absolute. */
  readonly scratch: string;
  /** Where compiled files are kept; absolute. */
  readonly cache: string;
  /** The compiler, as a module to import; absolute. */
  readonly compiler: string;
}

/** How a waiting worker becomes the process of an attempt: what a new one would be started with. */
export interface Handover {
  readonly callFile: string;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly stdoutFile: string;
  readonly stderrFile: string;
}

/** One of the many calls of a worker that stays: all that differs between them. */
export interface ServedCall extends Omit<Handover, 'callFile'> {
  /** Of this worker; its answer names it. */
  readonly number: number;
  readonly call: Call;
  /** The directory that it makes, what it writes into its context file; null: both are there. */
  readonly context: { readonly work: string; readonly content: string } | null;
  /** A worker that holds more after it makes no other. */
  readonly keptBytesMax: number;
}

/** What a worker that stays says; a line of JSON each. */
export type Answer =
  /** It has booted, and waits for its first call. */
  | { readonly kind: 'ready' }
  /** The function's file is another one since it was loaded: this call is another worker's. */
  | { readonly kind: 'stale'; readonly number: number }
  /** It could not become what the call was to run in. */
  | { readonly kind: 'refused'; readonly number: number; readonly reason: string }
  | CallEnd;

export interface CallEnd {
  readonly kind: 'ended';
  readonly number: number;
  readonly exitCode: number;
  /** As the worker saw it: without the time in which nobody took up its answer. */
  readonly tookMs: number;
  /** Processor time of the worker during the call. */
  readonly cpuMs: number;
  /** And since it began. */
  readonly cpuMsTotal: number;
  /** The most that the worker has held so far. */
  readonly memoryBytesMax: number;
  /** What the function returned, as JSON, empty for nothing; null: look for the file. */
  readonly output: string | null;
  /** It waits for the next call; otherwise it ends. */
  readonly stays: boolean;
}

/** The pipes of a worker that stays, and its inline code. */
export const servingFilesIn = (directory: string) => ({
  calls: `${directory}/calls`,
  answers: `${directory}/answers`,
  module: `${directory}/main.mjs`,
  scratch: `${directory}/bundle.mjs`,
});

/** Left in the place of the output by a call that failed: nobody wants an output then. */
export interface CallFailure {
  /** A sentence. */
  readonly error: string;
  /** For `retryOn`. */
  readonly errorClass: string;
  readonly retryable: boolean;
}

/** The files of a waiting worker. */
export const handoverFileIn = (directory: string): string => `${directory}/handover.json`;
export const workerLogsIn = (directory: string) => ({
  stdoutFile: `${directory}/stdout`,
  stderrFile: `${directory}/stderr`,
});

/** Bounded in characters, because a message may be anything. */
export const failureCharactersMax = 1000;
