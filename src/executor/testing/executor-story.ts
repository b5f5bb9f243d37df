/**
 * A story about one executor: the test plays the leader, the network and the runner; the actor, its
 * clock and its outbox are the real ones. Messages pass through the real codec.
 */
import type { Destination, Sender, Wire } from '../../actors/wire.ts';
import { present } from '../../base/assert.ts';
import {
  dagId,
  incarnation,
  namespace,
  nodeId,
  runId,
  taskId,
  term,
  token,
} from '../../base/brand.ts';
import { decode, encode } from '../../base/codec.ts';
import type { Clock, Lane } from '../../base/ports.ts';
import { SeededRandom } from '../../base/random.ts';
import type { NodePlace } from '../../model/node.ts';
import type {
  AttemptId,
  AttemptReport,
  Dispatch,
  ExecutorToScheduler,
  SchedulerToExecutor,
} from '../../model/protocol.ts';
import type { Resources } from '../../model/resources.ts';
import { startExecutor } from '../main.ts';
import { MemoryFiles } from '../memory-files.ts';
import {
  failedWith,
  type RunEvent,
  type RunningJob,
  type RunResult,
  succeeded,
} from '../runner.ts';

export const leaseMs = 10_000;
export const ownIncarnation = incarnation('life-1');

export interface Sent {
  readonly to: Destination;
  readonly inbox: string;
  readonly lane: Lane;
  readonly message: ExecutorToScheduler;
}

/** What the scripted runner was asked to do, and how the test makes it end. */
export interface Work {
  readonly dispatch: Dispatch;
  readonly signals: ('TERM' | 'KILL')[];
  readonly tell: (event: RunEvent) => void;
}

export const attemptId = (task: string, tokenValue: number): AttemptId => ({
  namespace: namespace('default'),
  runId: runId('run-1'),
  taskId: taskId(task),
  mapIndex: 0,
  token: token(tokenValue),
});

export function dispatchOf(
  task: string,
  tokenValue: number,
  more: Partial<Dispatch> = {},
): Dispatch {
  return {
    id: attemptId(task, tokenValue),
    attempt: 1,
    dagId: dagId('dag-1'),
    logicalDate: null,
    params: {},
    action: { kind: 'shell', command: 'true' },
    env: {},
    cwd: null,
    timeoutMs: null,
    resources: { slots: 1 },
    upstream: {},
    ...more,
  };
}

/** Time stands still until the story moves it. */
export interface SteppedClock extends Clock {
  advance(ms: number): void;
}

export interface ExecutorStoryOptions {
  readonly clock: SteppedClock;
  readonly slots?: number;
  readonly capacity?: Resources;
  readonly place?: NodePlace;
}

export class ExecutorStory {
  readonly clock: SteppedClock;
  readonly files: MemoryFiles;
  readonly sent: Sent[] = [];
  /** When heartbeat 1, 2, … left. */
  readonly heartbeatTimes: number[] = [];
  readonly works: Work[] = [];
  readonly failures: unknown[] = [];
  readonly executor: ReturnType<typeof startExecutor>;
  readonly #listeners = new Map<string, (message: unknown, from: Sender) => void>();

