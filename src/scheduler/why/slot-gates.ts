/**
 * Gates of what tasks share beside nodes: pools, keys, rates, limits, quotas. Each closed one as
 * the pass over the ready queue finds it (`closedGates`), with who holds what is asked for.
 */
import { unreachable } from '../../base/assert.ts';
import { formatDuration } from '../../base/duration.ts';
import type { JsonList } from '../../model/json.ts';
import { rateKeysMax } from '../../model/rate.ts';
import { type GateView, whyLimits } from '../../model/views/why.ts';
import { closedGates } from '../gate-pass.ts';
import type { Closed } from '../gates.ts';
import type { LiveTaskRow } from '../task-rows.ts';
import { type Asking, holders } from './asking.ts';
import {
  amountText,
  byEvent,
  byPerson,
  byTime,
  countText,
  gate,
  inNamespace,
  instant,
  namesText,
  ofRunText,
} from './gate.ts';
import type { Look } from './look.ts';

export const slotGates = (look: Look, asking: Asking): readonly GateView[] =>
  [...closedGates(look.turn, asking.asked)].flatMap((closed) => gateOf(look, asking, closed));

type Of<K extends Closed['kind']> = Extract<Closed, { readonly kind: K }>;

function gateOf(look: Look, asking: Asking, closed: Closed): GateView | readonly [] {
  switch (closed.kind) {
    case 'no-pool':
      return noPool(asking);
    case 'pool':
      return poolGate(look, asking, closed);
    case 'concurrency':
      return keyGate(look, asking, closed.used);
    case 'dag-max':
    case 'task-max':
      return maxGate(look, asking, { kind: closed.kind, used: closed.used });
    case 'rate':
      return rateGate(look, asking, closed.opensAt);
    case 'rate-keys': {
      const text = `${rateKeysMax} keys of rates are remembered, and its own is a new one`;
      return gate(
        'RATE_KEYS_FULL',
        text,
        { most: rateKeysMax },
        byEvent('when one of them is old'),
      );
    }
    case 'quota':
      return quotaGate(asking, closed);
    default:
      return unreachable(closed);
  }
}

function noPool({ asked: { demands } }: Asking): GateView | readonly [] {
  const { pool, namespace } = demands;
  if (pool === null) return [];
  const { name, slots } = pool;
  const command = `skein pool set ${name} --slots ${slots}${inNamespace(namespace)}`;
  const opens = byPerson('make the pool', command);
  return gate('NO_POOL', `there is no pool "${name}"`, { pool: name, asked: slots }, opens);
}

function poolGate(
  look: Look,
  { asked: { demands } }: Asking,
  { asked, used, slots }: Of<'pool'>,
): GateView | readonly [] {
  const { pool, namespace } = demands;
  if (pool === null) return [];
  const { name } = pool;
  const command = `skein pool set ${name} --slots ${used + asked}${inNamespace(namespace)}`;
  if (asked > slots) {
    const text = `it asks for ${countText(asked, 'slot')} of pool ${name}, which has ${slots}`;
    const opens = byPerson('make the pool larger', command);
    return gate('POOL_TOO_SMALL', text, { pool: name, asked, used, slots }, opens);
  }
  const held = holders(look, ({ namespace: whose, attempt }) => {
    return whose === namespace && attempt.holds?.pool?.name === name;
  });
  const text = `pool ${name} has no room: ${used} of ${countText(slots, 'slot')} are taken, it \
asks for ${asked}; held by ${heldText(held)}`;
  const opens = byEvent('when enough of them have ended', command);
  const values = { pool: name, asked, used, slots, holders: shown(held) };
  return gate('POOL_FULL', text, values, opens);
}

function keyGate(look: Look, { asked: { demands } }: Asking, used: number): GateView | readonly [] {
  const { concurrency, namespace } = demands;
  if (concurrency === null) return [];
  const { key, max } = concurrency;
  const held = holders(look, ({ namespace: whose, attempt }) => {
    return whose === namespace && attempt.holds?.key === key;
  });
  const text = `concurrency key "${key}" lets ${max} be alive: ${heldText(held)}`;
  const values = { key, max, used, holders: shown(held) };
  return gate('KEY_HELD', text, values, byEvent('when one of them ends'));
}

function maxGate(
  look: Look,
  { asked: { demands } }: Asking,
  { kind, used }: { readonly kind: 'dag-max' | 'task-max'; readonly used: number },
): GateView | readonly [] {
  const { ofDag, ofTask, namespace } = demands;
  const limit = kind === 'dag-max' ? ofDag : ofTask;
  if (limit === null) return [];
  const { dagId, max } = limit;
  const taskId = kind === 'dag-max' ? null : (ofTask?.taskId ?? null);
  const held = holders(look, (row) => {
    const isOfDag = look.turn.state.run(namespace, row.runId)?.run.dagId === dagId;
    return row.namespace === namespace && isOfDag && (taskId === null || row.taskId === taskId);
  });
  const whose = taskId === null ? `DAG ${dagId}` : `task ${taskId} of DAG ${dagId}`;
  const text = `${whose} has ${used} of ${countText(max, 'attempt')} alive (maxConcurrency): \
${heldText(held)}`;
  const values = { dagId, taskId, used, max, holders: shown(held) };
  const code = kind === 'dag-max' ? 'DAG_MAX' : 'TASK_MAX';
  return gate(code, text, values, byEvent('when one of them ends'));
}

function rateGate(
  { turn }: Look,
  { asked: { demands } }: Asking,
  opensAt: number,
): GateView | readonly [] {
  const { rate } = demands;
  if (rate === null) return [];
  const { key, max, perMs } = rate;
  const at = instant(opensAt);
  const text = `rate "${key}" lets ${max} begin within any ${formatDuration(perMs)}: so many have`;
  const opens =
    at === null ? byPerson('apply a definition with a larger rate') : byTime(at, turn.at);
  return gate('RATE', text, { key, max, perMs }, opens);
}

/** The options of `skein namespace set`, by the parts of a quota. */
const quotaOptions: Readonly<Record<string, string>> = {
  runningTasks: '--running-tasks',
  cpu: '--cpu',
  memory: '--memory',
  gpu: '--gpu',
};

function quotaGate(
  { asked: { demands } }: Asking,
  { of, asked, used, most }: Of<'quota'>,
): GateView {
  const { namespace } = demands;
  const say = (amount: number): string =>
    of === 'runningTasks' ? String(amount) : amountText(of, amount);
  const text = `the quota of namespace ${namespace} has ${say(used)} of ${say(most)} ${of} in use, \
and it asks for ${say(asked)}`;
  const command = `skein namespace set ${namespace} ${quotaOptions[of]} ${say(used + asked)}`;
  const opens =
    asked > most
      ? byPerson('raise the quota', command)
      : byEvent('when enough of its attempts have ended', command);
  return gate('QUOTA', text, { namespace, of, asked, used, most }, opens);
}

const heldText = (rows: readonly LiveTaskRow[]): string =>
  rows.length === 0 ? 'nobody' : namesText(rows.map(ofRunText));

const shown = (rows: readonly LiveTaskRow[]): JsonList =>
  rows.slice(0, whyLimits.namesShown).map(({ runId, taskId, mapIndex, attempt }) => ({
    ...{ runId, taskId, mapIndex, node: attempt.node },
    slots: attempt.holds?.pool?.slots ?? null,
  }));
