/**
 * A cluster on this machine, made of real processes: what `up`, the stories, the workloads and the
 * benchmarks share.
 *
 * It owns the processes of NATS and of the nodes, and the secret. It does not own the data folder
 * beyond what it writes there, nor what is run on the cluster.
 *
 * Invariants:
 *   K1  After `stop` none of its processes is alive, whatever state they were in; and none of its
 *       executors when this process has ended.
 *   K2  A node is started again with the very arguments that it had, though perhaps by a launcher
 *       of another version.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Api, ApiError, type Seen } from './api.ts';
import { endExecutor, killExecutor } from './end-executor.ts';
import { type Nats, provideNats } from './nats.ts';
import { checkout, isPortFree } from './places.ts';
import { Problem, sleep, until } from './problem.ts';
import { Child } from './process.ts';

type Environment = Readonly<Record<string, string>>;

export interface ClusterOptions {
  readonly nodes: number;
  readonly dataDir: string;
  /** HTTP ports, one for each node and one for each that may join later. */
  readonly ports: readonly number[];
  /** Null: one of our own. */
  readonly nats: string | null;
  readonly broker?: 'server' | 'embedded';
  /** For NATS of our own; the usual one, or one near it, unless said. */
  readonly natsPort?: number;
  /** More arguments of `skein node start`, as in `['--cpu', '8']`. */
  readonly nodeArgs?: readonly string[];
  /** More of the nodes' environment. */
  readonly nodeEnv?: Environment;
  /** Which `skein` a node runs; that of this checkout unless said. */
  readonly launcherOf?: (name: string) => string;
}

export interface LocalNode {
  readonly name: string;
  readonly api: Api;
  readonly child: Child;
}

const ownLauncher = join(checkout, 'bin', 'skein');
const readyMsMax = 60_000;
const pollMs = 25;

/** Of all nodes that were started by this process. */
const folders = new Set<string>();
process.on('exit', () => {
  for (const folder of folders) killExecutor(folder);
});

export class LocalCluster {
  readonly nats: Nats;
  readonly #options: ClusterOptions;
  readonly #secret: string;
  readonly #nodes = new Map<string, LocalNode>();
  /** What one node has answered, the others answer too. */
  readonly #seen: Seen = { index: 0 };

  /** Use `startCluster`. */
  constructor(options: ClusterOptions, nats: Nats) {
    this.#options = options;
    this.nats = nats;
    this.#secret = keptSecret(options.dataDir);
  }

