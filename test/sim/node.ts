/**
 * One simulated node: its machine (disk, operator's clock) and the two processes on it, which start
 * the production's own peer and executor on simulated ports.
 */
import type { NodeId } from '../../src/base/brand.ts';
import { clusterId, incarnation } from '../../src/base/brand.ts';
import type { Clock, DiskError, StoreOperation } from '../../src/base/ports.ts';
import type { TraceFields, TraceLevel } from '../../src/base/trace.ts';
import { type RunningExecutor, startExecutor } from '../../src/executor/main.ts';
import { MemoryFiles } from '../../src/executor/memory-files.ts';
import type { Resources } from '../../src/model/resources.ts';
import { openPeer, type Peer, type PeerFailure, type PeerSettings } from '../../src/node/peer.ts';
import { defaultRaftSettings } from '../../src/raft/driver-settings.ts';
import { defaultGatewayTimes } from '../../src/scheduler/gateway.ts';
import type { CommittedTurn } from '../../src/scheduler/world.ts';
import { ledgerDefaults } from '../../src/storage/ledger.ts';
import { MemoryDisk } from '../../src/storage/memory.ts';
import type { MemoryHub } from '../../src/transport/memory.ts';
import { Postbox } from '../../src/transport/postbox.ts';
import { aliveSubject } from '../../src/transport/subjects.ts';
import type { Chance } from './chance.ts';
import { watchedDisk } from './disk.ts';
import type { Effects } from './effects.ts';
import { ProcessNetwork } from './network.ts';
import { executorTimes, type SimOptions } from './options.ts';
import { SimProcess } from './process.ts';
import { Programs } from './programs.ts';
import { simRunners } from './runners.ts';
import type { Timeline } from './timeline.ts';

/** What a node tells the world; all of it synchronous. */
export interface NodeWitness {
  traced(process: string, level: TraceLevel, name: string, fields: TraceFields): void;
  logged(node: SimNode, operations: readonly StoreOperation[]): void;
  /** The log was opened and is what the disk holds. */
  opened(node: SimNode): void;
  committed(node: SimNode, turn: CommittedTurn): void;
  sent(process: string, subject: string, payload: Uint8Array): void;
  /** A broken promise. */
  broken(invariant: string, text: string): void;
  /** The peer ended itself and the process is gone. */
  peerEnded(node: SimNode): void;
}

export interface NodeOptions {
  readonly id: NodeId;
  readonly voters: readonly NodeId[];
  readonly capacity: Resources;
  readonly options: SimOptions;
  readonly timeline: Timeline;
  readonly chance: Chance;
  readonly hub: MemoryHub;
  readonly effects: Effects;
  readonly witness: NodeWitness;
}

const clusterName = 'sim';
const secret = new Uint8Array(32).fill(7);

interface PeerLife {
  readonly process: SimProcess;
  readonly network: ProcessNetwork;
  peer: Peer | undefined;
  diskFailed: boolean;
}

interface ExecutorLife {
  readonly process: SimProcess;
  readonly machine: SimProcess;
  readonly network: ProcessNetwork;
  readonly programs: Programs;
  readonly executor: RunningExecutor;
}

export class SimNode {
  readonly id: NodeId;
  readonly wall = { offsetMs: 0 };
  readonly disk: MemoryDisk;
  readonly #given: NodeOptions;
  /** Outlives executors, as a file system does. */
  #lives = 0;
  #formed = false;
  #peer: PeerLife | undefined;
  #executor: ExecutorLife | undefined;
  /** On top of the option's, while the disk is slow. */
  slowDiskMs = 0;
  /** Faults were injected into this disk: errors of storage are no surprise. */
  diskFaults = 0;

  constructor(given: NodeOptions) {
    this.#given = given;
    this.id = given.id;
    const { chance, timeline, options } = given;
    const latency = chance.stream(`${given.id} sync`);
    this.disk = new MemoryDisk({
      clock: this.#diskClock(timeline),
      random: chance.stream(`${given.id} disk`),
      syncLatencyMs: () =>
        options.syncMs.least + latency.around(options.syncMs.spread) + this.slowDiskMs,
    });
  }

  get capacity(): Resources {
    return this.#given.capacity;
  }

  /** Undefined while the process is down or still opening its stores. */
  get peer(): Peer | undefined {
    return this.#peer?.peer;
  }

  get peerProcess(): SimProcess | undefined {
    return this.#peer?.process;
  }

  get executorProcess(): SimProcess | undefined {
    return this.#executor?.process;
  }

  get executor(): RunningExecutor | undefined {
    return this.#executor?.executor;
  }

