/** What a service in memory says about its node and its cluster. */
import type { ClusterStatus, MemberView, NodeStatus } from '../../src/api/service.ts';
import {
  incarnation,
  type LogIndex,
  logIndex,
  nodeId,
  term,
  wallMs,
} from '../../src/base/brand.ts';
import type { Member, Members } from '../../src/raft/members.ts';

export const fakeStatus = (name: string, index: LogIndex): NodeStatus => ({
  node: nodeId(name),
  incarnation: 'i1',
  cluster: 'main',
  clusterId: 'c1',
  role: 'leader',
  term: 2,
  vote: name,
  leader: name,
  commit: index,
  applied: index,
  lastIndex: index,
  durableIndex: index,
  snapshotIndex: 0,
  member: 'voter',
  digest: null,
  digestIndex: 0,
  version: '0.1.0',
  uptimeMs: 1000,
  loopDelayMs: { p99: 1, max: 2 },
  syncMs: { p99: 1, max: 2 },
  disk: { freeBytes: 2 ** 33, low: false },
  setAside: 0,
  snapshots: { sending: 0, receiving: 0 },
  nats: { control: true, bulk: true, server: 'nats://127.0.0.1:4222' },
  executor: { alive: true, containment: 'scan', limits: 'prlimit', controllers: [] },
  counters: { electionsStarted: 1 },
});

/** Members of a small cluster; incarnations are made of the names. */
export const fakeMembers = (voters: readonly string[], learners: readonly string[]): Members => ({
  voters: voters.map(fakeMember),
  learners: learners.map((name) => ({ ...fakeMember(name), held: false })),
  removed: [],
});

const fakeMember = (name: string): Member => ({
  node: nodeId(name),
  incarnation: incarnation(`data-${name}`),
});

export const fakeCluster = (leader: string, index: LogIndex, members: Members): ClusterStatus => ({
  cluster: 'main',
  clusterId: 'c1',
  leader: nodeId(leader),
  term: term(2),
  commit: index,
  expect: 3,
  autopilot: false,
  pendingChange: null,
  members: [
    ...members.voters.map((member) => memberView(member, 'voter', leader, index)),
    ...members.learners.map((member) => memberView(member, 'learner', leader, index)),
  ],
});

function memberView(
  { node, incarnation: data }: Member,
  role: 'voter' | 'learner',
  leader: string,
  index: LogIndex,
): MemberView {
  const lag = role === 'learner' ? 1200 : 0;
  return {
    node,
    role: node === leader ? 'leader' : role,
    held: false,
    incarnation: data,
    executor: {
      nodeId: node,
      incarnation: incarnation('i1'),
      capacity: { cpu: 2000, memory: 2 ** 30, slots: 256 },
      labels: { zone: 'a' },
      address: `http://${node}:8080`,
      status: 'alive',
      since: wallMs(Date.UTC(2026, 0, 1)),
    },
    used: { cpu: 250, slots: 1 },
    progress: {
      match: logIndex(Math.max(0, index - lag)),
      lag,
      heardMsAgo: node === leader ? 0 : 12,
      by: role === 'learner' ? 'snapshot' : 'log',
    },
    version: '0.1.0',
  };
}
