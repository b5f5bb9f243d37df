/**
 * Where a node copies its logs to: the living nodes behind it on a ring of all of them by name. So
 * each node has one whose logs it keeps, none has many, and when a node comes or goes only the one
 * in front of it changes over.
 */
import type { NodeId } from '../base/brand.ts';
import type { NodeRow } from '../model/node.ts';

/** The next best one is for the time in which nobody knows yet that the best one is gone. */
const peersMax = 2;

/** None, if the node is alone. A node that is being emptied takes what it keeps with it. */
export function logPeersOf(node: NodeId, nodes: Iterable<NodeRow>): readonly NodeId[] {
  const others: NodeId[] = [];
  for (const { nodeId, status, drain } of nodes) {
    if (nodeId !== node && status === 'alive' && drain === undefined) others.push(nodeId);
  }
  const isBefore = (a: NodeId, b: NodeId): boolean => (a > node === b > node ? a < b : a > node);
  const peers: NodeId[] = [];
  while (peers.length < peersMax) {
    let next: NodeId | undefined;
    for (const other of others) {
      if (peers.includes(other)) continue;
      if (next === undefined || isBefore(other, next)) next = other;
    }
    if (next === undefined) break;
    peers.push(next);
  }
  return peers;
}
