/**
 * Runners: one for each kind of task. A runner turns a dispatch into work and tells how it ended;
 * it knows nothing of leases, tokens or the leader, which are the executor's concern.
 */
import type { Artifact } from '../model/artifact.ts';
import type { AttemptUsage } from '../model/attempt.ts';
import type { WorkAction } from '../model/dag.ts';
import type { Dispatch } from '../model/protocol.ts';

/** How the work ended by itself. Whether it was stopped, and why, the executor knows better. */
export interface RunResult {
  readonly outcome: 'success' | 'failed' | 'skipped';
  /** False: the task says (or we know) that another attempt would fail too. */
  readonly retryable: boolean;
  readonly exitCode: number | null;
  readonly signal: number | null;
  /** A sentence for people; null unless it failed. */
  readonly error: string | null;
  /** What kind of failure it was, for `retryOn`; null where there is no word for it. */
  readonly errorClass: string | null;
  /** The last bytes that it wrote to stderr, whatever they are; empty unless it failed. */
  readonly stderrTail: Uint8Array;
  /** JSON text, at most `outputBytesMax`. */
  readonly output: string | null;
  /** What it took of its node; absent: nobody could tell. */
  readonly usage?: AttemptUsage;
  /** What a success has left, of a task that names some. */
  readonly artifacts?: readonly Artifact[];
  /** A server asked for so long a pause before the next attempt. */
  readonly retryAfterMs?: number;
}

export type RunEvent =
  /** At most once, and before `ended`. */
  | { readonly kind: 'started' }
  /** Exactly once, and the last: nothing of the attempt is alive, nothing more is written. */
  | { readonly kind: 'ended'; readonly result: RunResult };

export interface RunningJob {
  /**
   * Asks the work to end: TERM politely, KILL at once. `ended` comes in any case. After `ended`, or
   * a second time, it does nothing.
   */
  stop(how: 'TERM' | 'KILL'): void;
  /**
   * Gives it so many thousandths of a core; undefined: as many as its limits say. Absent where
   * nobody can.
   */
  pace?(cpuMilli: number | undefined): void;
}

/** The connections of one attempt, open. */
export interface OpenedConnections {
  /** `SKEIN_CONN_<NAME>`, as JSON. */
  readonly variables: Readonly<Record<string, string>>;
  /** What must not be seen, in all its forms, the longest first. */
  readonly secrets: readonly string[];
}

/** A dispatch whose connections are open. What `opened` holds never leaves this process. */
export type Work = Dispatch & { readonly opened?: OpenedConnections };

export interface Runner {
  /** Begins the work. `observe` is never called within this call. */
  start(dispatch: Work, observe: (event: RunEvent) => void): RunningJob;
}

/** The registry: which runner executes which kind of task. */
export type Runners = ReadonlyMap<WorkAction['kind'], Runner>;

/** A runner that takes one kind of task; the registry calls it for that kind alone. */
export type ActionOf<K extends WorkAction['kind']> = Extract<WorkAction, { kind: K }>;

export const succeeded = (output: string | null = null): RunResult => ({
  outcome: 'success',
  retryable: true,
  exitCode: null,
  signal: null,
  error: null,
  errorClass: null,
  stderrTail: new Uint8Array(),
  output,
});

export const failedWith = (
  error: string,
  options: { readonly retryable: boolean; readonly errorClass?: string },
): RunResult => ({
  outcome: 'failed',
  retryable: options.retryable,
  exitCode: null,
  signal: null,
  error,
  errorClass: options.errorClass ?? null,
  stderrTail: new Uint8Array(),
  output: null,
});
