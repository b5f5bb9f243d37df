/**
 * Drives a `Leader` without an actor: every call is followed by `drained`, as the actor does; time
 * and commits move only when the test says so.
 */
import { VirtualClock } from '../../../test/support/virtual-clock.ts';
import { nodeId, type Term, term, wallMs } from '../../base/brand.ts';
import type { TraceFields, TraceLevel } from '../../base/trace.ts';
import type { Held } from '../../model/protocol.ts';
import { decodeRecord } from '../../model/record.ts';
import type { Resources } from '../../model/resources.ts';
import { State } from '../../model/state.ts';
import type { Horizon } from '../horizon.ts';
import type { Heartbeat, Input } from '../input.ts';
import { Leader } from '../leader.ts';
import type { LookBack } from '../look-backs.ts';
import { defaultSchedulerSettings } from '../world.ts';
import { FakeLog } from './fake-log.ts';
import { RecordingWire } from './recording-wire.ts';
import { executorOf, start } from './rows.ts';

export interface TraceEvent {
  readonly level: TraceLevel;
  readonly name: string;
  readonly fields: TraceFields;
}

export type HeartbeatParts = Partial<Omit<Heartbeat, 'kind' | 'node' | 'incarnation'>> & {
  readonly life?: number;
  readonly capacity?: Resources;
  readonly held?: readonly Held[];
};

export class LeaderKit {
  readonly clock = new VirtualClock(start);
  readonly log = new FakeLog();
  readonly wire = new RecordingWire();
  readonly events: TraceEvent[] = [];
  readonly lookBacks: LookBack[] = [];
  readonly state: State;
  disksFull = false;
  recordVersionMax: 1 | 2 | 3 = 2;
  versionsPending = false;
  leader: Leader;
  #seq = 0;

  constructor(state = new State()) {
    this.state = state;
    this.leader = this.takeOver(term(1));
  }

  /** A new leadership over the state as it is; its empty entry is committed at once. */
  takeOver(next: Term): Leader {
    this.log.beginTerm(next);
    this.log.commit();
    this.leader = new Leader({
      state: this.state,
      log: this.log,
      wire: this.wire,
      clock: this.clock,
      trace: (level, name, fields = {}) => this.events.push({ level, name, fields }),
      settings: defaultSchedulerSettings,
      term: next,
      lastAt: wallMs(0),
      disksFull: () => this.disksFull,
      lookBack: (question) => this.lookBacks.push(question),
      memberVersions: {
        recordMax: () => this.recordVersionMax,
        isPending: () => this.versionsPending,
      },
      appliedIndex: () => this.log.committed,
      confirm: (confirmed) => confirmed(),
    });
    return this.leader;
  }

  /** One drain of the mailbox: one turn, unless the horizon is full. */
  drain(...inputs: readonly Input[]): void {
    for (const input of inputs) this.leader.take(input);
    this.leader.drained();
  }

  heartbeat(name: string, parts: HeartbeatParts = {}): void {
    this.#seq += 1;
    const { life = 1, ...more } = parts;
    this.leader.heartbeat({
      kind: 'heartbeat',
      node: nodeId(name),
      incarnation: executorOf(name, life).incarnation,
      seq: this.#seq,
      capacity: { slots: 4 },
      labels: {},
      address: `http://${name}`,
      held: [],
      ...more,
    });
    this.leader.drained();
  }

  /** Lets time pass and the leader look at its clocks. */
  pass(ms: number): void {
    this.clock.advance(ms);
    this.leader.wake();
    this.leader.drained();
  }

  /** Commits entries of the tail; what they release goes to the wire. */
  commit(count = Number.POSITIVE_INFINITY): readonly ReturnType<Horizon['commit']>[] {
    const committed = this.log.commit(count);
    const turns = committed.map(({ index, term: of }) => this.leader.committed(index, of));
    for (const turn of turns) if (turn !== undefined) this.leader.release(turn);
    this.leader.drained();
    return turns;
  }

  /** Commits until nothing is under way. */
  settle(): void {
    while (this.log.pending > 0) this.commit();
  }

  /** The state that the committed log alone gives. */
  committedState(): State {
    const state = new State();
    for (const { payload } of this.log.entries.slice(0, this.log.committed)) {
      if (payload.length === 0) continue;
      for (const { facts } of decodeRecord(payload).decisions) {
        for (const fact of facts) state.apply(fact);
      }
    }
    return state;
  }
}
