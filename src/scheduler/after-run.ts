/**
 * After a run: what follows elsewhere from its final end, in the same decision. The run and its
 * rows have left memory; `EndedRun` is all that was known of them.
 */
import { present } from '../base/assert.ts';
import type { EndedRun } from '../model/ended-run.ts';
import { runFact } from '../model/fact.ts';
import type { RunRow } from '../model/run.ts';
import { backfillRunEnded } from './backfills.ts';
import { canaryRunEnded } from './choose-version.ts';
import { dagRunEnded } from './inside-events.ts';
import { childRunEnded } from './leader-tasks/subdag.ts';
import { outputOfRun } from './run-output.ts';
import { rememberEnd } from './schedule-memory.ts';
import type { Turn } from './turn.ts';

type FinalRun = Extract<RunRow, { readonly status: 'success' | 'failed' | 'cancelled' }>;

/** The only way by which a run ends. */
export function finishRun(turn: Turn, row: FinalRun): void {
  turn.emit(runFact(row));
  runEnded(turn, present(turn.applied.at(-1)?.ended, 'a run that ends is packed'));
}

function runEnded(turn: Turn, ended: EndedRun): void {
  const { run } = ended;
  rememberEnd(turn, run);
  dagRunEnded(turn, run);
  backfillRunEnded(turn, run);
  canaryRunEnded(turn, run);
  if (run.parent?.waits === true) {
    childRunEnded(turn, run, outputOfRun(turn.board.planOf(run), ended));
  }
}
