/**
 * A node: two processes, one configuration. The order of the start matters: the port is taken, the
 * network is there and the executor is up before any database is opened (no task may inherit its
 * descriptors). The order of the end: leadership is handed over, tasks end, then the peer.
 */
import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { resolve as absolute } from 'node:path';
import type { NodeConfig } from '../api/config.ts';
import type { NodeService } from '../api/service.ts';
import type { Disk } from '../base/ports.ts';
import type { Trace } from '../base/trace.ts';
import { type HttpServer, startHttpServer } from '../http/server.ts';
import { inboxes } from '../model/protocol.ts';
import type { Identity } from '../storage/identity.ts';
import { openLevelDisk } from '../storage/level.ts';
import { connectNats, type NatsNetwork } from '../transport/nats.ts';
import { Postbox } from '../transport/postbox.ts';
import { type Assembled, assembleService } from './assemble.ts';
import { type Ending, exitCodes } from './ending.ts';
import { type ExecutorProcess, startExecutorProcess } from './executor-process.ts';
import { type FormedCluster, Forming } from './forming.ts';
import { lateService } from './late-service.ts';
import { findIdentity, nextExecutorLife, saveIdentity } from './life.ts';
import { type Logger, makeLogger } from './logging.ts';
import { realClock, realRandom } from './real-ports.ts';
import { nodeStatus, type StatusSources, TraceCounts } from './status.ts';

/** Runs a node in the foreground until it is told to stop; the value is its exit code. */
export async function startNode(config: NodeConfig): Promise<number> {
  const logger = makeLogger({ level: config.logLevel, node: config.name, side: 'peer' });
  const ending = await new RunningNode(config, logger).run();
  if (ending.code !== exitCodes.normal) process.stderr.write(`skein: ${ending.why}\n`);
  logger.flush();
  // Nothing of a node with a broken disk or a broken promise may linger (I15).
  if (isBroken(ending)) process.exit(ending.code);
  return ending.code;
}

const isBroken = ({ code }: Ending): boolean =>
  code === exitCodes.storage || code === exitCodes.invariant;

/** A second signal, or a stop that takes longer than this, ends the process at once. */
const stopPatienceMs = 20_000;

class RunningNode {
  readonly #config: NodeConfig;
  readonly #counted = new TraceCounts();
  readonly #trace: Trace;
  readonly #ended: Promise<Ending>;
  #end: (ending: Ending) => void = () => {};
  #http: HttpServer | undefined;
  #network: NatsNetwork | undefined;
  #executor: ExecutorProcess | undefined;
  #forming: Forming | undefined;
  #assembled: Assembled | undefined;
  /** Settles when the databases are open, or will not be. */
  #joined: Promise<void> = Promise.resolve();
  #identity: Identity | undefined;
  #waitsFor = 'the node is starting';
  #stopping = false;

  constructor(config: NodeConfig, logger: Logger) {
    this.#config = { ...config, dataDir: absolute(config.dataDir) };
    this.#trace = (level, name, fields) => {
      this.#counted.listen(level, name, fields);
      logger.trace(level, name, fields);
    };
    this.#ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  async run(): Promise<Ending> {
    const signalled = (): void => {
      if (this.#stopping) process.exit(exitCodes.normal);
      this.#end({ code: exitCodes.normal, why: 'stopped' });
    };
    process.on('SIGTERM', signalled);
    process.on('SIGINT', signalled);
    const refused = await this.#start();
    const ending = refused ?? (await this.#ended);
    this.#stopping = true;
    setTimeout(() => process.exit(ending.code), stopPatienceMs).unref();
    await this.#stop(ending);
    return ending;
  }

  async #start(): Promise<Ending | undefined> {
    const { dataDir, cluster, name } = this.#config;
    const made = await mkdir(dataDir, { recursive: true }).catch((error: Error) => error);
    if (made instanceof Error) {
      const why = `DATA_UNUSABLE: ${dataDir} cannot be made: ${made.message}`;
      return { code: exitCodes.configuration, why };
    }
    const disk = openLevelDisk(dataDir);
    const identity = await findIdentity(disk, { clusterName: cluster, node: name });
    if (!identity.ok) return identity.error;
    this.#identity = identity.value;
    const connected = await this.#connect();
    if (connected !== undefined) return connected;
    return this.#startParts(disk, identity.value);
  }

