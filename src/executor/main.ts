/**
 * Puts an executor together: the actor, its inbox, the log server. The process around it (its
 * connections, its identity, its configuration) is made by `node`; in the simulator there is none.
 */

import { exposeInbox } from '../actors/remote.ts';
import { ActorSystem } from '../actors/system.ts';
import type { Wire } from '../actors/wire.ts';
import type { Incarnation } from '../base/brand.ts';
import type { Clock, Random } from '../base/ports.ts';
import type { Trace } from '../base/trace.ts';
import type { NodePlace } from '../model/node.ts';
import { inboxes, type SchedulerToExecutor } from '../model/protocol.ts';
import type { Resources } from '../model/resources.ts';
import type { ArtifactDesk } from './artifacts/desk.ts';
import { Executor } from './executor.ts';
import type { Files } from './files.ts';
import { type HeartbeatFigures, HeartbeatWatch } from './heartbeat-watch.ts';
import { LogDesk, type LogStatus } from './logs/desk.ts';
import { type LogSettings, logSettings } from './logs/limits.ts';
import type { ScanLogs } from './logs/scan-thread.ts';
import { LogSearcher } from './logs/search.ts';
import { LogServer } from './logs.ts';
import {
  defaultSettings,
  type ExecutorMessage,
  type ExecutorSettings,
  type ExecutorStatus,
  type Offer,
} from './messages.ts';
import type { Runners } from './runner.ts';

export interface StartExecutorOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Says also which node this is, and which life of its executor. */
  readonly wire: Wire;
  readonly capacity: Resources;
  readonly labels: Readonly<Record<string, string>>;
  /** Absent: the default pool, no queues, no taints. */
  readonly place?: NodePlace;
  readonly address: string;
  readonly dataDir: string;
  readonly files: Files;
  readonly runners: Runners;
  readonly trace: Trace;
  /** What differs from `defaultSettings`. */
  readonly settings?: Partial<ExecutorSettings>;
  /** What differs from `logSettings`. */
  readonly logs?: Partial<LogSettings>;
  /** Whether the processors of this host have work enough; copies of logs stand back for it. */
  readonly isHostBusy?: () => boolean;
  /** Absent: nothing is kept of artifacts, as in the simulator. It stops with the executor. */
  readonly artifacts?: Pick<ArtifactDesk, 'heardLeader' | 'status' | 'stop'>;
  /** Absent: searches of logs get no answer, as in the simulator. */
  readonly scan?: ScanLogs;
  /** The executor has broken a promise of its own: the process should end, tasks included. */
  readonly onFailure: (error: unknown) => void;
}

export interface RunningExecutor {
  /**
   * Stops all tasks, politely first; `done` when nothing of them is alive and the reports have
   * left. To be called once.
   */
  stop(done: () => void): void;
  /** From now on; without a word it offers work. What runs goes on. */
  offer(offer: Offer): void;
  /** Undefined until its first turn, which `start` has already asked for. */
  status(): ExecutorStatus | undefined;
  logStatus(): LogStatus;
  heartbeats(): HeartbeatFigures;
}

const retryMs = 50;

export function startExecutor(options: StartExecutorOptions): RunningExecutor {
  const { clock, random, trace, wire, files, dataDir, isHostBusy, onFailure } = options;
  const settings = { ...defaultSettings, ...options.settings };
  let executor: Executor | undefined;
  const desk = new LogDesk({
    ...{ wire, clock, files, dataDir, trace },
    settings: { ...logSettings, ...options.logs },
    ...(isHostBusy && { isHostBusy }),
  });
  const heartbeats = new HeartbeatWatch();
  const runners = desk.watched(options.runners);
  // A restarted actor would not know what its past life left running: a failure ends the process.
  const supervision = { kind: 'escalate' } as const;
  const system = new ActorSystem({ clock, random, trace, supervision, onFailure });
  const ref = system.spawn<ExecutorMessage>('executor', (context) => {
    executor = new Executor(context, { ...options, runners, settings });
    return executor;
  });
  const inbox = exposeInbox(wire, {
    inbox: inboxes.executor,
    to: ref,
    trace,
    read: (message, from): ExecutorMessage | undefined => {
      if (!isFromScheduler(message) || from.side !== 'peer') return undefined;
      desk.hear(message);
      if (isAnswerTo(wire.self.incarnation, message)) {
        heartbeats.heard(message.seq, clock.monotonicMs());
      }
      options.artifacts?.heardLeader(message);
      return { kind: 'heard', message, from };
    },
  });
  const isLive = (...[id, attempt]: Parameters<Executor['isLive']>): boolean =>
    executor?.isLive(id, attempt) ?? false;
  const { limitBytes } = desk;
  const { scan } = options;
  const searcher = scan && new LogSearcher({ wire, files, dataDir, scan });
  const search = searcher?.take.bind(searcher);
  const served = { wire, clock, files, dataDir, trace, isLive, limitBytes };
  const logs = new LogServer({ ...served, ...(search && { search }) });
  // A full mailbox refuses it for a moment; it must not be forgotten for that.
  const tell = (message: ExecutorMessage): void => {
    if (!ref.tell(message)) clock.after(retryMs, () => tell(message));
  };
  return {
    stop(done) {
      const finish = (): void => {
        inbox.cancel();
        logs.stop();
        desk.stop();
        options.artifacts?.stop();
        system.stop(done);
      };
      tell({ kind: 'stop', done: finish });
    },
    offer: (offer) => tell({ kind: 'offer', offer }),
    status: () => executor?.status(),
    heartbeats: () => heartbeats.figures,
    logStatus: () => ({
      ...desk.status(),
      ...(options.artifacts && { artifacts: options.artifacts.status() }),
    }),
  };
}

/** Of this life: the numbers of another one mean nothing here. */
const isAnswerTo = (
  life: Incarnation,
  message: SchedulerToExecutor,
): message is Extract<SchedulerToExecutor, { readonly kind: 'heartbeat-answer' }> =>
  message.kind === 'heartbeat-answer' && message.incarnation === life;

const schedulerKinds: ReadonlySet<unknown> = new Set([
  'new-leader',
  'heartbeat-answer',
  'dispatch',
  'revoke',
  'ack',
] satisfies SchedulerToExecutor['kind'][]);

/** The envelope proves that a peer of the cluster wrote it, so its kind says what it is. */
const isFromScheduler = (message: unknown): message is SchedulerToExecutor =>
  typeof message === 'object' &&
  message !== null &&
  'kind' in message &&
  schedulerKinds.has(message.kind);
