/**
 * A node: two processes, one configuration. The order of the start matters: the port is taken, the
 * network is there and the executor is up before any database is opened (no task may inherit its
 * descriptors). The order of the end: leadership is handed over, tasks end, then the peer; or the
 * tasks go on, and the next peer adopts their executor (`docs/protocol/adoption.md`).
 *
 * A directory that turns out to be damaged is set aside, and the node starts again as a new life of
 * itself (`docs/protocol/damaged-directory.md`).
 */
import { resolve as absolute } from 'node:path';
import type { NodeConfig } from '../api/config.ts';
import type { NodeService, PeerService } from '../api/service.ts';
import type { Disk } from '../base/ports.ts';
import { fail, type Result } from '../base/result.ts';
import type { Trace } from '../base/trace.ts';
import { type HttpServer, startHttpServer } from '../http/server.ts';
import { builtWeb } from '../http/web-assets.ts';
import type { Identity } from '../storage/identity.ts';
import { openLevelDisk } from '../storage/level.ts';
import type { NatsNetwork } from '../transport/nats.ts';
import { Postbox } from '../transport/postbox.ts';
import { advertisedAddress, thisMachine } from './advertised.ts';
import { ClusterEntry } from './cluster-entry.ts';
import { connectionTester } from './connection-test.ts';
import { ThreadedDagReader } from './dag-reader.ts';
import { DagsFolder } from './dags-folder.ts';
import { forgetDamage, keptAside, readDamage } from './damage-note.ts';
import { makeDataDir } from './data-dir.ts';
import { DiskSpace } from './disk-space.ts';
import { type Ending, exitCodes } from './ending.ts';
import { clusterKey, executorConfigOf } from './executor-config.ts';
import type { ExecutorProcess, SpareExecutor } from './executor-process.ts';
import { beginExecutor, executorEnded } from './executor-succession.ts';
import { lateService } from './late-service.ts';
import { type Expectation, findIdentity, nextExecutorLife, startOver } from './life.ts';
import { type Logger, makeLogger } from './logging.ts';
import { LoopDelay } from './loop-delay.ts';
import { enterNetwork } from './network-entry.ts';
import { portProblem } from './port-problem.ts';
import { realClock, realRandom } from './real-ports.ts';
import { Serving } from './serving.ts';
import { nodeStatus, type StatusSources, TraceCounts } from './status.ts';
import { makeTestHooks, noHooks, type PortHooks } from './test-hooks.ts';
import { makeVault } from './vault.ts';

/**
 * Runs a node in the foreground until it is told to stop; the value is its exit code. `spare` is an
 * executor that was started already; one is started when it is needed if there is none.
 */
export async function startNode(config: NodeConfig, spare?: SpareExecutor): Promise<number> {
  const logger = makeLogger({ level: config.logLevel, node: config.name, side: 'peer' });
  let ending: NodeEnding = { kind: 'again' };
  for (let first = spare; ending.kind === 'again'; first = undefined)
    ending = await new RunningNode(config, logger, first).run();
  const { code, why } = ending;
  logger.flush();
  if (code === exitCodes.normal) return code;
  process.stderr.write(`skein: ${why}\n`);
  // A peer that failed has closed nothing, and nothing of it may linger (I15).
  process.exit(code);
}

/** `again`: the directory has started over, and so does the node. */
type NodeEnding = ({ readonly kind: 'ended' } & Ending) | { readonly kind: 'again' };

const isBroken = ({ code }: Ending): boolean =>
  code === exitCodes.storage || code === exitCodes.invariant;

/** A second signal, or a stop that takes longer than this, ends the process at once. */
const stopPatienceMs = 20_000;

class RunningNode {
  readonly #config: NodeConfig;
  readonly #spare: SpareExecutor | undefined;
  readonly #counted = new TraceCounts();
  readonly #trace: Trace;
  readonly #ended: Promise<Ending>;
  #end: (ending: Ending) => void = () => {};
  #http: HttpServer | undefined;
  #network: NatsNetwork | undefined;
  #executor: ExecutorProcess | undefined;
  #entry: ClusterEntry | undefined;
  #serving: Serving | undefined;
  #hooks: PortHooks = noHooks;
  #space: DiskSpace | undefined;
  #folder: DagsFolder | undefined;
  readonly #dagReader: ThreadedDagReader;
  /** The directory is set aside: the node starts again. */
  #startsOver = false;
  #clusterId = '';
  #setAside = 0;
  #waitsFor = 'the node is starting';
  /** It ends, also while it still starts. */
  #stopping = false;
  /** Tasks go on, and the next peer adopts their executor. */
  #handsOver = false;

