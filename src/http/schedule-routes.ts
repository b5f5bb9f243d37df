/** Routes of schedules: what fires next, and what became of every due instant. */
import { contract } from '../api/contract.ts';
import { firesDefault } from '../api/contract-schedules.ts';
import { type DagId, dagId, type Namespace, type WallMs, wallMs } from '../base/brand.ts';
import { ok } from '../base/result.ts';
import { calendarsOf } from '../model/calendars.ts';
import type { DagSpec, ScheduleRow } from '../model/dag.ts';
import type { DagParts } from '../model/dag-details.ts';
import { fireHistory } from '../model/fire-history.ts';
import type { RunRow } from '../model/run.ts';
import { newScheduleRow } from '../model/schedule.ts';
import { previewFires } from '../model/schedule-preview.ts';
import { skipsKept } from '../model/schedule-skips.ts';
import { fireView, type PreviewView, previewView } from '../model/views/schedule.ts';
import { timeTextOrNull } from '../model/views/time.ts';
import { readDagBody } from './dag-body.ts';
import { type Door, route } from './route.ts';
import { dagNotFound } from './submit.ts';

const dayMs = 86_400_000;
/** What an answer about the past reaches back to unless it is said. */
const sinceDefaultMs = 7 * dayMs;
/** What is to come is shown so far ahead. */
const aheadMsMax = 366 * dayMs;
/** Pages of runs that one answer reads. */
const runPagesMax = 10;
const runsPerPage = 1_000;

export function scheduleRoutes(door: Door): void {
  previewRoutes(door);
  firesRoute(door);
}

const now = (): WallMs => wallMs(Date.now());

interface PreviewQuery {
  readonly n?: number | undefined;
  readonly from?: number | undefined;
}

function previewRoutes(door: Door): void {
  const { reader } = door.service;
  route(door, contract.previewSchedule, async ({ namespace, params, query }) => {
    const { index, value } = await reader.dag(namespace, dagId(params.dagId));
    if (value === undefined) return dagNotFound(params.dagId);
    const { spec } = value.version;
    const items = await preview(door, namespace, { spec, row: rowOf(value), query });
    return ok({ index, value: { items } });
  });

  route(door, contract.previewFile, async (call) => {
    const named = { id: null, namespace: call.query.namespace ?? null };
    const checked = await readDagBody(door, call.request, named);
    if (!checked.ok) return checked;
    const { spec, ...dag } = checked.value;
    const row = newScheduleRow(dag, spec, now());
    const items = await preview(door, dag.namespace, { spec, row, query: call.query });
    return ok({ index: reader.appliedIndex(), value: { items } });
  });
}

async function preview(
  door: Door,
  namespace: Namespace,
  of: { readonly spec: DagSpec; readonly row: ScheduleRow; readonly query: PreviewQuery },
): Promise<readonly PreviewView[]> {
  const { spec, row, query } = of;
  const { value } = await door.service.reader.look((state) => {
    const calendars = calendarsOf(state, namespace);
    const after = wallMs(query.from ?? now());
    return previewFires({ spec, row, calendars }, { after, count: query.n ?? firesDefault });
  });
  return value.map((line) => previewView(spec, line));
}

function firesRoute(door: Door): void {
  const { reader } = door.service;
  route(door, contract.listFires, async ({ namespace, params, query }) => {
    const id = dagId(params.dagId);
    const { index, value } = await reader.dag(namespace, id);
    if (value === undefined) return dagNotFound(params.dagId);
    const until = wallMs(Math.min(query.until ?? now(), now() + aheadMsMax));
    const since = wallMs(query.since ?? until - sinceDefaultMs);
    const limit = query.limit ?? firesDefault;
    const range = { since, until, limit };
    const runs = await scheduledRuns(door, { namespace, dagId: id, ...range });
    const { dag, version } = value;
    const { spec } = version;
    const row = rowOf(value);
    const asked = { ...range, now: now(), paused: dag.paused, catchUp: spec.catchUp };
    const found = await reader.look((state) =>
      fireHistory({ spec, row, calendars: calendarsOf(state, namespace) }, runs.found, asked),
    );
    const items = found.value.slice(0, limit).map(fireView);
    const skips = row.skips ?? [];
    const oldest = skips.length < skipsKept ? null : (skips[0]?.from ?? null);
    const truncated = runs.more || found.value.length > limit;
    return ok({ index, value: { items, truncated, skipsKnownSince: timeTextOrNull(oldest) } });
  });
}

const rowOf = ({ dag, version, schedule }: DagParts): ScheduleRow =>
  schedule ?? newScheduleRow(dag, version.spec, dag.createdAt);

/** Runs of the schedule for instants in the range: none was created before its instant. */
async function scheduledRuns(
  door: Door,
  range: {
    readonly namespace: Namespace;
    readonly dagId: DagId;
    readonly since: WallMs;
    readonly until: WallMs;
    readonly limit: number;
  },
): Promise<{ readonly found: readonly RunRow[]; readonly more: boolean }> {
  const { namespace, dagId, since, until, limit } = range;
  const query = { namespace, dagId, statuses: null, since, limit: runsPerPage };
  const found: RunRow[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < runPagesMax; page++) {
    const { value } = await door.service.reader.runs({ ...query, cursor });
    for (const run of value.items) {
      const at = run.logicalDate;
      if (run.trigger === 'schedule' && at !== null && at >= since && at <= until) found.push(run);
    }
    cursor = value.cursor;
    if (cursor === null) return { found, more: false };
    if (found.length > limit) break;
  }
  return { found, more: true };
}
