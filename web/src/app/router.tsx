/** Addresses: one route for each room, below the shell. Search parameters are texts. */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
} from '@tanstack/react-router';
import { lateCode, loadWhenIdle } from './late-code.ts';
import { rooms } from './rooms.ts';
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
        component: lazyRouteComponent(() => lateCode(load)),
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

export const loadRoomsWhenIdle = (): Promise<void> => loadWhenIdle(rooms.map(({ load }) => load));
