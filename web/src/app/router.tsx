/** Addresses: one route for each room, below the shell. Search parameters are texts. */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
} from '@tanstack/react-router';
import { currentNode } from '../data/nodes.ts';
import { type Room, rooms } from './rooms.ts';
import { validateSearch } from './search.ts';
import { NotFound, Shell } from './shell.tsx';

export { useSearchParams } from './search.ts';

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound, validateSearch });

export const router = createRouter({
  routeTree: root.addChildren(
    rooms.map(({ path, load }) =>
      createRoute({
        getParentRoute: () => root,
        path,
        component: lazyRouteComponent(() => loaded(load)),
      }),
    ),
  ),
  defaultPreload: 'intent',
  scrollRestoration: true,
  // `?task=load` and not `?task=%22load%22`: people write addresses by hand.
  parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
  stringifySearch: (search) => {
    const text = new URLSearchParams(validateSearch(search)).toString();
    return text === '' ? '' : `?${text}`;
  },
});

/**
 * A room whose code its node can no longer serve is had from another node, as a new page: the
 * address says what was to be seen.
 */
function loaded(load: Room['load']): ReturnType<Room['load']> {
  return load().catch((error: unknown) => {
    const node = currentNode();
    if (node === window.location.origin) throw error;
    const { pathname, search } = window.location;
    window.location.replace(`${node}${pathname}${search}`);
    // The page goes away: nobody waits for this any more.
    return new Promise<never>(() => {});
  });
}

/** Loads every room while nothing else is to be done: the node that serves them may die. */
export function loadRoomsWhenIdle(): void {
  const idle = window.requestIdleCallback ?? ((run: () => void) => setTimeout(run, 1_000));
  const next = (at: number): void => {
    const room = rooms[at];
    if (room === undefined) return;
    // What is not to be had now is asked for again when somebody goes there.
    const goOn = (): void => next(at + 1);
    idle(() => void room.load().then(goOn, goOn));
  };
  next(0);
}
