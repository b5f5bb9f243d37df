/** What a decision on a person's command may use beside the turn. */
import type { Result } from '../base/result.ts';
import type { DatedRun } from '../model/backfill.ts';
import type { Command, CommandReply } from '../model/command.ts';
import type { EndedRun } from '../model/ended-run.ts';
import type { Refusal } from '../model/refusal.ts';

export interface OperatorContext {
  readonly by: string;
  /** The run that the command names, if the ledger has it as ended. */
  readonly ended: EndedRun | null;
  /** Runs of the dates that the command asks about. */
  readonly past: readonly DatedRun[];
  /** Decides on another command within the same decision, for the same client. */
  readonly perform: (command: Command) => Result<CommandReply, Refusal>;
}
