/**
 * The logs of a node: its tasks' own, kept within their limits and copied to a second node, and the
 * copies of others. Puts the parts together and gives each message to the one it is for.
 */
import type { Wire } from '../../actors/wire.ts';
import type { Incarnation } from '../../base/brand.ts';
import type { Cancellable, Clock } from '../../base/ports.ts';
import type { Trace } from '../../base/trace.ts';
import {
  type AttemptId,
  inboxes,
  type LogCopied,
  type LogCopy,
  type SchedulerToExecutor,
} from '../../model/protocol.ts';
import type { ArtifactStatus } from '../artifacts/desk.ts';
import { attemptKey } from '../attempt-key.ts';
import type { Files } from '../files.ts';
import { openObjectStore } from '../object-store.ts';
import type { Runner, Runners } from '../runner.ts';
import { workspaceOf } from '../workspace.ts';
import { type ArchiveStatus, LogArchive } from './archive.ts';
import { LogBrake } from './brake.ts';
import { LogCopies } from './copies.ts';
import { LogCutter } from './cutter.ts';
import { EarlyFlush } from './early-flush.ts';
import { isA } from './is-a.ts';
import type { LogSettings } from './limits.ts';
import { LogShipper, type LogShipperStatus } from './shipper.ts';
import { StreamWatch } from './stream-watch.ts';
import { LogSweep } from './sweep.ts';

export interface LogDeskOptions {
  readonly wire: Wire;
  readonly clock: Clock;
  readonly files: Files;
  readonly dataDir: string;
  readonly trace: Trace;
  readonly settings: LogSettings;
  /** Whether the processors of this host have other work than copying. */
  readonly isHostBusy?: () => boolean;
}

export interface LogStatus extends LogShipperStatus {
  /** Bytes of other nodes that were written here since the start. */
  readonly keptBytes: number;
  /** Bytes of long streams that were sent to the disk while they were written, since the start. */
  readonly flushedBytes: number;
  /** For how long attempts that wrote too fast were slowed down, since the start. */
  readonly pacedMs: number;
  /** Bytes of streams above their limit that were given back to the file system. */
  readonly cutBytes: number;
  /** How often that was not possible. */
  readonly cutFailures: number;
  /** What logs and copies took on the disk at the last sweep. */
  readonly bytes: number;
  /** Attempts and copies that retention has removed since the start. */
  readonly removed: number;
  /** Of the store of artifacts, where there is one. */
  readonly artifacts?: ArtifactStatus;
  /** Absent where nothing is archived. */
  readonly archive?: ArchiveStatus;
}

export class LogDesk {
  readonly #life: Incarnation;
  readonly #cutter: LogCutter;
  readonly #streams: StreamWatch;
  readonly #flush: EarlyFlush;
  readonly #brake: LogBrake;
  readonly #dataDir: string;
  readonly #shipper: LogShipper;
  readonly #copies: LogCopies;
  readonly #sweep: LogSweep;
  readonly #archive: LogArchive | undefined;
  /** Runs with attempts that live here, and how many. */
  readonly #liveRuns = new Map<string, number>();
  readonly #inbox: Cancellable;

