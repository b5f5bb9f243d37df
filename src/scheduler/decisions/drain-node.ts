/**
 * A node is emptied, and takes tasks again. While it is drained nothing new is placed on it; what
 * runs there may end, or gives way when the time that was left to it is over.
 */
import { wallMs } from '../../base/brand.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import type { ClusterCommand, CommandReply } from '../../model/command.ts';
import { nodeFact } from '../../model/fact.ts';
import { type Refusal, refusal } from '../../model/refusal.ts';
import type { Deadline } from '../deadlines.ts';
import { giveWay } from '../give-way.ts';
import type { Turn } from '../turn.ts';

type Drain = Extract<ClusterCommand, { readonly kind: 'drain-node' }>;
type Resume = Extract<ClusterCommand, { readonly kind: 'resume-node' }>;
type Answer = Result<CommandReply, Refusal>;

/** Asked again it takes the later word: another deadline, or none. */
export function drainNode(turn: Turn, { node, graceMs }: Drain, by: string): Answer {
  const row = turn.state.node(node);
  if (row === undefined) return notFound(node);
  const until = graceMs === null ? null : wallMs(turn.at + graceMs);
  const since = row.drain?.since ?? turn.at;
  turn.emit(nodeFact({ ...row, drain: { since, until, by } }));
  const attempts = turn.board.attemptsOn(node).size;
  return ok({ kind: 'node-drained', until, attempts });
}

export function resumeNode(turn: Turn, { node }: Resume): Answer {
  const row = turn.state.node(node);
  if (row === undefined) return notFound(node);
  if (row.drain?.released === true) {
    const detail = `node ${node} was given away by its pool; it is about to be taken away`;
    return fail(refusal('NODE_LEAVING', detail));
  }
  if (row.drain !== undefined) {
    const { drain: _, ...open } = row;
    turn.emit(nodeFact(open));
  }
  return ok({ kind: 'node-resumed' });
}

/** The time that was left to what runs on a drained node is over. */
export function drainIsOver(
  turn: Turn,
  { node }: Extract<Deadline, { readonly kind: 'drain' }>,
): void {
  const until = turn.state.node(node)?.drain?.until ?? null;
  if (until === null || until > turn.at) return;
  for (const task of [...turn.board.attemptsOn(node).values()]) {
    giveWay(turn, task, { to: 'drained', reason: `node ${node} is drained` });
  }
}

const notFound = (node: string): Answer =>
  fail(refusal('NODE_NOT_FOUND', `there is no node ${node}`));
