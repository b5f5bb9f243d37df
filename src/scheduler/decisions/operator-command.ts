/**
 * What people do to runs, versions and named objects, and what the outside says: one file for each.
 * Exhaustive: a new command does not compile until it has its file.
 */
import { unreachable } from '../../base/assert.ts';
import type { Result } from '../../base/result.ts';
import type { CommandReply, ObjectCommand, OperatorCommand } from '../../model/command.ts';
import type { Refusal } from '../../model/refusal.ts';
import type { OperatorContext } from '../operator-context.ts';
import type { Turn } from '../turn.ts';
import { endCanary, startCanary } from './canary.ts';
import { changeBackfill } from './change-backfill.ts';
import { compensateRun } from './compensate-run.ts';
import { putConnection, resealConnection } from './connections.ts';
import { decideApproval } from './decide-approval.ts';
import { editRun } from './edit-run.ts';
import { markTasks } from './mark-tasks.ts';
import { deleteObject, putCalendar, putPool, putVariable } from './objects.ts';
import { outsideEvents } from './outside-events.ts';
import { pauseRun } from './pause-run.ts';
import { promoteVersion } from './promote-version.ts';
import { settleLetter } from './settle-letter.ts';
import { startBackfill } from './start-backfill.ts';
import { switchTrigger } from './switch-trigger.ts';

export function operatorCommand(
  turn: Turn,
  asked: ObjectCommand | OperatorCommand,
  context: OperatorContext,
): Result<CommandReply, Refusal> {
  switch (asked.kind) {
    case 'put-pool':
      return putPool(turn, asked, context.by);
    case 'put-variable':
      return putVariable(turn, asked, context.by);
    case 'put-calendar':
      return putCalendar(turn, asked, context.by);
    case 'put-connection':
      return putConnection(turn, asked, context.by);
    case 'reseal-connection':
      return resealConnection(turn, asked, context.by);
    case 'delete-object':
      return deleteObject(turn, asked);
    case 'settle-letter':
      return settleLetter(turn, asked, context.perform);
    case 'switch-trigger':
      return switchTrigger(turn, asked);
    case 'outside-events':
      return outsideEvents(turn, asked);
    case 'mark-tasks':
      return markTasks(turn, asked, context);
    case 'pause-run':
      return pauseRun(turn, asked, context);
    case 'edit-run':
      return editRun(turn, asked, context);
    case 'promote-version':
      return promoteVersion(turn, asked);
    case 'start-canary':
      return startCanary(turn, asked, context.by);
    case 'end-canary':
      return endCanary(turn, asked);
    case 'start-backfill':
      return startBackfill(turn, asked, context);
    case 'change-backfill':
      return changeBackfill(turn, asked, context.by);
    case 'decide-approval':
      return decideApproval(turn, asked, context);
    case 'compensate-run':
      return compensateRun(turn, asked, context);
    default:
      return unreachable(asked);
  }
}
