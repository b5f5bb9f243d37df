/**
 * One worker that stays, as the executor sees it: its folder with pipes and code, its process.
 *
 * It does not know who waits for it, nor what its calls are for.
 *
 * Invariants:
 *   SV1 It has at most one call at a time, and none before it is ready.
 *   SV2 `ended` is the last that is heard of it, exactly once.
 */
import { mkdir, rm, writeFile } from 'node:fs';
import { assert } from '../../base/assert.ts';
import type {
  Cancellable,
  Clock,
  ProcessEvent,
  Processes,
  ProcessSpec,
  RunningProcess,
} from '../../base/ports.ts';
import {
  type Answer,
  type CallEnd,
  type ServedCall,
  servingFilesIn,
  workerLogsIn,
} from './call.ts';
import { ServingPipes } from './serving-pipes.ts';

/** One that has not said by then that it is ready never will: an option of Node's may hold it. */
const bootMsMax = 30_000;

export interface ServingOptions {
  readonly clock: Clock;
  readonly processes: Processes;
  /** All but what lies in the worker's folder. */
  readonly spec: Omit<ProcessSpec, 'cwd' | 'stdoutFile' | 'stderrFile'>;
  /** Its own; absolute. */
  readonly folder: string;
  /** Null: the call names a file. */
  readonly code: string | null;
  readonly listener: ServingListener;
}

export interface ServingListener {
  ready(): void;
  answered(answer: Exclude<Answer, { kind: 'ready' }>): void;
  ended(event: WorkerEnd): void;
}

export type WorkerEnd = Exclude<ProcessEvent, { kind: 'started' }>;

export class ServingWorker {
  readonly #options: ServingOptions;
  #pipes: ServingPipes | undefined;
  #process: RunningProcess | undefined;
  #pid: number | undefined;
  /** Of the call under way. */
  #number: number | undefined;
  #calls = 0;
  #patience: Cancellable | undefined;
  #cpuMsTold = 0;
  #hasEnded = false;

  constructor(options: ServingOptions) {
    this.#options = options;
    this.#prepare();
  }

  /** Of its process group; it is known when the worker is ready. */
  get pid(): number {
    return this.#pid ?? 0;
  }

  get folder(): string {
    return this.#options.folder;
  }

  /** Calls that it was given so far. */
  get calls(): number {
    return this.#calls;
  }

  /** Processor time that its calls have been told. */
  get cpuMsTold(): number {
    return this.#cpuMsTold;
  }

  give(call: Omit<ServedCall, 'number'>): void {
    assert(this.#number === undefined, 'SV1: one call at a time');
    this.#calls += 1;
    this.#number = this.#calls;
    this.#pipes?.send({ ...call, number: this.#calls });
  }

  signal(name: 'TERM' | 'KILL'): void {
    this.#process?.signal(name);
  }

  pace(cpuMilli: number | undefined): void {
    this.#process?.pace?.(cpuMilli);
  }

  /** Ends it and all that it has started; `done` when nothing of that is alive. */
  sweep(done: () => void): void {
    if (this.#process === undefined) done();
    else this.#process.sweep(done);
  }

  #prepare(): void {
    const { folder, code } = this.#options;
    const failed = (reason: string): void => this.#end({ kind: 'failed', reason });
    mkdir(folder, { recursive: true, mode: 0o700 }, (noFolder) => {
      if (noFolder !== null) return failed(noFolder.message);
      writeFile(servingFilesIn(folder).module, code ?? '', (noFile) => {
        if (noFile !== null) return failed(noFile.message);
        const listener = {
          answered: (answer: Answer) => this.#hear(answer),
          broken: () => this.signal('KILL'),
        };
        ServingPipes.open(folder, listener, (pipes) => {
          if (typeof pipes === 'string') return failed(pipes);
          this.#pipes = pipes;
          this.#start();
        });
      });
    });
  }

  #start(): void {
    const { processes, spec, folder, clock } = this.#options;
    this.#patience = clock.after(bootMsMax, () => this.signal('KILL'));
    const place = { ...workerLogsIn(folder), cwd: folder };
    this.#process = processes.start({ ...spec, ...place }, (event) => {
      if (event.kind === 'started') this.#pid = event.pid;
      else this.#end(event);
    });
  }

  #hear(answer: Answer): void {
    if (this.#hasEnded) return;
    if (answer.kind === 'ready') {
      this.#patience?.cancel();
      this.#options.listener.ready();
      return;
    }
    if (answer.number !== this.#number) {
      this.signal('KILL');
      return;
    }
    this.#number = undefined;
    if (answer.kind === 'ended') this.#note(answer);
    this.#options.listener.answered(answer);
  }

  #note({ cpuMsTotal }: CallEnd): void {
    this.#cpuMsTold = cpuMsTotal;
  }

  #end(event: WorkerEnd): void {
    this.#patience?.cancel();
    const { clock, listener } = this.#options;
    // What it said before it ended is in its pipe, and is read in the next turn of the event loop:
    // that lies between two of these.
    clock.soon(() =>
      clock.soon(() => {
        this.#hasEnded = true;
        this.#pipes?.close();
        listener.ended(event);
      }),
    );
  }

  /** Nothing of it is needed any more. */
  remove(): void {
    rm(this.#options.folder, { recursive: true, force: true }, () => {});
  }
}
