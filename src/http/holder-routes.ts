/** The route of who holds what others wait for. Any node tells it, of its rows. */
import { contract } from '../api/contract.ts';
import { ok } from '../base/result.ts';
import { holdersView } from '../model/views/holders.ts';
import { type Door, route } from './route.ts';

export function holderRoutes(door: Door): void {
  route(door, contract.listHolders, async ({ namespace }) => {
    const { index, value } = await door.service.reader.look((state) =>
      holdersView(state, namespace),
    );
    return ok({ index, value });
  });
}
