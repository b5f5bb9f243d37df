/**
 * Attempts have been running for a while. Recorded only while they are still the current ones; a
 * short attempt is never recorded as running, and none is before its executor has started it (T16).
 */
import { taskFact } from '../../model/fact.ts';
import type { Input } from '../input.ts';
import type { Turn } from '../turn.ts';

type AttemptsStarted = Extract<Input, { readonly kind: 'attempts-started' }>;

export function attemptsStarted(turn: Turn, { attempts }: AttemptsStarted): void {
  for (const { id, startedAt } of attempts) {
    const row = turn.state.task(id.namespace, id.runId, id.taskId, id.mapIndex);
    if (row?.status !== 'queued' || row.attempt.token !== id.token) continue;
    turn.emit(taskFact({ ...row, status: 'running', startedAt }));
  }
}
