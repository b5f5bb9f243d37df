/**
 * A stage for snapshots: nodes with real ledgers on simulated disks, the real sender and receiver,
 * and a wire that is worse than the real one: it loses, doubles and reorders what it carries.
 * Everything is one clock's, a step at a time, so that a crash can stand between any two events.
 */
import type { Destination, Sender, Wire } from '../../actors/wire.ts';
import { incarnation, type LogIndex, type NodeId, nodeId, term } from '../../base/brand.ts';
import { decode, encode } from '../../base/codec.ts';
import type { Clock, DiskError } from '../../base/ports.ts';
import { SeededRandom } from '../../base/random.ts';
import { ok, type Result } from '../../base/result.ts';
import { silentTrace } from '../../base/trace.ts';
import { State } from '../../model/state.ts';
import type { LogBase } from '../../raft/log-store.ts';
import { noMembers } from '../../raft/members.ts';
import { type Ledger, ledgerDefaults } from '../../storage/ledger.ts';
import { openLedger } from '../../storage/ledger-open.ts';
import {
  type LedgerPlace,
  readLedgerPlace,
  removeOtherLedgers,
} from '../../storage/ledger-place.ts';
import type { LedgerCommit } from '../../storage/ledger-window.ts';
import { MemoryDisk } from '../../storage/memory.ts';
import { SnapshotReceiver, type SnapshotReceiverOptions } from '../snapshot-receiver.ts';
import { SnapshotSender } from '../snapshot-sender.ts';

export interface StageClock extends Clock {
  step(): boolean;
  clear(): void;
}

/** One message on the wire; `wire.delays` decides what becomes of it. */
export interface Parcel {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly message: unknown;
}

const syncMs = 2;
const smallPageBytes = 600;

export class SnapshotStage {
  readonly clock: StageClock;
  readonly random: SeededRandom;
  readonly sent: Parcel[] = [];
  /** Milliseconds until each copy arrives: none is a loss. */
  delays: (parcel: Parcel) => readonly number[] = () => [1];
  /** Changes what arrives. */
  damage: (parcel: Parcel) => void = () => {};
  readonly #ears = new Map<string, (message: unknown, from: Sender) => void>();

  constructor(clock: StageClock, seed = 1) {
    this.clock = clock;
    this.random = new SeededRandom(seed);
  }

  node(name: string): StageNode {
    return new StageNode(this, nodeId(name));
  }

  /** Steps until `condition` holds; false when nothing more happens or the time is over. */
  until(condition: () => boolean, withinMs = 120_000): boolean {
    const endMs = this.clock.monotonicMs() + withinMs;
    while (!condition()) {
      if (this.clock.monotonicMs() > endMs || !this.clock.step()) return false;
    }
    return true;
  }

  pass(ms: number): void {
    let over = false;
    this.clock.after(ms, () => {
      over = true;
    });
    while (!over) this.clock.step();
  }

  settled<T>(start: (done: (value: T) => void) => void): T {
    const answers: T[] = [];
    start((value) => answers.push(value));
    if (!this.until(() => answers.length > 0)) throw new Error('never called back');
    return answers[0] as T;
  }

  wire(node: NodeId): Wire {
    const self = { node, side: 'peer', incarnation: incarnation(`${node}-1`) } as const;
    return {
      self,
      send: (to, inbox, _lane, message) => this.#send(self, to, inbox, message),
      listen: (inbox, receive) => {
        const ear = `${node}/${inbox}`;
        this.#ears.set(ear, receive);
        return { cancel: () => this.#ears.delete(ear) };
      },
    };
  }

  /** Nobody listens there until somebody does again. */
  forget(node: NodeId): void {
    for (const ear of this.#ears.keys()) if (ear.startsWith(`${node}/`)) this.#ears.delete(ear);
  }

  #send(from: Sender, to: Destination, inbox: string, message: unknown): void {
    const bytes = encode(message);
    for (const target of to === 'all' ? [] : [to].flat()) {
      const parcel: Parcel = { from: from.node, to: target, message: decode(bytes) };
      this.sent.push(parcel);
      for (const delayMs of this.delays(parcel)) {
        const copy: Parcel = { ...parcel, message: decode(bytes) };
        this.damage(copy);
        const deliver = (): void => this.#ears.get(`${target}/${inbox}`)?.(copy.message, from);
        this.clock.after(delayMs, deliver);
      }
    }
  }
}

/** What the receiver of a node told its owner. */
export interface Told {
  readonly places: LedgerPlace[];
  readonly failures: DiskError[];
}

export class StageNode {
  readonly name: NodeId;
  readonly disk: MemoryDisk;
  readonly wire: Wire;
  readonly #stage: SnapshotStage;
  #life = 0;

