/** The order of waiting tasks, and who shares the cluster with whom, are changed while it runs. */
import { ok, type Result } from '../../base/result.ts';
import type { ClusterCommand, CommandReply } from '../../model/command.ts';
import { schedulingFact } from '../../model/fact.ts';
import type { Refusal } from '../../model/refusal.ts';
import { defaultScheduling } from '../../model/scheduling.ts';
import type { Turn } from '../turn.ts';

type Put = Extract<ClusterCommand, { readonly kind: 'put-scheduling' }>;

export function putScheduling(turn: Turn, asked: Put, by: string): Result<CommandReply, Refusal> {
  const before = turn.state.scheduling() ?? defaultScheduling;
  const order = asked.order ?? before.order;
  const fairShare = asked.fairShare ?? before.fairShare;
  const classAgeingMs = asked.classAgeingMs ?? before.classAgeingMs;
  const isSame =
    order === before.order &&
    fairShare === before.fairShare &&
    classAgeingMs === before.classAgeingMs;
  if (isSame) return ok({ kind: 'scheduling-put', outcome: 'unchanged' });
  const updated = { updatedAt: turn.at, updatedBy: by };
  turn.emit(schedulingFact({ order, fairShare, classAgeingMs, ...updated }));
  return ok({ kind: 'scheduling-put', outcome: 'changed' });
}
