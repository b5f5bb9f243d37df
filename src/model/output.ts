/** The output of a task instance: the JSON that the winning attempt wrote to SKEIN_OUTPUT. */
import type { Namespace, RunId, TaskId, Token } from '../base/brand.ts';

/** Larger outputs are refused with a clear task error. In bytes of JSON text. */
export const outputBytesMax = 64 * 1024;

export interface OutputRow {
  readonly namespace: Namespace;
  readonly runId: RunId;
  readonly taskId: TaskId;
  readonly mapIndex: number;
  readonly token: Token;
  /** JSON text, as the task wrote it. */
  readonly json: string;
}