  constructor(stage: SnapshotStage, name: NodeId) {
    this.#stage = stage;
    this.name = name;
    this.wire = stage.wire(name);
    this.disk = new MemoryDisk({
      clock: stage.clock,
      random: new SeededRandom(stage.random.uint32()),
      syncLatencyMs: () => syncMs,
    });
  }

  /** The process ends with its timers; the disk keeps what a disk keeps. */
  crash(loseUnsynced: boolean): void {
    this.#life++;
    this.#stage.forget(this.name);
    this.disk.crash({ loseUnsynced });
  }

  /** Opens the ledger that is in its place, as a peer does. */
  open(onFailure: (error: DiskError) => void = () => {}): {
    readonly ledger: Ledger;
    readonly place: LedgerPlace;
  } {
    const { disk } = this;
    const { clock } = this.#stage;
    const place = unwrapped(
      this.#stage.settled<Result<LedgerPlace, DiskError>>((done) => readLedgerPlace(disk, done)),
    );
    const ledger = this.#stage.settled<Result<Ledger, DiskError>>((done) =>
      openLedger(
        {
          ...{ disk, clock, store: place.store, create: place.number === 0 },
          settings: { ...ledgerDefaults, windowMs: 0 },
          trace: silentTrace,
          onFailure,
        },
        done,
      ),
    );
    this.#stage.settled<DiskError | undefined>((done) => removeOtherLedgers(disk, place, done));
    return { ledger: unwrapped(ledger), place };
  }

  /** A new ledger with that story, flushed. */
  tell(commits: readonly LedgerCommit[]): Ledger {
    const { ledger } = this.open();
    for (const commit of commits) {
      ledger.commit(commit);
      this.#stage.settled((done) => ledger.flush(done));
    }
    return ledger;
  }

  close(ledger: Ledger): void {
    this.#stage.settled<true>((done) => ledger.close(() => done(true)));
  }

  /** The state that the ledger's live rows make. */
  stateOf(ledger: Ledger): State {
    const state = new State();
    const loaded = this.#stage.settled<Result<unknown, DiskError>>((done) =>
      ledger.load((fact) => state.apply(fact), done),
    );
    unwrapped(loaded);
    return state;
  }

  sender(ledger: Ledger, given?: PositionAt): SnapshotSender {
    const { clock } = this.#stage;
    const known: PositionAt = (index, done) => clock.soon(() => done(ok(baseAt(index))));
    const positionAt = given ?? known;
    const trace = silentTrace;
    const { wire } = this;
    return new SnapshotSender({
      wire,
      clock,
      trace,
      ledger,
      positionAt,
      pageBytes: smallPageBytes,
    });
  }

  receiver(given: Partial<SnapshotReceiverOptions> = {}): Told & { receiver: SnapshotReceiver } {
    const told: Told = { places: [], failures: [] };
    const receiver = new SnapshotReceiver({
      ...{ wire: this.wire, clock: this.#clock(), disk: this.disk, trace: silentTrace },
      ledgerNumber: 0,
      accepts: () => true,
      installed: (place) => told.places.push(place),
      failed: (error) => told.failures.push(error),
      ...given,
    });
    return { receiver, ...told };
  }

  /** Runs nothing any more when the process that got it has ended. */
  #clock(): Clock {
    const { clock } = this.#stage;
    const life = this.#life;
    const whileAlive = (run: () => void) => (): void => {
      if (life === this.#life) run();
    };
    return {
      monotonicMs: () => clock.monotonicMs(),
      wallMs: () => clock.wallMs(),
      after: (delayMs, run) => clock.after(delayMs, whileAlive(run)),
      soon: (run) => clock.soon(whileAlive(run)),
    };
  }

  /** Every row of a store at rest but what the store says of itself. */
  rows(store: string): string {
    const rows = this.disk.backup().stores.get(store)?.rows();
    const all = rows?.scan({ from: '', to: '~', limit: 1e6 }) ?? [];
    const own = /^(mark\/|meta$)/;
    return all
      .filter(({ key }) => !own.test(key))
      .map(({ key, value }) => `${key}=${Buffer.from(value).toString('base64')}`)
      .join('\n');
  }
}

type PositionAt = ConstructorParameters<typeof SnapshotSender>[0]['positionAt'];

export const members = {
  ...noMembers,
  voters: [{ node: nodeId('n1'), incarnation: incarnation('n1-1') }],
};

export const baseAt = (index: LogIndex): LogBase => ({
  ...{ index, term: term(1), chain: index * 7, members },
});

function unwrapped<T>(result: Result<T, DiskError>): T {
  if (!result.ok) throw result.error;
  return result.value;
}
