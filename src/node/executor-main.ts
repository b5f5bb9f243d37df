/**
 * The executor process: started by its peer before the peer opens its databases, so that no task
 * can inherit a descriptor of the Raft log (`docs/protocol/descriptors.md`). It ends with its peer,
 * and its tasks end with it.
 */

import { clusterId, incarnation, nodeId } from '../base/brand.ts';
import type { Trace } from '../base/trace.ts';
import { processMarks } from '../executor/attempt-key.ts';
import { withConnections } from '../executor/connections.ts';
import { inheritable } from '../executor/context.ts';
import { scanInThread } from '../executor/logs/scan-thread.ts';
import { startExecutor } from '../executor/main.ts';
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
import { type ExecutorConfig, type FromExecutor, isToExecutor } from './executor-link.ts';
import { ownerOf, taskSettings } from './executor-tasks.ts';
import { makeLogger } from './logging.ts';
import { realClock, realRandom } from './real-ports.ts';
import { type ExecutorHooks, makeExecutorHooks } from './test-hooks-executor.ts';
import { makeVault } from './vault.ts';

interface Prepared {
  readonly wire: Postbox;
  readonly processes: RealProcesses;
  readonly settings: TaskSettings;
  readonly trace: Trace;
  readonly config: ExecutorConfig;
}

let prepared: Promise<Prepared | undefined> | undefined;
let running: { stop(done: () => void): void } | undefined;
let armed: ExecutorHooks | undefined;
let ending = false;

const tell = (message: FromExecutor): void => {
  if (process.connected) process.send?.(message);
};

function failed(why: string): void {
  tell({ kind: 'failed', why });
  end(1);
}

async function prepare(config: ExecutorConfig): Promise<Prepared | undefined> {
  const logger = makeLogger({ level: config.logLevel, node: config.node, side: 'executor' });
  const { trace } = logger;
  const processes = createProcesses({
    helpers: config.helpers,
    trace,
    clock: realClock,
    owner: ownerOf(config),
    cgroup: config.tasks.cgroup,
  });
  const settings = taskSettings(config, processes.mode);
  if (!settings.ok) {
    failed(settings.error);
    return undefined;
  }
  const name = `skein.${config.node}.executor`;
  const connected = await connectNats({ servers: config.nats, name, trace });
  if (!connected.ok) {
    failed(connected.error.message);
    return undefined;
  }
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
  const { mode: containment, limits, controllers } = processes;
  tell({ kind: 'ready', containment, limits, controllers });
  return { wire, processes, settings: settings.value, trace, config };
}

function run({ wire, processes, settings, trace, config }: Prepared, cluster: string): void {
  wire.bindCluster(clusterId(cluster));
  const hooks = config.testHooks ? makeExecutorHooks() : undefined;
  armed = hooks;
  const containers = containerHosts(config, cluster);
  const masker = makeMasker(trace);
  const tasks = maskedProcesses(processes.processes, masker);
  const runners = realRunners({
    containers,
    clock: realClock,
    processes: hooks?.processes(tasks) ?? tasks,
    files: nodeFiles,
    dataDir: config.dataDir,
    inherited: inheritable(process.env),
    nextMark: processMarks(incarnation(config.incarnation)),
    settings,
    httpPolicy: config.httpPolicy,
    workDirs: new NodeWorkDirs({ clock: realClock, trace }),
  });
  const executor = startExecutor({
    clock: realClock,
    random: realRandom(),
    wire: hooks?.wire(wire) ?? wire,
    capacity: config.capacity,
    labels: config.labels,
    place: config.place,
    address: config.address,
    dataDir: config.dataDir,
    files: nodeFiles,
    runners: withConnections(runners, {
      clock: realClock,
      opener: makeVault(config.encryptionKeys),
      files: nodeFiles,
      dataDir: config.dataDir,
    }),
    trace,
    settings: { heartbeatMs: config.heartbeatMs },
    logs: config.logs,
    scan: scanInThread,
    onFailure: (error) => failed(error instanceof Error ? (error.stack ?? '') : String(error)),
  });
  setInterval(() => tell({ kind: 'logs', logs: executor.logStatus() }), logStatusMs).unref();
  const close = (done: () => void): void => {
    masker.stop();
    processes.close(done);
  };
  running = { stop: (done) => executor.stop(() => close(done)) };
}

/** What an earlier life left behind is removed at once, as far as it can be reached. */
function containerHosts(config: ExecutorConfig, cluster: string): ContainerHosts {
  const { node, incarnation: life, dataDir, containers } = config;
  const owner = { cluster, node, life };
  const { dockerHost, kubeconfig, kubernetesContext: context } = containers;
  const docker = new DockerHost({ owner, dataDir, dockerHost, env: process.env });
  const kubernetes = new KubernetesHost({
    ...{ owner, clock: realClock, dataDir, kubeconfig, context },
    namespace: containers.kubernetesNamespace,
  });
  void docker.begin();
  void kubernetes.begin();
  return { docker, kubernetes };
}

/** How old the figures of logs may be that the peer shows. */
const logStatusMs = 2_000;

/** Ends tasks, helpers and the process; the second call does not wait. */
function end(code: number): void {
  const last = (): never => process.exit(code);
  if (ending || running === undefined) last();
  ending = true;
  running?.stop(() => {
    tell({ kind: 'stopped' });
    last();
  });
  setTimeout(last, stopPatienceMs).unref();
}

/** Tasks get their grace and are then killed; nothing may keep the process longer. */
const stopPatienceMs = 15_000;

process.on('message', (message) => {
  if (!isToExecutor(message)) return;
  switch (message.kind) {
    case 'configure':
      prepared = prepare(message.config);
      prepared.catch((error: unknown) => failed(String(error)));
      return;
    case 'bind':
      // A peer that opened anew says it again: its executor goes on.
      if (running === undefined) void prepared?.then((it) => it && run(it, message.clusterId));
      return;
    case 'failpoint':
      armed?.arm(message.order);
      return;
    case 'stop':
      end(0);
      return;
  }
});

// The peer is gone, however it went: nothing of this node may run on.
process.on('disconnect', () => process.exit(0));
// A terminal's Ctrl-C reaches every process of the group; the peer says when to stop.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
