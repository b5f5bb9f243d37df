/** Reads how fresh assets are: of the live rows, and of the last runs of their producers. */
import type { Reader, RunDetail } from '../api/service.ts';
import type { Namespace, WallMs } from '../base/brand.ts';
import type { Calendars } from '../model/calendar.ts';
import { calendarsOf } from '../model/calendars.ts';
import type { DagParts } from '../model/dag-details.ts';
import { runHasEnded } from '../model/run.ts';
import { newScheduleRow } from '../model/schedule.ts';
import {
  type FreshnessView,
  freshnessView,
  type Made,
  type ProducerNow,
  wantedUntil,
} from '../model/views/freshness.ts';
import type { AssetView } from '../model/views/trigger.ts';

/** Runs of one DAG that are looked into, the newest first. */
const runsLookedAt = 20;
/** DAGs of one answer that are looked into; assets of the others tell nothing. */
export const producersMax = 200;

interface Asked {
  readonly namespace: Namespace;
  readonly now: WallMs;
  readonly dags: readonly DagParts[];
}

/** By the id of a DAG, what its last runs have made; each DAG is read once. */
export async function readFreshness(
  reader: Reader,
  asked: Asked,
  assets: readonly AssetView[],
): Promise<ReadonlyMap<AssetView, FreshnessView>> {
  const { value: calendars } = await reader.look((state) => calendarsOf(state, asked.namespace));
  const names = new Set(assets.flatMap(({ producers }) => producers.map(({ dagId }) => dagId)));
  const known = new Map<string, DagNow>();
  for (const dag of asked.dags) {
    if (!names.has(dag.dag.dagId) || known.size >= producersMax) continue;
    known.set(dag.dag.dagId, await dagNow(reader, asked, { dag, calendars }));
  }
  const found = new Map<AssetView, FreshnessView>();
  for (const asset of assets) {
    const producers = asset.producers.flatMap(({ dagId, taskId }): readonly ProducerNow[] => {
      const dag = known.get(dagId);
      return dag === undefined ? [] : [{ ...dag, made: dag.made.get(taskId) }];
    });
    if (producers.length > 0) found.set(asset, freshnessView(producers));
  }
  return found;
}

interface DagNow extends Pick<ProducerNow, 'isAlive' | 'wantedAt'> {
  /** By task, its newest success. */
  readonly made: ReadonlyMap<string, Made>;
}

async function dagNow(
  reader: Reader,
  { namespace, now }: Asked,
  { dag: of, calendars }: { readonly dag: DagParts; readonly calendars: Calendars },
): Promise<DagNow> {
  const { dag, version } = of;
  const { dagId } = dag;
  const query = { namespace, dagId, statuses: null, since: null, cursor: null };
  const { value: page } = await reader.runs({ ...query, limit: runsLookedAt });
  const wanted = new Set(
    Object.entries(version.spec.tasks).flatMap(([id, task]) => (task.produces ? [id] : [])),
  );
  const made = new Map<string, Made>();
  for (const { runId } of page.items) {
    // Runs come by their creation: what an older one has made may be newer by little only.
    if ([...wanted].every((id) => made.has(id))) break;
    const { value: run } = await reader.run(namespace, runId);
    if (run !== undefined) remember(made, run, wanted);
  }
  const isAlive = page.items.some(({ status }) => !runHasEnded(status));
  const row = of.schedule ?? newScheduleRow(dag, version.spec, dag.createdAt);
  const planned = dag.paused ? undefined : wantedUntil({ spec: version.spec, row, calendars }, now);
  // What was due before there was such a DAG nobody has missed.
  const wantedAt = planned === undefined || planned <= dag.createdAt ? undefined : planned;
  return { made, isAlive, wantedAt };
}

function remember(made: Map<string, Made>, run: RunDetail, wanted: ReadonlySet<string>): void {
  for (const row of run.tasks) {
    if (row.status !== 'success' || !wanted.has(row.taskId)) continue;
    const before = made.get(row.taskId);
    if (before !== undefined && before.row.endedAt >= row.endedAt) continue;
    made.set(row.taskId, { dagId: run.run.dagId, row });
  }
}
