/** Pools, variables and calendars that the workflows name, and people who change them. */
import { namespace } from '../../src/base/brand.ts';
import type { ObjectCommand } from '../../src/model/command.ts';
import type { Chance } from './chance.ts';
import type { Clients } from './clients.ts';

/** Where everything of the simulation is. */
export const space = namespace('default');
const noDays = { description: '', days: [], yearly: [], except: [] } as const;

const pool = (name: string, slots: number): ObjectCommand => ({
  kind: 'put-pool',
  namespace: space,
  name,
  slots,
  description: '',
});

const variable = (value: number): ObjectCommand => ({
  kind: 'put-variable',
  namespace: space,
  name: 'v0',
  value,
});

const calendar = (name: string, weekdays: readonly number[]): ObjectCommand => ({
  kind: 'put-calendar',
  namespace: space,
  calendar: { ...noDays, name, weekdays },
});

const everyDay = [0, 1, 2, 3, 4, 5, 6];

/** Everything is there, and nobody waits for it. */
export function putEverything(clients: Clients): void {
  clients.ask(pool('p0', 4));
  clients.ask(pool('p1', 2));
  clients.ask(variable(1));
  clients.ask(calendar('open', everyDay));
  clients.ask(calendar('shut', []));
}

/** Less room, another value, other days; or somebody deletes what may be in use. */
export function changeObject(clients: Clients, chance: Chance): void {
  const kind = chance.below(5);
  if (kind === 0) clients.ask(pool(chance.pick(['p0', 'p1']), chance.below(4)));
  else if (kind === 1) clients.ask(variable(chance.below(100)));
  else if (kind === 2) {
    const days = everyDay.filter(() => chance.happens(0.6));
    clients.ask(calendar(chance.pick(['open', 'shut']), days));
  } else {
    const [table, name] = chance.pick([
      ['pool', 'p1'],
      ['variable', 'v0'],
      ['calendar', 'shut'],
    ] as const);
    clients.ask({ kind: 'delete-object', namespace: space, table, name });
  }
}