  get nodes(): readonly LocalNode[] {
    return [...this.#nodes.values()];
  }

  node(name: string): LocalNode {
    const found = this.#nodes.get(name);
    if (found === undefined) throw new Error(`there is no node ${name} here`);
    return found;
  }

  /** The nodes whose process lives. */
  get alive(): readonly LocalNode[] {
    return this.nodes.filter(({ child }) => child.exit === undefined);
  }

  /**
   * A node of a higher number than there are nodes joins; it needs a port all the same. `env` is
   * for this start alone.
   */
  startNode(name: string, env: Environment = {}): LocalNode {
    const node = this.#spawn(name, name, Number(name.slice(1)) - 1, env);
    this.#nodes.set(name, node);
    return node;
  }

  /** A second process under the name of a node, with the last port and a folder of its own. */
  startTwin(name: string): LocalNode {
    return this.#spawn(name, `${name}-twin`, this.#options.ports.length - 1);
  }

  #spawn(name: string, folderName: string, place: number, env: Environment = {}): LocalNode {
    const { nodes, dataDir, ports, nodeArgs = [], nodeEnv, launcherOf } = this.#options;
    const port = ports[place];
    const folder = this.#folderOf(folderName);
    mkdirSync(folder, { recursive: true });
    const settings = { name, nats: this.nats.url, cluster: 'local', expect: nodes, data: folder };
    const flags = Object.entries({ ...settings, port }).flatMap(([flag, value]) => [
      `--${flag}`,
      String(value),
    ]);
    folders.add(folder);
    const child = new Child({
      name,
      program: process.execPath,
      args: [launcherOf?.(name) ?? ownLauncher, 'node', 'start', ...flags, ...nodeArgs],
      env: { ...process.env, ...nodeEnv, ...env, SKEIN_SECRET: this.#secret },
      cwd: folder,
      logFile: join(resolve(dataDir), `${folderName}.log`),
    });
    return { name, child, api: new Api(`http://127.0.0.1:${port}`, this.#seen) };
  }

  /** Waits until every living node has caught up and knows a leader. */
  async ready(withinMs = readyMsMax): Promise<void> {
    const deadlineMs = performance.now() + withinMs;
    for (;;) {
      for (const { child } of this.nodes) if (child.exit !== undefined) throw endedEarly(child);
      const waiting = await waitingOf(this.nodes);
      if (waiting.length === 0) return;
      if (performance.now() > deadlineMs) throw notReady(waiting, this.#options.dataDir);
      await sleep(pollMs);
    }
  }

  /** Asks living nodes in turn until one answers; a refusal is an answer. */
  async ask<T>(question: (api: Api) => Promise<T>, withinMs = 30_000): Promise<T> {
    let turn = 0;
    return until('an answer of any node', { withinMs, everyMs: pollMs }, async () => {
      const node = this.alive[turn++ % Math.max(1, this.alive.length)];
      if (node === undefined) throw new Error('no node of the cluster is alive');
      try {
        return await question(node.api);
      } catch (error) {
        if (error instanceof ApiError && isWeather(error)) return undefined;
        throw error;
      }
    });
  }

  /** The leader, as a majority confirms it. */
  leader(): Promise<LocalNode> {
    return this.ask(async (api) => {
      await api.confirmLeader(2_000);
      const { leader } = await api.cluster();
      const node = leader === null ? undefined : this.#nodes.get(leader);
      if (node?.child.exit !== undefined)
        throw new ApiError(503, 'NO_LEADER', 'its process is dead');
      if (node === undefined) throw new ApiError(503, 'NO_LEADER', 'nobody leads');
      return node;
    });
  }

  /**
   * Kills the leader and waits until another one has answered; `tookMs` is from the signal to that
   * answer.
   */
  async killLeader(): Promise<{ readonly killed: string; readonly tookMs: number }> {
    const { name, child } = await this.leader();
    const startMs = performance.now();
    child.kill('SIGKILL');
    await child.exited;
    const survivors = this.alive.map(({ api }) => api);
    // Whoever answers first: a survivor may not have heard yet, and waits.
    await Promise.any(survivors.map((api) => confirmed(api)));
    return { killed: name, tookMs: performance.now() - startMs };
  }

  /** SIGKILL to the whole node, as if its machine had lost its power: tasks end at once. */
  async killNode(name: string): Promise<void> {
    const { child } = this.node(name);
    child.kill('SIGKILL');
    await endExecutor(this.#folderOf(name));
    await child.exited;
  }

  /** Starts a node again that has ended, and waits until it has caught up (K2). */
  async restartNode(name: string, env: Environment = {}): Promise<void> {
    await this.node(name).child.exited;
    const { api } = this.startNode(name, env);
    await until(`${name} to be ready`, { withinMs: readyMsMax, everyMs: pollMs }, async () => {
      const { child } = this.node(name);
      if (child.exit !== undefined) throw endedEarly(child);
      return (await api.isReady()) || undefined;
    });
  }

  /** Ends the nodes in order, then NATS (K1). */
  async stop(): Promise<void> {
    await Promise.all(this.nodes.map(({ child }) => child.stop()));
    // One whose peer was killed waits for another one.
    await Promise.all(this.nodes.map(({ name }) => endExecutor(this.#folderOf(name))));
    await this.nats.child?.stop();
  }

  #folderOf(name: string): string {
    return join(resolve(this.#options.dataDir), name);
  }
}

/** Starts NATS and the nodes; the caller waits for `ready` and calls `stop`. */
export async function startCluster(options: ClusterOptions): Promise<LocalCluster> {
  mkdirSync(options.dataDir, { recursive: true });
  refuseOtherCluster(options);
  for (const port of options.ports) {
    if (await isPortFree(port)) continue;
    throw new Problem(
      `port ${port} of 127.0.0.1 is taken: end what uses it (another \`npm run up\`?), ` +
        'or choose others with --port',
    );
  }
  const { nats: given, broker = 'server', natsPort: port, dataDir } = options;
  const own = port === undefined ? {} : { port };
  const nats = await provideNats({ given, folder: resolve(dataDir), prefer: broker, ...own });
  const cluster = new LocalCluster(options, nats);
  for (let place = 1; place <= options.nodes; place++) cluster.startNode(`n${place}`);
  return cluster;
}

async function confirmed(api: Api): Promise<void> {
  await until('a new leader', { withinMs: 60_000, everyMs: 5 }, () =>
    api.confirmLeader(2_000).then(
      () => true,
      () => undefined,
    ),
  );
}

async function waitingOf(nodes: readonly LocalNode[]): Promise<readonly string[]> {
  const ready = await Promise.all(nodes.map(({ api }) => api.isReady()));
  return nodes.filter((_, place) => !ready[place]).map(({ name }) => name);
}

const notReady = (names: readonly string[], dataDir: string): Problem =>
  new Problem(`not ready in time: ${names.join(', ')}; ${dataDir}/${names[0]}.log says why`, 1);

/** No node behind the connection, or none that leads: another node or another moment may do. */
const isWeather = ({ status }: ApiError): boolean => status === 0 || status >= 502;

function endedEarly(child: Child): Problem {
  const code = child.exit?.code ?? 1;
  return new Problem(`node ${child.name} ended with code ${code}: ${child.lastWords()}`, code || 1);
}

/** A folder belongs to one cluster: the number of its voters is part of what it is. */
function refuseOtherCluster({ dataDir, nodes }: ClusterOptions): void {
  const file = join(dataDir, 'nodes');
  const known = Number(readIfThere(file) ?? nodes);
  if (known !== nodes) {
    throw new Problem(
      `${dataDir} holds a cluster of ${known} nodes: use --nodes ${known}, or another --data DIR`,
    );
  }
  writeFileSync(file, `${nodes}\n`);
}

/** Made once, kept for its owner's eyes only. */
function keptSecret(dataDir: string): string {
  const file = join(dataDir, 'secret');
  const known = readIfThere(file);
  if (known !== undefined) return known;
  const secret = randomBytes(24).toString('hex');
  writeFileSync(file, `${secret}\n`, { mode: 0o600 });
  return secret;
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return undefined;
  }
}
