/** What every process of the simulated cluster knows of it. */
import { clusterId, incarnation, type NodeId, nodeId } from '../../src/base/brand.ts';
import { type Members, noMembers } from '../../src/raft/members.ts';

export const simCluster = {
  name: 'sim',
  id: clusterId('c1'),
  secret: new Uint8Array(32).fill(7),
} as const;

export const nodeIds = (count: number): readonly NodeId[] =>
  Array.from({ length: count }, (_, at) => nodeId(`n${at + 1}`));

/** The configuration that the cluster is formed with. */
export const firstMembers = (nodes: number): Members => ({
  ...noMembers,
  voters: nodeIds(nodes).map((node) => ({ node, incarnation: incarnation(`${node}-0`) })),
});
