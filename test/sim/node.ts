/**
 * One simulated node: its machine (disk, operator's clock) and the two processes on it, which start
 * the production's own peer and executor on simulated ports.
 */
import type { NodeId } from '../../src/base/brand.ts';
import { type Incarnation, incarnation } from '../../src/base/brand.ts';
import type { Clock, DiskError, StoreOperation } from '../../src/base/ports.ts';
import type { TraceFields, TraceLevel } from '../../src/base/trace.ts';
import { type RunningExecutor, startExecutor } from '../../src/executor/main.ts';
import { MemoryFiles } from '../../src/executor/memory-files.ts';
import type { Resources } from '../../src/model/resources.ts';
import type { Custody } from '../../src/node/adoption-custody.ts';
import { memberDeskDefaults } from '../../src/node/member-desk.ts';
import type { Peer, PeerSettings } from '../../src/node/peer.ts';
import type { PeerFailure } from '../../src/node/peer-failure.ts';
import { defaultRaftSettings } from '../../src/raft/driver-settings.ts';
import type { Members } from '../../src/raft/members.ts';
import { defaultGatewayTimes } from '../../src/scheduler/gateway.ts';
import type { CommittedTurn } from '../../src/scheduler/world.ts';
import type { Voter } from '../../src/storage/identity.ts';
import { ledgerDefaults } from '../../src/storage/ledger.ts';
import { type DiskImage, MemoryDisk } from '../../src/storage/memory.ts';
import type { MemoryHub } from '../../src/transport/memory.ts';
import { Postbox } from '../../src/transport/postbox.ts';
import type { Chance } from './chance.ts';
import { simCluster } from './cluster.ts';
import { shownPapers, simCustody } from './custody.ts';
import { watchedDisk } from './disk.ts';
import type { Effects } from './effects.ts';
import { ProcessNetwork } from './network.ts';
import { executorTimes, memberTimes, type SimOptions, shareMemoryMs } from './options.ts';
import { type LifeEnd, PeerLife } from './peer-life.ts';
import { SimProcess } from './process.ts';
import { Programs } from './programs.ts';
import { simRunners } from './runners.ts';
import type { Timeline } from './timeline.ts';
import { grown, type Traits } from './traits.ts';
import { WallClock } from './wall-clock.ts';

/** What a node tells the world; all of it synchronous. */
export interface NodeWitness {
  traced(process: string, level: TraceLevel, name: string, fields: TraceFields): void;
  logged(node: SimNode, operations: readonly StoreOperation[]): void;
  /** The medium is asked to make a write durable. */
  synced(node: SimNode, what: string): void;
  /** The log was opened and is what the disk holds. */
  opened(node: SimNode): void;
  committed(node: SimNode, turn: CommittedTurn): void;
  sent(process: string, subject: string, payload: Uint8Array): void;
  /** A broken promise. */
  broken(invariant: string, text: string): void;
  /** The peer ended itself and the process is gone. */
  peerEnded(node: SimNode, why: string): void;
}

export interface NodeOptions {
  readonly id: NodeId;
  /** Those that form the cluster; none for a node that joins it. */
  readonly formsWith: readonly Voter[];
  readonly votersWanted: number;
  readonly traits: Traits;
  /** Its capacity is another one after each restart of its executor. */
  readonly grows: boolean;
  readonly options: SimOptions;
  readonly timeline: Timeline;
  readonly chance: Chance;
  readonly hub: MemoryHub;
  readonly effects: Effects;
  readonly witness: NodeWitness;
}

interface ExecutorLife {
  readonly process: SimProcess;
  readonly machine: SimProcess;
  readonly network: ProcessNetwork;
  readonly programs: Programs;
  readonly executor: RunningExecutor;
  readonly custody: Custody;
}

export class SimNode {
  readonly id: NodeId;
  readonly wall: WallClock;
  readonly disk: MemoryDisk;
  readonly #given: NodeOptions;
  /** Outlives executors, as a file system does. */
  #lives = 0;
  #formed = false;
  #diskFailed = false;
  #lastMembers: Members | undefined;
  #lastIncarnation: Incarnation | undefined;
  #peer: PeerLife | undefined;
  #executor: ExecutorLife | undefined;
  #capacity: Resources;
  /** On top of the option's, while the disk is slow. */
  slowDiskMs = 0;
  /** Until then no sync ends. */
  hungUntilMs = 0;
  /** What the last life found damaged while it ran; the next one sets its directory aside. */
  damage: string | undefined;
  /** Since then it has not yet opened its directory. */
  wasCopiedBack = false;
  /** It may lack what was committed up to here, until it has applied that again. */
  lacksUpTo = 0;
  /** A failed sync is wished for and has not come yet. */
  failsNextSync = false;
  /** Faults were injected into this disk: errors of storage are no surprise. */
  diskFaults = 0;

