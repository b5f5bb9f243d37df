/**
 * The peer: one node's Raft, scheduler, gateway and ledger, put together over ports. The simulator
 * starts this very peer on simulated ports; a real node adds HTTP, metrics and an executor process.
 *
 * Owns: the order in which the parts start and stop, and the wiring between them.
 * Does not own: the network and the disk (given), or the executor (another process).
 */
import { exposeInbox, remoteRef } from '../actors/remote.ts';
import { ActorSystem } from '../actors/system.ts';
import type { Ref } from '../actors/types.ts';
import type { Wire } from '../actors/wire.ts';
import { type Incarnation, type LogIndex, logIndex, type NodeId } from '../base/brand.ts';
import type { Clock, Disk, Network, Random } from '../base/ports.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { TooNew } from '../base/too-new.ts';
import type { Trace } from '../base/trace.ts';
import type { Committed } from '../model/command.ts';
import { type CommandRequest, type GatewayToScheduler, inboxes } from '../model/protocol.ts';
import type { ReadonlyState } from '../model/readonly-state.ts';
import { versionSaid } from '../model/record.ts';
import { type Refusal, refusal } from '../model/refusal.ts';
import type { State } from '../model/state.ts';
import { RaftDriver } from '../raft/driver.ts';
import type { RaftSettings } from '../raft/driver-settings.ts';
import type { Members } from '../raft/members.ts';
import { quorumSize } from '../raft/quorum.ts';
import { LogFeed } from '../scheduler/feed.ts';
import { Gateway, type GatewayMessage } from '../scheduler/gateway.ts';
import type { Scaled } from '../scheduler/input.ts';
import { Scheduler, type SchedulerMessage } from '../scheduler/scheduler.ts';
import type { CommittedTurn, History, SchedulerSettings } from '../scheduler/world.ts';
import type { Ledger, LedgerSettings } from '../storage/ledger.ts';
import type { DurableLog } from '../storage/log-store.ts';
import { endedRun } from '../storage/queries.ts';
import { datedRuns, pastRun } from '../storage/queries-dated.ts';
import { DigestWatch } from './digest-watch.ts';
import { whyAnswer } from './leader-why.ts';
import type { MemberDeskSettings } from './member-desk.ts';
import { memberVersions } from './member-versions.ts';
import type { LeaderReply, LeaderRequest } from './members-protocol.ts';
import { readFromExecutor, readFromPeer, readFromScheduler } from './messages.ts';
import { failureOf, type PeerFailure } from './peer-failure.ts';
import { PeerMembers } from './peer-members.ts';
import { PeerSnapshots } from './peer-snapshots.ts';
import { openStores, type PeerStores, storageFailure } from './peer-stores.ts';
import { schedulerWire } from './scheduler-wire.ts';

export interface PeerSettings {
  readonly raft: RaftSettings;
  readonly scheduler: SchedulerSettings;
  readonly ledger: LedgerSettings;
  readonly gateway: { readonly patienceMs: number; readonly repeatMs: number };
  readonly members: MemberDeskSettings;
  /** Rows of a snapshot that travel at a time. */
  readonly snapshotPageBytes: number;
}

export interface PeerOptions {
  readonly self: NodeId;
  readonly incarnation: Incarnation;
  /** The first configuration of the cluster; none for a node that joined it later. */
  readonly members: Members;
  readonly clock: Clock;
  readonly random: Random;
  readonly network: Network;
  readonly disk: Disk;
  /** Bound to the cluster already. */
  readonly wire: Wire;
  readonly aliveSubject: (node: NodeId) => string;
  /** True only for a node whose stores were never opened. */
  readonly create: boolean;
  readonly settings: PeerSettings;
  readonly trace: Trace;
  /** Every committed entry in order, once it is in the ledger's hands. */
  readonly committed: (turn: CommittedTurn) => void;
  /** Who leads, as this node hears it; undefined while nobody is known to. */
  readonly leaderIs: (leader: NodeId | undefined) => void;
  /** A tick of Raft has come, and so much later than planned. */
  readonly ticked?: (lateMs: number) => void;
  /** A snapshot is installed: the peer has stopped, and opens anew on what it brought. */
  readonly replaced: () => void;
  /** Called once; the peer has stopped. */
  readonly onFailure: (failure: PeerFailure) => void;
}

