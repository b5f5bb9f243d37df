/**
 * Runs a task in a container of the node's engine: Docker, or Podman by the same API
 * (`docs/guide/containers.md`).
 *
 * A driver owns its container and the order of steps. The engine (`docker/engine.ts`) owns the
 * container's processes; the job (`container-job.ts`) owns the events and the stop.
 *
 * Invariants:
 *   K1  A container is made once in an attempt, and none after a stop.
 *   K2  `clear` resolves when no process of the container is alive: it is removed, or its engine
 *       has gone and its first process with it.
 *   K3  What the container writes is in the attempt's files when `clear` resolves.
 *   K4  A KILL that was asked for is repeated until the engine has done it, or `clear` has.
 *
 * Whoever may apply a DAG may run commands on the nodes, so a mount gives no right that is not
 * there already.
 */
import { assert } from '../../base/assert.ts';
import { formatSize } from '../../base/duration.ts';
import type { Cancellable, Clock, ProcessLimits } from '../../base/ports.ts';
import { outputBytesMax } from '../../model/output.ts';
import type { AttemptArtifacts } from '../attempt-artifacts.ts';
import type { Files } from '../files.ts';
import { checkOutput } from '../output.ts';
import {
  type ActionOf,
  failedWith,
  type Runner,
  type RunResult,
  succeeded,
  type Work,
} from '../runner.ts';
import {
  defaultTaskSettings,
  processLimits,
  type TaskSettings,
  workBytesMax,
} from '../task-limits.ts';
import type { WorkDirs } from '../work-dirs.ts';
import type { Workspace } from '../workspace.ts';
import { type ContainerDriver, ContainerJob } from './container-job.ts';
import { type ContainerExit, exitResult, killedCode } from './container-result.ts';
import { bringInputs, keepArtifacts } from './docker/artifacts.ts';
import { makeAttemptFiles } from './docker/attempt-files.ts';
import { containerOptions } from './docker/container-options.ts';
import type { DockerHost } from './docker/docker-host.ts';
import { type Engine, EngineError, type Inspected } from './docker/engine.ts';
import { type ContainerProcess, isAlive, killProcess } from './docker/local-process.ts';
import { writeFrames } from './docker/log-frames.ts';

export interface DockerTools {
  readonly clock: Clock;
  readonly files: Files;
  readonly dataDir: string;
  readonly host: DockerHost;
  /** Absent: `defaultTaskSettings`. */
  readonly settings?: TaskSettings;
  readonly workDirs?: WorkDirs;
  readonly artifacts?: AttemptArtifacts;
}

export const dockerRunner = (tools: DockerTools): Runner => ({
  start(dispatch, observe) {
    const { action } = dispatch;
    assert(action.kind === 'docker', 'the registry gives each runner its own kind');
    const drive = (job: ContainerJob) => new DockerDriver({ tools, dispatch, action, job });
    return new ContainerJob({ tools, dispatch, observe, drive });
  },
});

interface DriverOptions {
  readonly tools: DockerTools;
  readonly dispatch: Work;
  readonly action: ActionOf<'docker'>;
  readonly job: ContainerJob;
}

/** A container that has been made. */
interface Made {
  readonly engine: Engine;
  readonly id: string;
  /** Of its first process; 0 until it has started. */
  pid: number;
  stopSignal: string;
}

const retry = { retryable: true } as const;

interface Overfull {
  readonly bytes: number;
  readonly limitBytes: number;
}

function workDirFull({ bytes, limitBytes }: Overfull): RunResult {
  const held = `killed because its working directory held ${formatSize(bytes)}`;
  const error = `${held}: the limit is ${formatSize(limitBytes)}`;
  return failedWith(error, { ...retry, errorClass: 'work_dir_full' });
}

/** Between two tries with an engine that has gone, or has failed. */
const againMs = 500;
/** An engine that cannot remove what is dead is not asked for ever. */
const removeTries = 20;
/** Between two looks at a container whose log goes on. */
const lookMs = 30_000;
/** After the end of a container, its last output is waited for so long. */
const lastOutputMs = 30_000;

class DockerDriver implements ContainerDriver {
  readonly #options: DriverOptions;
  readonly #job: ContainerJob;
  readonly #settings: TaskSettings;
  readonly #limits: ProcessLimits;
  /** Aborted by the first stop: ends a pull, and all that comes before the start. */
  readonly #stop = new AbortController();
  /** Aborted at the end: nothing of ours listens to the engine any more. */
  readonly #end = new AbortController();
  #made: Made | undefined;
  #logs: Logs | undefined;
  #overfull: Overfull | undefined;
  /** Since the first KILL that was asked for. */
  #killing: Promise<void> | undefined;
  /** From here on a process may run, whether we hear of it or not. */
  #startAsked = false;
  /** Its engine has said so. */
  #isSeenEnded = false;

