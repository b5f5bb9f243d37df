/**
 * The Raft driver: feeds the core and carries out what it says. It is the one place where the core
 * meets the clock, the disk and the network.
 *
 * Owns: the core, the cache of payloads, the batch for the disk, the queue of committed entries.
 * Does not own: what entries mean, and the store and wire that it is given.
 *
 * M1  Inputs reach the core one at a time; a listener may propose from within a callback.
 * M2  After a storage error nothing is sent or delivered any more (I15), and the listener knows.
 * M3  Only voters' peers are heard; everything else is dropped and counted.
 * M4  A late timer never decides before what was already waiting has been heard: after a pause one
 *     tick passes, however long the pause was.
 */

import type { Sender, Wire } from '../actors/wire.ts';
import { assert, unreachable } from '../base/assert.ts';
import { type LogIndex, logIndex, type NodeId, type Term } from '../base/brand.ts';
import type { Cancellable, Clock, DiskError, Network, Random } from '../base/ports.ts';
import { fail, ok, type Result } from '../base/result.ts';
import type { Trace } from '../base/trace.ts';
import { LogCache } from './driver-cache.ts';
import { Delivery } from './driver-delivery.ts';
import { DriverDisk } from './driver-disk.ts';
import { Failover } from './driver-failover.ts';
import { fromWire, wireAppend } from './driver-messages.ts';
import { DriverReads, type ReadDone } from './driver-reads.ts';
import { coreSettings, type RaftSettings } from './driver-settings.ts';
import { SyncTimes } from './driver-sync-times.ts';
import { DriverTransfer, type TransferDone } from './driver-transfer.ts';
import type { Entry, LogStore } from './log-store.ts';
import { Raft } from './raft.ts';
import type { Input, Output, ProposalRefusal, RoleChange, SendAppend } from './types.ts';

const inbox = 'raft';

export interface RaftListener {
  /**
   * In order, each index exactly once, from `appliedIndex` + 1 on; at most `commitPageBytes` a
   * call. The next page comes when `next` is called, in this call or later.
   */
  committed(entries: readonly Entry[], next: () => void): void;
  /** A new leader may serve when the no-op of its term, an empty payload, comes by `committed`. */
  roleChanged(change: {
    readonly role: 'leader' | 'follower' | 'candidate';
    readonly term: Term;
    readonly leader: NodeId | undefined;
  }): void;
  /** A storage error: the driver has stopped and sends nothing more (I15). */
  failed(error: DiskError): void;
}

export interface RaftDriverOptions {
  readonly self: NodeId;
  readonly voters: readonly NodeId[];
  /** What the ledger holds already; delivery goes on behind it. */
  readonly appliedIndex: LogIndex;
  readonly clock: Clock;
  readonly random: Random;
  /** For probes, and for being probed; messages go by the wire. */
  readonly network: Network;
  readonly aliveSubject: (node: NodeId) => string;
  readonly wire: Wire;
  readonly store: LogStore;
  readonly listener: RaftListener;
  readonly trace: Trace;
  readonly settings: RaftSettings;
}

export interface RaftStatus {
  readonly role: 'leader' | 'follower' | 'candidate';
  readonly term: Term;
  readonly vote: NodeId | undefined;
  readonly leader: NodeId | undefined;
  readonly commitIndex: LogIndex;
  /** Handed to the listener. */
  readonly deliveredIndex: LogIndex;
  readonly lastIndex: LogIndex;
  /** On this node's disk. */
  readonly durableIndex: LogIndex;
  readonly electionsStarted: number;
  readonly electionsWon: number;
  /** Over the last 1024 syncs. */
  readonly syncMsP99: number;
  readonly syncMsMax: number;
  /** From senders that are not voters, or not messages that we know. */
  readonly messagesDropped: number;
}

export class RaftDriver {
  readonly #options: RaftDriverOptions;
  readonly #core: Raft;
  readonly #cache: LogCache;
  readonly #disk: DriverDisk;
  readonly #delivery: Delivery;
  readonly #failover: Failover;
  readonly #reads: DriverReads;
  readonly #transfer: DriverTransfer;
  readonly #syncTimes = new SyncTimes();
  #subscriptions: Cancellable[] = [];
  #tickTimer: Cancellable | undefined = undefined;
  #running = false;
  #flushing = false;
  #messagesDropped = 0;

