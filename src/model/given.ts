/**
 * What an attempt was given, as its node kept it: texts rendered, secrets as `***`. It is no row:
 * a log of thousands of attempts a second has no room for it, so it lies beside the attempt's logs
 * and goes with them.
 */
import type { Json, JsonObject } from './json.ts';
import type { AttemptId } from './protocol.ts';

/** The mouth of executors that is asked for it, and of peers that is answered. */
export const givenInbox = 'given';

/** Of one attempt, as JSON; above it, parts are left out and named. */
export const givenBytesMax = 256 * 1024;

/** Every part but the first two may be left out where it is too much; it is null then. */
export interface Given {
  /** When its node began with it. */
  readonly at: string;
  /** Parts that were too large to be kept. */
  readonly leftOut: readonly string[];
  /** What the task does: its kind, and every text as it was rendered. */
  readonly action: JsonObject | null;
  /** What the definition says; the contract of tasks adds to it. */
  readonly env: JsonObject | null;
  readonly params: JsonObject | null;
  /** What started the run. */
  readonly trigger: Json;
  /** Of a mapped task. */
  readonly item: Json;
  /** By task, the outputs that it may read. */
  readonly upstream: JsonObject | null;
  /** Tasks whose outputs were too large to come along. */
  readonly upstreamOmitted: readonly string[];
  /** Names of connections; what is in them is not told. */
  readonly connections: readonly string[];
  /** Paths of artifacts below its working directory, and their digests. */
  readonly inputs: readonly { readonly path: string; readonly sha256: string }[];
  readonly cwd: string | null;
  readonly timeoutMs: number | null;
}

/** Asks an executor for what it kept of an attempt. */
export interface GivenRequest {
  readonly kind: 'given-request';
  readonly requestId: string;
  readonly id: AttemptId;
  readonly attempt: number;
}

export interface GivenAnswer {
  readonly kind: 'given-answer';
  readonly requestId: string;
  /** A `Given` as JSON; null: there is nothing of this attempt. */
  readonly text: string | null;
}
