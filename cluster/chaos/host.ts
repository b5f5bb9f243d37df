/** What this machine and this build allow: faults ask it whether they can be run. */
import type { ChaosNode } from './chaos-node.ts';
import type { Tools } from './tools.ts';

export interface Host {
  readonly tools: Tools;
  /** The build can add, promote, demote and remove members, so that a node can lose its data. */
  readonly hasMembership: boolean;
}

/** Asks a running node with a request that changes nothing. */
export async function probeHost(tools: Tools, node: ChaosNode): Promise<Host> {
  const path = '/api/v1/cluster/members';
  const answer = await node.ask({ method: 'POST', path, body: '{}' });
  return { tools, hasMembership: answer.kind === 'refused' && answer.status !== 404 };
}

/** What faults say that need a build with membership. */
export const noMembership = ({ hasMembership }: Host): string | undefined =>
  hasMembership ? undefined : 'this build cannot take a node in again that has lost its data';