  constructor(given: NodeOptions) {
    this.#given = given;
    this.id = given.id;
    this.#capacity = given.traits.capacity;
    this.#lastIncarnation = given.formsWith.find(({ node }) => node === given.id)?.incarnation;
    const { chance, timeline, options } = given;
    this.wall = new WallClock(timeline);
    const latency = chance.stream(`${given.id} sync`);
    const { least, spread } = options.syncMs;
    this.disk = new MemoryDisk({
      clock: this.#diskClock(timeline),
      random: chance.stream(`${given.id} disk`),
      syncLatencyMs: () => {
        const hungMs = Math.max(0, this.hungUntilMs - timeline.nowMs);
        return least + latency.around(spread) + this.slowDiskMs + hungMs;
      },
    });
  }

  /** Of its executor, or of the last one that it had. */
  get traits(): Traits {
    return { ...this.#given.traits, capacity: this.#capacity };
  }

  /** Undefined while the process is down or still opening its stores. */
  get peer(): Peer | undefined {
    return this.#peer?.peer;
  }

  /** Of the peer's directory, once it is known. */
  get incarnation(): Incarnation | undefined {
    return this.#peer?.incarnation;
  }

  /** The configuration that this node knew last, as long as it has its data. */
  get lastMembers(): Members | undefined {
    const known = this.peer?.raft.status().members.members;
    if (known !== undefined && known.voters.length > 0) this.#lastMembers = known;
    return this.#lastMembers;
  }

  /** Whose data the disk holds; undefined when it has lost it. */
  get lastIncarnation(): Incarnation | undefined {
    return this.#lastIncarnation;
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
    const { timeline, witness, hub, formsWith, chance } = this.#given;
    const name = `${this.id}/peer`;
    const process = new SimProcess(name, timeline, this.wall);
    const network = new ProcessNetwork(hub.join(name), process, (subject, payload) => {
      if (this.#diskFailed) witness.broken('I15', `${name} sent ${subject} after a storage error`);
      witness.sent(name, subject, payload);
    });
    this.#lives += 1;
    this.#diskFailed = false;
    const { damage } = this;
    this.damage = undefined;
    const life = new PeerLife({
      ...{ node: this.id, process, network, trace: this.#trace(name) },
      random: chance.stream(`${name} ${this.#lives}`),
      disk: this.#watchedDisk(),
      bareDisk: this.disk,
      settings: this.#settings(),
      formsWith: this.#formed ? [] : formsWith,
      fresh: incarnation(`${this.id}-${this.#lives}`),
      damage,
      committed: (turn) => witness.committed(this, turn),
      opened: () => {
        this.#formed = true;
        this.#lastIncarnation = life.incarnation;
        witness.opened(this);
        this.wasCopiedBack = false;
      },
      ended: (end) => this.#lifeEnded(life, end),
    });
    this.#peer = life;
    this.#adopt();
    life.begin();
  }

  /** A peer that starts finds the executor that the last one has left, if there is any. */
  #adopt(): void {
    const found = this.#executor;
    const { chance } = this.#given;
    const shown = shownPapers(chance.stream(`${this.id} papers ${this.#lives}`));
    found?.process.enter(() => {
      const fit = found.custody.claimed(shown);
      if (fit !== 'busy') this.#trace(found.process.name)('info', 'node.adopts', { reason: fit });
    });
  }

  startExecutor(): void {
    if (this.#executor !== undefined) return;
    const { timeline, hub, chance, effects, traits, grows, witness } = this.#given;
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
    if (grows) this.#capacity = grown(traits, this.#capacity, random);
    const { capacity, labels, ...place } = this.traits;
    const life = incarnation(`x${String(this.#lives).padStart(6, '0')}`);
    const self = { node: this.id, side: 'executor', incarnation: life } as const;
    const { name: clusterName, id: clusterId, secret: key } = simCluster;
    const post = { network, clock, random, self, clusterName, key, trace, clusterId };
    const files = new MemoryFiles(clock);
    const parts = { node: this.id, executor: process, machine, files, effects, timeline };
    const programs = new Programs({ ...parts, chance: chance.stream(`${name} programs`) });
    const executor = startExecutor({
      ...{ clock, random, trace, files, capacity, labels, place },
      wire: new Postbox(post),
      address: `http://${this.id}`,
      dataDir: '/data',
      runners: simRunners({ clock, programs, files, life }),
      settings: executorTimes,
      onFailure: (error) => witness.broken('executor', `${name} failed: ${String(error)}`),
    });
    const ended = (how: string): void => {
      this.#trace(name)('info', `executor.${how}`);
      this.killExecutor();
      // The one that has waited beside it takes its place.
      if (this.#peer !== undefined) this.startExecutor();
    };
    const { leaseMs } = this.#given.options;
    const custody = simCustody({ clock, executor, leaseMs, ended });
    this.#executor = { process, machine, network, programs, executor, custody };
  }

  /** The process is gone at once; with `powerLoss` also what its disk had not synced. */
  killPeer(powerLoss = false): void {
    if (this.#peer === undefined) return;
    // What it knows of the members, faults must respect when everybody is down (seed 147554).
    void this.lastMembers;
    this.#peer.kill();
    this.#peer = undefined;
    const left = this.#executor;
    left?.process.enter(() => left.custody.lost());
    this.disk.crash({ loseUnsynced: powerLoss });
  }

  /** A person gives it an empty directory. No process of it runs. */
  wipe(): void {
    this.killPeer();
    this.disk.wipe();
    this.damage = undefined;
    this.#formed = true;
    this.losesData();
  }

  /** Somebody puts an old copy of its directory back: only its peers can tell. */
  copyBack(image: DiskImage): void {
    this.killPeer();
    this.disk.restore(image);
    this.wasCopiedBack = true;
    this.losesData();
  }

  /** Whether it has, or has got back, everything that was committed when its disk lied. */
  get isWhole(): boolean {
    if ((this.peer?.scheduler?.appliedIndex ?? 0) >= this.lacksUpTo) this.lacksUpTo = 0;
    return this.lacksUpTo === 0;
  }

  /** What it knew and promised is gone, or will be set aside. */
  losesData(): void {
    this.#lastMembers = undefined;
    this.#lastIncarnation = undefined;
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

  #watchedDisk() {
    return watchedDisk(this.disk, {
      logged: (operations) => this.#given.witness.logged(this, operations),
      synced: (what) => this.#given.witness.synced(this, what),
      failed: (error: DiskError) => {
        this.#diskFailed = true;
        this.failsNextSync = false;
        if (this.diskFaults > 0) return;
        this.#given.witness.broken('storage', `${this.id}: ${error.message}`);
      },
    });
  }

  #lifeEnded(life: PeerLife, end: LifeEnd): void {
    const { witness } = this.#given;
    if (this.#peer !== life) return;
    if (end.kind === 'failed') this.#peerFailed(end.failure);
    this.killPeer();
    // What broke may come back to its executor; who leaves, or begins anew, ends it.
    if (end.kind !== 'failed' || end.failure.kind === 'identity') this.killExecutor();
    if (end.kind === 'starts-over') this.losesData();
    const isOut = end.kind === 'failed' && end.failure.kind === 'identity';
    if (end.kind === 'needs-empty-directory' || isOut) this.wipe();
    const why = end.kind === 'failed' ? end.failure.why : end.kind;
    witness.peerEnded(this, why);
  }

  #peerFailed({ kind, why }: PeerFailure): void {
    const injected = this.diskFaults > 0 && (kind === 'storage' || kind === 'damaged');
    if (!injected && kind !== 'identity') {
      this.#given.witness.broken(kind, `${this.id} ended itself: ${why}`);
    }
    if (kind === 'damaged') this.damage = why;
  }

  #trace(process: string) {
    return (level: TraceLevel, name: string, fields: TraceFields = {}): void =>
      this.#given.witness.traced(process, level, name, fields);
  }

  #settings(): PeerSettings {
    const { electionMs, beatMs, pages, leaseMs, graceMs, repeatMs } = this.#given.options;
    const { logKept, logMax, replacesDead } = this.#given.options;
    return {
      raft: {
        ...defaultRaftSettings,
        electionTimeoutMsMin: electionMs.min,
        electionTimeoutMsMax: electionMs.max,
        tickMs: beatMs.tick,
        heartbeatMs: beatMs.heartbeat,
        maxAppendBytes: pages.appendBytes,
        maxInflightAppends: pages.inflightAppends,
        commitPageBytes: pages.commitBytes,
        cacheBytesMax: pages.cacheBytes,
        logEntriesKept: logKept,
        logEntriesMax: logMax,
      },
      scheduler: { leaseMs, graceMs, horizonMax: 4, shareMemoryMs },
      ledger: {
        ...ledgerDefaults,
        windowMs: pages.ledgerWindowMs,
        ...{ rowsPerWindow: pages.ledgerRowsPerWindow, rowsPerSlice: pages.ledgerRowsPerSlice },
      },
      gateway: { ...defaultGatewayTimes, repeatMs },
      snapshotPageBytes: 4096,
      members: {
        ...memberDeskDefaults,
        ...memberTimes,
        ...{ votersWanted: this.#given.votersWanted, replaceDead: replacesDead },
      },
    };
  }
}
