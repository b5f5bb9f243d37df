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
  { path: '/dags', name: 'dags', load: () => import('../rooms/dags/page.tsx') },
  { path: '/dags/$dagId', load: () => import('../rooms/dag/page.tsx') },
  { path: '/dags/$dagId/run', load: () => import('../rooms/run-form/page.tsx') },
  { path: '/runs', name: 'runs', load: () => import('../rooms/runs/page.tsx') },
  { path: '/runs/$runId', load: () => import('../rooms/run/page.tsx') },
  { path: '/editor', name: 'editor', load: () => import('../rooms/editor/page.tsx') },
  { path: '/approvals', name: 'approvals', load: () => import('../rooms/approvals/page.tsx') },
  { path: '/letters', name: 'letters', load: () => import('../rooms/letters/page.tsx') },
  { path: '/backfills', name: 'backfills', load: () => import('../rooms/backfills/page.tsx') },
  { path: '/backfills/$backfillId', load: () => import('../rooms/backfills/backfill-page.tsx') },
  { path: '/triggers', name: 'triggers', load: () => import('../rooms/triggers/page.tsx') },
  { path: '/queues', name: 'queues', load: () => import('../rooms/queues/page.tsx') },
  { path: '/cluster', name: 'cluster', load: () => import('../rooms/cluster/page.tsx') },
  {
    path: '/connections',
    name: 'connections',
    load: () => import('../rooms/connections/page.tsx'),
  },
  { path: '/variables', name: 'variables', load: () => import('../rooms/variables/page.tsx') },
];
