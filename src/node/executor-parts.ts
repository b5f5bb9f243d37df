/**
 * What an executor process is made of: first what may start tasks, then, when the cluster is known,
 * the executor itself.
 */

import { cpus } from 'node:os';
import { clusterId, incarnation, nodeId } from '../base/brand.ts';
import { fail, ok, type Result } from '../base/result.ts';
import type { Trace } from '../base/trace.ts';
import { ArtifactDesk } from '../executor/artifacts/desk.ts';
import { processMarks } from '../executor/attempt-key.ts';
import { busyHost, busyIdleShare, fullIdleShare } from '../executor/busy-host.ts';
import { withConnections } from '../executor/connections.ts';
import { inheritable } from '../executor/context.ts';
import { ThreadFiles } from '../executor/file-thread/thread-files.ts';
import { GivenDesk } from '../executor/given/given-desk.ts';
import { keepGiven } from '../executor/given/keep-given.ts';
import { scanInThread } from '../executor/logs/scan-thread.ts';
import { type RunningExecutor, startExecutor } from '../executor/main.ts';
import { maskedProcesses } from '../executor/masking/masked-processes.ts';
import { makeMasker } from '../executor/masking/masker.ts';
import { nodeFiles } from '../executor/node-files.ts';
import { NodeWorkDirs } from '../executor/node-work-dirs.ts';
import { createProcesses, type RealProcesses } from '../executor/processes/create-processes.ts';
import { type ContainerHosts, realRunners } from '../executor/real-runners.ts';
import { DockerHost } from '../executor/runners/docker/docker-host.ts';
import { KubernetesHost } from '../executor/runners/kubernetes/kubernetes-host.ts';
import type { TaskSettings } from '../executor/task-limits.ts';
import { connectNats } from '../transport/nats.ts';
import { Postbox } from '../transport/postbox.ts';
import { remoteObjects } from './artifact-reader.ts';
import type { ExecutorConfig, ExecutorWays } from './executor-link.ts';
import { ownerOf, taskSettings } from './executor-tasks.ts';
import { realClock, realRandom } from './real-ports.ts';
import { type ExecutorHooks, makeExecutorHooks } from './test-hooks-executor.ts';
import { makeVault } from './vault.ts';

export interface Prepared {
  readonly wire: Postbox;
  readonly processes: RealProcesses;
  readonly settings: TaskSettings;
  readonly trace: Trace;
  readonly config: ExecutorConfig;
}

export interface RunningParts {
  readonly executor: RunningExecutor;
  readonly hooks: ExecutorHooks | undefined;
  /** Ends tasks, then helpers. */
  stop(done: () => void): void;
}

export const waysOf = ({ processes }: Prepared): ExecutorWays => {
  const { mode: containment, limits, controllers } = processes;
  return { containment, limits, controllers };
};

/** Starts the helpers and connects to NATS. The error is a sentence. */
export async function prepareParts(
  config: ExecutorConfig,
  trace: Trace,
): Promise<Result<Prepared, string>> {
  const processes = createProcesses({
    helpers: config.helpers,
    trace,
    clock: realClock,
    owner: ownerOf(config),
    cgroup: config.tasks.cgroup,
    isHostFull: busyHost(realClock, cpus, fullIdleShare),
  });
  const settings = taskSettings(config, processes.mode);
  if (!settings.ok) return settings;
  const name = `skein.${config.node}.executor`;
  const connected = await connectNats({ servers: config.nats, name, trace });
  if (!connected.ok) return fail(connected.error.message);
  const self = {
    node: nodeId(config.node),
    side: 'executor',
    incarnation: incarnation(config.incarnation),
  } as const;
  const wire = new Postbox({
    network: connected.value,
    clock: realClock,
    random: realRandom(),
    self,
    clusterName: config.clusterName,
    key: Buffer.from(config.key, 'hex'),
    trace,
  });
  return ok({ wire, processes, settings: settings.value, trace, config });
}

export function runParts(
  { wire, processes, settings, trace, config }: Prepared,
  cluster: string,
  failed: (why: string) => void,
): RunningParts {
  wire.bindCluster(clusterId(cluster));
  const hooks = config.testHooks ? makeExecutorHooks() : undefined;
  const containers = containerHosts(config, cluster, trace);
  const files = new ThreadFiles({ root: config.dataDir, others: nodeFiles, trace });
  const masker = makeMasker(trace);
  const tasks = maskedProcesses(processes.processes, masker);
  const post = hooks?.wire(wire) ?? wire;
  const remote = remoteObjects(config.artifacts);
  const artifacts = new ArtifactDesk({
    ...{ wire: post, clock: realClock, dataDir: config.dataDir, trace },
    settings: config.artifacts,
    ...(remote && { remote }),
  });
  const runners = realRunners({
    containers,
    clock: realClock,
    processes: hooks?.processes(tasks) ?? tasks,
    files,
    dataDir: config.dataDir,
    inherited: inheritable(process.env),
    nextMark: processMarks(incarnation(config.incarnation)),
    settings,
    masker,
    httpPolicy: config.httpPolicy,
    workDirs: new NodeWorkDirs({ clock: realClock, trace, files }),
    artifacts,
  });
  const given = new GivenDesk({ wire: post, files, dataDir: config.dataDir });
  const kept = { clock: realClock, files, dataDir: config.dataDir, trace };
  const executor = startExecutor({
    clock: realClock,
    random: realRandom(),
    wire: post,
    capacity: config.capacity,
    labels: config.labels,
    place: config.place,
    address: config.address,
    dataDir: config.dataDir,
    files,
    runners: withConnections(keepGiven(runners, kept), {
      ...kept,
      opener: makeVault(config.encryptionKeys),
    }),
    trace,
    settings: { heartbeatMs: config.heartbeatMs },
    logs: config.logs,
    isHostBusy: busyHost(realClock, cpus, busyIdleShare),
    artifacts,
    scan: scanInThread,
    onFailure: (error) => failed(error instanceof Error ? (error.stack ?? '') : String(error)),
  });
  const close = (done: () => void): void => {
    given.stop();
    masker.stop();
    processes.close(done);
  };
  return { executor, hooks, stop: (done) => executor.stop(() => close(done)) };
}

/** What an earlier life left behind is removed at once, as far as it can be reached. */
function containerHosts(config: ExecutorConfig, cluster: string, trace: Trace): ContainerHosts {
  const { node, incarnation: life, dataDir, containers } = config;
  const owner = { cluster, node, life };
  const { dockerHost, kubeconfig, kubernetesContext: context } = containers;
  const docker = new DockerHost({ owner, dataDir, dockerHost, env: process.env });
  const kubernetes = new KubernetesHost({
    ...{ owner, clock: realClock, dataDir, kubeconfig, context, trace },
    namespace: containers.kubernetesNamespace,
  });
  void docker.begin();
  void kubernetes.begin();
  return { docker, kubernetes };
}