  constructor(options: ExecutorStoryOptions) {
    this.clock = options.clock;
    this.files = new MemoryFiles(this.clock);
    const wire: Wire = {
      self: { node: nodeId('n1'), side: 'executor', incarnation: ownIncarnation },
      send: (to, inbox, lane, message) => {
        const sent: Sent = { to, inbox, lane, message: decode(encode(message)) };
        this.sent.push(sent);
        if (sent.message.kind === 'heartbeat') {
          this.heartbeatTimes.push(this.clock.monotonicMs());
        }
      },
      listen: (inbox, receive) => {
        this.#listeners.set(inbox, receive);
        return { cancel: () => this.#listeners.delete(inbox) };
      },
    };
    this.executor = startExecutor({
      clock: this.clock,
      random: new SeededRandom(1),
      wire,
      capacity: options.capacity ?? { slots: options.slots ?? 4, cpu: 4000 },
      labels: { zone: 'a' },
      ...(options.place && { place: options.place }),
      address: 'http://127.0.0.1:8080',
      dataDir: '/data',
      files: this.files,
      runners: new Map([
        ['shell', { start: (dispatch, observe) => this.#startWork(dispatch, observe) }],
      ]),
      trace: () => {},
      onFailure: (error) => this.failures.push(error),
    });
    this.clock.advance(0);
  }

  /** A message of the leader `from`, as the wire would deliver it. */
  hear(message: SchedulerToExecutor, from = 'n2'): void {
    this.deliver('executor', message, { node: from, side: 'peer' });
  }

  /** Like `hear`, but its turn is left to the clock: for messages that arrive while time passes. */
  hearSoon(message: SchedulerToExecutor): void {
    this.#arrive('executor', message, { node: 'n2', side: 'peer' });
  }

  deliver(inbox: string, message: unknown, from: { node: string; side: Sender['side'] }): void {
    this.#arrive(inbox, message, from);
    this.clock.advance(0);
  }

  #arrive(inbox: string, message: unknown, from: { node: string; side: Sender['side'] }): void {
    const sender = { node: nodeId(from.node), side: from.side, incarnation: incarnation('peer-1') };
    this.#listeners.get(inbox)?.(decode(encode(message)), sender);
  }

  /** The leader answers heartbeat `seq` (the newest, if nothing is said). */
  answer(options: { seq?: number; term?: number; from?: string } = {}): void {
    this.hear(
      {
        kind: 'heartbeat-answer',
        term: term(options.term ?? 1),
        incarnation: ownIncarnation,
        seq: options.seq ?? this.newestSeq,
        leaseMs,
      },
      options.from,
    );
  }

  dispatch(dispatches: Dispatch[], options: { leaseSeq?: number; term?: number } = {}): void {
    this.hear({
      kind: 'dispatch',
      term: term(options.term ?? 1),
      incarnation: ownIncarnation,
      leaseSeq: options.leaseSeq ?? this.newestSeq,
      dispatches,
    });
  }

  revoke(id: AttemptId, termValue = 1): void {
    this.hear({
      kind: 'revoke',
      term: term(termValue),
      incarnation: ownIncarnation,
      attempts: [id],
    });
  }

  ack(id: AttemptId, termValue = 1): void {
    const { token: acked } = id;
    this.hear({ kind: 'ack', term: term(termValue), incarnation: ownIncarnation, tokens: [acked] });
  }

  /** The leader answers every heartbeat while this many milliseconds pass. */
  liveOn(ms: number): void {
    for (let left = ms; left > 0; left -= 100) {
      this.clock.advance(Math.min(100, left));
      this.answer();
    }
  }

  /** The work of this task begins. */
  begin(task: string): void {
    this.work(task).tell({ kind: 'started' });
    this.clock.advance(0);
  }

  /** The work of this task ends; by default with success. */
  end(task: string, result: RunResult = succeeded()): void {
    this.work(task).tell({ kind: 'ended', result });
    this.clock.advance(0);
  }

  /** The newest work of this task. */
  work(task: string): Work {
    const work = this.works.findLast(({ dispatch }) => dispatch.id.taskId === task);
    return present(work, `${task} was never started`);
  }

  starts(task: string): number {
    return this.works.filter(({ dispatch }) => dispatch.id.taskId === task).length;
  }

  messages<K extends ExecutorToScheduler['kind']>(kind: K) {
    return this.sent
      .map(({ message }) => message)
      .filter((message): message is Extract<ExecutorToScheduler, { kind: K }> => {
        return message.kind === kind;
      });
  }

  /** Every report that was sent, repetitions included. */
  get reports(): AttemptReport[] {
    return this.messages('ended').flatMap(({ reports }) => reports);
  }

  get newestSeq(): number {
    return present(this.messages('heartbeat').at(-1), 'a living executor has a heartbeat').seq;
  }

  #startWork(dispatch: Dispatch, observe: (event: RunEvent) => void): RunningJob {
    const signals: Work['signals'] = [];
    this.works.push({ dispatch, signals, tell: observe });
    return { stop: (how) => signals.push(how) };
  }
}

export const killed: RunResult = {
  ...failedWith('ended by signal 9', { retryable: true }),
  signal: 9,
};
