/**
 * A DAG is paused or unpaused: its schedules stop or go on; runs under way are not touched. Without
 * a catch-up rule the instants of the pause are let go, and the schedule's row says so.
 */
import { fail, ok, type Result } from '../../base/result.ts';
import { calendarsOf } from '../../model/calendars.ts';
import type { Command, CommandReply } from '../../model/command.ts';
import type { DagRow } from '../../model/dag.ts';
import { dagFact, scheduleFact } from '../../model/fact.ts';
import { type Refusal, refusal } from '../../model/refusal.ts';
import { passOver } from '../../model/schedule.ts';
import { triggersResumed } from '../triggers.ts';
import type { Turn } from '../turn.ts';

type PauseDag = Extract<Command, { readonly kind: 'pause-dag' }>;

export function pauseDag(turn: Turn, command: PauseDag): Result<CommandReply, Refusal> {
  const { namespace, dagId, paused } = command;
  const dag = turn.state.dag(namespace, dagId);
  if (dag === undefined) {
    return fail(refusal('DAG_NOT_FOUND', `there is no DAG ${dagId} in namespace ${namespace}`));
  }
  if (dag.paused !== paused) {
    if (!paused) letPauseGo(turn, dag);
    const { pausedAt: _, ...rest } = dag;
    const since = paused ? { pausedAt: turn.at } : {};
    const after = { ...rest, paused, ...since, updatedAt: turn.at };
    turn.emit(dagFact(after));
    if (!paused) triggersResumed(turn, after);
  }
  return ok({ kind: 'dag-paused', paused });
}

function letPauseGo(turn: Turn, { namespace, dagId, versionId }: DagRow): void {
  const row = turn.state.schedule(namespace, dagId);
  const spec = turn.state.version(namespace, dagId, versionId)?.spec;
  if (row === undefined || spec === undefined || spec.catchUp !== null) return;
  const calendars = calendarsOf(turn.state, namespace);
  const after = passOver({ spec, row, calendars }, turn.at, 'paused');
  if (after !== row) turn.emit(scheduleFact(after));
}
