/** Outputs of task instances: an instance has at most one, and one that failed has none. */
import type { Namespace, RunId, TaskId, Token } from '../base/brand.ts';
import { outputFact } from '../model/fact.ts';
import { taskKey } from '../model/keys.ts';
import type { Turn } from './turn.ts';

interface Whose {
  readonly namespace: Namespace;
  readonly runId: RunId;
  readonly taskId: TaskId;
  readonly mapIndex: number;
}

export function putOutput(
  turn: Turn,
  { namespace, runId, taskId, mapIndex }: Whose,
  output: { readonly token: Token; readonly json: string },
): void {
  turn.emit(outputFact({ namespace, runId, taskId, mapIndex, ...output }));
}

/** What a former round of a `repeat` has left. */
export function dropOutput(turn: Turn, { namespace, runId, taskId, mapIndex }: Whose): void {
  const key = taskKey(namespace, runId, taskId, mapIndex);
  const isThere = turn.state.run(namespace, runId)?.outputs.has(key) === true;
  if (isThere) turn.emit({ table: 'output', key, row: null });
}
