/**
 * Reads the log of an attempt wherever it is: on the node that ran it, and when that does not
 * answer or has nothing, from the best copy on another node. What no node has any more may be in
 * the archive.
 */
import type { LogChunk, NodeService } from '../api/service.ts';
import { type NodeId, type Token, taskId } from '../base/brand.ts';
import type { ArchiveReader } from '../executor/logs/archive-reader.ts';
import type { TaskRow } from '../model/task-instance.ts';
import type { CopiedPiece, LogReader } from './log-reader.ts';

/** What the ledger says of the attempt. */
export interface AttemptPlace {
  readonly node: NodeId;
  /** It has ended, or was given up: nothing more is written. */
  readonly isOver: boolean;
  /** Its node is known to be gone, and is not asked first. */
  readonly isLost: boolean;
  readonly token: Token;
}

export interface LogSources {
  readonly logs: LogReader;
  /** Absent where nothing is archived. */
  readonly archive?: ArchiveReader | undefined;
}

type Asked = Parameters<NodeService['readLog']>[0];

export function placeOf(
  row: TaskRow,
  attempt: number,
  isLost: (node: NodeId) => boolean,
): AttemptPlace | undefined {
  const live = 'attempt' in row && row.attempt.number === attempt ? row.attempt : undefined;
  const known = live ?? row.attempts.find(({ number }) => number === attempt);
  if (known === undefined) return undefined;
  const { node, token } = known;
  return { node, token, isOver: live === undefined, isLost: isLost(node) };
}

export async function readAnywhere(
  { logs, archive }: LogSources,
  asked: Asked,
  place: AttemptPlace,
): Promise<LogChunk | null> {
  const { namespace, runId, taskId: task, mapIndex, copyOn, ...rest } = asked;
  const wanted = { ...rest, id: { namespace, runId, taskId: taskId(task), mapIndex } };
  const { node, isOver, isLost, token } = place;
  let seen: CopiedPiece | null = null;
  if (copyOn !== undefined) {
    // Nothing more comes into the copy of an attempt that was given up with its node.
    const waitMs = isOver && isLost ? 0 : wanted.waitMs;
    seen = await logs.readCopy(copyOn, { ...wanted, waitMs });
    if (seen !== null && hasMore(seen.chunk)) return copyOf(node, seen);
  }
  if (!isLost) {
    const waitMs = copyOn === undefined ? wanted.waitMs : 0;
    const original = await logs.read(node, { ...wanted, waitMs });
    if (original !== null) return original;
  }
  const best = await logs.readAnyCopy(wanted);
  if (best !== null && hasMore(best.chunk)) return copyOf(node, best);
  // Given up, and yet it may answer: it is the last that could.
  const late = isLost && copyOn === undefined ? await logs.read(node, wanted) : null;
  if (late !== null) return late;
  const last = best ?? seen;
  // No node has it any more, or all of it: retention, or nodes that were lost.
  const archived = isOver ? await archive?.read({ ...wanted, id: { ...wanted.id, token } }) : null;
  if (archived != null) return archived;
  if (last === null) return null;
  return copyOf(node, { ...last, chunk: { ...last.chunk, end: isOver } });
}

const hasMore = ({ bytes, end, leftOut }: LogChunk): boolean =>
  bytes.length > 0 || end || leftOut !== undefined;

/** A node that has come back answers like the others, and with the original. */
const copyOf = (of: NodeId, { on, isWhole, chunk }: CopiedPiece): LogChunk =>
  of === on ? chunk : { ...chunk, copy: { of, on, isWhole } };
