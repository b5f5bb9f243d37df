/**
 * What happens reaches all who listen to it in one entry of the log; so their number has a limit,
 * and one DAG more is refused before it listens.
 */
import type { DagId, Namespace } from '../base/brand.ts';
import type { DagSpec } from '../model/dag.ts';
import { type Refusal, refusal } from '../model/refusal.ts';
import { triggerLimits } from '../model/trigger.ts';
import { sameAs } from './trigger-index.ts';
import type { Turn } from './turn.ts';

/** Call before the DAG takes this definition. */
export function crowdedSource(
  turn: Turn,
  { namespace, dagId }: { readonly namespace: Namespace; readonly dagId: DagId },
  { triggers = [] }: DagSpec,
): Refusal | undefined {
  const counts = new Map<string, number>();
  for (const of of triggers.flatMap(({ sources }) => sources)) {
    const what = sameAs(namespace, of);
    if (what === undefined) continue;
    const before = counts.get(what) ?? turn.board.triggers.alike(namespace, of, dagId).length;
    if (before >= triggerLimits.listeners) {
      const detail = `${triggerLimits.listeners} triggers listen to ${what} already`;
      return refusal('LIMIT_REACHED', detail);
    }
    counts.set(what, before + 1);
  }
  return undefined;
}
