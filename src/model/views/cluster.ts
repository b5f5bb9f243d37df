/** The cluster as people see it: who is in it, who leads, what room there is. */
import type { Incarnation, LogIndex, NodeId, Term } from '../../base/brand.ts';
import type { NodeRow } from '../node.ts';
import { defaultNodePool } from '../node-pool.ts';
import type { Resources } from '../resources.ts';
import { resourcesView } from './resources.ts';
import { timeText } from './time.ts';

export interface MemberView {
  readonly node: string;
  /** `leader`, `voter`, `learner`; `none`: known as an executor only. */
  readonly role: string;
  /** A learner that only a person makes a voter again. */
  readonly held: boolean;
  /** Of its data, as it stands in the configuration. */
  readonly incarnation: string | null;
  /** `unknown`: it has not been heard of as an executor. */
  readonly state: 'alive' | 'lost' | 'unknown';
  readonly address: string | null;
  readonly capacity: Readonly<Record<string, number>>;
  readonly used: Readonly<Record<string, number>>;
  readonly labels: Readonly<Record<string, string>>;
  /** The node pool; null: it has not been heard of as an executor. */
  readonly pool: string | null;
  /** An operator, or the autoscaler, empties it: it takes no new tasks. */
  readonly drained: boolean;
  readonly since: string | null;
  /** Entries up to here are durable there. The leader knows; null elsewhere, as the next three. */
  readonly match: number | null;
  /** Entries that it does not have yet. */
  readonly lag: number | null;
  readonly heardMsAgo: number | null;
  /** What it is brought up to date by: `log` or `snapshot`. */
  readonly catchesUpBy: string | null;
  /** Of its software, where it is known. */
  readonly version: string | null;
}

export interface ClusterView {
  readonly cluster: string;
  readonly clusterId: string;
  readonly leader: string | null;
  readonly term: number;
  readonly commit: number;
  /** Voters that the cluster wants to have. */
  readonly expect: number;
  readonly autopilot: boolean;
  /** The log index of a change of the members that is not committed yet. */
  readonly pendingChange: number | null;
  readonly members: readonly MemberView[];
}

/** One member and what is known of its executor. */
export interface MemberRows {
  readonly node: NodeId;
  readonly executor: NodeRow | null;
  readonly used: Resources;
  readonly role: string;
  readonly held: boolean;
  readonly incarnation: Incarnation | null;
  readonly progress: {
    readonly match: LogIndex;
    readonly lag: number;
    readonly heardMsAgo: number | null;
    readonly by: string;
  } | null;
  readonly version: string | null;
}

export const clusterView = (status: {
  readonly cluster: string;
  readonly clusterId: string;
  readonly leader: NodeId | null;
  readonly term: Term;
  readonly commit: LogIndex;
  readonly expect: number;
  readonly autopilot: boolean;
  readonly pendingChange: LogIndex | null;
  readonly members: readonly MemberRows[];
}): ClusterView => ({
  cluster: status.cluster,
  clusterId: status.clusterId,
  leader: status.leader,
  term: status.term,
  commit: status.commit,
  expect: status.expect,
  autopilot: status.autopilot,
  pendingChange: status.pendingChange,
  members: status.members.map(memberView),
});

const memberView = ({ node, executor, used, role, ...member }: MemberRows): MemberView => ({
  node,
  role,
  held: member.held,
  incarnation: member.incarnation,
  state: executor?.status ?? 'unknown',
  address: executor?.address ?? null,
  capacity: resourcesView(executor?.capacity ?? {}),
  used: resourcesView(used),
  labels: executor?.labels ?? {},
  pool: executor === null ? null : (executor.pool ?? defaultNodePool),
  drained: executor?.drain !== undefined,
  since: executor === null ? null : timeText(executor.since),
  match: member.progress?.match ?? null,
  lag: member.progress?.lag ?? null,
  heardMsAgo: member.progress?.heardMsAgo ?? null,
  catchesUpBy: member.progress?.by ?? null,
  version: member.version,
});
