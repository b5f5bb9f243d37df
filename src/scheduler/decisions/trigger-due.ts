/**
 * The clock is a source of triggers: an instant is due. That it was looked at, and what it started,
 * are one entry, so no instant counts twice, whoever leads (W13). Events of a pause that has ended
 * and were too many for one turn are taken up here, too.
 */
import { dueInstants, timesDoneUntil } from '../../model/trigger-time.ts';
import type { Deadline } from '../deadlines.ts';
import { dagWithVersion, type Heard, hearForDag, triggersResumed } from '../triggers.ts';
import type { Turn } from '../turn.ts';

type TriggerDeadline = Extract<Deadline, { readonly kind: 'trigger' }>;

export function triggerDue(turn: Turn, { namespace, dagId }: TriggerDeadline): void {
  const whole = dagWithVersion(turn, { namespace, dagId });
  if (whole === undefined) return;
  const { dag, version } = whole;
  if (!dag.paused) triggersResumed(turn, dag);
  const after = timesDoneUntil(dag, version, turn.state.trigger(namespace, dagId));
  const triggers = version.spec.triggers ?? [];
  const due = dueInstants(triggers, dagId, { after, now: turn.at });
  const events = due.flatMap(({ trigger, source, at }): readonly Heard[] => {
    const of = trigger.sources[source];
    if (of === undefined) return [];
    const time = new Date(at).toISOString();
    const listener = { namespace, dagId, trigger, source, of };
    const payload = JSON.stringify({ time });
    return [{ listener, key: `time:${time}`, at, payload, fromOutside: false }];
  });
  hearForDag(turn, events, turn.at);
}