  constructor(options: LogDeskOptions) {
    const { wire, clock, files, dataDir, trace, settings, isHostBusy } = options;
    this.#life = wire.self.incarnation;
    this.#cutter = new LogCutter({ files, trace, limitBytes: settings.streamBytes });
    this.#flush = new EarlyFlush(files);
    this.#brake = new LogBrake(clock, settings.writeBytesPerSecond);
    this.#streams = new StreamWatch({
      ...{ clock, files },
      listener: {
        reaches: (stream, sizeBytes) => this.#flush.reaches(stream, sizeBytes),
        over: (stream) => this.#flush.over(stream),
        grew: (attempt, bytes) => this.#brake.grew(attempt, bytes),
      },
    });
    this.#dataDir = dataDir;
    const parts = { wire, files, dataDir, cutter: this.#cutter };
    this.#copies = new LogCopies({ ...parts, flush: this.#flush, trace });
    this.#shipper = new LogShipper({
      ...{ ...parts, clock, bytesPerSecond: settings.copyBytesPerSecond },
      ...(isHostBusy && { isHostBusy }),
      onTarget: () => this.#sweep.lookForUncopied(),
    });
    const { archive } = settings;
    this.#archive =
      archive &&
      new LogArchive({
        ...{ clock, files, dataDir, trace, prefix: archive.prefix },
        open: () => openObjectStore(archive),
      });
    this.#sweep = new LogSweep({
      ...{ clock, files, dataDir, settings, trace },
      ...(this.#archive && { archive: this.#archive }),
      isLive: (run) => this.#liveRuns.has(runKey(run)),
      show: ({ id, attempt }) => this.#shipper.check(id, attempt),
    });
    this.#inbox = wire.listen(inboxes.logCopies, (message, from) => {
      if (from.side !== 'executor') return;
      if (isA<LogCopy>('log-copy', message)) this.#copies.take(message, from);
      else if (isA<LogCopied>('log-copied', message)) this.#shipper.copied(message);
    });
  }

  /** Kept of one stream. */
  get limitBytes(): number {
    return this.#cutter.limitBytes;
  }

  stop(): void {
    this.#inbox.cancel();
    this.#shipper.stop();
    this.#sweep.stop();
    this.#streams.stop();
    this.#flush.stop();
    this.#brake.stop();
    this.#archive?.stop();
  }

  status(): LogStatus {
    const { cutBytes, failures } = this.#cutter.counters;
    const { keptBytes } = this.#copies;
    const { flushedBytes } = this.#flush;
    const { pacedMs } = this.#brake;
    const counts = { keptBytes, flushedBytes, pacedMs, cutBytes, cutFailures: failures };
    const archive = this.#archive?.status();
    const parts = { ...this.#shipper.status(), ...counts, ...this.#sweep.status };
    return { ...parts, ...(archive && { archive }) };
  }

  /** What the leader says in its answers to heartbeats. */
  hear(message: SchedulerToExecutor): void {
    if (message.kind !== 'heartbeat-answer' || message.incarnation !== this.#life) return;
    // A leader of an older version names none: then copies go where they went.
    if (message.logPeers !== undefined) this.#shipper.peersAre(message.term, message.logPeers);
  }

  /** The same runners, whose attempts' logs are looked after. */
  watched(runners: Runners): Runners {
    const entries = [...runners].map(
      ([kind, runner]) =>
        [kind, writesNothing.has(kind) ? runner : this.#watch(runner, kind)] as const,
    );
    return new Map(entries);
  }

  #watch(runner: Runner, kind: string): Runner {
    return {
      start: (dispatch, observe) => {
        const { id, attempt } = dispatch;
        this.#countRun(id, 1);
        const key = attemptKey(id);
        const space = workspaceOf(this.#dataDir, { id, number: attempt });
        let hasBegun = false;
        const begin = (): void => {
          if (hasBegun) return;
          hasBegun = true;
          this.#shipper.began(id, attempt);
          if (space.ok) this.#streams.began(key, [space.value.stdout, space.value.stderr]);
        };
        if (writesBefore.has(kind)) begin();
        const job = runner.start(dispatch, (event) => {
          begin();
          if (event.kind === 'ended') {
            this.#countRun(id, -1);
            this.#shipper.ended(id);
            this.#streams.ended(key);
            this.#brake.ended(key);
            this.#archive?.ended(id, attempt);
          }
          observe(event);
        });
        this.#brake.began(key, job.pace && ((cpuMilli) => job.pace?.(cpuMilli)));
        return job;
      },
    };
  }

  #countRun(id: AttemptId, change: 1 | -1): void {
    const key = runKey(id);
    const count = (this.#liveRuns.get(key) ?? 0) + change;
    if (count === 0) this.#liveRuns.delete(key);
    else this.#liveRuns.set(key, count);
  }
}

const runKey = (run: { readonly namespace: string; readonly runId: string }): string =>
  `${run.namespace}/${run.runId}`;

/**
 * What is prepared for these is in their log. All others have written nothing before they have
 * started, and hundreds of them may wait for that: looks at each would be most of what they cost.
 */
const writesBefore: ReadonlySet<string> = new Set(['docker', 'kubernetes']);

/** Tasks of these types have no files: there may be thousands of them a second. */
const writesNothing: ReadonlySet<string> = new Set(['noop']);
