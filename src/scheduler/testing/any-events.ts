/**
 * Triggers and events for generated tests: few subjects, assets and keys, so that events meet,
 * repeat and complete each other. Pure: a function of the random numbers that it is given.
 */
import { type DagId, dagId, type Namespace } from '../../base/brand.ts';
import type { Random } from '../../base/ports.ts';
import { below } from '../../base/random.ts';
import type { EventSource, EventTrigger, OutsideEvent } from '../../model/dag-trigger.ts';

const subjects = ['orders.new', 'orders.old', 'bills.new'] as const;
const patterns = [...subjects, 'orders.*', '>'] as const;
const assets = ['asset://raw', 'asset://clean'] as const;
/** Small, so that the same event is often told again. */
const keysOfAKind = 40;

const oneOf = <T>(random: Random, list: readonly [T, ...T[]]): T =>
  list[below(random, list.length)] ?? list[0];

/** Up to three triggers; `others` are DAGs whose ends may start this one. */
export function anyTriggers(random: Random, others: readonly DagId[]): readonly EventTrigger[] {
  return Array.from({ length: below(random, 4) }, (_, place) => ({
    name: `trigger-${place + 1}`,
    needs: below(random, 2) === 0 ? 'any' : 'all',
    sources: Array.from({ length: 1 + below(random, 3) }, () => anySource(random, others)),
    windowMs: below(random, 2) === 0 ? null : 1_000 + below(random, 60_000),
    params: {},
    whilePaused: below(random, 2) === 0 ? 'keep' : 'drop',
  }));
}

function anySource(random: Random, others: readonly DagId[]): EventSource {
  const other = others[below(random, Math.max(1, others.length))];
  switch (below(random, 5)) {
    case 0:
      return { kind: 'webhook', secretDigest: null, filter: null };
    case 1:
      return { kind: 'subject', subject: oneOf(random, patterns), filter: null };
    case 2:
      return { kind: 'time', cron: '* * * * *', timezone: 'UTC' };
    case 3:
      if (other !== undefined) return { kind: 'dag', dagId: other, states: ['success', 'failed'] };
      return { kind: 'asset', uri: oneOf(random, assets) };
    default:
      return { kind: 'asset', uri: oneOf(random, assets) };
  }
}

/** An event that some of those triggers may wait for; it may have been told before. */
export function anyEvent(
  random: Random,
  where: { readonly namespace: Namespace; readonly dags: readonly DagId[] },
): OutsideEvent {
  const key = `event-${below(random, keysOfAKind)}`;
  const payload = JSON.stringify({ key });
  const { namespace } = where;
  switch (below(random, 3)) {
    case 0:
      return { source: { kind: 'subject', subject: oneOf(random, subjects) }, key, payload };
    case 1:
      return { source: { kind: 'asset', namespace, uri: oneOf(random, assets) }, key, payload };
    default: {
      const dag = where.dags[below(random, Math.max(1, where.dags.length))] ?? dagId('none');
      const trigger = `trigger-${1 + below(random, 3)}`;
      return { source: { kind: 'webhook', namespace, dagId: dag, trigger }, key, payload };
    }
  }
}
