/**
 * Warm workers: processes that have booted Node before there is a call for them.
 *
 * It is a body of the Processes port in front of the real one: what is started through it becomes
 * either a waiting worker that takes over, or a new process. So limits, users, signals, sweeps and
 * the accounts of an attempt are those of every other task. A worker makes one call and ends:
 * nothing that a function left in memory, open or running can reach the next one, and its log files
 * are its own descriptors, native code and children included. What that costs and what workers for
 * many calls would save is in `docs/guide/tasks.md`.
 *
 * It owns the waiting workers and their folders, not the attempts.
 *
 * Invariants:
 *   W1  A worker is given to one attempt, and only to one that its process was started like.
 *   W2  At most `idleMax` workers wait.
 */
import { mkdir, rename, rm, writeFile } from 'node:fs';
import { assert } from '../../base/assert.ts';
import type {
  Cancellable,
  Clock,
  ProcessEvent,
  Processes,
  ProcessSpec,
  RunningProcess,
} from '../../base/ports.ts';
import type { Environment } from '../context.ts';
import { type Handover, handoverFileIn, workerLogsIn } from './call.ts';
import { profileOf, readAtStart } from './profile.ts';

/** Workers that wait for a call; each takes about 40 MB. */
const idleMax = 4;
/** A worker that nobody wants is let go. */
const idleMsMax = 60_000;

export interface FunctionPoolOptions {
  readonly clock: Clock;
  readonly processes: Processes;
  /** Waiting workers have a folder each in it; absolute. */
  readonly folder: string;
  /** What they inherit before they know their task. */
  readonly inherited: Environment;
  readonly nextMark: () => string;
  /** The words that start a worker which waits in a folder. */
  readonly waiting: (folder: string) => readonly string[];
  /** The file of the call that the words of an attempt name. */
  readonly callFileOf: (argv: readonly string[]) => string;
}

interface Worker {
  readonly profile: string;
  readonly directory: string;
  /** Undefined until it runs: only then it can be given away. */
  pid: number | undefined;
  process: RunningProcess | undefined;
  /** Who hears of its end, once it is given away. */
  observe: ((event: ProcessEvent) => void) | undefined;
  retirement: Cancellable | undefined;
}

export class FunctionPool implements Processes {
  readonly #options: FunctionPoolOptions;
  readonly #waiting = new Set<Worker>();
  #made = 0;
  #running = 0;

  constructor(options: FunctionPoolOptions) {
    this.#options = options;
  }

  /** Workers that wait, those that have not booted yet included. */
  get waiting(): number {
    return this.#waiting.size;
  }

  start(spec: ProcessSpec, observe: (event: ProcessEvent) => void): RunningProcess {
    this.#running += 1;
    const follow = (event: ProcessEvent): void => {
      if (event.kind !== 'started') this.#running -= 1;
      observe(event);
    };
    const isApart = this.#mustBeNew(spec);
    const worker = isApart ? undefined : this.#workerLike(spec);
    const process =
      worker === undefined
        ? this.#options.processes.start(spec, follow)
        : this.#give(worker, spec, follow);
    if (!isApart) this.#replenish(spec);
    return process;
  }

  /**
   * Another user may not read the folders of workers, secrets are hidden from the start on, and
   * some variables are read when a program starts and never again.
   */
  #mustBeNew({ user, masked, env }: ProcessSpec): boolean {
    const { inherited } = this.#options;
    const isRead = (name: string): boolean =>
      readAtStart.test(name) && env[name] !== inherited[name];
    return user !== undefined || masked !== undefined || Object.keys(env).some(isRead);
  }

  #workerLike(spec: ProcessSpec): Worker | undefined {
    const profile = profileOf(spec);
    return [...this.#waiting].find((it) => it.profile === profile && it.pid !== undefined);
  }

  /** The worker takes over what the attempt was to be started with. */
  #give(worker: Worker, spec: ProcessSpec, observe: (event: ProcessEvent) => void): RunningProcess {
    const { process, pid, directory } = worker;
    assert(process !== undefined && pid !== undefined, 'W1: a worker that is given away runs');
    this.#waiting.delete(worker);
    worker.retirement?.cancel();
    let started = false;
    const start = (): void => {
      if (!started) observe({ kind: 'started', pid });
      started = true;
    };
    worker.observe = (event) => {
      start();
      observe(event);
    };
    this.#options.clock.soon(start);
    const { argv, env, cwd, stdoutFile, stderrFile } = spec;
    const callFile = this.#options.callFileOf(argv);
    const handover: Handover = { callFile, env, cwd, stdoutFile, stderrFile };
    const file = handoverFileIn(directory);
    // Others may not read what stands in an environment.
    writeFile(`${file}.new`, JSON.stringify(handover), { mode: 0o600 }, (noFile) => {
      if (noFile !== null) return process.signal('KILL');
      rename(`${file}.new`, file, (notMoved) => {
        if (notMoved !== null) process.signal('KILL');
      });
    });
    return {
      signal: (name) => process.signal(name),
      sweep: (done) => process.sweep(() => rm(directory, removal, () => done())),
    };
  }

  /** As many wait as run, up to a few: the next calls are likely to be like these. */
  #replenish(spec: ProcessSpec): void {
    const profile = profileOf(spec);
    const alike = [...this.#waiting].filter((worker) => worker.profile === profile).length;
    const wanted = Math.min(idleMax, this.#running) - alike;
    for (let at = 0; at < wanted; at++) {
      if (this.#waiting.size >= idleMax && !this.#letGo(profile)) return;
      this.#warm(spec, profile);
    }
  }

  /** Makes room for another profile; false if there is none to make. */
  #letGo(wanted: string): boolean {
    const oldest = [...this.#waiting].find(({ profile }) => profile !== wanted);
    if (oldest === undefined) return false;
    this.#retire(oldest);
    return true;
  }

  #warm(spec: ProcessSpec, profile: string): void {
    const { folder, clock } = this.#options;
    this.#made += 1;
    const worker: Worker = {
      profile,
      directory: `${folder}/${this.#made}`,
      pid: undefined,
      process: undefined,
      observe: undefined,
      retirement: undefined,
    };
    this.#waiting.add(worker);
    assert(this.#waiting.size <= idleMax, 'W2: few workers wait');
    worker.retirement = clock.after(idleMsMax, () => this.#retire(worker));
    mkdir(worker.directory, { recursive: true, mode: 0o700 }, (error) => {
      if (!this.#waiting.has(worker)) return;
      if (error === null) this.#boot(spec, worker);
      else this.#retire(worker);
    });
  }

  #boot(spec: ProcessSpec, worker: Worker): void {
    const { processes, nextMark, waiting, inherited } = this.#options;
    const own = { key: nextMark(), argv: waiting(worker.directory), env: inherited };
    const logs = workerLogsIn(worker.directory);
    const booting = { ...spec, ...own, ...logs, cwd: worker.directory };
    worker.process = processes.start(booting, (event) => {
      if (event.kind === 'started') worker.pid = event.pid;
      else if (worker.observe !== undefined) worker.observe(event);
      else this.#clear(worker);
    });
  }

  #retire(worker: Worker): void {
    this.#waiting.delete(worker);
    worker.retirement?.cancel();
    // Its end leads to `#clear`.
    if (worker.process === undefined) rm(worker.directory, removal, () => {});
    else worker.process.signal('KILL');
  }

  #clear(worker: Worker): void {
    this.#waiting.delete(worker);
    worker.retirement?.cancel();
    worker.process?.sweep(() => rm(worker.directory, removal, () => {}));
  }
}

const removal = { recursive: true, force: true } as const;
