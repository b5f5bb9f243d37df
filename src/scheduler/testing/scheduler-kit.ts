/**
 * Drives the `Scheduler` actor on a virtual clock, with a fake log that commits after a round trip
 * and executors that only pretend to run. The ledger is what the kit has seen committed.
 */
import { VirtualClock } from '../../../test/support/virtual-clock.ts';
import { ActorSystem } from '../../actors/system.ts';
import type { Ref } from '../../actors/types.ts';
import { present } from '../../base/assert.ts';
import { logIndex, nodeId, type Term, wallMs } from '../../base/brand.ts';
import { SeededRandom } from '../../base/random.ts';
import type { Command } from '../../model/command.ts';
import type { EndedRun } from '../../model/ended-run.ts';
import { runKey } from '../../model/keys.ts';
import { isPastRun } from '../../model/past-run.ts';
import type { CommandRequest } from '../../model/protocol.ts';
import { State } from '../../model/state.ts';
import { LogFeed } from '../feed.ts';
import { Scheduler, type SchedulerMessage } from '../scheduler.ts';
import { type CommittedTurn, defaultSchedulerSettings } from '../world.ts';
import { FakeLog } from './fake-log.ts';
import type { TraceEvent } from './leader-kit.ts';
import { RecordingWire } from './recording-wire.ts';
import { gateway, request, start } from './rows.ts';

export class SchedulerKit {
  readonly clock: VirtualClock;
  readonly log: FakeLog;
  readonly wire = new RecordingWire();
  readonly state = new State();
  readonly turns: CommittedTurn[] = [];
  readonly endedRuns = new Map<string, EndedRun>();
  readonly events: TraceEvent[] = [];
  readonly failures: unknown[] = [];
  readonly feed: LogFeed;
  readonly ref: Ref<SchedulerMessage>;
  /** From a proposal to its commit; undefined: the test commits by hand. */
  commitMs: number | undefined = 1;
  /** From the question for an ended run to the ledger's answer. */
  historyMs = 0;
  disksFull = false;
  recordVersionMax: 1 | 2 | 3 = 2;
  versionsPending = false;
  #scheduler: Scheduler | undefined;

  /** Kits that share `log` and `clock` are nodes of one cluster. */
  constructor(shared: { readonly log?: FakeLog; readonly clock?: VirtualClock } = {}) {
    this.clock = shared.clock ?? new VirtualClock(start);
    this.log = shared.log ?? new FakeLog();
    this.feed = new LogFeed(() => this.ref.tell({ kind: 'log' }));
    const system = new ActorSystem({
      clock: this.clock,
      random: new SeededRandom(1),
      trace: (level, name, fields = {}) => this.events.push({ level, name, fields }),
      onFailure: (error) => this.failures.push(error),
    });
    this.ref = system.spawn('scheduler', (context) => {
      this.#scheduler = new Scheduler(context, {
        self: nodeId('s1'),
        start: {
          state: this.state,
          appliedIndex: logIndex(0),
          lastAt: wallMs(0),
          versionSeen: 1,
        },
        feed: this.feed,
        log: this.log,
        wire: this.wire,
        history: {
          endedRun: (ns, id, done) => {
            const key = runKey(ns, id);
            this.clock.after(this.historyMs, () => done(this.endedRuns.get(key) ?? null));
          },
          datedRuns: ({ dagId }, done) => {
            const runs = [...this.endedRuns.values()].flatMap(({ run }) => {
              const { logicalDate, status } = run;
              if (run.dagId !== dagId || logicalDate === null) return [];
              const isEnded = status === 'success' || status === 'failed' || status === 'cancelled';
              return isEnded ? [{ logicalDate, status }] : [];
            });
            this.clock.after(this.historyMs, () => done(runs));
          },
          pastRun: (asked, done) => {
            const rows = [...this.endedRuns.values()].map(({ run }) => run);
            const found = rows.find((run) => isPastRun(run, asked)) ?? null;
            this.clock.after(this.historyMs, () => done(found));
          },
        },
        settings: defaultSchedulerSettings,
        committed: (turn) => this.#committed(turn),
        pageApplied: (next) => next(),
        disksFull: () => this.disksFull,
        memberVersions: {
          recordMax: () => this.recordVersionMax,
          isPending: () => this.versionsPending,
        },
      });
      return this.#scheduler;
    });
    this.clock.advance(0);
  }

  get scheduler(): Scheduler {
    return present(this.#scheduler, 'the actor was started');
  }

  lead(next: Term): void {
    this.log.beginTerm(next);
    this.feed.roleChanged({ role: 'leader', term: next, leader: nodeId('s1') });
    this.commit();
  }

  follow(next: Term): void {
    this.feed.roleChanged({ role: 'follower', term: next, leader: nodeId('s2') });
    this.clock.advance(0);
  }

  tell(...messages: readonly SchedulerMessage[]): void {
    for (const message of messages) this.ref.tell(message);
    this.clock.advance(0);
  }

  ask(command: Command, key?: string): CommandRequest {
    const asked = request(command, key);
    this.tell({ kind: 'command', gateway, request: asked });
    return asked;
  }

  /** Commits the tail and hands it to this node. */
  commit(count?: number): void {
    const entries = this.log.commit(count);
    if (entries.length > 0) this.feed.committed(entries, () => {});
    this.clock.advance(0);
  }

  /** Lets time pass in steps of `stepMs`, with commits on the way. */
  pass(ms: number, stepMs = 1): void {
    for (let passed = 0; passed < ms; passed += stepMs) {
      this.clock.advance(stepMs);
      if (this.commitMs !== undefined && this.log.pending > 0) this.commit();
    }
  }

  answerTo({ requestId }: CommandRequest) {
    return this.wire.gateway.findLast((message) => message.requestId === requestId);
  }

  #committed(turn: CommittedTurn): void {
    this.turns.push(turn);
    for (const { ended } of turn.applied) {
      if (ended !== undefined)
        this.endedRuns.set(runKey(ended.run.namespace, ended.run.runId), ended);
    }
  }
}