  constructor(config: NodeConfig, logger: Logger, spare: SpareExecutor | undefined) {
    this.#spare = spare;
    this.#config = { ...config, dataDir: absolute(config.dataDir) };
    this.#trace = (level, name, fields) => {
      this.#counted.listen(level, name, fields);
      logger.trace(level, name, fields);
    };
    this.#dagReader = new ThreadedDagReader(this.#trace);
    this.#ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  async run(): Promise<NodeEnding> {
    const unhear = this.#hearSignals();
    const starting = this.#start();
    const refused = starting.then((ending) => ending ?? this.#ended);
    const ending = await Promise.race([this.#ended, refused]);
    this.#stopping = true;
    const patience = setTimeout(() => {
      if (ending.code !== exitCodes.normal) process.stderr.write(`skein: ${ending.why}\n`);
      this.#leave(ending.code);
    }, stopPatienceMs).unref();
    // It leaves off by itself; what it has begun until then is stopped.
    await starting;
    await this.#stop(ending);
    clearTimeout(patience);
    unhear();
    return this.#startsOver ? { kind: 'again' } : { kind: 'ended', ...ending };
  }

  /** SIGUSR2 and, where the operator wants it so, SIGTERM leave the tasks to the next peer. */
  #hearSignals(): () => void {
    const keeping = this.#config.tasks.onStop === 'keep' ? ['SIGTERM', 'SIGUSR2'] : ['SIGUSR2'];
    const signalled = (signal: NodeJS.Signals): void => {
      if (this.#stopping) {
        if (signal !== 'SIGUSR2') this.#leave(exitCodes.normal);
        return;
      }
      this.#handsOver ||= keeping.includes(signal);
      this.#end({ code: exitCodes.normal, why: 'stopped' });
    };
    const signals = ['SIGTERM', 'SIGINT', 'SIGUSR2'] as const;
    for (const signal of signals) process.on(signal, signalled);
    return () => {
      for (const signal of signals) process.off(signal, signalled);
    };
  }

  /** At once. An executor that was not handed over must not wait for a next peer. */
  #leave(code: number): never {
    if (!this.#handsOver) this.#executor?.kill();
    process.exit(code);
  }

  async #start(): Promise<Ending | undefined> {
    const { dataDir, tasks } = this.#config;
    const made = await makeDataDir(dataDir, tasks).catch((error: Error) => error);
    if (made instanceof Error) {
      const why = `DATA_UNUSABLE: ${dataDir} cannot be made: ${made.message}`;
      return { code: exitCodes.configuration, why };
    }
    if (this.#config.testHooks) {
      this.#hooks = makeTestHooks({ toExecutor: (order) => this.#executor?.arm(order) ?? false });
    }
    const disk = this.#hooks.disk(openLevelDisk(dataDir, this.#trace));
    const identity = await this.#findIdentity(disk);
    if (!identity.ok) return identity.error;
    this.#clusterId = identity.value.clusterId;
    this.#setAside = await keptAside(dataDir);
    const network = await enterNetwork({
      ...{ config: this.#config, trace: this.#trace },
      givesUp: () => this.#stopping,
    });
    if (!network.ok) return network.error;
    this.#network = network.value;
    if (this.#stopping) return undefined;
    await this.#watchSpace();
    return this.#startParts(disk, network.value, identity.value);
  }

  /** What an earlier life found damaged while it ran is set aside now. */
  async #findIdentity(disk: Disk): Promise<Result<Identity, Ending>> {
    const expected = this.#expected();
    const found = await findIdentity(disk, expected);
    const cause = await readDamage(this.#config.dataDir);
    if (!found.ok || cause === undefined) return found;
    if (!this.#config.rejoin) return fail(cause);
    const healed = await startOver(disk, { identity: found.value, expected, cause });
    if (healed.ok) await forgetDamage(this.#config.dataDir);
    return healed;
  }

  async #watchSpace(): Promise<void> {
    const { dataDir, storage } = this.#config;
    this.#space = new DiskSpace({
      directory: dataDir,
      reserveBytes: storage.minFreeBytes,
      trace: this.#trace,
      found: ({ low }) => {
        const raft = this.#serving?.peer?.raft;
        if (raft !== undefined) raft.diskLow = low;
      },
    });
    await this.#space.start();
  }

  #expected(): Expectation {
    const { cluster, name, expect, rejoin } = this.#config;
    return { clusterName: cluster, node: name, expect, rejoin };
  }