  constructor(options: RaftDriverOptions) {
    this.#options = options;
    const { self, voters, appliedIndex, clock, random, store, settings } = options;
    const { hardState, lastIndex, terms } = store.found;
    const core = { self, voters, appliedIndex, random, hardState, lastIndex, terms };
    this.#core = new Raft({ ...core, settings: coreSettings(settings) });
    this.#cache = new LogCache(lastIndex, settings.cacheBytesMax);
    const failed = (error: DiskError): void => this.#fail(error);
    this.#disk = new DriverDisk({
      store,
      clock,
      failed,
      times: this.#syncTimes,
      synced: (answer) => this.#step(answer),
    });
    this.#delivery = new Delivery({
      appliedIndex,
      store,
      clock,
      failed,
      cache: this.#cache,
      pageBytes: settings.commitPageBytes,
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
  }

  start(): void {
    assert(!this.#running && this.#subscriptions.length === 0, 'a driver is started once');
    const { network, wire, aliveSubject, self } = this.#options;
    this.#running = true;
    const nothing = new Uint8Array(0);
    this.#subscriptions = [
      wire.listen(inbox, (message, from) => this.#receive(message, from)),
      network.subscribe('control', aliveSubject(self), (_payload, reply) => reply(nothing)),
    ];
    this.#armTick();
  }

  /** Nothing is called or sent after this but the answers `no-leader` to reads that waited. */
  stop(): void {
    if (!this.#running) return;
    this.#running = false;
    for (const subscription of this.#subscriptions) subscription.cancel();
    this.#tickTimer?.cancel();
    this.#disk.stop();
    this.#delivery.stop();
    this.#failover.stop();
    this.#transfer.stop();
    this.#reads.stop();
  }

  /** The index that the next successful `propose` will get. */
  nextIndex(): LogIndex {
    return logIndex(this.#core.view.log.lastIndex + 1);
  }

  /** Appends at once if this node leads in `term` and has room. Nobody else keeps `payload`. */
  propose(term: Term, payload: Uint8Array): Result<LogIndex, ProposalRefusal> {
    const { role, term: ours } = this.#core.view;
    if (!this.#running || role !== 'leader' || ours !== term) return fail('not-leader');
    let result: Result<LogIndex, ProposalRefusal> = fail('not-leader');
    for (const output of this.#core.step({ kind: 'propose', payload })) {
      if (output.kind === 'accepted') result = ok(output.index);
      else if (output.kind === 'refused') result = fail(output.reason);
      else this.#perform(output);
    }
    if (result.ok) this.#flushSoon();
    return result;
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

  /** Committed entries for people, from the cache or the store; empty when there are none yet. */
  readCommitted(
    range: { readonly from: LogIndex; readonly maxBytes: number },
    done: (result: Result<readonly Entry[], DiskError>) => void,
  ): void {
    const { commit, durable } = this.#core.view;
    const { from, maxBytes } = range;
    const wanted = { from, to: logIndex(Math.min(commit, durable)), maxBytes };
    const found = from > wanted.to ? [] : this.#cache.range(wanted);
    if (found === undefined) this.#options.store.read(wanted, done);
    else this.#options.clock.soon(() => done(ok(found)));
  }

  status(): RaftStatus {
    const { view } = this.#core;
    const { p99Ms, maxMs } = this.#syncTimes.summary();
    return {
      role: publicRole(view.role),
      term: view.term,
      vote: view.vote,
      leader: view.leader,
      commitIndex: view.commit,
      deliveredIndex: this.#delivery.delivered,
      lastIndex: view.log.lastIndex,
      durableIndex: view.durable,
      electionsStarted: view.electionsStarted,
      electionsWon: view.electionsWon,
      syncMsP99: p99Ms,
      syncMsMax: maxMs,
      messagesDropped: this.#messagesDropped,
    };
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
        this.#options.wire.send(output.to, inbox, 'control', output.message);
        break;
      case 'send-append':
        this.#sendAppend(output);
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
        break;
      default:
        unreachable(output);
    }
  }

  /** Entries come from the cache, and from the store for a follower that is far behind. */
  #sendAppend(send: SendAppend): void {
    const { maxAppendBytes, maxEntryBytes } = this.#options.settings;
    const maxBytes = send.cut ? maxAppendBytes : maxAppendBytes + maxEntryBytes;
    const range = { from: logIndex(send.prevIndex + 1), to: send.lastIndex, maxBytes };
    const cached = range.from > range.to ? [] : this.#cache.range(range);
    if (cached !== undefined) {
      this.#transmit(send, cached);
      return;
    }
    this.#options.store.read(range, (result) => {
      // Another term may have replaced the entries while they were read.
      const { role, term } = this.#core.view;
      if (!this.#running) return;
      if (!result.ok) this.#fail(result.error);
      else if (role === 'leader' && term === send.term) this.#transmit(send, result.value);
    });
  }

  #transmit(send: SendAppend, entries: readonly Entry[]): void {
    const lane = entries.length === 0 ? 'control' : 'bulk';
    this.#options.wire.send(send.to, inbox, lane, wireAppend(send, entries));
  }

  #receive(value: unknown, from: Sender): void {
    if (!this.#running) return;
    const known = from.side === 'peer' && this.#options.voters.includes(from.node);
    const message = known ? fromWire(value) : undefined;
    if (message === undefined) {
      this.#messagesDropped += 1;
      this.#options.trace('debug', 'raft.message-dropped', { from: from.node, side: from.side });
      return;
    }
    this.#step({ kind: 'message', from: from.node, message });
    if (this.#core.view.leader === from.node) this.#failover.heard(from.node);
  }

  #roleChanged(change: RoleChange): void {
    const { term, leader } = change;
    const role = publicRole(change.role);
    this.#options.trace('info', 'raft.role', { role: change.role, term, leader: leader ?? null });
    if (role === 'leader') this.#failover.leading();
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

  /** M4: the next timer is armed after this one ran, so ticks never queue up. */
  #armTick(): void {
    const { clock, settings } = this.#options;
    const due = clock.monotonicMs() + settings.tickMs;
    this.#tickTimer = clock.after(settings.tickMs, () => {
      if (clock.monotonicMs() - due < settings.tickMs) this.#tick();
      else clock.soon(() => this.#tick());
    });
  }

  #tick(): void {
    if (!this.#running) return;
    this.#armTick();
    this.#step({ kind: 'tick' });
    this.#failover.tick();
    this.#reads.tick();
    this.#transfer.tick();
  }

  /** M2. */
  #fail(error: DiskError): void {
    if (!this.#running) return;
    this.#options.trace('warn', 'raft.storage-failed', { message: error.message });
    this.stop();
    this.#options.listener.failed(error);
  }
}

const publicRole = (role: RoleChange['role']): 'leader' | 'follower' | 'candidate' =>
  role === 'pre-candidate' ? 'candidate' : role;
