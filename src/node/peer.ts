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
import type { LogIndex, NodeId } from '../base/brand.ts';
import type { Clock, Disk, Network, Random } from '../base/ports.ts';
import { fail, ok, type Result } from '../base/result.ts';
import type { Trace } from '../base/trace.ts';
import type { Committed } from '../model/command.ts';
import { type CommandRequest, type GatewayToScheduler, inboxes } from '../model/protocol.ts';
import type { Refusal } from '../model/refusal.ts';
import { type ReadonlyState, State } from '../model/state.ts';
import { RaftDriver } from '../raft/driver.ts';
import type { RaftSettings } from '../raft/driver-settings.ts';
import { LogFeed } from '../scheduler/feed.ts';
import { Gateway, type GatewayMessage } from '../scheduler/gateway.ts';
import { Scheduler, type SchedulerMessage } from '../scheduler/scheduler.ts';
import type { CommittedTurn, History, SchedulerSettings } from '../scheduler/world.ts';
import type { Ledger, LedgerSettings } from '../storage/ledger.ts';
import { openLedger } from '../storage/ledger-open.ts';
import { describeLogFault, type LogFault } from '../storage/log-fault.ts';
import { type DurableLog, openLogStore } from '../storage/log-store.ts';
import { endedRun } from '../storage/queries.ts';
import { readFromExecutor, readFromPeer, readFromScheduler } from './messages.ts';
import { schedulerWire } from './scheduler-wire.ts';

/** Why a peer ends itself; `node` maps it to an exit code. */
export interface PeerFailure {
  readonly kind: 'storage' | 'invariant';
  readonly why: string;
}

export interface PeerSettings {
  readonly raft: RaftSettings;
  readonly scheduler: SchedulerSettings;
  readonly ledger: LedgerSettings;
  readonly gateway: { readonly patienceMs: number; readonly repeatMs: number };
}

export interface PeerOptions {
  readonly self: NodeId;
  readonly voters: readonly NodeId[];
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
  /** Called once; the peer has stopped. */
  readonly onFailure: (failure: PeerFailure) => void;
}

/** Opens log and ledger and loads the live rows; `start` lets the peer take part. */
export function openPeer(
  options: PeerOptions,
  done: (result: Result<Peer, PeerFailure>) => void,
): void {
  const { disk, clock, trace, create, settings } = options;
  openLogStore({ disk, clock, create }, (log) => {
    if (!log.ok) {
      const why = `${logCodes[log.error.kind]}: ${describeLogFault(log.error)}`;
      done(fail({ kind: 'storage', why }));
      return;
    }
    let peer: Peer | undefined;
    const onFailure = (error: Error): void =>
      peer?.fail({ kind: 'storage', why: storageFailed(error) });
    const ledgerOptions = { disk, clock, create, settings: settings.ledger, trace, onFailure };
    openLedger(ledgerOptions, (ledger) => {
      if (!ledger.ok) {
        log.value.close(() => done(fail({ kind: 'storage', why: storageFailed(ledger.error) })));
        return;
      }
      const state = new State();
      ledger.value.load(
        (fact) => state.apply(fact),
        (loaded) => {
          if (!loaded.ok) {
            done(fail({ kind: 'storage', why: storageFailed(loaded.error) }));
            return;
          }
          peer = new Peer(options, { log: log.value, ledger: ledger.value, state });
          done(ok(peer));
        },
      );
    });
  });
}

const logCodes = {
  corrupt: 'LOG_CORRUPT',
  'rolled-back': 'LOG_ROLLED_BACK',
  locked: 'DATA_LOCKED',
  io: 'STORAGE_FAILED',
} as const satisfies Record<LogFault['kind'], string>;

const storageFailed = ({ message }: Error): string => `STORAGE_FAILED: ${message}`;

interface Stores {
  readonly log: DurableLog;
  readonly ledger: Ledger;
  readonly state: State;
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
  #scheduler: Scheduler | undefined;
  #digest: { readonly index: LogIndex; readonly digest: string } | undefined;
  #ended = false;

  /** Use `openPeer`. */
  constructor(options: PeerOptions, stores: Stores) {
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
      onFailure: (error) => this.fail({ kind: 'invariant', why: `INVARIANT: ${describe(error)}` }),
    });
    this.#feed = new LogFeed(() => this.#schedulerRef.tell({ kind: 'log' }));
    this.raft = this.#makeRaft();
    this.#gatewayRef = this.#spawnGateway();
    this.#schedulerRef = this.#spawnScheduler(stores.state);
  }

  /** From here on it hears, votes and answers. */
  start(): void {
    this.#openInboxes();
    this.raft.start();
  }

  /** The scheduler actor, once its first turn has come. */
  get scheduler(): Scheduler | undefined {
    return this.#scheduler;
  }

  /** Sends a command to whoever leads; `done` is called exactly once. */
  submit(request: CommandRequest, done: (answer: Result<Committed, Refusal>) => void): void {
    if (this.#gatewayRef.tell({ kind: 'submit', request, done })) return;
    const detail = 'this node has too much to do';
    this.#options.clock.soon(() => done(fail({ code: 'OVERLOADED', detail })));
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
    this.#ended = true;
    this.raft.stop();
    for (const inbox of this.#inboxes) inbox.cancel();
    this.#system.stop(() => this.ledger.close(() => this.#log.close(done)));
  }

  /** Stops at once: after a storage error nothing is sent (I15). */
  fail(failure: PeerFailure): void {
    if (this.#ended) return;
    this.#ended = true;
    this.raft.stop();
    for (const inbox of this.#inboxes) inbox.cancel();
    this.#options.trace('error', 'peer.failed', { kind: failure.kind, why: failure.why });
    this.#options.onFailure(failure);
  }

  #makeRaft(): RaftDriver {
    const { self, voters, clock, random, network, wire, trace, settings } = this.#options;
    return new RaftDriver({
      self,
      voters,
      appliedIndex: this.ledger.appliedIndex,
      clock,
      random,
      network,
      aliveSubject: this.#options.aliveSubject,
      wire,
      store: this.#log,
      trace,
      settings: settings.raft,
      listener: {
        committed: (entries, next) => this.#feed.committed(entries, next),
        roleChanged: (change) => {
          this.#feed.roleChanged(change);
          this.#gatewayRef.tell({ kind: 'leader', leader: change.leader });
        },
        failed: (error) => this.fail({ kind: 'storage', why: storageFailed(error) }),
      },
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
    const appliedIndex = this.ledger.appliedIndex;
    return this.#system.spawn<SchedulerMessage>('scheduler', (context) => {
      this.#scheduler = new Scheduler(context, {
        self,
        state,
        appliedIndex,
        feed: this.#feed,
        log: this.raft,
        wire: schedulerWire(wire, self, this.#gatewayRef),
        history: this.#history(),
        settings: settings.scheduler,
        committed: (turn) => this.#committed(turn),
        pageApplied: (next) => (this.ledger.isBehind() ? this.ledger.whenRoom(next) : next()),
        lastAt: this.ledger.appliedAt,
      });
      return this.#scheduler;
    });
  }

  #history(): History {
    return {
      endedRun: (namespace, runId, done) =>
        endedRun(this.ledger, { namespace, runId }, (found) => {
          if (found.ok) done(found.value ?? null);
          else this.fail({ kind: 'storage', why: storageFailed(found.error) });
        }),
    };
  }

  #committed(turn: CommittedTurn): void {
    const { index, at, record, applied, digest } = turn;
    this.ledger.commit({ index, at, decisions: record?.decisions ?? [], applied });
    if (digest !== undefined) this.#digest = { index, digest };
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

const describe = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);
