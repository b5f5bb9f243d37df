/** What a service in memory says about its node and its cluster. */
import type { ClusterStatus, NodeStatus } from '../../src/api/service.ts';
import { incarnation, type LogIndex, nodeId, term, wallMs } from '../../src/base/brand.ts';

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
  snapshotIndex: 0,
  digest: null,
  digestIndex: 0,
  version: '0.1.0',
  uptimeMs: 1000,
  loopDelayMs: { p99: 1, max: 2 },
  syncMs: { p99: 1, max: 2 },
  nats: { control: true, bulk: true, server: 'nats://127.0.0.1:4222' },
  executor: { alive: true, containment: 'scan' },
  counters: { electionsStarted: 1 },
});

export const fakeCluster = (name: string, index: LogIndex): ClusterStatus => ({
  cluster: 'main',
  clusterId: 'c1',
  leader: nodeId(name),
  term: term(2),
  commit: index,
  members: [
    {
      node: nodeId(name),
      executor: {
        nodeId: nodeId(name),
        incarnation: incarnation('i1'),
        capacity: { cpu: 2000, memory: 2 ** 30, slots: 256 },
        labels: { zone: 'a' },
        address: 'http://127.0.0.1:8080',
        status: 'alive',
        since: wallMs(Date.UTC(2026, 0, 1)),
      },
      used: { cpu: 250, slots: 1 },
      role: 'leader',
    },
  ],
});
