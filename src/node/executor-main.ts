/**
 * The executor process: started by its peer before the peer opens its databases, so that no task
 * can inherit a descriptor of the Raft log (`docs/protocol/descriptors.md`). It ends with its peer,
 * and its tasks end with it.
 */

import { clusterId, incarnation, nodeId } from '../base/brand.ts';
import type { Trace } from '../base/trace.ts';
import { processMarks } from '../executor/attempt-key.ts';
import { inheritable } from '../executor/context.ts';
import { startExecutor } from '../executor/main.ts';
import { nodeFiles } from '../executor/node-files.ts';
import { createProcesses, type RealProcesses } from '../executor/processes/create-processes.ts';
import { realRunners } from '../executor/real-runners.ts';
import { connectNats } from '../transport/nats.ts';
import { Postbox } from '../transport/postbox.ts';
import { type ExecutorConfig, type FromExecutor, isToExecutor } from './executor-link.ts';
import { makeLogger } from './logging.ts';
import { realClock, realRandom } from './real-ports.ts';
import { type ExecutorHooks, makeExecutorHooks } from './test-hooks-executor.ts';

interface Prepared {
  readonly wire: Postbox;
  readonly processes: RealProcesses;
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
  const processes = createProcesses({ helpers: config.helpers, trace, clock: realClock });
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
  tell({ kind: 'ready', containment: processes.mode });
  return { wire, processes, trace, config };
}

function run({ wire, processes, trace, config }: Prepared, cluster: string): void {
  wire.bindCluster(clusterId(cluster));
  const hooks = config.testHooks ? makeExecutorHooks() : undefined;
  armed = hooks;
  const runners = realRunners({
    clock: realClock,
    processes: hooks?.processes(processes.processes) ?? processes.processes,
    files: nodeFiles,
    dataDir: config.dataDir,
    inherited: inheritable(process.env),
    nextMark: processMarks(incarnation(config.incarnation)),
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
    runners,
    trace,
    settings: { heartbeatMs: config.heartbeatMs },
    onFailure: (error) => failed(error instanceof Error ? (error.stack ?? '') : String(error)),
  });
  running = { stop: (done) => executor.stop(() => processes.close(done)) };
}

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
