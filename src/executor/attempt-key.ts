/** Names of task instances and attempts: as keys of maps, in traces, and as marks of processes. */
import type { Incarnation } from '../base/brand.ts';
import { taskKey } from '../model/keys.ts';
import type { AttemptId } from '../model/protocol.ts';

export const instanceKey = (id: Omit<AttemptId, 'token'>): string =>
  taskKey(id.namespace, id.runId, id.taskId, id.mapIndex);

export const attemptKey = (id: AttemptId): string => `${instanceKey(id)}/${id.token}`;

/**
 * Marks for the processes of attempts, for one life of an executor. Not the token: two clusters
 * that share a machine may have the same, and a mark decides what is killed.
 */
export function processMarks(life: Incarnation): () => string {
  let made = 0;
  return () => {
    made += 1;
    return `${life}.${made}`;
  };
}
