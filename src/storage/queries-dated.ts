/**
 * What ended runs of a DAG say: which logical dates have one, for backfills that pass over what is
 * there, and whether one has ended that a task waits for. Runs are listed by creation, so a DAG's
 * newest runs are walked over, as many as is allowed.
 */
import type { DagId, Namespace } from '../base/brand.ts';
import type { DiskError } from '../base/ports.ts';
import { ok, type Result } from '../base/result.ts';
import type { DatedRun } from '../model/backfill.ts';
import { isPastRun, type PastRunAsked } from '../model/past-run.ts';
import type { RunRow } from '../model/run.ts';
import type { Ledger } from './ledger.ts';
import { listRuns } from './queries.ts';

/** Runs of one page. Between two pages others have their turn. */
const runsPerPage = 500;
/** Older runs than so many are not known to a backfill. */
export const datedRunsMax = 100_000;
/** Older runs than so many are not known to a task that waits for one. */
export const pastRunsMax = 10_000;

type Done<T> = (result: Result<T, DiskError>) => void;
interface RunsOf {
  readonly namespace: Namespace;
  readonly dagId: DagId;
}

export function datedRuns(
  ledger: Ledger,
  /** Logical dates from here to there. */
  range: RunsOf & { readonly from: number; readonly to: number },
  done: Done<readonly DatedRun[]>,
): void {
  const found: DatedRun[] = [];
  const see = (run: RunRow): boolean => {
    const dated = datedRun(run);
    if (dated && dated.logicalDate >= range.from && dated.logicalDate <= range.to)
      found.push(dated);
    return false;
  };
  walk({ ledger, of: range, max: datedRunsMax, see }, (walked) =>
    done(walked.ok ? ok(found) : walked),
  );
}

/** The newest run that has ended as asked. */
export const pastRun = (ledger: Ledger, asked: PastRunAsked, done: Done<RunRow | null>): void =>
  walk({ ledger, of: asked, max: pastRunsMax, see: (run) => isPastRun(run, asked) }, done);

/** Shows ended runs of a DAG, newest first, until `see` takes one. */
function walk(
  given: {
    readonly ledger: Ledger;
    readonly of: RunsOf;
    readonly max: number;
    readonly see: (run: RunRow) => boolean;
  },
  done: Done<RunRow | null>,
): void {
  const { ledger, max, see } = given;
  const { namespace, dagId } = given.of;
  const statuses = ['success', 'failed', 'cancelled'] as const;
  let seen = 0;
  const next = (cursor: string | null): void => {
    const query = { namespace, dagId, statuses, since: null, limit: runsPerPage, cursor };
    listRuns(ledger, query, [], (page) => {
      if (!page.ok) {
        done(page);
        return;
      }
      const taken = page.value.items.find(see);
      seen += page.value.items.length;
      const { cursor: more } = page.value;
      if (taken !== undefined || more === null || seen >= max) done(ok(taken ?? null));
      else next(more);
    });
  };
  next(null);
}

function datedRun({ logicalDate, status }: RunRow): DatedRun | undefined {
  const hasEnded = status === 'success' || status === 'failed' || status === 'cancelled';
  return logicalDate === null || !hasEnded ? undefined : { logicalDate, status };
}
