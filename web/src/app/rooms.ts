/**
 * The rooms of the page: an address, a name in the navigation, and the code that is loaded when
 * somebody goes there for the first time, or when the browser has nothing better to do.
 */
import type { ComponentType } from 'react';
import type { IconName } from '../kit/icons.tsx';
import type { appWords } from './words.ts';

export interface Room {
  /** As the router writes it: `/runs/$runId`. */
  readonly path: string;
  /** Absent: it is reached by links alone. */
  readonly name?: keyof typeof appWords.en & IconName;
  readonly load: () => Promise<{ readonly default: ComponentType }>;
}

export const rooms: readonly Room[] = [
  { path: '/', name: 'overview', load: () => import('../rooms/overview/page.tsx') },
  { path: '/runs', name: 'runs', load: () => import('../rooms/runs/page.tsx') },
  { path: '/runs/$runId', load: () => import('../rooms/run/page.tsx') },
];
