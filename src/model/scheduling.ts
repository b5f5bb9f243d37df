/** How the cluster shares itself out: one row, which operators may change while it runs. */
import type { WallMs } from '../base/brand.ts';
import type { OrderName } from './placing.ts';

export interface SchedulingRow {
  readonly order: OrderName;
  /** Among whom: namespaces; the DAGs of each as well; nobody, whoever comes first is served. */
  readonly fairShare: 'namespaces' | 'dags' | 'none';
  /** So long has a task waited when it counts as one class higher, in milliseconds. */
  readonly classAgeingMs: number;
  readonly updatedAt: WallMs;
  readonly updatedBy: string;
}

/** The key of the only row. */
export const schedulingKey = 'cluster';

/** As it is while nobody has changed it. */
export const defaultScheduling: Pick<SchedulingRow, 'order' | 'fairShare' | 'classAgeingMs'> = {
  order: 'critical-path',
  fairShare: 'namespaces',
  classAgeingMs: 3_600_000,
};