/** Opens log and ledger and loads the live rows; `start` lets the peer take part. */
export function openPeer(
  options: PeerOptions,
  done: (result: Result<Peer, PeerFailure>) => void,
): void {
  const { disk, clock, trace, create, members, settings } = options;
  let peer: Peer | undefined;
  const failed = (failure: PeerFailure): void => peer?.fail(failure);
  const stores = { disk, clock, trace, create, members, ledger: settings.ledger, failed };
  openStores(stores, (opened) => {
    if (!opened.ok) {
      done(opened);
      return;
    }
    peer = new Peer(options, opened.value);
    done(ok(peer));
  });
}

export class Peer {
  readonly raft: RaftDriver;
  readonly ledger: Ledger;
  readonly #options: PeerOptions;
  readonly #log: DurableLog;
  readonly #system: ActorSystem;
  readonly #feed: LogFeed;
  readonly #schedulerRef: Ref<SchedulerMessage>;
  readonly #gatewayRef: Ref<GatewayMessage>;
  readonly #inboxes: { cancel(): void }[] = [];
  readonly #members: PeerMembers;
  readonly #snapshots: PeerSnapshots;
  readonly #digests: DigestWatch;
  /** Commands that wait for their answer. */
  readonly #submitted = new Set<(answer: Result<Committed, Refusal>) => void>();
  #scheduler: Scheduler | undefined;
  #digest: { readonly index: LogIndex; readonly digest: string } | undefined;
  #ended = false;