  constructor(options: DriverOptions) {
    this.#options = options;
    this.#job = options.job;
    this.#settings = options.tools.settings ?? defaultTaskSettings;
    this.#limits = processLimits(options.dispatch, this.#settings);
  }

  stop(): void {
    this.#stop.abort();
    if (this.#job.hasStarted) void this.#signal();
  }

  /** Passes the stop on to a container that runs; one that is about to start asks by itself. */
  async #signal(): Promise<void> {
    const made = this.#made;
    if (made === undefined) return;
    if (this.#job.how === 'KILL') return await this.#kill(made);
    // What is lost here is asked for again when the grace is over, by KILL.
    await made.engine.kill(made.id, made.stopSignal).catch(() => {});
  }

  #kill(made: Made): Promise<void> {
    this.#killing ??= this.#untilKilled(made);
    return this.#killing;
  }

  /** K4: an engine may fail, or hear nothing for a while, and nobody asks us a second time. */
  async #untilKilled(made: Made): Promise<void> {
    while (!this.#end.signal.aborted) {
      try {
        return await made.engine.kill(made.id, 'SIGKILL');
      } catch {
        // An engine that does not hear it cannot keep the container alive either (K2).
        killProcess(processOf(made));
        await this.#job.pause(againMs);
      }
    }
  }

  async run(space: Workspace): Promise<RunResult> {
    const { tools, dispatch } = this.#options;
    await makeAttemptFiles(space, dispatch);
    const { artifacts } = tools;
    const stop = this.#stop.signal;
    const carrying = { artifacts, dispatch, directory: space.work, stop };
    const result = (await bringInputs(carrying)) ?? (await this.#inContainer(space));
    return await keepArtifacts(carrying, result);
  }

  async #inContainer(space: Workspace): Promise<RunResult> {
    const { tools, dispatch, action } = this.#options;
    const { host } = tools;
    const engine = await this.#job.unlessStopped(host.engine());
    await this.#provideImage(engine);
    const hasLimit = this.#limits.cpuMilli !== undefined;
    const cores = hasLimit ? await this.#job.unlessStopped(engine.cores()) : 1;
    await host.mark();
    this.#job.mayGoOn();
    const options = containerOptions({
      ...{ dispatch, action, owner: host.owner, space, cores },
      limits: this.#limits,
    });
    const made = await this.#create(engine, options);
    const stream = await engine.attach(made.id, this.#end.signal);
    const logs = new Logs(writeFrames(stream, space, dispatch.opened?.secrets));
    this.#logs = logs;
    this.#job.mayGoOn();
    host.guard.hold(made.id);
    this.#startAsked = true;
    await engine.start(made.id);
    await this.#noteStart(made);
    const watch = this.#watchSize(made, space);
    const end = await this.#untilEnd(made, logs).finally(() => watch?.cancel());
    return await this.#conclude(end, space);
  }

  async #provideImage(engine: Engine): Promise<void> {
    const { image, pull } = this.#options.action;
    if (pull !== 'always' && (await this.#job.unlessStopped(engine.hasImage(image)))) return;
    if (pull === 'never') {
      const why = `image ${image} is not on this node, and the task says never to pull it`;
      throw new EngineError(why, { fault: 'image_missing' });
    }
    this.#job.mayGoOn();
    await engine.pull(image, this.#stop.signal);
  }

  async #create(engine: Engine, options: Parameters<Engine['create']>[0]): Promise<Made> {
    try {
      const id = await engine.create(options);
      this.#made = { engine, id, pid: 0, stopSignal: 'SIGTERM' };
      return this.#made;
    } catch (error) {
      // Nobody has said that it was not made.
      if (isGone(error)) this.#options.tools.host.leave(String(this.#options.dispatch.id.token));
      throw error;
    }
  }

  async #noteStart(made: Made): Promise<void> {
    const { pid, stopSignal } = await made.engine.inspect(made.id);
    made.stopSignal = stopSignal;
    // An engine may count in another machine: only a process that we see stands for it.
    if (isAlive({ pid, container: made.id })) made.pid = pid;
    this.#job.noteStart();
    if (this.#job.how !== undefined) void this.#signal();
  }

  /**
   * The log ends with the container, or with the engine; and both may go without a word. So the
   * engine is asked what is true when the log ends, and now and then before.
   */
  async #untilEnd(made: Made, logs: Logs): Promise<Inspected> {
    for (;;) {
      await this.#job.within(logs.ended, logs.isOver ? againMs : lookMs);
      if (logs.isOver) await logs.ended;
      const state = await made.engine.inspect(made.id);
      if (!state.running) {
        this.#isSeenEnded = true;
        await this.#job.within(logs.ended, lastOutputMs);
        if (!logs.isOver) throw outputLost();
        await logs.ended;
        return state;
      }
      if (logs.isOver) await this.#job.pause(againMs);
    }
  }

  async #conclude(end: Inspected, space: Workspace): Promise<RunResult> {
    const { exitCode: code, oomKilled } = end;
    if (this.#overfull !== undefined) return workDirFull(this.#overfull);
    if (code === 0) return await this.#readOutput(space);
    const { memoryBytes } = this.#limits;
    // Podman does not say so; a KILL that we did not send, under a limit, is most likely that.
    const isLikely =
      code === killedCode && memoryBytes !== undefined && this.#job.how === undefined;
    const exit: ContainerExit = { code, outOfMemory: oomKilled || isLikely, memoryBytes };
    return exitResult(exit, await this.#job.tailOf(space.stderr));
  }

  /** What it holds of the node; the rest of its file system is the engine's to limit. */
  #watchSize(made: Made, space: Workspace): Cancellable | undefined {
    const { tools, dispatch } = this.#options;
    const limitBytes = workBytesMax(dispatch, this.#settings);
    if (limitBytes === undefined) return undefined;
    return tools.workDirs?.watch(space.work, limitBytes, (bytes) => {
      this.#overfull = { bytes, limitBytes };
      void this.#kill(made);
    });
  }

  #removeWork(space: Workspace, result: RunResult): void {
    const { removeWork } = this.#settings;
    const isOver = removeWork === 'always' || (removeWork === 'success' && result.error === null);
    if (isOver) this.#options.tools.workDirs?.remove(space.work);
  }

  #readOutput(space: Workspace): Promise<RunResult> {
    // One byte more than is allowed tells a file that is too large.
    const range = { offset: 0, bytesMax: outputBytesMax + 1 };
    return new Promise((done) => {
      this.#options.tools.files.readPart(space.output, range, (read) => {
        const output = checkOutput(read);
        if (output.ok) return done({ ...succeeded(output.value), exitCode: 0 });
        const { message, errorClass } = output.error;
        done({ ...failedWith(message, { retryable: true, errorClass }), exitCode: 0 });
      });
    });
  }

  async clear(space: Workspace, result: RunResult): Promise<void> {
    if (this.#made !== undefined) await this.#removeContainer(this.#made);
    // K3.
    const written = this.#logs?.ended ?? Promise.resolve();
    await this.#job.within(written, againMs);
    this.#end.abort();
    await this.#job.within(written, lastOutputMs);
    this.#removeWork(space, result);
  }

  /** Removes the container, or at least sees it dead; as often as that takes (K2). */
  async #removeContainer(made: Made): Promise<void> {
    const { host } = this.#options.tools;
    const process_ = processOf(made);
    for (let tries = 1; ; tries += 1) {
      try {
        await made.engine.remove(made.id);
        break;
      } catch (error) {
        killProcess(process_);
        // Without its engine, and without its process: nothing of it runs, whatever is left of it.
        const isUnseen = made.pid > 0 && !isAlive(process_);
        const isDead = !this.#startAsked || this.#isSeenEnded || isUnseen;
        if (isDead && (isGone(error) || tries === removeTries)) {
          host.leave(String(this.#options.dispatch.id.token));
          break;
        }
        await this.#job.pause(againMs);
      }
    }
    host.guard.drop(made.id);
  }

  failure(error: unknown): RunResult {
    if (error instanceof EngineError) {
      const { fault: errorClass, message } = error;
      if (errorClass !== 'not_started') return failedWith(message, { ...retry, errorClass });
      return this.#job.hasStarted
        ? failedWith(`its container was lost: ${message}`, lost)
        : failedWith(`could not start: ${message}`, { ...retry, errorClass });
    }
    const why = error instanceof Error ? error.message : String(error);
    return failedWith(`its files cannot be written: ${why}`, retry);
  }
}

const lost = { ...retry, errorClass: 'container_lost' } as const;

const outputLost = (): EngineError =>
  new EngineError('the end of its output does not come', { fault: 'docker_unavailable' });

/** The log while it is written. Its failure is kept until somebody asks. */
class Logs {
  readonly ended: Promise<void>;
  isOver = false;

  constructor(ended: Promise<void>) {
    this.ended = ended;
    const over = (): void => {
      this.isOver = true;
    };
    ended.then(over, over);
  }
}

const processOf = ({ pid, id }: Made): ContainerProcess => ({ pid, container: id });

const isGone = (error: unknown): boolean =>
  error instanceof EngineError && error.fault === 'docker_unavailable';
