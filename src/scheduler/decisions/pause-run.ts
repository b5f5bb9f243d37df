/**
 * A run is paused or goes on. While it is paused nothing of it begins: attempts under way end as
 * they end, and what would follow waits. Its time-out goes on.
 */
import { fail, ok, type Result } from '../../base/result.ts';
import type { CommandReply, OperatorCommand } from '../../model/command.ts';
import { runFact } from '../../model/fact.ts';
import type { Refusal } from '../../model/refusal.ts';
import type { RunRow } from '../../model/run.ts';
import { withNote } from '../notes.ts';
import type { OperatorContext } from '../operator-context.ts';
import type { Turn } from '../turn.ts';
import { noLiveRun } from './no-live-run.ts';

type PauseRun = Extract<OperatorCommand, { readonly kind: 'pause-run' }>;

export function pauseRun(
  turn: Turn,
  command: PauseRun,
  { by, ended }: OperatorContext,
): Result<CommandReply, Refusal> {
  const { namespace, runId, paused } = command;
  const live = turn.state.run(namespace, runId);
  if (live === undefined) return fail(noLiveRun(turn, command, ended));
  if ((live.run.isPaused ?? false) !== paused) {
    const run = paused ? { ...live.run, isPaused: true } : resumed(live.run);
    turn.emit(runFact(withNote(run, turn, { by, text: paused ? 'paused' : 'resumed' })));
  }
  return ok({ kind: 'run-paused', paused });
}

function resumed(run: RunRow): RunRow {
  const { isPaused: _, ...rest } = run;
  return rest;
}
