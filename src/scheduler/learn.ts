/** What a success teaches about its task. */

import { estimatesMax, isSampled, withSample } from '../model/estimate.ts';
import { estimateFact } from '../model/fact.ts';
import type { AttemptReport } from '../model/protocol.ts';
import type { RunRow } from '../model/run.ts';
import type { Turn } from './turn.ts';

/** Of an attempt that has succeeded. */
export function learn(turn: Turn, run: RunRow, { id, startedAt, endedAt }: AttemptReport): void {
  const { namespace, dagId } = run;
  const before = turn.state.estimate(namespace, dagId, id.taskId);
  if (startedAt === null || !turn.canSay(3) || !isSampled(before, turn.at)) return;
  if (before === undefined && turn.state.count('estimate') >= estimatesMax) return;
  const task = { namespace, dagId, taskId: id.taskId };
  const ms = Math.max(0, endedAt - startedAt);
  turn.emit(estimateFact(withSample(before, task, { ms, at: turn.at })));
}
