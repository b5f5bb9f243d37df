/**
 * One attempt that runs as a process: directory, files, process, sweep, output.
 *
 * It owns the steps and their order. The Processes port owns the processes; the executor owns the
 * reasons to stop.
 *
 * Invariants:
 *   J1  A step follows when the one before has ended, and none follows a stop but the last.
 *   J2  `ended` is observed exactly once, after the sweep: nothing of the attempt is alive.
 */
import { unreachable } from '../base/assert.ts';
import type { Clock, ProcessEvent, Processes, RunningProcess } from '../base/ports.ts';
import { outputBytesMax } from '../model/output.ts';
import type { Dispatch } from '../model/protocol.ts';
import { contextJson, type Environment, exitCodes, taskEnvironment } from './context.ts';
import { errorBytesMax } from './error-text.ts';
import { exceptionName } from './exception-name.ts';
import type { Files } from './files.ts';
import { checkOutput } from './output.ts';
import { failedWith, type RunEvent, type RunningJob, type RunResult, succeeded } from './runner.ts';
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
}

/** What differs between kinds of tasks. */
export interface ProcessPlan {
  readonly argv: readonly string[];
  /** Written to the attempt's directory before the start. */
  readonly script: { readonly path: string; readonly content: string } | undefined;
}

export class ProcessJob implements RunningJob {
  readonly #tools: ProcessTools;
  readonly #dispatch: Dispatch;
  readonly #plan: (workspace: Workspace) => ProcessPlan;
  readonly #observe: (event: RunEvent) => void;
  #process: RunningProcess | undefined;
  #stopped = false;
  #ended = false;

  constructor(options: {
    readonly tools: ProcessTools;
    readonly dispatch: Dispatch;
    readonly plan: (workspace: Workspace) => ProcessPlan;
    readonly observe: (event: RunEvent) => void;
  }) {
    this.#tools = options.tools;
    this.#dispatch = options.dispatch;
    this.#plan = options.plan;
    this.#observe = options.observe;
    this.#begin();
  }

  stop(how: 'TERM' | 'KILL'): void {
    this.#stopped = true;
    if (!this.#ended) this.#process?.signal(how);
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
    const plan = this.#plan(space);
    files.makeDirectory(space.work, (error) => {
      this.#step(error, () => this.#writeContext(space, plan));
    });
  }

  #writeContext(space: Workspace, plan: ProcessPlan): void {
    this.#tools.files.writeFile(space.context, contextJson(this.#dispatch), (error) => {
      this.#step(error, () => this.#writeScript(space, plan));
    });
  }

  #writeScript(space: Workspace, plan: ProcessPlan): void {
    if (plan.script === undefined) {
      this.#start(space, plan);
      return;
    }
    const { path, content } = plan.script;
    this.#tools.files.writeFile(path, content, (error) => {
      this.#step(error, () => this.#start(space, plan));
    });
  }

  /** Goes on with `next` unless the step failed or somebody asked for the end (J1). */
  #step(error: string | undefined, next: () => void): void {
    if (this.#stopped) this.#end(failedWith('stopped before it started', { retryable: true }));
    else if (error === undefined) next();
    else this.#end(failedWith(`no directory for the attempt: ${error}`, { retryable: true }));
  }

  #start(space: Workspace, plan: ProcessPlan): void {
    const { processes, inherited, nextMark } = this.#tools;
    const dispatch = this.#dispatch;
    this.#process = processes.start(
      {
        key: nextMark(),
        argv: plan.argv,
        env: taskEnvironment(dispatch, { workspace: space, inherited }),
        cwd: dispatch.cwd ?? space.work,
        stdoutFile: space.stdout,
        stderrFile: space.stderr,
      },
      (event) => this.#follow(event, space),
    );
  }

  #follow(event: ProcessEvent, space: Workspace): void {
    switch (event.kind) {
      case 'started':
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
        this.#process?.sweep(() => this.#conclude(event, space));
        return;
      default:
        unreachable(event);
    }
  }

  #conclude(exit: ProcessExit, space: Workspace): void {
    if (exit.code === 0) this.#readOutput(space);
    else if (exit.code === exitCodes.skipped && exit.signal === undefined) {
      this.#end({ ...succeeded(), outcome: 'skipped', exitCode: exit.code });
    } else this.#readStderr(exit, space);
  }

  #readOutput(space: Workspace): void {
    // One byte more than is allowed tells a file that is too large.
    const range = { offset: 0, bytesMax: outputBytesMax + 1 };
    this.#tools.files.readPart(space.output, range, (result) => {
      const output = checkOutput(result);
      if (output.ok) this.#end({ ...succeeded(output.value), exitCode: 0 });
      else {
        const { message, errorClass } = output.error;
        this.#end({ ...failedWith(message, { retryable: true, errorClass }), exitCode: 0 });
      }
    });
  }

  #readStderr(exit: ProcessExit, space: Workspace): void {
    const range = { offset: -errorBytesMax, bytesMax: errorBytesMax };
    this.#tools.files.readPart(space.stderr, range, (result) => {
      const stderrTail = (result.ok ? result.value?.bytes : undefined) ?? new Uint8Array();
      this.#end({
        ...failedWith(exitSentence(exit), { retryable: exit.code !== exitCodes.failForGood }),
        errorClass: exitClass(exit, stderrTail),
        exitCode: exit.code,
        signal: exit.signal ?? null,
        stderrTail,
      });
    });
  }

  #end(result: RunResult): void {
    this.#ended = true;
    this.#observe({ kind: 'ended', result });
  }
}

type ProcessExit = Extract<ProcessEvent, { kind: 'exited' }>;

function exitSentence({ code, signal }: ProcessExit): string {
  if (signal !== undefined) return `ended by signal ${signal}`;
  if (code === exitCodes.retry) return `asked to be tried again (exit code ${code})`;
  if (code === exitCodes.failForGood) return `failed for good (exit code ${code})`;
  if (code === 127) return 'command not found (exit code 127)';
  return `ended with exit code ${code}`;
}

/** Exit codes have rules of their own, so they need no class. */
function exitClass({ code, signal }: ProcessExit, stderrTail: Uint8Array): string | null {
  if (signal !== undefined) return `signal_${signal}`;
  return code === exceptionExitCode ? exceptionName(stderrTail) : null;
}

/** Python ends with it when nobody has caught an exception. */
const exceptionExitCode = 1;
