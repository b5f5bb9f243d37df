/** The runs of a backfill as a calendar: a row for each month, or for each day of a dense range. */

export interface DatedRun {
  readonly runId: string;
  readonly state: string;
  readonly logicalDate: string | null;
}

export interface MatrixRow {
  /** `2026-01`, or `2026-01-31`. */
  readonly name: string;
  readonly cells: readonly MatrixCell[];
}

export interface MatrixCell {
  readonly runId: string;
  readonly state: string;
  readonly at: string;
  /** What stands above the cell: the day of the month, or the time of day. */
  readonly short: string;
}

const dayMs = 86_400_000;

/** Oldest first. The newest generation of a date is the one that is shown. */
export function matrixRows(runs: readonly DatedRun[]): readonly MatrixRow[] {
  const dated = runs
    .flatMap(({ runId, state, logicalDate }) =>
      logicalDate === null ? [] : [{ runId, state, at: logicalDate }],
    )
    .toSorted((left, right) => (left.at < right.at ? -1 : 1));
  const isDense = isDenserThanDays(dated.map(({ at }) => Date.parse(at)));
  const nameLength = isDense ? 'YYYY-MM-DD'.length : 'YYYY-MM'.length;
  const rows = new Map<string, MatrixCell[]>();
  for (const { runId, state, at } of dated) {
    const name = at.slice(0, nameLength);
    const cells = rows.get(name) ?? [];
    rows.set(name, cells);
    cells.push({ runId, state, at, short: isDense ? at.slice(11, 16) : at.slice(8, 10) });
  }
  return [...rows].map(([name, cells]) => ({ name, cells }));
}

const isDenserThanDays = (times: readonly number[]): boolean =>
  times.some((at, place) => {
    const before = times[place - 1];
    return before !== undefined && at - before < dayMs * 0.9;
  });

/** State -> how many, in the order in which they come. */
export function stateCounts(runs: readonly DatedRun[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { state } of runs) counts.set(state, (counts.get(state) ?? 0) + 1);
  return counts;
}

/** Of what is left, by how long what has ended took; undefined: nothing has ended yet. */
export function timeLeftMs(backfill: {
  readonly createdAt: number;
  readonly now: number;
  readonly ended: number;
  readonly total: number;
}): number | undefined {
  const { createdAt, now, ended, total } = backfill;
  if (ended === 0 || total <= ended) return undefined;
  return ((now - createdAt) / ended) * (total - ended);
}
