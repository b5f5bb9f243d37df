/** Backfills as people see them. */
import { type BackfillRow, backfillAlive } from '../backfill.ts';
import type { ParamValue } from '../dag.ts';
import { timeText, timeTextOrNull } from './time.ts';

export interface BackfillView {
  readonly backfillId: string;
  readonly namespace: string;
  readonly dagId: string;
  readonly versionId: string;
  readonly from: string;
  readonly to: string;
  readonly direction: 'forward' | 'backward';
  readonly activeMax: number;
  readonly only: 'all' | 'missing' | 'failed';
  readonly params: Readonly<Record<string, ParamValue>>;
  readonly state: BackfillRow['status'];
  /** The logical date that was taken up last. */
  readonly at: string | null;
  readonly total: number;
  readonly passedOver: number;
  readonly started: number;
  readonly active: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly endedAt: string | null;
}

export const backfillView = (row: BackfillRow): BackfillView => ({
  backfillId: row.backfillId,
  namespace: row.namespace,
  dagId: row.dagId,
  versionId: row.versionId,
  from: timeText(row.from),
  to: timeText(row.to),
  direction: row.direction,
  activeMax: row.activeMax,
  only: row.only,
  params: row.params,
  state: row.status,
  at: timeTextOrNull(row.at),
  total: row.total,
  passedOver: row.passedOver,
  started: row.started,
  active: backfillAlive(row),
  succeeded: row.succeeded,
  failed: row.failed,
  createdAt: timeText(row.createdAt),
  createdBy: row.createdBy,
  endedAt: timeTextOrNull(row.endedAt),
});