  /** Every process of the machine, for a pause of all of it. */
  get processes(): readonly SimProcess[] {
    const { process, machine } = this.#executor ?? {};
    return [this.#peer?.process, process, machine].filter((each) => each !== undefined);
  }

  startPeer(): void {
    if (this.#peer !== undefined) return;
    const { timeline, witness, hub, voters, chance } = this.#given;
    const name = `${this.id}/peer`;
    const process = new SimProcess(name, timeline, this.wall);
    const network = new ProcessNetwork(hub.join(name), process, (subject, payload) => {
      if (life.diskFailed) witness.broken('I15', `${name} sent ${subject} after a storage error`);
      witness.sent(name, subject, payload);
    });
    const life: PeerLife = { process, network, peer: undefined, diskFailed: false };
    this.#peer = life;
    const random = chance.stream(`${name} ${++this.#lives}`);
    const { clock } = process;
    const trace = this.#trace(name);
    const self = { node: this.id, side: 'peer', incarnation: incarnation('p1') } as const;
    const post = { network, clock, random, self, clusterName, key: secret, trace };
    openPeer(
      {
        ...{ self: this.id, voters, clock, random, network, trace },
        disk: this.#watchedDisk(life),
        wire: new Postbox({ ...post, clusterId: clusterId('c1') }),
        aliveSubject: (node) => aliveSubject(clusterName, node),
        create: !this.#formed,
        settings: this.#settings(),
        committed: (turn) => witness.committed(this, turn),
        onFailure: (failure) => this.#peerFailed(life, failure),
      },
      (result) => {
        if (!result.ok) return this.#peerFailed(life, result.error);
        this.#formed = true;
        life.peer = result.value;
        result.value.start();
        witness.opened(this);
      },
    );
  }

  startExecutor(): void {
    if (this.#executor !== undefined) return;
    const { timeline, hub, chance, effects, capacity, witness } = this.#given;
    const name = `${this.id}/executor`;
    const process = new SimProcess(name, timeline, this.wall);
    const machine = new SimProcess(`${this.id}/programs`, timeline, this.wall);
    const sent = (subject: string, payload: Uint8Array): void =>
      witness.sent(name, subject, payload);
    const network = new ProcessNetwork(hub.join(name), process, sent);
    this.#lives += 1;
    const random = chance.stream(`${name} ${this.#lives}`);
    const { clock } = process;
    const trace = this.#trace(name);
    const life = incarnation(`x${String(this.#lives).padStart(6, '0')}`);
    const self = { node: this.id, side: 'executor', incarnation: life } as const;
    const post = { network, clock, random, self, clusterName, key: secret, trace };
    const files = new MemoryFiles(clock);
    const parts = { node: this.id, executor: process, machine, files, effects, timeline };
    const programs = new Programs({ ...parts, chance: chance.stream(`${name} programs`) });
    const executor = startExecutor({
      ...{ clock, random, trace, files, capacity, labels: {} },
      wire: new Postbox({ ...post, clusterId: clusterId('c1') }),
      address: `http://${this.id}`,
      dataDir: '/data',
      runners: simRunners({ clock, programs, files, life }),
      settings: executorTimes,
      onFailure: (error) => witness.broken('executor', `${name} failed: ${String(error)}`),
    });
    this.#executor = { process, machine, network, programs, executor };
  }

  /** The process is gone at once; with `powerLoss` also what its disk had not synced. */
  killPeer(powerLoss = false): void {
    if (this.#peer === undefined) return;
    this.#peer.process.kill();
    this.#peer.network.kill();
    this.#peer = undefined;
    this.disk.crash({ loseUnsynced: powerLoss });
  }

  killExecutor(): void {
    if (this.#executor === undefined) return;
    this.#executor.process.kill();
    this.#executor.network.kill();
    this.#executor.programs.endAll();
    this.#executor = undefined;
  }

  /** The disk's answers enter the process that asked; a paused one hears them later. */
  #diskClock(timeline: Timeline): Clock {
    const enter = (run: () => void): void => {
      if (this.#peer === undefined) run();
      else this.#peer.process.enter(run);
    };
    const { monotonicMs, wallMs } = timeline.clock;
    return {
      ...{ monotonicMs, wallMs },
      after: (delayMs, run) => timeline.after(delayMs, () => enter(run)),
      soon: (run) => {
        timeline.after(0, () => enter(run));
      },
    };
  }

  #watchedDisk(life: PeerLife) {
    return watchedDisk(this.disk, {
      logged: (operations) => this.#given.witness.logged(this, operations),
      failed: (error: DiskError) => {
        life.diskFailed = true;
        if (this.diskFaults > 0) return;
        this.#given.witness.broken('storage', `${this.id}: ${error.message}`);
      },
    });
  }

  #peerFailed(life: PeerLife, failure: PeerFailure): void {
    const { witness } = this.#given;
    const expected = failure.kind === 'storage' && this.diskFaults > 0;
    if (!expected) witness.broken(failure.kind, `${this.id} ended itself: ${failure.why}`);
    if (this.#peer !== life) return;
    this.killPeer();
    this.killExecutor();
    witness.peerEnded(this);
  }

  #trace(process: string) {
    return (level: TraceLevel, name: string, fields: TraceFields = {}): void =>
      this.#given.witness.traced(process, level, name, fields);
  }

  #settings(): PeerSettings {
    const { electionMs, leaseMs, graceMs } = this.#given.options;
    const { min, max } = electionMs;
    return {
      raft: { ...defaultRaftSettings, electionTimeoutMsMin: min, electionTimeoutMsMax: max },
      scheduler: { leaseMs, graceMs, horizonMax: 4 },
      ledger: ledgerDefaults,
      gateway: defaultGatewayTimes,
    };
  }
}
