/**
 * A client's command. A repeated request gets the answer that it got (W18): what changed something
 * is remembered under its request id, in the same entry. A refusal changed nothing and is not
 * remembered.
 */
import { unreachable } from '../../base/assert.ts';
import { wallMs } from '../../base/brand.ts';
import { fail, type Result } from '../../base/result.ts';
import type { CommandReply } from '../../model/command.ts';
import { requestFact } from '../../model/fact.ts';
import { limits } from '../../model/limits.ts';
import { type Refusal, refusal } from '../../model/refusal.ts';
import type { Input } from '../input.ts';
import type { Turn } from '../turn.ts';
import { applyDag } from './apply-dag.ts';
import { cancelRun } from './cancel-run.ts';
import { deleteDag } from './delete-dag.ts';
import { pauseDag } from './pause-dag.ts';
import { rerun } from './rerun.ts';
import { startRun } from './start-run.ts';

type CommandInput = Extract<Input, { readonly kind: 'command' }>;

export function command(turn: Turn, input: CommandInput): void {
  const { requestId, bodyDigest, rememberMs } = input.request;
  const answer = answerOf(turn, input);
  turn.release({ kind: 'answer', gateway: input.gateway, requestId, bodyDigest, answer });
  if (!answer.ok || !isWorthRemembering(answer.value)) return;
  if (turn.state.request(requestId) !== undefined) return;
  const expiresAt = wallMs(turn.at + rememberMs);
  turn.emit(requestFact({ requestId, bodyDigest, answer, expiresAt }));
}

/** What changed nothing would get the same answer again. */
const isWorthRemembering = (reply: CommandReply): boolean =>
  reply.kind !== 'dag-applied' || reply.outcome !== 'unchanged';

function answerOf(turn: Turn, input: CommandInput): Result<CommandReply, Refusal> {
  const { requestId, bodyDigest } = input.request;
  const known = turn.state.request(requestId);
  if (known !== undefined) {
    if (known.bodyDigest === bodyDigest) return known.answer;
    const detail = `the key ${requestId} was used for another request`;
    return fail(refusal('IDEMPOTENCY_CONFLICT', detail));
  }
  if (turn.state.count('request') >= limits.requests) {
    const detail = `${limits.requests} requests are remembered; their number falls with time`;
    return fail(refusal('OVERLOADED', detail));
  }
  return perform(turn, input);
}

function perform(turn: Turn, input: CommandInput): Result<CommandReply, Refusal> {
  const { command: asked, by } = input.request;
  const context = { by, runHasEnded: input.ended !== null };
  switch (asked.kind) {
    case 'apply-dag':
      return applyDag(turn, asked, by);
    case 'pause-dag':
      return pauseDag(turn, asked);
    case 'delete-dag':
      return deleteDag(turn, asked);
    case 'start-run':
      return startRun(turn, asked, context);
    case 'cancel-run':
      return cancelRun(turn, asked, context);
    case 'rerun':
      return rerun(turn, asked, input.ended);
    default:
      return unreachable(asked);
  }
}
