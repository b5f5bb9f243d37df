/** Why a command about a living run finds none: it has ended, or there is no such run. */
import type { Namespace, RunId } from '../../base/brand.ts';
import type { EndedRun } from '../../model/ended-run.ts';
import { type Refusal, refusal } from '../../model/refusal.ts';
import type { Turn } from '../turn.ts';

export function noLiveRun(
  turn: Turn,
  { namespace, runId }: { readonly namespace: Namespace; readonly runId: RunId },
  ended: EndedRun | null,
): Refusal {
  const hasEnded = ended !== null || turn.state.endedLately(namespace, runId) !== undefined;
  return hasEnded
    ? refusal('RUN_ENDED', `run ${runId} has ended already`)
    : refusal('RUN_NOT_FOUND', `there is no run ${runId} in namespace ${namespace}`);
}
