/** What the executor tells a worker about a call, and what the worker tells about its failure. */
import type { Json } from '../../model/json.ts';

/** Written to the attempt's directory before the call, where a worker may not write. */
export interface Call {
  /** The module: absolute, or relative to the working directory. */
  readonly file: string;
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
