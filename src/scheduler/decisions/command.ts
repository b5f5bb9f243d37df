/**
 * A client's command. A repeated request gets the answer that it got (W18): what changed something
 * is remembered under its request id, in the same entry. A refusal has changed nothing, what was
 * done on the way to it is undone, and it is not remembered, unless the gateway has sent the
 * request more than once: another copy may come up when the refusal is no longer true, and what was
 * refused must not happen after all (P17).
 */
import { wallMs } from '../../base/brand.ts';
import { fail, type Result } from '../../base/result.ts';
import type { CommandReply } from '../../model/command.ts';
import { requestFact } from '../../model/fact.ts';
import { limits } from '../../model/limits.ts';
import type { CommandRequest } from '../../model/protocol.ts';
import { recordVersionMax } from '../../model/record.ts';
import { type Refusal, refusal } from '../../model/refusal.ts';
import type { Input } from '../input.ts';
import type { Turn } from '../turn.ts';
import { applyDag } from './apply-dag.ts';
import { cancelRun } from './cancel-run.ts';
import { clusterCommand } from './cluster-command.ts';
import { deleteDag } from './delete-dag.ts';
import { operatorCommand } from './operator-command.ts';
import { pauseDag } from './pause-dag.ts';
import { rerun } from './rerun.ts';
import { startRun } from './start-run.ts';

type CommandInput = Extract<Input, { readonly kind: 'command' }>;

export function command(turn: Turn, input: CommandInput): void {
  const { requestId, bodyDigest } = input.request;
  const answer = answerOf(turn, input);
  // As if the message had been lost: the gateway repeats it, and by then everybody has said.
  if (!answer.ok && answer.error.code === 'MIXED_VERSIONS' && isTooEarly(turn)) return;
  const isKnown = turn.state.request(requestId) !== undefined;
  const keptMs = isKnown ? undefined : keptFor(input.request, answer);
  const kept = isKnown || keptMs !== undefined;
  turn.release({ kind: 'answer', gateway: input.gateway, requestId, bodyDigest, answer, kept });
  if (keptMs === undefined) return;
  const expiresAt = wallMs(turn.at + keptMs);
  turn.emit(requestFact({ requestId, bodyDigest, answer, expiresAt }));
}

/** Whether nobody can say yet what the members understand. */
const isTooEarly = (turn: Turn): boolean => turn.canSayAsked(recordVersionMax) === undefined;

/** Longer than any copy of a request may be on its way. */
const refusalKeptMs = 60_000;

/** How long the answer is remembered, in milliseconds; undefined: not at all. */
function keptFor(
  { copy = 1, rememberMs }: CommandRequest,
  answer: Result<CommandReply, Refusal>,
): number | undefined {
  if (!answer.ok) {
    const isDecided = answer.error.code !== 'OVERLOADED';
    return copy > 1 && isDecided ? refusalKeptMs : undefined;
  }
  // What changed nothing would get the same answer again.
  const reply = answer.value;
  const changed = !('outcome' in reply) || reply.outcome !== 'unchanged';
  return changed ? rememberMs : undefined;
}

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
  const { kind } = input.request.command;
  const detail = `${kind} needs what an older node of this cluster does not know`;
  return turn.unlessRefused(() => perform(turn, input), refusal('MIXED_VERSIONS', detail));
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
    case 'put-namespace':
    case 'delete-namespace':
    case 'put-scheduling':
    case 'drain-node':
    case 'resume-node':
    case 'put-node-pool':
    case 'delete-node-pool':
      return clusterCommand(turn, asked, by);
    default:
      return operatorCommand(turn, asked, {
        ...{ by, ended: input.ended, past: input.past ?? [] },
        perform: (again) =>
          perform(turn, { ...input, request: { ...input.request, command: again } }),
      });
  }
}
