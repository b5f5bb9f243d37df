/**
 * The Raft driver: feeds the core and carries out what it says. It is the one place where the core
 * meets the clock, the disk and the network.
 *
 * Owns: the core, the cache of payloads, the batch for the disk, the queue of committed entries.
 * Does not own: what entries mean, and the store and wire that it is given.
 *
 * M1  Inputs reach the core one at a time; a listener may propose from within a callback.
 * M2  After a storage error nothing is sent or delivered any more (I15), and the listener knows.
 * M3  Who is heard, and for what, says driver-peers.ts; everything else is dropped and counted.
 * M4  A late timer never decides before what was already waiting has been heard (driver-ticker.ts).
 */

import type { Sender } from '../actors/wire.ts';
import { assert, unreachable } from '../base/assert.ts';
import { type LogIndex, logIndex, type NodeId, type Term } from '../base/brand.ts';
import type { Cancellable, DiskError } from '../base/ports.ts';
import { fail, ok, type Result } from '../base/result.ts';
import type { TooNew } from '../base/too-new.ts';
import { DriverAppends } from './driver-appends.ts';
import { LogCache } from './driver-cache.ts';
import { type ChangeDone, DriverChanges } from './driver-changes.ts';
import { type CommittedDone, type CommittedRange, readCommitted } from './driver-committed.ts';
import { compactTo } from './driver-compaction.ts';
import { Delivery } from './driver-delivery.ts';
import { DriverDisk } from './driver-disk.ts';
import { Failover } from './driver-failover.ts';
import { DriverHealth } from './driver-health.ts';
import { DriverMembers } from './driver-members.ts';
import {
  fromWire,
  protocolVersion,
  raftInbox,
  tooNewIn,
  type Vitals,
  vitalsOf,
  withVitals,
} from './driver-messages.ts';
import { DriverNotices } from './driver-notices.ts';
import type { RaftDriverOptions, RaftStatus } from './driver-options.ts';
import { DriverPeers } from './driver-peers.ts';
import { DriverReads, type ReadDone } from './driver-reads.ts';
import { coreSettings } from './driver-settings.ts';
import { DriverSnapshots } from './driver-snapshots.ts';
import { publicRole, raftStatus } from './driver-status.ts';
import { SyncTimes } from './driver-sync-times.ts';
import { Ticker } from './driver-ticker.ts';
import { DriverTransfer, type TransferDone } from './driver-transfer.ts';
import type { MemberChange } from './members.ts';
import { Raft } from './raft.ts';
import type { Input, Output, ProposalRefusal, RoleChange, Send } from './types.ts';

/** Ticks between two looks at how much of the log may go. */
const compactionTicks = 10;

export class RaftDriver {
  readonly #options: RaftDriverOptions;
  readonly #core: Raft;
  readonly #cache: LogCache;
  readonly #disk: DriverDisk;
  readonly #delivery: Delivery;
  readonly #failover: Failover;
  readonly #reads: DriverReads;
  readonly #health: DriverHealth;
  readonly #ticker: Ticker;
  readonly #transfer: DriverTransfer;
  readonly #peers: DriverPeers;
  /** What is known of the other members. */
  readonly members: DriverMembers;
  readonly #appends: DriverAppends;
  readonly #notices: DriverNotices;
  readonly #snapshots: DriverSnapshots;
  readonly #changes: DriverChanges;
  readonly #syncTimes = new SyncTimes();
  #subscriptions: Cancellable[] = [];
  #running = false;
  #flushing = false;
  #messagesDropped = 0;
  #membersCommitted = true;
  #ticksToCompaction = compactionTicks;
  /** This node's disk is nearly full; whoever leads is told. */
  diskLow = false;

