/** Addresses: one route for each room, below the shell. Search parameters are texts. */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  useRouter,
  useSearch,
} from '@tanstack/react-router';
import { rooms } from './rooms.ts';
import { NotFound, Shell } from './shell.tsx';

type Search = Readonly<Record<string, string>>;

const validateSearch = (search: Record<string, unknown>): Search =>
  Object.fromEntries(
    Object.entries(search)
      .filter(([, value]) => value !== undefined && value !== null && value !== '')
      .map(([key, value]) => [key, String(value)]),
  );

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

/** The search parameters of the address, and a way to change some of them: '' takes one out. */
export function useSearchParams(): readonly [
  Search,
  (changes: Search, how?: 'push' | 'replace') => void,
] {
  const search: Search = useSearch({ strict: false });
  const { history } = useRouter();
  const change = (changes: Search, how: 'push' | 'replace' = 'replace'): void => {
    const url = new URL(window.location.href);
    for (const [key, value] of Object.entries(changes)) {
      if (value === '') url.searchParams.delete(key);
      else url.searchParams.set(key, value);
    }
    history[how](`${url.pathname}${url.search}`);
  };
  return [search, change];
}

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
