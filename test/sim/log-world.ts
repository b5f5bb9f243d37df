/**
 * A small world for logs alone: executors on machines whose files outlive them, a leader that does
 * no more than answer heartbeats and dispatch, tasks that print numbered lines. Time, chance and
 * weather are those of the simulator.
 */
import { incarnation, type NodeId, nodeId, term, wallMs } from '../../src/base/brand.ts';
import type { Files } from '../../src/executor/files.ts';
import type { LogSettings } from '../../src/executor/logs/limits.ts';
import { type RunningExecutor, startExecutor } from '../../src/executor/main.ts';
import { MemoryFiles } from '../../src/executor/memory-files.ts';
import { type Runner, succeeded } from '../../src/executor/runner.ts';
import { dispatchOf } from '../../src/executor/testing/executor-story.ts';
import { workspaceOf } from '../../src/executor/workspace.ts';
import type { NodeRow } from '../../src/model/node.ts';
import { type ExecutorToScheduler, inboxes } from '../../src/model/protocol.ts';
import { logPeersOf } from '../../src/scheduler/log-peers.ts';
import { MemoryHub } from '../../src/transport/memory.ts';
import { Postbox } from '../../src/transport/postbox.ts';
import { Chance } from './chance.ts';
import { nodeIds, simCluster } from './cluster.ts';
import { ProcessNetwork, Weather } from './network.ts';
import { optionsOf, type SimOptions } from './options.ts';
import { SimProcess } from './process.ts';
import { Timeline } from './timeline.ts';
import { WallClock } from './wall-clock.ts';

/** What a task has really written, and when. */
export interface Written {
  readonly node: NodeId;
  readonly token: number;
  /** Of the attempt, below `attempts` or `log-copies`. */
  readonly place: string;
  readonly lines: { readonly atMs: number; readonly endsAt: number }[];
  ended: boolean;
}

interface Machine {
  readonly id: NodeId;
  readonly files: MemoryFiles;
  process: SimProcess | undefined;
  network: ProcessNetwork | undefined;
  executor: RunningExecutor | undefined;
  lives: number;
}

interface Heard {
  readonly row: NodeRow;
  readonly seq: number;
  readonly atMs: number;
}

/** Without a heartbeat for so long a node is lost to the leader of this world. */
const lostMs = 3_000;
const dataDir = '/data';

export class LogWorld {
  readonly timeline = new Timeline();
  readonly machines: readonly Machine[];
  readonly written: Written[] = [];
  readonly weather: Weather;
  readonly chance: Chance;
  readonly failures: unknown[] = [];
  readonly #hub: MemoryHub;
  readonly #heard = new Map<NodeId, Heard>();
  readonly #leader: Postbox;
  readonly #logs: Partial<LogSettings>;
  #tokens = 0;

  constructor(
    seed: number,
    options: Pick<SimOptions, 'loss' | 'duplication' | 'reorders'>,
    logs: Partial<LogSettings> = {},
  ) {
    this.chance = new Chance(seed, 'logs');
    this.#logs = logs;
    const delayMs = { least: 1, spread: 10 };
    const all = { ...optionsOf(seed, 60), faults: [], delayMs, ...options };
    this.weather = new Weather(all, this.chance.stream('weather'), () => this.timeline.nowMs);
    this.#hub = new MemoryHub({ clock: this.timeline.clock, policy: this.weather });
    this.#leader = this.#startLeader();
    this.machines = nodeIds(4).map((id) => ({
      ...{ id, files: new MemoryFiles(this.timeline.clock), lives: 0 },
      ...{ process: undefined, network: undefined, executor: undefined },
    }));
    for (const machine of this.machines) this.start(machine);
  }

  run(forMs: number): void {
    const untilMs = this.timeline.nowMs + forMs;
    while (this.timeline.step(untilMs));
  }

  get alive(): readonly Machine[] {
    return this.machines.filter(({ process }) => process !== undefined);
  }