  constructor(options: RaftDriverOptions) {
    this.#options = options;
    const { self, incarnation, appliedIndex, clock, random, store, settings } = options;
    const core = { self, incarnation, appliedIndex, random, ...store.found };
    this.#core = new Raft({ ...core, settings: coreSettings(settings) });
    this.#membersCommitted = this.#core.view.members.index <= appliedIndex;
    this.#cache = new LogCache(store.found.lastIndex, settings.cacheBytesMax);
    const failed = (error: DiskError): void => this.#fail(error);
    this.#health = new DriverHealth({
      clock,
      trace: options.trace,
      touch: () => this.#disk.touch(),
      isElsewhere: (index) => this.members.followers().some(({ match }) => match >= index),
      transfer: (done) => this.transfer(undefined, done),
    });
    this.#disk = new DriverDisk({
      store,
      clock,
      failed,
      times: this.#syncTimes,
      watch: this.#health,
      synced: (answer) => this.#step(answer),
    });
    this.#delivery = new Delivery({
      appliedIndex,
      store,
      clock,
      failed,
      cache: this.#cache,
      pageBytes: settings.commitPageBytes,
      isUrgent: () => this.#core.view.role !== 'follower',
      committed: (entries, next) => options.listener.committed(entries, next),
    });
    this.#failover = new Failover({
      clock,
      network: options.network,
      aliveSubject: options.aliveSubject,
      heartbeatMs: settings.heartbeatMs,
      probeTimeoutMs: settings.probeTimeoutMs,
      hint: (leader) => this.leaderMayBeDead(leader),
    });
    this.#reads = new DriverReads({
      clock,
      random,
      timeoutMs: settings.readTimeoutMs,
      maxPending: settings.maxPendingReads,
      ask: (id) => this.#step({ kind: 'read', id }),
      leaderKnown: () => this.#core.view.leader !== undefined,
    });
    this.#transfer = new DriverTransfer(clock, 2 * settings.electionTimeoutMsMax);
    this.#ticker = new Ticker(clock, settings.tickMs, (lateMs) => this.#tick(lateMs));
    this.#peers = new DriverPeers(clock);
    this.#changes = new DriverChanges(clock);
    this.#snapshots = new DriverSnapshots(options.sendSnapshot, (to, index) =>
      this.#step({ kind: 'snapshot-ended', to, index }),
    );
    const known = { self, core: this.#core, peers: this.#peers, snapshots: this.#snapshots };
    const aliveMs = settings.electionTimeoutMsMax;
    this.members = new DriverMembers({ ...known, clock, aliveMs });
    this.#notices = new DriverNotices({ clock, send: (notice) => this.#send(notice) });
    this.#appends = new DriverAppends({
      store,
      failed,
      cache: this.#cache,
      wire: options.wire,
      maxAppendBytes: settings.maxAppendBytes,
      maxEntryBytes: settings.maxEntryBytes,
      isCurrent: ({ term }) => this.#leads(term),
    });
  }

  start(): void {
    assert(!this.#running && this.#subscriptions.length === 0, 'a driver is started once');
    const { network, wire, aliveSubject, self } = this.#options;
    this.#running = true;
    this.#subscriptions = [
      wire.listen(raftInbox, (message, from) => this.#receive(message, from)),
      network.subscribe('control', aliveSubject(self), (_, reply) => reply(new Uint8Array(0))),
    ];
    this.#ticker.start();
  }

  /** Nothing is called or sent after this but the answers `no-leader` to reads that waited. */
  stop(): void {
    if (!this.#running) return;
    this.#running = false;
    for (const subscription of this.#subscriptions) subscription.cancel();
    this.#ticker.stop();
    this.#notices.forget();
    this.#disk.stop();
    this.#delivery.stop();
    this.#failover.stop();
    this.#transfer.stop();
    this.#changes.lost();
    this.#reads.stop();
  }

  /** The index that the next successful `propose` will get. */
  nextIndex(): LogIndex {
    return logIndex(this.#core.view.log.lastIndex + 1);
  }

  /** Appends at once if this node leads in `term` and has room. Nobody else keeps `payload`. */
  propose(term: Term, payload: Uint8Array): Result<LogIndex, ProposalRefusal> {
    if (!this.#leads(term)) return fail('not-leader');
    let result: Result<LogIndex, ProposalRefusal> = fail('not-leader');
    for (const output of this.#core.step({ kind: 'propose', payload })) {
      if (output.kind === 'accepted') result = ok(output.index);
      else if (output.kind === 'refused') result = fail(output.reason);
      else this.#perform(output);
    }
    if (result.ok) this.#flushSoon();
    return result;
  }

  /**
   * Changes the configuration, if this node leads; `done` when the change is committed. It takes an
   * index: nobody may count on `nextIndex` across this call.
   */
  changeMembers(change: MemberChange, done: ChangeDone): void {
    const refusal = this.#running ? this.members.whyNoChange(change) : 'not-leader';
    if (refusal !== undefined) {
      this.#changes.refused(refusal, done);
      return;
    }
    for (const output of this.#core.step({ kind: 'change-members', change })) {
      if (output.kind === 'accepted') this.#changes.accepted(this.#core.view.members, done);
      else if (output.kind === 'change-refused') this.#changes.refused(output.reason, done);
      else this.#perform(output);
    }
    this.#disk.start();
  }

  /** Voters whose disks are nearly full, and how many voters there are. */
  lowDisks(): { readonly low: number; readonly voters: number } {
    return this.members.lowDisks(this.diskLow);
  }

  /** A read that waits until the index is delivered and applied is linearizable. */
  readIndex(done: ReadDone): void {
    this.#reads.read(done);
  }

  /** Hands leadership to `to`, or to the follower with the longest log. */
  transfer(to: NodeId | undefined, done: TransferDone): void {
    if (this.#transfer.begin(done)) this.#step({ kind: 'transfer', to });
  }

  /** Somebody saw a sign that `leader` has ended, such as a closed connection. Only a hint. */
  leaderMayBeDead(leader: NodeId): void {
    this.#options.trace('debug', 'raft.leader-may-be-dead', { leader });
    this.#step({ kind: 'leader-may-be-dead', leader });
  }

  /** Committed entries for people; see driver-committed.ts. */
  readCommitted(range: CommittedRange, done: CommittedDone): void {
    const { clock, store } = this.#options;
    readCommitted({ clock, store, cache: this.#cache, view: this.#core.view }, range, done);
  }

  status(): RaftStatus {
    return raftStatus(this.#core.view, {
      deliveredIndex: this.#delivery.delivered,
      membersCommitted: this.#membersCommitted,
      sync: this.#syncTimes.summary(),
      syncs: this.#syncTimes.count,
      messagesDropped: this.#messagesDropped,
    });
  }

  #step(input: Input): void {
    if (!this.#running) return;
    for (const output of this.#core.step(input)) {
      // A callback of an earlier output may have stopped us (M2).
      if (this.#running) this.#perform(output);
    }
    if (this.#running) this.#disk.start();
  }

  #perform(output: Output): void {
    switch (output.kind) {
      case 'persist':
        if (output.truncateFrom !== undefined) this.#cache.truncateFrom(output.truncateFrom);
        this.#cache.append(output.append);
        this.#cache.evict(this.#core.view.durable);
        this.#disk.gather(output);
        break;
      case 'send':
        if (output.mayWait) this.#notices.hold(output);
        else this.#send(output);
        break;
      case 'send-append':
        this.#notices.appended(output);
        this.#appends.send(output);
        break;
      case 'send-snapshot':
        this.#snapshots.begin(output.to, this.#core.view.term, this.#options.ledgerIndex());
        break;
      case 'members':
        this.#membersCommitted = output.committed;
        if (output.committed) this.#changes.committed(output.index);
        break;
      case 'member-forgot':
        this.#options.listener.memberForgot(output.node);
        break;
      case 'committed':
        this.#delivery.advance(output.index);
        break;
      case 'role':
        this.#roleChanged(output);
        break;
      case 'read-ready':
        this.#reads.ready(output.id, output.index);
        break;
      case 'read-failed':
        this.#reads.failed(output.id);
        break;
      case 'transfer-started':
        this.#transfer.started(output.to);
        break;
      case 'transfer-failed':
        this.#transfer.failed(output.reason);
        break;
      case 'accepted':
      case 'refused':
      case 'change-refused':
        break;
      default:
        unreachable(output);
    }
  }

  #leads(term: Term): boolean {
    const { role, term: ours } = this.#core.view;
    return this.#running && role === 'leader' && ours === term;
  }

  #send({ to, message }: Pick<Send, 'to' | 'message'>): void {
    const vitals: Vitals = { speaks: protocolVersion, diskLow: this.diskLow };
    this.#options.wire.send(to, raftInbox, 'control', withVitals(message, vitals));
  }

  #receive(value: unknown, from: Sender): void {
    if (!this.#running) return;
    const message = fromWire(value);
    const admission = message && this.#peers.admit(this.#core.view, from, message);
    if (message === undefined || admission !== 'heard') {
      this.#messagesDropped += 1;
      this.#options.trace('debug', 'raft.message-dropped', { from: from.node, side: from.side });
      if (admission === 'removed') this.#options.listener.removedSpoke(from);
      return;
    }
    this.#peers.heard(from, vitalsOf(value));
    const tooNew = tooNewIn(message);
    if (tooNew !== undefined) {
      this.#fail(tooNew);
      return;
    }
    this.#step({ kind: 'message', from: from.node, message });
    if (this.#core.view.leader === from.node) this.#failover.heard(from.node);
    if (message.kind === 'pre-vote') this.#failover.doubted();
  }

  #roleChanged(change: RoleChange): void {
    const { term, leader } = change;
    const role = publicRole(change.role);
    this.#options.trace('info', 'raft.role', { role: change.role, term, leader: leader ?? null });
    if (role === 'leader') this.#failover.leading();
    this.#health.roleChanged(role === 'leader');
    this.#snapshots.forget();
    this.#notices.forget();
    this.#changes.lost();
    this.#transfer.leaderChanged(leader);
    this.#reads.leaderChanged();
    this.#options.listener.roleChanged({ role, term, leader });
  }

  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    this.#options.clock.soon(() => {
      this.#flushing = false;
      this.#step({ kind: 'flush' });
    });
  }

  #tick(lateMs: number): void {
    this.#options.listener.ticked?.(lateMs);
    this.#step({ kind: 'tick' });
    this.#compact();
    this.#failover.tick();
    this.#reads.tick();
    this.#transfer.tick();
    this.#health.tick(lateMs);
  }

  /** Gives up the part of the log that the ledger holds and nobody will ask for. */
  #compact(): void {
    this.#ticksToCompaction -= 1;
    if (this.#ticksToCompaction > 0) return;
    this.#ticksToCompaction = compactionTicks;
    const { log, commit, durable } = this.#core.view;
    const { settings, ledgerIndex } = this.#options;
    const applied = logIndex(Math.min(ledgerIndex(), commit, durable));
    const neededFrom = this.members.neededFrom();
    const to = compactTo({ applied, base: log.base.index, neededFrom }, settings);
    if (to !== undefined) this.#step({ kind: 'compact', to });
  }

  /** M2. */
  #fail(error: DiskError | TooNew): void {
    if (!this.#running) return;
    this.#options.trace('warn', 'raft.storage-failed', { message: error.message });
    this.stop();
    this.#options.listener.failed(error);
  }
}
