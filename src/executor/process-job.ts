/**
 * One attempt that runs as a process: directory, inputs, files, process, sweep, output, artifacts.
 *
 * It owns the steps and their order. The Processes port owns the processes; the executor owns the
 * reasons to stop.
 *
 * Invariants:
 *   J1  A step follows when the one before has ended, and none follows a stop but the last.
 *   J2  `ended` is observed exactly once, after the sweep: nothing of the attempt is alive.
 */
import { unreachable } from '../base/assert.ts';
import type {
  Cancellable,
  Clock,
  ProcessEvent,
  ProcessExit,
  Processes,
  ProcessLimits,
  RunningProcess,
} from '../base/ports.ts';
import { fail, ok, type Result } from '../base/result.ts';
import type { Artifact } from '../model/artifact.ts';
import { largeOutput, outputBytesMax, outputReference } from '../model/output.ts';
import type { Dispatch } from '../model/protocol.ts';
import { type ArtifactFlaw, type AttemptArtifacts, noStore, unfit } from './attempt-artifacts.ts';
import { type Environment, exitCodes, taskEnvironment } from './context.ts';
import { errorBytesMax } from './error-text.ts';
import type { Files } from './files.ts';
import { contextText } from './given/given-text.ts';
import type { Masker } from './masking/masker.ts';
import { checkOutput, type OutputFlaw } from './output.ts';
import { type EndedProcess, endClass, endSentence } from './process-ending.ts';
import {
  failedWith,
  type RunEvent,
  type RunningJob,
  type RunResult,
  succeeded,
  type Work,
} from './runner.ts';
import {
  defaultTaskSettings,
  processLimits,
  type TaskSettings,
  workBytesMax,
} from './task-limits.ts';
import type { WorkDirs } from './work-dirs.ts';
import { type Workspace, workspaceOf } from './workspace.ts';

/** What runners that start processes share; one for each life of an executor. */
export interface ProcessTools {
  readonly clock: Clock;
  readonly processes: Processes;
  readonly files: Files;
  /** The node's data directory; absolute. */
  readonly dataDir: string;
  /** What every task inherits of the executor's own environment. */
  readonly inherited: Environment;
  /** Makes the mark of an attempt's processes (`processMarks`): never the same twice here. */
  readonly nextMark: () => string;
  /** Absent: `defaultTaskSettings`. */
  readonly settings?: TaskSettings;
  /** Absent: nobody looks into the directories that tasks work in, or removes them. */
  readonly workDirs?: WorkDirs;
  /** Who hides secrets in logs, for those whose processes go on to the next attempt. */
  readonly masker?: Masker;
  /** Absent: nobody keeps artifacts, and who needs them fails. */
  readonly artifacts?: AttemptArtifacts;
}

/** What differs between kinds of tasks. */
export interface ProcessPlan {
  readonly argv: readonly string[];
  /** Written to the attempt's directory before the start. */
  readonly script: PlanFile | undefined;
  /** What the script is told, written as well. */
  readonly input?: PlanFile;
  /** A process that others have made ready spares the executor some steps. */
  readonly help?: PlanHelp;
}

export interface PlanHelp {
  /** It makes the directory of the attempt, and writes this into the context file. */
  takeContext(content: string): void;
  /** What it has told instead of writing it, empty for nothing; undefined: look for the file. */
  readonly output: string | undefined;
}

export interface PlanFile {
  readonly path: string;
  readonly content: string;
}

export class ProcessJob implements RunningJob {
  readonly #tools: ProcessTools;
  readonly #dispatch: Work;
  readonly #plan: (workspace: Workspace) => ProcessPlan;
  readonly #observe: (event: RunEvent) => void;
  readonly #settings: TaskSettings;
  readonly #limits: ProcessLimits;
  #process: RunningProcess | undefined;
  #watch: Cancellable | undefined;
  /** Artifacts on their way, to the attempt or from it. */
  #carrying: Cancellable | undefined;
  #overfull: EndedProcess['overfull'];
  #usage: ProcessExit['usage'];
  #help: PlanHelp | undefined;
  #space: Workspace | undefined;
  #stopped = false;
  #ended = false;

  constructor(options: {
    readonly tools: ProcessTools;
    readonly dispatch: Work;
    readonly plan: (workspace: Workspace) => ProcessPlan;
    readonly observe: (event: RunEvent) => void;
  }) {
    this.#tools = options.tools;
    this.#dispatch = options.dispatch;
    this.#plan = options.plan;
    this.#observe = options.observe;
    this.#settings = options.tools.settings ?? defaultTaskSettings;
    this.#limits = processLimits(options.dispatch, this.#settings);
    this.#begin();
  }

