/** The node's Prometheus registry: runs and tasks, Raft, the process, the network. */
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { LogFigures, NodeStatus } from '../api/service.ts';
import type { ReadonlyState } from '../model/readonly-state.ts';
import type { LoopDelay } from './loop-delay.ts';
import { RunMetrics } from './run-metrics.ts';

export interface NodeMetrics {
  readonly runs: RunMetrics;
  /** Prometheus text. */
  text(): Promise<string>;
}

/** A timer of the package that nobody reads: `LoopDelay` says the same and wakes nobody up. */
const neverMs = 86_400_000;

export function makeMetrics(sources: {
  readonly state: () => ReadonlyState | undefined;
  readonly status: () => NodeStatus;
  readonly loopDelay: LoopDelay;
}): NodeMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: neverMs });
  sources.loopDelay.register(registry);
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
  for (const [key, name, help] of [
    ['missed', 'missed_total', 'Heartbeats that the leader has not answered before a later one'],
    ['gapMsMax', 'gap_ms_max', 'The longest time between two answers to heartbeats, ms'],
  ] as const) {
    new Gauge({
      ...{ name: `skein_executor_heartbeats_${name}`, help, registers: [registry] },
      collect() {
        const told = sources.status().executor.heartbeats;
        if (told !== undefined && told !== null) this.set(told[key]);
      },
    });
  }
  logGauges(registry, () => sources.status().executor.logs ?? undefined);
  artifactGauges(registry, () => sources.status().executor.logs ?? undefined);
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

type ArchiveFigures = NonNullable<LogFigures['archive']>;

/** Of the logs of tasks; nothing before the executor has said it. */
function logGauges(registry: Registry, figures: () => LogFigures | undefined): void {
  const names = {
    lagBytes: ['skein_logs_lag_bytes', 'Bytes of logs that are written and not copied yet'],
    copiedBytes: ['skein_logs_copied_bytes_total', 'Bytes of logs copied to another node'],
    keptBytes: ['skein_logs_kept_bytes_total', 'Bytes of logs written here for other nodes'],
    flushedBytes: [
      'skein_logs_flushed_bytes_total',
      'Bytes of long streams sent to the disk early',
    ],
    pacedMs: ['skein_logs_paced_milliseconds_total', 'How long tasks that write fast were slowed'],
    cutBytes: ['skein_logs_cut_bytes_total', 'Bytes left out of streams above their limit'],
    cutFailures: ['skein_logs_cut_failures_total', 'Streams that could not be cut'],
    dropped: ['skein_logs_dropped_total', 'Attempts that were too many to be copied at once'],
    bytes: ['skein_logs_bytes', 'Bytes of logs and copies on the disk at the last sweep'],
    removed: ['skein_logs_removed_total', 'Attempts and copies that retention has removed'],
  } as const satisfies Partial<Record<keyof LogFigures, readonly [string, string]>>;
  const ofArchive = {
    waiting: ['skein_logs_archive_waiting', 'Attempts whose logs wait to be archived'],
    archived: ['skein_logs_archived_total', 'Attempts whose logs were archived'],
    failures: ['skein_logs_archive_failures_total', 'Times that the store has refused a log'],
  } as const satisfies Partial<Record<keyof ArchiveFigures, readonly [string, string]>>;
  for (const key of Object.keys(ofArchive).filter((name) => isKey(ofArchive, name))) {
    const [name, help] = ofArchive[key];
    new Gauge({
      ...{ name, help, registers: [registry] },
      collect() {
        const archive = figures()?.archive;
        if (archive !== undefined) this.set(archive[key]);
      },
    });
  }
  for (const key of Object.keys(names).filter((name) => isKey(names, name))) {
    const [name, help] = names[key];
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        const value = figures()?.[key];
        if (value !== undefined) this.set(value);
      },
    });
  }
}

function artifactGauges(registry: Registry, figures: () => LogFigures | undefined): void {
  const names = {
    bytes: ['skein_artifacts_bytes', 'Bytes of artifacts on this node'],
    fetchedBytes: ['skein_artifacts_fetched_bytes_total', 'Bytes fetched from other nodes'],
    removed: ['skein_artifacts_removed_total', 'Objects that no run referred to any more'],
  } as const;
  for (const key of Object.keys(names).filter((name) => isKey(names, name))) {
    const [name, help] = names[key];
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        const told = figures()?.artifacts;
        if (told !== undefined) this.set(told[key]);
      },
    });
  }
}

const isKey = <T extends object>(names: T, name: string): name is Extract<keyof T, string> =>
  Object.hasOwn(names, name);
