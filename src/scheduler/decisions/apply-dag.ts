/**
 * A DAG is applied: same content, nothing changes; else a new version that new runs will take. A
 * canary is over then: who applies has said what all runs are to take.
 */
import { fail, ok, type Result } from '../../base/result.ts';
import { calendarsOf, missingCalendar } from '../../model/calendars.ts';
import type { Command, CommandReply } from '../../model/command.ts';
import { dagFact, scheduleFact, versionFact } from '../../model/fact.ts';
import { limits } from '../../model/limits.ts';
import { type Refusal, refusal } from '../../model/refusal.ts';
import { cycleOf } from '../../model/run-shape.ts';
import { newScheduleRow, passOver } from '../../model/schedule.ts';
import { unknownParentIn } from '../../model/unknown-parent.ts';
import { withoutCanary } from '../choose-version.ts';
import { crowdedSource } from '../crowded-source.ts';
import { triggersChanged } from '../triggers.ts';
import type { Turn } from '../turn.ts';

type ApplyDag = Extract<Command, { readonly kind: 'apply-dag' }>;

export function applyDag(turn: Turn, command: ApplyDag, by: string): Result<CommandReply, Refusal> {
  const { namespace, dagId, versionId, spec } = command;
  const dag = turn.state.dag(namespace, dagId);
  if (dag?.versionId === versionId) return ok({ kind: 'dag-applied', outcome: 'unchanged' });
  const refused = checkVersion(turn, command) ?? crowdedSource(turn, command, spec);
  if (refused !== undefined) return fail(refused);
  if (turn.state.version(namespace, dagId, versionId) === undefined) {
    const created = { createdAt: turn.at, createdBy: by };
    turn.emit(versionFact({ namespace, dagId, versionId, spec, ...created }));
  }
  const schedule = turn.state.schedule(namespace, dagId);
  if (schedule === undefined) {
    turn.emit(scheduleFact(newScheduleRow({ namespace, dagId }, spec, turn.at)));
  } else if (dag === undefined && spec.catchUp === null) {
    const calendars = calendarsOf(turn.state, namespace);
    const row = passOver({ spec, row: schedule, calendars }, turn.at, 'deleted');
    if (row !== schedule) turn.emit(scheduleFact(row));
  }
  if (dag !== undefined) triggersChanged(turn, dag, spec);
  const fresh = { namespace, dagId, paused: false, createdAt: turn.at };
  const before = dag === undefined ? fresh : withoutCanary(dag);
  turn.emit(dagFact({ ...before, versionId, updatedAt: turn.at }));
  return ok({ kind: 'dag-applied', outcome: dag === undefined ? 'created' : 'changed' });
}

/** The API has checked all this and says it better; the log is guarded once more. */
export function checkVersion(
  turn: Turn,
  { namespace, dagId, spec }: Pick<ApplyDag, 'namespace' | 'dagId' | 'spec'>,
): Refusal | undefined {
  if (turn.state.dag(namespace, dagId) === undefined && turn.state.count('dag') >= limits.dags) {
    return refusal('LIMIT_REACHED', `the cluster has its ${limits.dags} DAGs already`);
  }
  const most = turn.state.namespace(namespace)?.quota.dags;
  if (most !== undefined && turn.state.dag(namespace, dagId) === undefined) {
    let dags = 0;
    for (const dag of turn.state.dags()) if (dag.namespace === namespace) dags += 1;
    if (dags >= most) {
      return refusal('QUOTA_EXCEEDED', `namespace ${namespace} has its ${most} DAGs already`);
    }
  }
  if (turn.state.versionsOf(namespace, dagId).length >= limits.versionsPerDag) {
    const most = limits.versionsPerDag;
    return refusal('LIMIT_REACHED', `DAG ${dagId} has its ${most} versions already`);
  }
  const unknown = unknownParentIn(spec);
  if (unknown !== undefined) {
    const { taskId, parent } = unknown;
    return refusal('DAG_INVALID', `task ${taskId} depends on ${parent}, which is not in the DAG`);
  }
  const calendar = missingCalendar(turn.state, namespace, spec);
  if (calendar !== undefined) {
    const detail = `calendar ${calendar} of a schedule is not in namespace ${namespace}`;
    return refusal('DAG_INVALID', detail);
  }
  const cycle = cycleOf(spec);
  if (cycle === undefined) return undefined;
  return refusal('DAG_CYCLE', `DAG ${dagId} has a cycle: ${cycle.join(' -> ')}`);
}