  start(machine: Machine): void {
    if (machine.process !== undefined) return;
    const { timeline } = this;
    const name = `${machine.id}/executor`;
    const process = new SimProcess(name, timeline, new WallClock(timeline));
    const network = new ProcessNetwork(this.#hub.join(name), process, () => {});
    machine.lives += 1;
    const life = incarnation(`x${String(machine.lives).padStart(4, '0')}`);
    const random = this.chance.stream(`${name} ${machine.lives}`);
    const self = { node: machine.id, side: 'executor', incarnation: life } as const;
    const { name: clusterName, id: clusterId, secret: key } = simCluster;
    const { clock } = process;
    machine.process = process;
    machine.network = network;
    machine.executor = startExecutor({
      ...{ clock, random, dataDir, capacity: { slots: 100 }, labels: {}, logs: this.#logs },
      wire: new Postbox({ network, clock, random, self, clusterName, key, clusterId }),
      address: `http://${machine.id}`,
      files: entering(machine.files, process),
      runners: new Map([['shell', this.#writer(machine, process)]]),
      trace: () => {},
      onFailure: (error) => this.failures.push(error),
    });
  }

  /** The process is gone at once, and its tasks with it; its files stay. */
  kill(machine: Machine): void {
    machine.process?.kill();
    machine.network?.kill();
    machine.process = undefined;
    machine.executor = undefined;
  }

  /** The leader gives a task to a node of which it has heard. */
  dispatch(): void {
    const known = [...this.#heard.values()].filter(({ row }) => row.status === 'alive');
    if (known.length === 0) return;
    const { row, seq } = this.chance.pick(known);
    this.#tokens += 1;
    this.#leader.send(row.nodeId, inboxes.executor, 'bulk', {
      ...{ kind: 'dispatch', term: term(1), incarnation: row.incarnation, leaseSeq: seq },
      dispatches: [dispatchOf(`t${this.#tokens}`, this.#tokens)],
    });
  }

  original({ node, place }: Written): string {
    const machine = this.machines.find(({ id }) => id === node);
    return machine?.files.text(`${dataDir}/attempts/${place}/stdout`) ?? '';
  }

  /** Of an attempt, on every other node that has one. */
  copies({ node, place }: Written): readonly { readonly text: string; readonly whole: boolean }[] {
    return this.machines.flatMap(({ id, files }) => {
      const text = files.text(`${dataDir}/log-copies/${place}/stdout`);
      const whole = files.text(`${dataDir}/log-copies/${place}/complete`) !== undefined;
      return id === node || text === undefined ? [] : [{ text, whole }];
    });
  }

  /** Somebody removes all copies on a machine. Returns what was whole. */
  loseCopies({ files }: Machine): readonly string[] {
    const places = this.written.map(({ place }) => place);
    const isWhole = (place: string): boolean =>
      files.text(`${dataDir}/log-copies/${place}/complete`) !== undefined;
    const whole = places.filter(isWhole);
    files.remove(`${dataDir}/log-copies`, () => {});
    return whole;
  }

  #startLeader(): Postbox {
    const { clock } = this.timeline;
    const name = 'n0/peer';
    const self = { node: nodeId('n0'), side: 'peer', incarnation: incarnation('p1') } as const;
    const { name: clusterName, id: clusterId, secret: key } = simCluster;
    const random = this.chance.stream('leader');
    const network = this.#hub.join(name);
    const post = new Postbox({ network, clock, random, self, clusterName, key, clusterId });
    post.listen(inboxes.scheduler, (message, from) => {
      const heard = message as ExecutorToScheduler;
      if (heard.kind === 'heartbeat') this.#answer(post, from.node, heard);
      if (heard.kind !== 'ended') return;
      const tokens = heard.reports.map(({ id }) => id.token);
      const common = { term: term(1), incarnation: heard.incarnation };
      post.send(from.node, inboxes.executor, 'bulk', { kind: 'ack', ...common, tokens });
    });
    return post;
  }

  #answer(
    post: Postbox,
    node: NodeId,
    { incarnation: life, seq }: Extract<ExecutorToScheduler, { kind: 'heartbeat' }>,
  ): void {
    const now = this.timeline.nowMs;
    const row: NodeRow = {
      ...{ nodeId: node, incarnation: life, capacity: {}, labels: {}, address: '' },
      ...{ status: 'alive', since: wallMs(0) },
    };
    this.#heard.set(node, { row, seq, atMs: now });
    for (const [id, heard] of this.#heard) {
      if (now - heard.atMs > lostMs) {
        this.#heard.set(id, { ...heard, row: { ...heard.row, status: 'lost' } });
      }
    }
    const rows = [...this.#heard.values()].map((heard) => heard.row);
    const logPeers = logPeersOf(node, rows);
    const answer = { term: term(1), incarnation: life, seq, leaseMs: 10_000, logPeers };
    post.send(node, inboxes.executor, 'control', { kind: 'heartbeat-answer', ...answer });
  }

  /** A task that prints lines for a while, some of them many at once. */
  #writer({ id: node, files }: Machine, process: SimProcess): Runner {
    return {
      start: ({ id, attempt }, observe) => {
        const space = workspaceOf(dataDir, { id, number: attempt });
        if (!space.ok) throw new Error(space.error);
        const { directory, stdout, work } = space.value;
        const place = directory.slice(`${dataDir}/attempts/`.length);
        const written: Written = { node, token: id.token, place, lines: [], ended: false };
        this.written.push(written);
        files.makeDirectory(work, () => {});
        const chance = this.chance.stream(`task ${id.token}`);
        const endsAtMs = this.timeline.nowMs + chance.around(4_000);
        let bytes = 0;
        const print = (): void => {
          const many = chance.happens(0.05) ? chance.below(3_000) : 1;
          for (let count = 0; count < many; count++) {
            const line = `${id.token} ${written.lines.length}\n`;
            bytes += line.length;
            written.lines.push({ atMs: this.timeline.nowMs, endsAt: bytes });
          }
          const from = written.lines.length - many;
          const texts = written.lines.slice(from).map((_, at) => `${id.token} ${from + at}\n`);
          files.print(stdout, texts.join(''));
          if (this.timeline.nowMs < endsAtMs) {
            process.clock.after(chance.between(1, 300), print);
            return;
          }
          written.ended = true;
          observe({ kind: 'ended', result: succeeded() });
        };
        process.clock.soon(() => {
          observe({ kind: 'started' });
          print();
        });
        return { stop: () => {} };
      },
    };
  }
}

/** The answers of a machine's disk enter the process that asked, while it lives. */
function entering(files: Files, process: SimProcess): Files {
  const enter =
    <A extends readonly unknown[]>(done: (...args: A) => void) =>
    (...args: A): void =>
      process.enter(() => done(...args));
  return {
    makeDirectory: (path, done) => files.makeDirectory(path, enter(done)),
    writeFile: (path, content, done) => files.writeFile(path, content, enter(done)),
    readPart: (path, range, done) => files.readPart(path, range, enter(done)),
    stat: (path, done) => files.stat(path, enter(done)),
    list: (path, done) => files.list(path, enter(done)),
    writeAt: (path, part, done) => files.writeAt(path, part, enter(done)),
    append: (path, content, done) => files.append(path, content, enter(done)),
    punchHole: (path, range, done) => files.punchHole(path, range, enter(done)),
    flush: (path, done) => files.flush(path, enter(done)),
    remove: (path, done) => files.remove(path, enter(done)),
    removeIfEmpty: (path, done) => files.removeIfEmpty(path, enter(done)),
  };
}
