/**
 * How the cluster shares itself out, and what becomes of its nodes. Exhaustive: a new command does
 * not compile until it has its file.
 */
import { unreachable } from '../../base/assert.ts';
import type { Result } from '../../base/result.ts';
import type { ClusterCommand, CommandReply } from '../../model/command.ts';
import type { Refusal } from '../../model/refusal.ts';
import type { Turn } from '../turn.ts';
import { drainNode, resumeNode } from './drain-node.ts';
import { deleteNamespace, putNamespace } from './namespaces.ts';
import { deleteNodePool, putNodePool } from './node-pools.ts';
import { putScheduling } from './put-scheduling.ts';

export function clusterCommand(
  turn: Turn,
  asked: ClusterCommand,
  by: string,
): Result<CommandReply, Refusal> {
  switch (asked.kind) {
    case 'put-namespace':
      return putNamespace(turn, asked, by);
    case 'delete-namespace':
      return deleteNamespace(turn, asked);
    case 'put-scheduling':
      return putScheduling(turn, asked, by);
    case 'drain-node':
      return drainNode(turn, asked, by);
    case 'resume-node':
      return resumeNode(turn, asked);
    case 'put-node-pool':
      return putNodePool(turn, asked, by);
    case 'delete-node-pool':
      return deleteNodePool(turn, asked);
    default:
      return unreachable(asked);
  }
}