  stop(how: 'TERM' | 'KILL'): void {
    this.#stopped = true;
    if (this.#ended) return;
    this.#carrying?.cancel();
    this.#process?.signal(how);
  }

  pace(cpuMilli: number | undefined): void {
    this.#process?.pace?.(cpuMilli);
  }

  #begin(): void {
    const { id, attempt } = this.#dispatch;
    const { dataDir, clock, files } = this.#tools;
    const workspace = workspaceOf(dataDir, { id, number: attempt });
    if (!workspace.ok) {
      clock.soon(() => this.#end(failedWith(workspace.error, { retryable: false })));
      return;
    }
    const space = workspace.value;
    this.#space = space;
    const plan = this.#plan(space);
    this.#help = plan.help;
    if (plan.help !== undefined) {
      plan.help.takeContext(contextText(this.#dispatch, clock.wallMs()));
      clock.soon(() => this.#step(undefined, () => this.#start(space, plan)));
      return;
    }
    files.makeDirectory(space.work, (error) => {
      this.#step(error, () => this.#bring(space, plan));
    });
  }

  #bring(space: Workspace, plan: ProcessPlan): void {
    if (this.#dispatch.inputs === undefined) {
      this.#handOver(space, plan);
      return;
    }
    const place = { directory: space.work, user: this.#settings.user };
    const { artifacts, clock } = this.#tools;
    const brought = (flaw: ArtifactFlaw | undefined): void => {
      this.#carrying = undefined;
      if (flaw === undefined || this.#stopped) {
        this.#step(undefined, () => this.#handOver(space, plan));
      } else this.#end(unfit(flaw));
    };
    this.#carrying = artifacts?.bring(this.#dispatch, place, brought);
    if (artifacts === undefined) clock.soon(() => brought(noStore));
  }

  #handOver(space: Workspace, plan: ProcessPlan): void {
    const { user } = this.#settings;
    const { workDirs } = this.#tools;
    if (user === undefined || workDirs === undefined) {
      this.#readUpstream(space, plan);
      return;
    }
    workDirs.handOver(space, user, (error) => {
      this.#step(error, () => this.#readUpstream(space, plan));
    });
  }

  /** Outputs that are too large for a dispatch are read where they are kept. */
  #readUpstream(space: Workspace, plan: ProcessPlan): void {
    const { upstream, upstreamObjects } = this.#dispatch;
    const { artifacts } = this.#tools;
    if (upstreamObjects === undefined || artifacts === undefined) {
      this.#writeContext(space, plan, upstream);
      return;
    }
    this.#carrying = artifacts.outputs(this.#dispatch, (read) => {
      this.#carrying = undefined;
      if (read.ok || this.#stopped) {
        const all = { ...upstream, ...(read.ok && read.value) };
        this.#step(undefined, () => this.#writeContext(space, plan, all));
      } else this.#end(unfit(read.error));
    });
  }

  #writeContext(space: Workspace, plan: ProcessPlan, upstream: Dispatch['upstream']): void {
    const { clock, files } = this.#tools;
    const content = contextText({ ...this.#dispatch, upstream }, clock.wallMs());
    files.writeFile(space.context, content, (error) => {
      this.#step(error, () => this.#writeScript(space, plan));
    });
  }

  #writeScript(space: Workspace, plan: ProcessPlan): void {
    const { script, input } = plan;
    this.#write(script, () => this.#write(input, () => this.#start(space, plan)));
  }

