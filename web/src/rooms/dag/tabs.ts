/**
 * The tabs of a DAG's page: each is loaded when it is opened, or when nothing else is to be done.
 */
import { type ComponentType, lazy } from 'react';
import { lateCode, loadWhenIdle } from '../../app/late-code.ts';
import type { TabProps } from './tab-props.ts';

type Load = () => Promise<{ readonly default: ComponentType<TabProps> }>;

const loads = {
  grid: () => import('./grid-tab.tsx'),
  graph: () => import('./graph-tab.tsx'),
  runs: () => import('./runs-tab.tsx'),
  versions: () => import('./versions-tab.tsx'),
  schedule: () => import('./schedule-tab.tsx'),
  calendar: () => import('./calendar-tab.tsx'),
  durations: () => import('./durations-tab.tsx'),
  failures: () => import('./failures-tab.tsx'),
  source: () => import('./source-tab.tsx'),
  hints: () => import('./hints-tab.tsx'),
} as const satisfies Record<string, Load>;

export type TabName = keyof typeof loads;

export const isTab = (name: string): name is TabName => Object.hasOwn(loads, name);

export const tabNames: readonly TabName[] = Object.keys(loads).filter(isTab);

/** The code of a tab, asked for before it is shown. */
export const preloadTab = (name: TabName): Promise<unknown> => loads[name]();

const made = new Map<TabName, ComponentType<TabProps>>();

export function tabOf(name: TabName): ComponentType<TabProps> {
  const known = made.get(name);
  if (known !== undefined) return known;
  const load: Load = loads[name];
  const tab = lazy(() => lateCode(load));
  made.set(name, tab);
  return tab;
}

export const loadTabsWhenIdle = (): Promise<void> => loadWhenIdle(Object.values(loads));
