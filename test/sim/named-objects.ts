/**
 * Pools, variables and calendars that the workflows name, and what namespaces may use; and people
 * who change all that.
 */
import { type Namespace, namespace } from '../../src/base/brand.ts';
import type { ObjectCommand } from '../../src/model/command.ts';
import type { Quota } from '../../src/model/namespace-row.ts';
import { orderNames } from '../../src/model/placing.ts';
import type { Chance } from './chance.ts';
import type { Clients } from './clients.ts';

/** Where everything is, in a seed without `namespace`. */
export const space = namespace('default');
/** And where things are in the others. */
export const spaces: readonly Namespace[] = [space, namespace('team-a'), namespace('team-b')];

const noDays = { description: '', days: [], yearly: [], except: [] } as const;

const pool = (of: Namespace, name: string, slots: number): ObjectCommand => ({
  kind: 'put-pool',
  namespace: of,
  name,
  slots,
  description: '',
});

const variable = (of: Namespace, value: number): ObjectCommand => ({
  kind: 'put-variable',
  namespace: of,
  name: 'v0',
  value,
});

const calendar = (of: Namespace, name: string, weekdays: readonly number[]): ObjectCommand => ({
  kind: 'put-calendar',
  namespace: of,
  calendar: { ...noDays, name, weekdays },
});

const everyDay = [0, 1, 2, 3, 4, 5, 6];

/** Everything is there, and nobody waits for it. */
export function putEverything(clients: Clients, all: readonly Namespace[]): void {
  for (const of of all) {
    clients.ask(pool(of, 'p0', 4));
    clients.ask(pool(of, 'p1', 2));
    clients.ask(variable(of, 1));
    clients.ask(calendar(of, 'open', everyDay));
    clients.ask(calendar(of, 'shut', []));
  }
}

/** Less room, another value, other days; or somebody deletes what may be in use. */
export function changeObject(clients: Clients, chance: Chance, of: Namespace): void {
  const kind = chance.below(5);
  if (kind === 0) clients.ask(pool(of, chance.pick(['p0', 'p1']), chance.below(4)));
  else if (kind === 1) clients.ask(variable(of, chance.below(100)));
  else if (kind === 2) {
    const days = everyDay.filter(() => chance.happens(0.6));
    clients.ask(calendar(of, chance.pick(['open', 'shut']), days));
  } else {
    const [table, name] = chance.pick([
      ['pool', 'p1'],
      ['variable', 'v0'],
      ['calendar', 'shut'],
    ] as const);
    clients.ask({ kind: 'delete-object', namespace: of, table, name });
  }
}

/** Another weight; with `isLimited` a quota too, which may be less than what is in use. */
export function changeNamespace(
  clients: Clients,
  chance: Chance,
  { of, isLimited }: { readonly of: Namespace; readonly isLimited: boolean },
): void {
  if (chance.happens(0.2)) {
    clients.ask({ kind: 'delete-namespace', namespace: of });
    return;
  }
  const weight = chance.pick([0.5, 1, 1, 2, 4]);
  const quota = isLimited ? someQuota(chance) : {};
  clients.ask({ kind: 'put-namespace', namespace: of, weight, quota, description: '' });
}

function someQuota(chance: Chance): Quota {
  return {
    ...(chance.happens(0.3) && { cpu: 400 * (1 + chance.below(10)) }),
    ...(chance.happens(0.2) && { memory: 2 ** 20 * (1 + chance.below(10)) }),
    ...(chance.happens(0.2) && { gpu: 500 * (1 + chance.below(4)) }),
    ...(chance.happens(0.3) && { runningTasks: 1 + chance.below(5) }),
    ...(chance.happens(0.3) && { activeRuns: 1 + chance.below(4) }),
    ...(chance.happens(0.3) && { runsPerMinute: 1 + chance.below(10) }),
    ...(chance.happens(0.3) && { queuedRuns: 1 + chance.below(6) }),
    ...(chance.happens(0.2) && { dags: 1 + chance.below(3) }),
  };
}

/** Nobody waits for a quota any more. */
export function liftQuota(clients: Clients, of: Namespace): void {
  clients.ask({ kind: 'delete-namespace', namespace: of });
}

export function changeScheduling(clients: Clients, chance: Chance): void {
  clients.ask({
    kind: 'put-scheduling',
    order: chance.happens(0.6) ? chance.pick(orderNames) : null,
    fairShare: chance.happens(0.5) ? chance.pick(['namespaces', 'dags', 'none'] as const) : null,
    classAgeingMs: chance.happens(0.4) ? chance.pick([1000, 10_000, 3_600_000]) : null,
  });
}