  async #startParts(
    disk: Disk,
    network: NatsNetwork,
    identity: Identity,
  ): Promise<Ending | undefined> {
    const { name: node, cluster: clusterName } = this.#config;
    const { incarnation } = identity;
    const postbox = new Postbox({
      network,
      clock: realClock,
      random: realRandom(),
      self: { node: identity.node, side: 'peer', incarnation },
      clusterName,
      key: clusterKey(this.#config),
      trace: this.#trace,
    });
    const sources = this.#sources(network, postbox, identity);
    const listening = await this.#listen(sources);
    if (listening !== undefined) return listening;
    const refused = await this.#startExecutor(disk);
    if (refused !== undefined || this.#stopping) return refused;
    const containment = this.#executor?.containment ?? 'none';
    this.#trace('info', 'node.started', { node, containment });
    this.#enter(disk, sources, identity);
    return undefined;
  }

  async #startExecutor(disk: Disk): Promise<Ending | undefined> {
    const life = await nextExecutorLife(disk);
    if (!life.ok) return life.error;
    const address = await this.#advertised();
    const executor = await beginExecutor({
      config: executorConfigOf(this.#config, { life: life.value, address }),
      ...{ trace: this.#trace, spare: this.#spare },
      waits: () => {
        this.#waitsFor = 'an earlier executor of this node has to end';
      },
      givesUp: () => this.#stopping,
      ended: (why) => this.#end(executorEnded(why)),
    });
    if (!executor.ok) return executor.error;
    this.#executor = executor.value;
    return undefined;
  }

  async #advertised(): Promise<string> {
    if (this.#http === undefined) return '';
    const { host, advertise } = this.#config;
    const address = advertisedAddress(this.#http, advertise, await thisMachine());
    this.#trace('info', 'node.advertises', { address, host, advertise });
    return address;
  }

  async #listen(sources: StatusSources): Promise<Ending | undefined> {
    const { host, port, allowedHosts } = this.#config;
    const service = lateService({
      real: (): PeerService | undefined => this.#serving?.service,
      status: () => nodeStatus(sources),
      waitsFor: () => this.#waitsFor,
      dagsDir: () => this.#folder?.status() ?? { folder: null, files: [] },
      expect: sources.expect,
      autopilot: sources.autopilot,
    });
    const testHooks = this.#hooks.control;
    try {
      const { read: readDag } = this.#dagReader;
      const trace = this.#trace;
      const vault = makeVault(this.#config.encryptionKeys);
      const tester = connectionTester(this.#config.httpPolicy);
      this.#http = await startHttpServer({
        ...{ service, readDag, vault, tester, host, port, allowedHosts, trace, testHooks },
        webFolder: builtWeb,
      });
      this.#watchFolder(service);
      return undefined;
    } catch (error) {
      return { code: exitCodes.configuration, why: portProblem(error, host, port) };
    }
  }

  #watchFolder(service: NodeService): void {
    const { dagsDir: folder } = this.#config;
    if (folder === null) return;
    const now = (): number => realClock.wallMs();
    const { read: readDag } = this.#dagReader;
    this.#folder = new DagsFolder({ folder, service, readDag, trace: this.#trace, now });
  }

  /** Comes to the cluster; then the databases are opened. */
  #enter(disk: Disk, sources: StatusSources, identity: Identity): void {
    const serving = new Serving({
      ...{ config: this.#config, disk, sources, identity, trace: this.#trace, hooks: this.#hooks },
      expected: this.#expected(),
      isDiskLow: () => this.#space?.low ?? false,
      serves: ({ clusterId }) => {
        this.#clusterId = clusterId;
        this.#executor?.bind(clusterId);
        this.#trace('info', 'node.joined', { cluster: clusterId });
      },
      ended: (ending) => this.#end(ending),
      startsOver: (why) => {
        this.#startsOver = true;
        this.#trace('error', 'node.starts-over', { why });
        this.#end({ code: exitCodes.normal, why });
      },
    });
    this.#serving = serving;
    this.#entry = new ClusterEntry({
      ...{ identity, clock: realClock, random: realRandom(), trace: this.#trace },
      postbox: sources.postbox,
      expect: this.#config.expect,
      entered: (cluster) => {
        this.#waitsFor = 'the node opens its log';
        serving.open(cluster);
      },
      refused: (ending) => this.#end(ending),
      waitsFor: (what) => {
        this.#waitsFor = what;
      },
    });
  }

  async #stop(ending: Ending): Promise<void> {
    // The peer has stopped itself; the executor sees its peer go, and waits for the next one.
    if (isBroken(ending)) return;
    this.#entry?.stop();
    this.#space?.stop();
    await this.#folder?.stop();
    await this.#serving?.handOver();
    await this.#endExecutor();
    this.#dagReader.stop();
    await this.#http?.stop();
    await this.#serving?.stop();
    await this.#network?.close();
  }

  async #endExecutor(): Promise<void> {
    const executor = this.#executor;
    if (executor === undefined) {
      this.#spare?.dismiss();
      return;
    }
    const waits =
      this.#handsOver && (await new Promise<boolean>((done) => executor.handOver(done)));
    this.#trace('info', 'node.leaves_executor', { waits, pid: executor.pid });
    if (!waits) await new Promise<void>((done) => executor.stop(done));
  }

  #sources(network: NatsNetwork, postbox: Postbox, identity: Identity): StatusSources {
    const { cluster, nats, expect, autopilot } = this.#config;
    return {
      node: identity.node,
      incarnation: identity.incarnation,
      cluster,
      natsServer: withoutCredentials(nats),
      network,
      postbox,
      executor: () => this.#executor,
      peer: () => this.#serving?.peer,
      clusterId: () => this.#clusterId,
      ...{ expect, autopilot },
      disk: () => ({ freeBytes: this.#space?.freeBytes ?? 0, low: this.#space?.low ?? false }),
      setAside: () => this.#setAside,
      counted: this.#counted,
      loopDelay: new LoopDelay(),
    };
  }
}

/** Server names for people, without what comes before an `@`. */
const withoutCredentials = (servers: string): string => servers.replaceAll(/\/\/[^@,/]*@/g, '//');
