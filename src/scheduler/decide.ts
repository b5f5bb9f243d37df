/**
 * Decide: one input, one decision. Exhaustive: a new input does not compile until it has its file.
 */
import { unreachable } from '../base/assert.ts';
import { advance } from './advance.ts';
import { advanceBackfill } from './backfills.ts';
import type { Deadline } from './deadlines.ts';
import { attemptsEnded } from './decisions/attempts-ended.ts';
import { attemptsStarted } from './decisions/attempts-started.ts';
import { timeOutRun } from './decisions/cancel-run.ts';
import { command } from './decisions/command.ts';
import { drainIsOver } from './decisions/drain-node.ts';
import { fireSchedule } from './decisions/fire-schedule.ts';
import { forgetRequest } from './decisions/forget-request.ts';
import { lookBack, lookedBack } from './decisions/look-back.ts';
import { missSla } from './decisions/miss-sla.ts';
import { nodeLost } from './decisions/node-lost.ts';
import { nodeSeen } from './decisions/node-seen.ts';
import { openRate } from './decisions/open-rate.ts';
import { scaled, scalePool } from './decisions/scale.ts';
import { triggerDue } from './decisions/trigger-due.ts';
import { retryTask, wakeTask } from './decisions/wake-task.ts';
import type { Input } from './input.ts';
import type { Turn } from './turn.ts';

/** What is worth counting of a decision. */
export interface Outcome {
  readonly superseded: number;
}

const nothingToCount: Outcome = { superseded: 0 };

/**
 * Decides on `input` within `turn`; all facts of it and what follows are one group of the record.
 */
export function decide(turn: Turn, input: Input): Outcome {
  return turn.decide({ what: nameOf(input), by: askedBy(input) }, () => {
    const outcome = act(turn, input);
    advance(turn);
    return outcome;
  });
}

function act(turn: Turn, input: Input): Outcome {
  switch (input.kind) {
    case 'command':
      command(turn, input);
      return nothingToCount;
    case 'attempts-started':
      attemptsStarted(turn, input);
      return nothingToCount;
    case 'attempts-ended':
      return { superseded: attemptsEnded(turn, input) };
    case 'node-seen':
      nodeSeen(turn, input);
      return nothingToCount;
    case 'node-lost':
      nodeLost(turn, input);
      return nothingToCount;
    case 'deadline':
      deadlineCame(turn, input.deadline);
      return nothingToCount;
    case 'looked-back':
      lookedBack(turn, input);
      return nothingToCount;
    case 'scaled':
      scaled(turn, input);
      return nothingToCount;
    default:
      return unreachable(input);
  }
}

function deadlineCame(turn: Turn, deadline: Deadline): void {
  switch (deadline.kind) {
    case 'schedule':
      fireSchedule(turn, deadline);
      return;
    case 'run-timeout':
      timeOutRun(turn, deadline);
      return;
    case 'retry':
      retryTask(turn, deadline);
      return;
    case 'task-wake':
      wakeTask(turn, deadline);
      return;
    case 'look-back':
      lookBack(turn, deadline);
      return;
    case 'sla':
      missSla(turn, deadline);
      return;
    case 'go-on':
      turn.board.wentOn();
      return;
    case 'rate':
      openRate(turn, deadline);
      return;
    case 'trigger':
      triggerDue(turn, deadline);
      return;
    case 'backfill':
      advanceBackfill(turn, deadline);
      return;
    case 'drain':
      drainIsOver(turn, deadline);
      return;
    case 'scale':
      scalePool(turn, deadline);
      return;
    case 'forget':
      forgetRequest(turn, deadline);
      return;
    default:
      unreachable(deadline);
  }
}

const nameOf = (input: Input): string => {
  if (input.kind === 'command') return input.request.command.kind;
  return input.kind === 'deadline' ? input.deadline.kind : input.kind;
};

/** Who asked, as the record says it. */
function askedBy(input: Input): string {
  switch (input.kind) {
    case 'command':
      return input.request.by;
    case 'attempts-started':
    case 'attempts-ended':
      return `node:${input.executor.node}`;
    case 'node-seen':
      return `node:${input.heartbeat.node}`;
    case 'node-lost':
    case 'deadline':
    case 'looked-back':
    case 'scaled':
      return 'scheduler';
    default:
      return unreachable(input);
  }
}