  async #connect(): Promise<Ending | undefined> {
    const { nats, name } = this.#config;
    const servers = nats;
    const result = await connectNats({ servers, name: `skein.${name}`, trace: this.#trace });
    if (!result.ok) {
      const { code, message } = result.error;
      return { code: exitCodes.configuration, why: `${code}: ${message}` };
    }
    this.#network = result.value;
    return undefined;
  }

  async #startParts(disk: Disk, identity: Identity): Promise<Ending | undefined> {
    const network = this.#network;
    if (network === undefined) return undefined;
    const { name: node, cluster: clusterName } = this.#config;
    const { incarnation } = identity;
    const postbox = new Postbox({
      network,
      clock: realClock,
      random: realRandom(),
      self: { node: identity.node, side: 'peer', incarnation },
      clusterName,
      key: this.#key(),
      trace: this.#trace,
    });
    const sources = this.#sources(network, postbox, identity);
    const listening = await this.#listen(sources);
    if (listening !== undefined) return listening;
    const life = await nextExecutorLife(disk);
    if (!life.ok) return life.error;
    const executor = await startExecutorProcess(this.#executorConfig(life.value), (why) =>
      this.#end({ code: 1, why: `EXECUTOR_ENDED: ${why}` }),
    );
    if (!executor.ok) {
      return { code: exitCodes.configuration, why: `EXECUTOR_ENDED: ${executor.error}` };
    }
    this.#executor = executor.value;
    this.#trace('info', 'node.started', { node, containment: executor.value.containment });
    this.#form(disk, sources, identity);
    return undefined;
  }

