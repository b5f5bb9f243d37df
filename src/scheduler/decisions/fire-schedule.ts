/**
 * A schedule is due. The schedule advances and its runs are created in one entry, and a run's id is
 * made of DAG and due time: no fire is lost and none happens twice, whoever leads (W13, W14, L073).
 */
import { type DagId, type RunId, runId, type WallMs } from '../../base/brand.ts';
import { hash32 } from '../../base/random.ts';
import { runFact, scheduleFact } from '../../model/fact.ts';
import { limits } from '../../model/limits.ts';
import { lookAtSchedule } from '../../model/schedule.ts';
import type { Deadline } from '../deadlines.ts';
import type { Turn } from '../turn.ts';
import { resolveParams } from './start-run.ts';

type ScheduleDeadline = Extract<Deadline, { readonly kind: 'schedule' }>;

/** A schedule waits this long when the cluster has no room for more runs. */
const crowdedDelayMs = 1000;

export function fireSchedule(turn: Turn, { namespace, dagId }: ScheduleDeadline): void {
  const dag = turn.state.dag(namespace, dagId);
  const row = turn.state.schedule(namespace, dagId);
  const version = dag && turn.state.version(namespace, dagId, dag.versionId);
  if (dag === undefined || dag.paused || row === undefined || version === undefined) return;
  if (turn.board.disksFull || turn.state.count('run') >= limits.liveRuns) {
    turn.board.lookAgain(dag, turn.at + crowdedDelayMs);
    return;
  }
  const due = lookAtSchedule(version.spec, row, turn.at);
  if (due.row.doneUntil === row.doneUntil) return;
  turn.emit(scheduleFact(due.row));
  const params = resolveParams(version.spec, {});
  for (const at of due.fires) {
    const id = scheduledRunId(dagId, at);
    if (turn.state.run(namespace, id) !== undefined) continue;
    turn.emit(
      runFact({
        namespace,
        runId: id,
        dagId,
        versionId: dag.versionId,
        logicalDate: at,
        trigger: 'schedule',
        params: params.ok ? params.value : {},
        priority: version.spec.priority,
        createdAt: turn.at,
        createdBy: 'scheduler',
        generation: 1,
        status: 'queued',
      }),
    );
  }
}

/** Ids are at most 250 characters long; a very long DAG id is told apart by its hash. */
function scheduledRunId(dagId: DagId, at: WallMs): RunId {
  const isLong = dagId.length > dagIdKept;
  const name = isLong ? `${dagId.slice(0, dagIdKept)}-${hash32(dagId).toString(36)}` : dagId;
  return runId(`scheduled-${name}-${stamp(at)}`);
}

const dagIdKept = 200;

/** `2026-11-21T03:00:00.000Z` -> `20261121T030000Z`, with milliseconds only where there are any. */
function stamp(at: number): string {
  const iso = new Date(at).toISOString().replaceAll(/[-:]/g, '');
  return iso.replace('.000Z', 'Z').replace('.', '-');
}
