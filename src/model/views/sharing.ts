/** How the cluster shares itself out, as people see it: namespaces, and the order of scheduling. */
import type { Namespace } from '../../base/brand.ts';
import type { NamespaceRow, Quota } from '../namespace-row.ts';
import type { ReadonlyState } from '../readonly-state.ts';
import { milliPerUnit } from '../resources.ts';
import type { RunRow } from '../run.ts';
import { defaultScheduling, type SchedulingRow } from '../scheduling.ts';
import { aliveAttempts } from './live-attempts.ts';
import { timeText } from './time.ts';

/** All that a quota may limit, in the order in which people are shown it. */
export const quotaNames = [
  'cpu',
  'memory',
  'gpu',
  'runningTasks',
  'activeRuns',
  'queuedRuns',
  'runsPerMinute',
  'dags',
] as const satisfies readonly (keyof Quota)[];

export type QuotaName = (typeof quotaNames)[number];

/** Limits that people write in cores and units, and that rows keep in thousandths. */
export const quotaInThousandths: ReadonlySet<string> = new Set<QuotaName>(['cpu', 'gpu']);

/** Cores, bytes, GPUs, numbers of things; null: no limit. */
export type QuotaView = { readonly [N in QuotaName]: number | null };

/** In the same units. How many runs began within the last minute no row tells. */
export type NamespaceUse = { readonly [N in Exclude<QuotaName, 'runsPerMinute'>]: number };

export interface NamespaceView {
  readonly namespace: string;
  readonly weight: number;
  readonly description: string;
  readonly quota: QuotaView;
  readonly used: NamespaceUse;
  /** Null, as the next one: nobody has said anything of it. */
  readonly updatedAt: string | null;
  readonly updatedBy: string | null;
}

/** Namespaces of which something was said, and those that have DAGs or live runs. */
export function namespaceViews(state: ReadonlyState): readonly NamespaceView[] {
  const uses = usesOf(state, () => true);
  const names = new Set(uses.keys());
  for (const { namespace } of state.namespaces()) names.add(namespace);
  return [...names].map((name) => namespaceView(name, state.namespace(name), uses.get(name)));
}

/** One of them; undefined: nobody has spoken of it, and nothing is in it. */
export function oneNamespaceView(state: ReadonlyState, name: Namespace): NamespaceView | undefined {
  const row = state.namespace(name);
  const use = usesOf(state, ({ namespace }) => namespace === name).get(name);
  return row === undefined && use === undefined ? undefined : namespaceView(name, row, use);
}

const namespaceView = (
  namespace: Namespace,
  row: NamespaceRow | undefined,
  use: NamespaceUse = noUse(),
): NamespaceView => ({
  namespace,
  weight: row?.weight ?? 1,
  description: row?.description ?? '',
  quota: quotaView(row?.quota ?? {}),
  used: { ...use, cpu: use.cpu / milliPerUnit, gpu: use.gpu / milliPerUnit },
  updatedAt: row === undefined ? null : timeText(row.updatedAt),
  updatedBy: row?.updatedBy ?? null,
});

const quotaView = ({ cpu, gpu, ...quota }: Quota): QuotaView => ({
  cpu: cpu === undefined ? null : cpu / milliPerUnit,
  memory: quota.memory ?? null,
  gpu: gpu === undefined ? null : gpu / milliPerUnit,
  runningTasks: quota.runningTasks ?? null,
  activeRuns: quota.activeRuns ?? null,
  queuedRuns: quota.queuedRuns ?? null,
  runsPerMinute: quota.runsPerMinute ?? null,
  dags: quota.dags ?? null,
});

type Sums = { -readonly [N in keyof NamespaceUse]: NamespaceUse[N] };

const noUse = (): Sums => ({
  ...{ cpu: 0, memory: 0, gpu: 0, runningTasks: 0 },
  ...{ activeRuns: 0, queuedRuns: 0, dags: 0 },
});

interface InNamespace {
  readonly namespace: Namespace;
}

/** What each namespace uses now, in the units of rows; none that uses nothing. */
function usesOf(
  state: ReadonlyState,
  isWanted: (row: InNamespace) => boolean,
): ReadonlyMap<Namespace, NamespaceUse> {
  const uses = new Map<Namespace, Sums>();
  const sumsOf = ({ namespace }: InNamespace): Sums => {
    const sums = uses.get(namespace) ?? noUse();
    uses.set(namespace, sums);
    return sums;
  };
  for (const dag of state.dags()) if (isWanted(dag)) sumsOf(dag).dags += 1;
  for (const { run } of state.runs()) if (isWanted(run)) countRun(sumsOf(run), run);
  for (const { run, resources } of aliveAttempts(state, isWanted)) {
    const sums = sumsOf(run);
    sums.runningTasks += 1;
    sums.cpu += resources.cpu ?? 0;
    sums.memory += resources.memory ?? 0;
    sums.gpu += resources.gpu ?? 0;
  }
  return uses;
}

function countRun(sums: Sums, { status }: RunRow): void {
  if (status === 'queued') sums.queuedRuns += 1;
  else sums.activeRuns += 1;
}

export interface SchedulingView {
  readonly order: SchedulingRow['order'];
  readonly fairShare: SchedulingRow['fairShare'];
  readonly classAgeingMs: number;
  /** Null, as the next one: it is as it was from the first day. */
  readonly updatedAt: string | null;
  readonly updatedBy: string | null;
}

export function schedulingView(row: SchedulingRow | undefined): SchedulingView {
  const { order, fairShare, classAgeingMs } = row ?? defaultScheduling;
  return {
    ...{ order, fairShare, classAgeingMs },
    updatedAt: row === undefined ? null : timeText(row.updatedAt),
    updatedBy: row?.updatedBy ?? null,
  };
}
