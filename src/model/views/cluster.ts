/** The cluster as people see it: who is in it, who leads, what room there is. */
import type { LogIndex, NodeId, Term } from '../../base/brand.ts';
import type { NodeRow } from '../node.ts';
import type { Resources } from '../resources.ts';
import { resourcesView } from './resources.ts';
import { timeText } from './time.ts';

export interface MemberView {
  readonly node: string;
  readonly role: string;
  /** `unknown`: it has not been heard of as an executor. */
  readonly state: 'alive' | 'lost' | 'unknown';
  readonly address: string | null;
  readonly capacity: Readonly<Record<string, number>>;
  readonly used: Readonly<Record<string, number>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly since: string | null;
}

export interface ClusterView {
  readonly cluster: string;
  readonly clusterId: string;
  readonly leader: string | null;
  readonly term: number;
  readonly commit: number;
  readonly members: readonly MemberView[];
}

/** One member and what is known of its executor. */
export interface MemberRows {
  readonly node: NodeId;
  readonly executor: NodeRow | null;
  readonly used: Resources;
  readonly role: string;
}

export const clusterView = (status: {
  readonly cluster: string;
  readonly clusterId: string;
  readonly leader: NodeId | null;
  readonly term: Term;
  readonly commit: LogIndex;
  readonly members: readonly MemberRows[];
}): ClusterView => ({
  cluster: status.cluster,
  clusterId: status.clusterId,
  leader: status.leader,
  term: status.term,
  commit: status.commit,
  members: status.members.map(memberView),
});

const memberView = ({ node, executor, used, role }: MemberRows): MemberView => ({
  node,
  role,
  state: executor?.status ?? 'unknown',
  address: executor?.address ?? null,
  capacity: resourcesView(executor?.capacity ?? {}),
  used: resourcesView(used),
  labels: executor?.labels ?? {},
  since: executor === null ? null : timeText(executor.since),
});