  #write(file: PlanFile | undefined, next: () => void): void {
    if (file === undefined) {
      next();
      return;
    }
    this.#tools.files.writeFile(file.path, file.content, (error) => this.#step(error, next));
  }

  /** Goes on with `next` unless the step failed or somebody asked for the end (J1). */
  #step(error: string | undefined, next: () => void): void {
    if (this.#stopped) this.#end(failedWith('stopped before it started', { retryable: true }));
    else if (error === undefined) next();
    else this.#end(failedWith(`no directory for the attempt: ${error}`, { retryable: true }));
  }

  #start(space: Workspace, plan: ProcessPlan): void {
    const { processes, nextMark } = this.#tools;
    const { user } = this.#settings;
    const inherited = { ...this.#tools.inherited, ...(user && userVariables(user)) };
    const dispatch = this.#dispatch;
    this.#process = processes.start(
      {
        key: nextMark(),
        argv: plan.argv,
        env: taskEnvironment(dispatch, { workspace: space, inherited }),
        cwd: dispatch.cwd ?? space.work,
        stdoutFile: space.stdout,
        stderrFile: space.stderr,
        limits: this.#limits,
        ...(user && { user }),
        ...(dispatch.opened && { masked: dispatch.opened.secrets }),
      },
      (event) => this.#follow(event, space),
    );
  }

  #follow(event: ProcessEvent, space: Workspace): void {
    switch (event.kind) {
      case 'started':
        this.#watchSize(space);
        this.#observe({ kind: 'started' });
        return;
      case 'failed':
        this.#end(
          failedWith(`could not start: ${event.reason}`, {
            retryable: true,
            errorClass: 'not_started',
          }),
        );
        return;
      case 'exited':
        this.#watch?.cancel();
        this.#usage = event.usage;
        this.#process?.sweep(() => this.#conclude(event, space));
        return;
      default:
        unreachable(event);
    }
  }

  /** What it holds is looked at only where the task has it to itself. */
  #watchSize(space: Workspace): void {
    const limitBytes = workBytesMax(this.#dispatch, this.#settings);
    if (limitBytes === undefined || this.#dispatch.cwd !== null) return;
    this.#watch = this.#tools.workDirs?.watch(space.work, limitBytes, (bytes) => {
      this.#overfull = { bytes, limitBytes };
      this.#process?.signal('KILL');
    });
  }

  #conclude(exit: ProcessExit, space: Workspace): void {
    if (exit.code === 0) this.#readOutput(space);
    else if (exit.code === exitCodes.skipped && exit.signal === undefined) {
      this.#end({ ...succeeded(), outcome: 'skipped', exitCode: exit.code });
    } else this.#readStderr(exit, space);
  }

  #readOutput(space: Workspace): void {
    const told = this.#help?.output;
    if (told !== undefined) {
      const bytes = new TextEncoder().encode(told);
      this.#judgeOutput(ok({ bytes, sizeBytes: bytes.length }), space);
      return;
    }
    // One byte more than is allowed tells a file that is too large.
    const range = { offset: 0, bytesMax: outputBytesMax + 1 };
    this.#tools.files.readPart(space.output, range, (read) => this.#judgeOutput(read, space));
  }

  #judgeOutput(read: Parameters<typeof checkOutput>[0], space: Workspace): void {
    const output = checkOutput(read);
    if (output.ok) {
      const { artifacts } = this.#dispatch;
      const success = { ...succeeded(output.value), exitCode: 0 };
      if (artifacts === undefined) this.#end(success);
      else this.#keep(success, space);
    } else if (this.#mayBeLarge(output.error)) this.#readLargeOutput(space);
    else this.#end(badOutput(output.error));
  }

  /** What was given secrets is looked through for them, and artifacts are not. */
  #mayBeLarge({ errorClass }: OutputFlaw): boolean {
    const { opened } = this.#dispatch;
    const hasSecrets = opened !== undefined && opened.secrets.length > 0;
    return errorClass === 'output_too_large' && this.#tools.artifacts !== undefined && !hasSecrets;
  }

  #readLargeOutput(space: Workspace): void {
    const { bytesMax } = largeOutput;
    const range = { offset: 0, bytesMax: bytesMax + 1 };
    this.#tools.files.readPart(space.output, range, (read) => {
      const output = checkOutput(read, bytesMax);
      if (output.ok) this.#keep({ ...succeeded(), exitCode: 0 }, space, space.output);
      else this.#end(badOutput(output.error));
    });
  }

  /** A success that has not left what it promised is none. */
  #keep(success: RunResult, space: Workspace, output?: string): void {
    const { artifacts, clock } = this.#tools;
    const place = { directory: space.work, ...(output !== undefined && { output }) };
    const kept = (result: Result<readonly Artifact[], ArtifactFlaw>): void => {
      this.#carrying = undefined;
      if (result.ok) this.#end({ ...success, ...left(result.value) });
      else {
        const { error } = result;
        this.#readTail(space, (stderrTail) => {
          this.#end({ ...unfit(error), exitCode: success.exitCode, stderrTail });
        });
      }
    };
    this.#carrying = artifacts?.keep(this.#dispatch, place, kept);
    if (artifacts === undefined) clock.soon(() => kept(fail(noStore)));
  }

  #readTail(space: Workspace, done: (stderrTail: Uint8Array) => void): void {
    const range = { offset: -errorBytesMax, bytesMax: errorBytesMax };
    this.#tools.files.readPart(space.stderr, range, (result) => {
      done((result.ok ? result.value?.bytes : undefined) ?? new Uint8Array());
    });
  }

  #readStderr(exit: ProcessExit, space: Workspace): void {
    this.#readTail(space, (stderrTail) => {
      const ended = { exit, limits: this.#limits, overfull: this.#overfull };
      this.#end({
        ...failedWith(endSentence(ended), { retryable: exit.code !== exitCodes.failForGood }),
        errorClass: endClass(ended, stderrTail),
        exitCode: exit.code,
        signal: exit.signal ?? null,
        stderrTail,
      });
    });
  }

  #end(result: RunResult): void {
    this.#ended = true;
    const usage = this.#usage;
    this.#observe({ kind: 'ended', result: { ...result, ...(usage && { usage }) } });
    const { removeWork } = this.#settings;
    const isOver = removeWork === 'always' || (removeWork === 'success' && result.error === null);
    if (isOver && this.#space !== undefined) this.#tools.workDirs?.remove(this.#space.work);
  }
}

const badOutput = ({ message, errorClass }: OutputFlaw): RunResult => ({
  ...failedWith(message, { retryable: true, errorClass }),
  exitCode: 0,
});

/** An output that was kept as an artifact is in the log by what it is. */
function left(artifacts: readonly Artifact[]): Partial<Pick<RunResult, 'artifacts' | 'output'>> {
  const output = artifacts.find(({ name }) => name === largeOutput.name);
  return { artifacts, ...(output && { output: outputReference(output) }) };
}

const userVariables = ({ name, home }: NonNullable<TaskSettings['user']>): Environment => ({
  HOME: home,
  USER: name,
  LOGNAME: name,
});
