/** The output of a task instance: the JSON that the winning attempt wrote to SKEIN_OUTPUT. */
import type { Namespace, RunId, TaskId, Token } from '../base/brand.ts';

/** What an output takes of the log. In bytes of JSON text. */
export const outputBytesMax = 64 * 1024;

/**
 * Larger ones are artifacts, of this name, up to so many bytes; what stands in the log is then a
 * reference: `{"$artifact": "<sha256>", "bytes": 123456}`.
 */
export const largeOutput = { name: 'output', bytesMax: 4 * 1024 * 1024 } as const;

/** Large outputs that one attempt is given. */
export const largeUpstreamBytesMax = 16 * 1024 * 1024;

export const outputReference = (object: { readonly sha256: string; readonly bytes: number }) =>
  JSON.stringify({ $artifact: object.sha256, bytes: object.bytes });

export interface OutputRow {
  readonly namespace: Namespace;
  readonly runId: RunId;
  readonly taskId: TaskId;
  readonly mapIndex: number;
  readonly token: Token;
  /** JSON text, as the task wrote it. */
  readonly json: string;
}