  async #listen(sources: StatusSources): Promise<Ending | undefined> {
    const { host, port } = this.#config;
    const service = lateService({
      real: (): NodeService | undefined => this.#assembled?.service,
      status: () => nodeStatus(sources),
      waitsFor: () => this.#waitsFor,
    });
    try {
      this.#http = await startHttpServer({ service, host, port, trace: this.#trace });
      return undefined;
    } catch (error) {
      return { code: exitCodes.configuration, why: portProblem(error, host, port) };
    }
  }

  /** Finds the cluster, or helps to form it; then the databases are opened. */
  #form(disk: Disk, sources: StatusSources, identity: Identity): void {
    const { expect } = this.#config;
    const { voters } = identity;
    const known = voters && { clusterId: identity.clusterId, voters };
    this.#waitsFor = `the cluster forms when ${expect} nodes are there`;
    this.#forming = new Forming(
      {
        wire: sources.postbox,
        clock: realClock,
        random: realRandom(),
        trace: this.#trace,
        inbox: inboxes.hello,
        expect,
        formed: (cluster) => this.#join(disk, sources, cluster),
        excluded: (cluster) => this.#excluded(cluster),
      },
      known,
    );
    if (known !== undefined) this.#join(disk, sources, known);
  }

  #join(disk: Disk, sources: StatusSources, cluster: FormedCluster): void {
    this.#joined = this.#openPeer(disk, sources, cluster).catch((error: unknown) => {
      const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#end({ code: exitCodes.invariant, why: `INVARIANT: ${why}` });
    });
  }

  async #openPeer(disk: Disk, sources: StatusSources, cluster: FormedCluster): Promise<void> {
    const identity = this.#identity;
    if (identity === undefined || this.#stopping) return;
    const isNew = identity.voters === undefined;
    this.#identity = { ...identity, ...cluster };
    this.#waitsFor = 'the node opens its log';
    sources.postbox.bindCluster(cluster.clusterId);
    const opened = await assembleService({
      config: this.#config,
      disk,
      sources,
      voters: cluster.voters.map(({ node }) => node),
      create: isNew,
      trace: this.#trace,
      failed: (ending) => this.#end(ending),
    });
    if (!opened.ok) {
      this.#end(opened.error);
      return;
    }
    if (isNew) {
      const refused = await saveIdentity(disk, this.#identity);
      if (refused !== undefined) return this.#end(refused);
    }
    this.#assembled = opened.value;
    opened.value.peer.start();
    this.#executor?.bind(cluster.clusterId);
    this.#trace('info', 'node.joined', {
      cluster: cluster.clusterId,
      voters: cluster.voters.length,
    });
  }

  #excluded({ clusterId, voters }: FormedCluster): void {
    const { name, cluster } = this.#config;
    const names = voters.map(({ node }) => node).join(', ');
    const isListed = voters.some(({ node }) => node === name);
    const why = isListed
      ? `node ${name} is a voter of cluster ${cluster} with another data directory: ` +
        'start it with the directory that it had, or under a new name'
      : `cluster ${cluster} (${clusterId}) has its voters: ${names}; node ${name} is none of them`;
    this.#end({ code: exitCodes.identity, why: `NOT_A_VOTER: ${why}` });
  }

  async #stop(ending: Ending): Promise<void> {
    // The peer has stopped itself; the executor sees its peer go and ends its tasks.
    if (isBroken(ending)) return;
    this.#forming?.stop();
    await this.#joined;
    const peer = this.#assembled?.peer;
    if (peer?.raft.status().role === 'leader') {
      await new Promise<void>((done) => peer.raft.transfer(undefined, () => done()));
    }
    await new Promise<void>((done) => {
      if (this.#executor === undefined) done();
      else this.#executor.stop(done);
    });
    await this.#http?.stop();
    this.#assembled?.logs.stop();
    if (peer !== undefined) await new Promise<void>((done) => peer.stop(done));
    await this.#network?.close();
  }

  #sources(network: NatsNetwork, postbox: Postbox, identity: Identity): StatusSources {
    const { cluster, nats } = this.#config;
    return {
      node: identity.node,
      incarnation: identity.incarnation,
      cluster,
      natsServer: withoutCredentials(nats),
      network,
      postbox,
      executor: () => this.#executor,
      peer: () => this.#assembled?.peer,
      clusterId: () => this.#identity?.clusterId ?? '',
      voters: () => (this.#identity?.voters ?? []).map(({ node }) => node),
      counted: this.#counted,
    };
  }

  #executorConfig(life: string) {
    const { name, cluster, nats, dataDir, capacity, labels, logLevel, tuning } = this.#config;
    return {
      node: name,
      incarnation: life,
      clusterName: cluster,
      nats,
      key: Buffer.from(this.#key()).toString('hex'),
      dataDir,
      address: this.#http?.url ?? '',
      capacity,
      labels,
      heartbeatMs: tuning.executorHeartbeatMs,
      helpers: helpersFor(capacity.cpu ?? 0),
      logLevel,
    };
  }

  /** What messages are sealed with: made of the secret, or of the cluster's name on one machine. */
  #key(): Uint8Array {
    const { secret, cluster } = this.#config;
    const source = secret === null ? `skein loopback ${cluster}` : `skein secret ${secret}`;
    return createHash('sha256').update(source).digest();
  }
}

/**
 * Helpers that fork tasks and are kept warm: as many as tasks that may use all cores, in
 * milli-cores.
 */
const helpersFor = (cpu: number): number => Math.min(32, Math.max(4, Math.ceil(cpu / 1000) + 2));

function portProblem(error: unknown, host: string, port: number): string {
  const code = error instanceof Error && 'code' in error ? error.code : '';
  if (code === 'EADDRINUSE') {
    const next = 'choose another with --port, or stop what uses it';
    return `PORT_IN_USE: ${host}:${port} is taken; ${next}`;
  }
  const message = error instanceof Error ? error.message : String(error);
  return `ADDRESS_UNUSABLE: cannot listen on ${host}:${port}: ${message}`;
}

/** Server names for people, without what comes before an `@`. */
const withoutCredentials = (servers: string): string => servers.replaceAll(/\/\/[^@,/]*@/g, '//');
