/** The node's Prometheus registry: runs and tasks, Raft, the process, the network. */
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { NodeStatus } from '../api/service.ts';
import type { ReadonlyState } from '../model/readonly-state.ts';
import { RunMetrics } from './run-metrics.ts';

export interface NodeMetrics {
  readonly runs: RunMetrics;
  /** Prometheus text. */
  text(): Promise<string>;
}

export function makeMetrics(sources: {
  readonly state: () => ReadonlyState | undefined;
  readonly status: () => NodeStatus;
}): NodeMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const gauge = (name: string, help: string, value: (status: NodeStatus) => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(value(sources.status()));
      },
    });
  gauge('skein_raft_term', 'Current term', (status) => status.term);
  gauge('skein_raft_commit_index', 'Committed log index', (status) => status.commit);
  gauge('skein_raft_applied_index', 'Applied log index', (status) => status.applied);
  gauge('skein_raft_last_index', 'Last log index', (status) => status.lastIndex);
  gauge('skein_raft_is_leader', '1 on the leader', (status) => (status.role === 'leader' ? 1 : 0));
  gauge('skein_raft_sync_ms_p99', 'Log sync time, p99, ms', (status) => status.syncMs.p99);
  gauge(
    'skein_node_loop_delay_ms_p99',
    'Event loop delay, p99, ms',
    ({ loopDelayMs }) => loopDelayMs.p99,
  );
  gauge('skein_node_executor_up', '1 while the executor lives', ({ executor }) =>
    executor.alive ? 1 : 0,
  );
  new Gauge({
    name: 'skein_node_events_total',
    help: 'Counters of the node by name, as in GET /api/v1/node',
    labelNames: ['event'],
    registers: [registry],
    collect() {
      for (const [event, value] of Object.entries(sources.status().counters)) {
        this.set({ event }, value);
      }
    },
  });
  new Counter({
    name: 'skein_undispatched_total',
    help: 'Tasks that could start and were not placed within a second: a fault of the scheduler',
    registers: [registry],
    collect() {
      this.reset();
      this.inc(sources.status().counters.undispatched ?? 0);
    },
  });
  return { runs: new RunMetrics(registry, sources.state), text: () => registry.metrics() };
}
