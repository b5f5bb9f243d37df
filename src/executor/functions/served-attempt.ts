/**
 * One attempt whose call is made by a worker that stays, as its caller holds it: the events of a
 * process, though the process goes on.
 *
 * Invariants:
 *   SA1  `exited` or `failed` is observed exactly once and last.
 *   SA2  Every `sweep` is answered once, when nothing of the attempt is alive and its log is whole.
 */
import { assert } from '../../base/assert.ts';
import type {
  ProcessEvent,
  ProcessExit,
  ProcessSpec,
  ProcessUsage,
  RunningProcess,
} from '../../base/ports.ts';
import { type MaskedLog, pipeOf } from '../masking/masker.ts';
import { type Call, type CallEnd, servingFilesIn } from './call.ts';
import type { ServedHelp } from './served-help.ts';
import type { ServingWorker, WorkerEnd } from './serving-worker.ts';

/**
 * What a worker may hold between two calls; of what its task may take, a share: the next call needs
 * some as well.
 */
const keptMax = { bytes: 512 * 1024 * 1024, share: 0.75 } as const;

export interface AskedCall {
  /** Whose function it is: workers are never shared by two that differ in it. */
  readonly owner: readonly string[];
  /** Compiled; null where the call names a file. */
  readonly code: string | null;
  /** Absent: the job does all by itself. */
  readonly help?: Pick<ServedHelp, 'context' | 'takeOutput'>;
  /** Of inline code the worker knows the file. */
  readonly call: Omit<Call, 'scratch'>;
}

export interface AttemptKeeper {
  /** It waits no more. */
  withdraw(attempt: ServedAttempt): void;
  soon(run: () => void): void;
}

export class ServedAttempt implements RunningProcess {
  readonly spec: ProcessSpec;
  readonly asked: AskedCall;
  /** When it began to wait for a worker. */
  readonly sinceMs: number;
  readonly #keeper: AttemptKeeper;
  readonly #observe: (event: ProcessEvent) => void;
  #log: MaskedLog | undefined;
  /** That makes its call, or that is to be ended with it. */
  #worker: ServingWorker | undefined;
  #phase: 'waiting' | 'given' | 'ended' = 'waiting';
  #hasStarted = false;
  #wasAsked = false;

  constructor(options: {
    readonly spec: ProcessSpec;
    readonly asked: AskedCall;
    readonly sinceMs: number;
    readonly keeper: AttemptKeeper;
    readonly observe: (event: ProcessEvent) => void;
  }) {
    this.spec = options.spec;
    this.asked = options.asked;
    this.sinceMs = options.sinceMs;
    this.#keeper = options.keeper;
    this.#observe = options.observe;
  }

  get hasEnded(): boolean {
    return this.#phase === 'ended';
  }

  signal(name: 'TERM' | 'KILL'): void {
    if (this.#phase === 'ended') return;
    this.#wasAsked = true;
    if (this.#phase === 'given') {
      // Who is to end needs time for it.
      this.#worker?.pace(undefined);
      this.#worker?.signal(name);
      return;
    }
    this.#keeper.withdraw(this);
    this.#keeper.soon(() => this.fail(endedBefore));
  }

  pace(cpuMilli: number | undefined): void {
    if (this.#phase === 'given' && !this.#wasAsked) this.#worker?.pace(cpuMilli);
  }

  sweep(done: () => void): void {
    assert(this.hasEnded, 'SA2: swept after its end');
    const worker = this.#worker;
    this.#worker = undefined;
    const close = (): void => {
      if (this.#log === undefined) this.#keeper.soon(done);
      else this.#log.close(done);
      this.#log = undefined;
    };
    if (worker === undefined) close();
    else {
      worker.sweep(() => {
        worker.remove();
        close();
      });
    }
  }

  /** Its log goes through the masker; false: it was ended meanwhile, and has no use for it. */
  masked(log: MaskedLog): boolean {
    const isOver = this.hasEnded || this.#wasAsked;
    if (isOver) log.close(() => {});
    else this.#log = log;
    return !isOver;
  }

  /** The worker makes its call. */
  giveTo(worker: ServingWorker): void {
    assert(this.#phase === 'waiting', 'SA1: an attempt is made once');
    this.#phase = 'given';
    this.#worker = worker;
    const { env, cwd, stdoutFile, stderrFile, limits } = this.spec;
    const logs =
      this.#log === undefined
        ? { stdoutFile, stderrFile }
        : { stdoutFile: pipeOf(stdoutFile), stderrFile: pipeOf(stderrFile) };
    const { call, help } = this.asked;
    const { module, scratch } = servingFilesIn(worker.folder);
    const file = call.isInline ? module : call.file;
    const keptBytesMax = Math.min(keptMax.bytes, (limits?.memoryBytes ?? Infinity) * keptMax.share);
    const context = help?.context ?? null;
    worker.give({ env, cwd, ...logs, call: { ...call, file, scratch }, context, keptBytesMax });
    if (!this.#hasStarted) this.#observe({ kind: 'started', pid: worker.pid });
    this.#hasStarted = true;
  }

  /** The worker did not make the call; false: another one need not, it was to stop. */
  takeBack(): boolean {
    assert(this.#phase === 'given', 'SA1: only what was given is taken back');
    this.#phase = 'waiting';
    this.#worker = undefined;
    if (this.#wasAsked) this.fail(endedBefore);
    return !this.#wasAsked;
  }

  /** The call is over; true: the worker may make another one. */
  answered({ exitCode, cpuMs, memoryBytesMax, output, stays }: CallEnd): boolean {
    if (output !== null) this.asked.help?.takeOutput(output);
    // Who was asked to stop may have been told only half of it.
    const isFree = stays && !this.#wasAsked;
    if (isFree) {
      this.#worker?.pace(undefined);
      this.#worker = undefined;
    }
    const usage = { cpuMs: Math.round(cpuMs), memoryBytesMax };
    this.#end({ kind: 'exited', code: exitCode, signal: undefined, usage });
    return isFree;
  }

  /** The worker ended during the call, or before it had one and this attempt waited for it. */
  workerEnded(event: WorkerEnd, worker: ServingWorker): void {
    this.#worker = worker;
    if (event.kind === 'failed') this.fail(event.reason);
    else this.#end({ ...event, ...usageSince(event, worker.cpuMsTold) });
  }

  fail(reason: string): void {
    if (this.hasEnded) return;
    this.#end({ kind: 'failed', reason });
    // Nobody sweeps what has not begun.
    this.sweep(() => {});
  }

  #end(event: WorkerEnd): void {
    assert(!this.hasEnded, 'SA1: an attempt ends once');
    this.#phase = 'ended';
    this.#observe(event);
  }
}

const endedBefore = 'it was ended before it started';

/** Without what the calls before have taken; the rest of the account is that of the worker. */
function usageSince({ usage }: ProcessExit, cpuMsTold: number): { usage?: ProcessUsage } {
  if (usage === undefined) return {};
  const { cpuMs } = usage;
  if (cpuMs === undefined) return { usage };
  return { usage: { ...usage, cpuMs: Math.max(0, Math.round(cpuMs - cpuMsTold)) } };
}
