/**
 * Which logical dates of a DAG have runs that ended, and how: for backfills that pass over what is
 * there. Runs are listed by creation, so a DAG's newest runs are walked over, as many as is
 * allowed.
 */
import type { DagId, Namespace } from '../base/brand.ts';
import type { DiskError } from '../base/ports.ts';
import { ok, type Result } from '../base/result.ts';
import type { DatedRun } from '../model/backfill.ts';
import type { RunRow } from '../model/run.ts';
import type { Ledger } from './ledger.ts';
import { listRuns } from './queries.ts';

/** Runs of one page. Between two pages others have their turn. */
const runsPerPage = 500;
/** Older runs than so many are not known to a backfill. */
export const datedRunsMax = 100_000;

export function datedRuns(
  ledger: Ledger,
  range: {
    readonly namespace: Namespace;
    readonly dagId: DagId;
    /** Logical dates from here to there. */
    readonly from: number;
    readonly to: number;
  },
  done: (result: Result<readonly DatedRun[], DiskError>) => void,
): void {
  const { namespace, dagId, from, to } = range;
  const found: DatedRun[] = [];
  let seen = 0;
  const next = (cursor: string | null): void => {
    const statuses = ['success', 'failed', 'cancelled'] as const;
    const query = { namespace, dagId, statuses, since: null, limit: runsPerPage, cursor };
    listRuns(ledger, query, [], (page) => {
      if (!page.ok) {
        done(page);
        return;
      }
      for (const run of page.value.items) {
        const dated = datedRun(run);
        if (dated && dated.logicalDate >= from && dated.logicalDate <= to) found.push(dated);
      }
      seen += page.value.items.length;
      if (page.value.cursor === null || seen >= datedRunsMax) done(ok(found));
      else next(page.value.cursor);
    });
  };
  next(null);
}

function datedRun({ logicalDate, status }: RunRow): DatedRun | undefined {
  const hasEnded = status === 'success' || status === 'failed' || status === 'cancelled';
  return logicalDate === null || !hasEnded ? undefined : { logicalDate, status };
}
