/** Addresses: one route for each room, below the shell. Search parameters are texts. */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
} from '@tanstack/react-router';
import { rooms } from './rooms.ts';
import { validateSearch } from './search.ts';
import { NotFound, Shell } from './shell.tsx';

export { useSearchParams } from './search.ts';

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound, validateSearch });

export const router = createRouter({
  routeTree: root.addChildren(
    rooms.map(({ path, load }) =>
      createRoute({ getParentRoute: () => root, path, component: lazyRouteComponent(load) }),
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

/** Loads every room while nothing else is to be done: the node that serves them may die. */
export function loadRoomsWhenIdle(): void {
  const idle = window.requestIdleCallback ?? ((run: () => void) => setTimeout(run, 1_000));
  const next = (at: number): void => {
    const room = rooms[at];
    if (room === undefined) return;
    idle(() => void room.load().finally(() => next(at + 1)));
  };
  next(0);
}
