/** Answers, on the leader, why something does not run. */
import { type LogIndex, namespace, runId, taskId } from '../base/brand.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { type Refusal, refusal } from '../model/refusal.ts';
import type { WhyAnswer, WhyAsked } from '../model/views/why.ts';
import type { Leader } from '../scheduler/leader.ts';
import { Look } from '../scheduler/why/look.ts';
import { queues } from '../scheduler/why/queues.ts';
import { why } from '../scheduler/why/why.ts';
import { whyRun } from '../scheduler/why/why-run.ts';

/** An answer, and the log index that it reflects. */
export interface WhyTold {
  readonly index: LogIndex;
  readonly answer: WhyAnswer;
}

/**
 * Call from a read of the scheduler, which lets the answer out when all that it reflects is
 * committed. Refused with NO_LEADER where this node does not lead, or has not caught up yet: then
 * whoever asked asks again.
 */
export function whyAnswer(leader: Leader | undefined, asked: WhyAsked): Result<WhyAnswer, Refusal> {
  if (leader === undefined) return fail(refusal('NO_LEADER', 'this node does not lead'));
  return leader.look((turn, mayTake) => answerOf(new Look(turn, mayTake), asked));
}

/** The answer of one look. */
export function answerOf(look: Look, asked: WhyAsked): Result<WhyAnswer, Refusal> {
  switch (asked.kind) {
    case 'task': {
      const { mapIndex } = asked;
      const found = why(look, { ...nameOf(asked), taskId: taskId(asked.taskId), mapIndex });
      return found.ok ? ok({ kind: 'task', why: found.value }) : found;
    }
    case 'run': {
      const found = whyRun(look, nameOf(asked));
      return found.ok ? ok({ kind: 'run', why: found.value }) : found;
    }
    case 'queues':
      return ok({ kind: 'queues', why: queues(look, asked.namespace) });
  }
}

const nameOf = (asked: { readonly namespace: string; readonly runId: string }) => ({
  namespace: namespace(asked.namespace),
  runId: runId(asked.runId),
});