  /** Use `openPeer`. */
  constructor(options: PeerOptions, stores: PeerStores) {
    this.#options = options;
    this.#log = stores.log;
    this.ledger = stores.ledger;
    const { clock, random, trace } = options;
    this.#system = new ActorSystem({
      clock,
      random,
      trace,
      // A scheduler or gateway that broke a promise is not restarted in place: the node is, with
      // the state that the log gives it.
      supervision: { kind: 'escalate' },
      onFailure: (error) => this.fail(failureOf(error)),
    });
    this.#feed = new LogFeed(() => this.#schedulerRef.tell({ kind: 'log' }));
    this.#snapshots = this.#makeSnapshots(stores);
    this.raft = this.#makeRaft();
    this.#gatewayRef = this.#spawnGateway();
    this.#schedulerRef = this.#spawnScheduler(stores.state);
    this.#members = this.#makeMembers();
    this.#digests = this.#makeDigests();
  }

  /** From here on it hears, votes and answers. */
  start(): void {
    this.#openInboxes();
    this.#snapshots.start();
    this.#members.start();
    this.raft.start();
  }

  /** Has the leader, wherever it is, carry out what a person asks of it. */
  ask(request: LeaderRequest, done: (result: Result<LeaderReply, Refusal>) => void): void {
    this.#members.ask(request, done);
  }

  /** Snapshots that are on their way. */
  snapshots(): { readonly sending: number; readonly receiving: number } {
    return this.#snapshots.counts();
  }

  /** Of the scheduler and the gateway, in milliseconds. */
  get longestTurnMs(): number {
    return this.#system.counters().longestTurnMs;
  }

  /** The scheduler actor, once its first turn has come. */
  get scheduler(): Scheduler | undefined {
    return this.#scheduler;
  }

  /** Sends a command to whoever leads; `done` is called exactly once. */
  submit(request: CommandRequest, done: (answer: Result<Committed, Refusal>) => void): void {
    const answered = (answer: Result<Committed, Refusal>): void => {
      if (this.#submitted.delete(answered)) done(answer);
    };
    this.#submitted.add(answered);
    if (this.#gatewayRef.tell({ kind: 'submit', request, done: answered })) return;
    const overloaded = refusal('OVERLOADED', 'this node has too much to do');
    this.#options.clock.soon(() => answered(fail(overloaded)));
  }

  /** Tells the scheduler what came of a scaling; of no effect unless this node leads. */
  scaled(said: Scaled): void {
    this.#schedulerRef.tell(said);
  }

  /** Reads live rows; what `done` gets is committed (law 7). */
  read<T>(select: (state: ReadonlyState) => T, done: (value: T, index: LogIndex) => void): void {
    const read = (): void => this.#scheduler?.read(select, done);
    if (!this.#schedulerRef.tell({ kind: 'read', read })) {
      this.#options.clock.after(readAgainMs, () => this.read(select, done));
    }
  }

  /** State digest at the newest multiple of 1,000 that this node has applied. */
  digest(): { readonly index: LogIndex; readonly digest: string } | undefined {
    return this.#digest;
  }

  /** An orderly end: what is committed is written, nothing is sent any more. */
  stop(done: () => void): void {
    if (this.#ended) {
      this.#options.clock.soon(done);
      return;
    }
    this.#end();
    const unknown = refusal('OUTCOME_UNKNOWN', 'this node stopped while it waited for the answer');
    for (const answered of this.#submitted) answered(fail(unknown));
    this.#snapshots.stop(() =>
      this.#system.stop(() => this.ledger.close(() => this.#log.close(done))),
    );
  }

  /** Stops at once: after a storage error nothing is sent (I15). */
  fail(failure: PeerFailure): void {
    if (this.#ended) return;
    this.#end();
    this.#snapshots.stop(() => {});
    this.#options.trace('error', 'peer.failed', { kind: failure.kind, why: failure.why });
    this.#options.onFailure(failure);
  }

  #end(): void {
    this.#ended = true;
    this.raft.stop();
    this.#members.stop();
    this.#digests.stop();
    for (const inbox of this.#inboxes) inbox.cancel();
  }

  #makeRaft(): RaftDriver {
    const { self, incarnation, clock, random, network, wire } = this.#options;
    const { trace, settings } = this.#options;
    return new RaftDriver({
      self,
      incarnation,
      appliedIndex: this.ledger.appliedIndex,
      clock,
      random,
      network,
      aliveSubject: this.#options.aliveSubject,
      wire,
      store: this.#log,
      trace,
      settings: settings.raft,
      // While a snapshot takes the ledger's place the log must not be cut beyond it.
      ledgerIndex: () => (this.#snapshots.isSwitching ? logIndex(0) : this.ledger.appliedIndex),
      sendSnapshot: (to, term, ended) => this.#snapshots.send(to, term, ended),
      listener: {
        committed: (entries, next) => this.#feed.committed(entries, next),
        roleChanged: (change) => {
          if (change.role !== 'leader') this.#snapshots.withdraw();
          this.#feed.roleChanged(change);
          this.#gatewayRef.tell({ kind: 'leader', leader: change.leader });
          this.#options.leaderIs(change.leader);
        },
        failed: (error) =>
          this.fail(error instanceof TooNew ? failureOf(error) : storageFailure(error)),
        memberForgot: (node) => this.#members.forgot(node),
        removedSpoke: (from) => this.#members.removedSpoke(from),
        ticked: (lateMs) => this.#options.ticked?.(lateMs),
      },
    });
  }

  #makeSnapshots(stores: PeerStores): PeerSnapshots {
    const { clock, wire, disk, trace, settings } = this.#options;
    return new PeerSnapshots({
      ...{ clock, wire, disk, trace, stores, pageBytes: settings.snapshotPageBytes },
      status: () => this.raft.status(),
      installed: () => this.stop(() => this.#options.replaced()),
      failed: (error) => this.fail(storageFailure(error)),
    });
  }

  #makeMembers(): PeerMembers {
    const { clock, random, wire, trace, settings } = this.#options;
    return new PeerMembers({
      ...{ clock, random, wire, trace, settings: settings.members, raft: () => this.raft },
      betweenTurns: (run) => this.#schedulerRef.tell({ kind: 'between-turns', run }),
      why: (asked, done) =>
        this.read(
          () => whyAnswer(this.#scheduler?.leader, asked),
          (told, index) => done(told.ok ? ok({ index, answer: told.value }) : told),
        ),
      leave: (why) => this.fail({ kind: 'identity', why }),
      forgot: (why) => this.fail({ kind: 'damaged', why }),
    });
  }

  #makeDigests(): DigestWatch {
    const { wire, clock, trace } = this.#options;
    return new DigestWatch({
      ...{ wire, clock, trace },
      members: () => this.raft.status().members.members,
      diverged: (why) => this.fail({ kind: 'invariant', why }),
    });
  }

  #spawnGateway(): Ref<GatewayMessage> {
    const { self, wire, settings } = this.#options;
    const schedulers = (node: NodeId): Ref<GatewayToScheduler> =>
      remoteRef(wire, node, inboxes.scheduler, 'bulk');
    return this.#system.spawn<GatewayMessage>(
      'gateway',
      (context) =>
        new Gateway(context, {
          ...settings.gateway,
          send: (leader, message) => {
            if (leader !== self) schedulers(leader).tell(message);
            else this.#schedulerRef.tell({ kind: 'command', gateway: self, request: message });
          },
        }),
    );
  }

  #spawnScheduler(state: State): Ref<SchedulerMessage> {
    const { self, wire, settings } = this.#options;
    const { appliedIndex, appliedAt: lastAt, format } = this.ledger;
    const versionSeen = versionSaid(format);
    return this.#system.spawn<SchedulerMessage>('scheduler', (context) => {
      this.#scheduler = new Scheduler(context, {
        self,
        start: { state, appliedIndex, lastAt, versionSeen },
        feed: this.#feed,
        log: this.raft,
        wire: schedulerWire(wire, self, this.#gatewayRef),
        history: this.#history(),
        settings: settings.scheduler,
        committed: (turn) => this.#committed(turn),
        pageApplied: (next) => (this.ledger.isBehind() ? this.ledger.whenRoom(next) : next()),
        disksFull: () => this.#disksFull(),
        memberVersions: memberVersions(this.raft),
      });
      return this.#scheduler;
    });
  }

  /** Too few voters have room to make what is committed durable on a majority. */
  #disksFull(): boolean {
    const { low, voters } = this.raft.lowDisks();
    return this.raft.diskLow || voters - low < quorumSize(voters);
  }

  #history(): History {
    return {
      endedRun: (namespace, runId, done) =>
        endedRun(this.ledger, { namespace, runId }, (found) => {
          if (found.ok) done(found.value ?? null);
          else this.fail(storageFailure(found.error));
        }),
      datedRuns: (range, done) =>
        datedRuns(this.ledger, range, (found) => {
          if (found.ok) done(found.value);
          else this.fail(storageFailure(found.error));
        }),
      pastRun: (asked, done) =>
        pastRun(this.ledger, asked, (found) => {
          if (found.ok) done(found.value);
          else this.fail(storageFailure(found.error));
        }),
    };
  }

  #committed(turn: CommittedTurn): void {
    const { index, at, record, applied, digest } = turn;
    const version = record?.version ?? 1;
    this.ledger.commit({ index, at, version, decisions: record?.decisions ?? [], applied });
    if (digest !== undefined) {
      this.#digest = { index, digest };
      this.#digests.applied(index, digest, record?.digest);
    }
    this.#options.committed(turn);
  }

  #openInboxes(): void {
    const { wire, trace } = this.#options;
    const toScheduler = { inbox: inboxes.scheduler, to: this.#schedulerRef, trace };
    const toGateway = { inbox: inboxes.gateway, to: this.#gatewayRef, trace };
    this.#inboxes.push(
      exposeInbox<SchedulerMessage>(wire, {
        ...toScheduler,
        read: (message, from) =>
          from.side === 'executor' ? readFromExecutor(message, from) : readFromPeer(message, from),
      }),
      exposeInbox<GatewayMessage>(wire, { ...toGateway, read: readFromScheduler }),
    );
  }
}

/** A read that found the mailbox full comes again after this long. */
const readAgainMs = 20;
