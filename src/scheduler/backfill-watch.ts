/** When a backfill is to be looked at: at once, while it goes on and fewer runs live than may. */
import { wallMs } from '../base/brand.ts';
import { type BackfillRow, backfillAlive } from '../model/backfill.ts';
import type { Deadlines } from './deadlines.ts';

export function watchBackfill(deadlines: Deadlines, row: BackfillRow): void {
  if (row.status !== 'running' || backfillAlive(row) >= row.activeMax) return;
  const { namespace, backfillId } = row;
  deadlines.add({ kind: 'backfill', at: wallMs(0), namespace, backfillId });
}
