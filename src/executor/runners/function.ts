/**
 * Runs a function in TypeScript or JavaScript, in a process of its own: inline code, or a file of
 * the executing node. Called with `(input, context)`; what it returns is the output, and the name
 * of what it throws the class of the failure.
 */
import { readlinkSync, rm } from 'node:fs';
import { assert } from '../../base/assert.ts';
import type { Processes } from '../../base/ports.ts';
import type { FunctionAction } from '../../model/code-action.ts';
import type { Call, CallFailure } from '../functions/call.ts';
import { type Compiled, Compiler } from '../functions/compile.ts';
import { FunctionPool } from '../functions/pool.ts';
import { compilerFile, writeProgram } from '../functions/program.ts';
import { ServedHelp } from '../functions/served-help.ts';
import { ServingPool } from '../functions/serving-pool.ts';
import { contextText, liesInContext } from '../given/given-text.ts';
import { ProcessJob, type ProcessPlan, type ProcessTools } from '../process-job.ts';
import {
  failedWith,
  type RunEvent,
  type Runner,
  type RunningJob,
  type RunResult,
  type Work,
} from '../runner.ts';
import { type Workspace, workspaceOf } from '../workspace.ts';
import { refused } from './code-kit.ts';
import { LateJob } from './late-job.ts';

type Observe = (event: RunEvent) => void;

export function functionRunner(tools: ProcessTools): Runner {
  const calls = new FunctionCalls(tools);
  return {
    start(dispatch, observe) {
      const { action } = dispatch;
      assert(action.kind === 'function', 'the registry gives each runner its own kind');
      if ((action.code === null) === (action.file === null)) {
        return refused(tools.clock, 'a function task needs code or a file', observe);
      }
      return calls.start(dispatch, action, observe);
    },
  };
}

/** Owns the worker's program, the compiler and the pool; all are made when they are wanted. */
class FunctionCalls {
  readonly #tools: ProcessTools;
  readonly #folder: string;
  readonly #program: string;
  readonly #pool: FunctionPool;
  readonly #serving: ServingPool;
  readonly #compiler = new Compiler();
  #written = false;
  /** Who waits for it to be written. */
  readonly #prepared: ((problem: string | undefined) => void)[] = [];

  constructor(tools: ProcessTools) {
    this.#tools = tools;
    this.#folder = `${tools.dataDir}/functions`;
    this.#program = `${this.#folder}/worker.mjs`;
    this.#pool = new FunctionPool({
      clock: tools.clock,
      processes: tools.processes,
      folder: `${this.#folder}/waiting`,
      inherited: tools.inherited,
      nextMark: tools.nextMark,
      waiting: (folder) => [...this.#words('wait'), folder],
      callFileOf: (argv) => argv.at(-1) ?? '',
    });
    const around = namespaceOfProcesses();
    this.#serving = new ServingPool({
      clock: tools.clock,
      processes: tools.processes,
      folder: `${this.#folder}/serving`,
      inherited: tools.inherited,
      nextMark: tools.nextMark,
      serving: (folder) => [...this.#words('serve'), folder, around],
      ...(tools.masker && { masker: tools.masker }),
    });
  }

  start(dispatch: Work, action: FunctionAction, observe: Observe): RunningJob {
    const late = new LateJob(observe);
    this.#prepare((problem) => {
      if (problem !== undefined) late.fail(failedWith(problem, { retryable: true }));
      else this.#compile(dispatch, action, late);
    });
    return late;
  }

  #words(mode: 'run' | 'wait' | 'serve'): readonly string[] {
    return [process.execPath, this.#program, mode];
  }

  /** `done` hears a sentence where there can be no workers. */
  #prepare(done: (problem: string | undefined) => void): void {
    if (this.#written) {
      this.#tools.clock.soon(() => done(undefined));
      return;
    }
    this.#prepared.push(done);
    if (this.#prepared.length > 1) return;
    // An executor that was killed has left the folders of its workers behind.
    this.#removeLeft(['waiting', 'serving'], () => {
      writeProgram(this.#program, (written) => {
        this.#written = written.ok;
        const problem = written.ok ? undefined : `no program for functions: ${written.error}`;
        for (const each of this.#prepared.splice(0)) each(problem);
      });
    });
  }

  #removeLeft([name, ...others]: readonly string[], done: () => void): void {
    const next = (): void => this.#removeLeft(others, done);
    if (name === undefined) done();
    else rm(`${this.#folder}/${name}`, { recursive: true, force: true }, next);
  }

  #compile(dispatch: Work, action: FunctionAction, late: LateJob): void {
    const { code } = action;
    if (code === null) {
      this.#run(dispatch, action, { late, compiled: null });
      return;
    }
    this.#compiler.compile(code, (compiled) => {
      if (compiled.kind !== 'compiled') this.#leaveContext(dispatch, late, notCompiled(compiled));
      else this.#run(dispatch, action, { late, compiled: compiled.code });
    });
  }

  /** What it was given is kept, as of every attempt, though there is no job that keeps it. */
  #leaveContext(work: Work, late: LateJob, result: RunResult): void {
    const { files, clock, dataDir } = this.#tools;
    const space = workspaceOf(dataDir, { id: work.id, number: work.attempt });
    if (!space.ok || !liesInContext(work)) {
      late.fail(result);
      return;
    }
    const { directory, context } = space.value;
    files.makeDirectory(directory, () => {
      files.writeFile(context, contextText(work, clock.wallMs()), () => late.fail(result));
    });
  }

  #run(dispatch: Work, action: FunctionAction, { late, compiled }: Prepared): void {
    const served = this.#mayStay(dispatch, action)
      ? this.#served(dispatch, action, compiled)
      : undefined;
    late.become((observe) => {
      let output = '';
      return new ProcessJob({
        tools: { ...this.#tools, processes: served?.processes ?? this.#pool },
        dispatch,
        plan: (workspace) => {
          output = workspace.output;
          return served?.plan(workspace) ?? this.#plan(action, compiled, workspace);
        },
        observe: (event) => this.#explain(event, output, observe),
      });
    });
  }

  /** Another user may not open the logs of an attempt, and secrets need somebody who hides them. */
  #mayStay({ opened }: Work, { reuse }: FunctionAction): boolean {
    const { settings, masker } = this.#tools;
    const isHidden = opened === undefined || masker !== undefined;
    return reuse === true && settings?.user === undefined && isHidden;
  }

  /** There is no process for this attempt alone; the one that makes its call helps with it. */
  #served(work: Work, action: FunctionAction, compiled: string | null) {
    const { id, dagId, inputs, upstreamObjects, opened } = work;
    const isPlain = [inputs, upstreamObjects, opened].every((part) => part === undefined);
    const { code, file } = action;
    const asked = {
      owner: [id.namespace, dagId, id.taskId],
      code: compiled,
      call: this.#call(action, { file: file ?? '', isInline: code !== null }),
    };
    let help: ServedHelp | undefined;
    const processes: Processes = {
      start: (spec, observe) =>
        this.#serving.start(spec, { ...asked, ...(help && { help }) }, observe),
    };
    const plan = (workspace: Workspace): ProcessPlan => {
      if (isPlain) help = new ServedHelp(workspace);
      return { argv: this.#words('serve'), script: undefined, ...(help && { help }) };
    };
    return { processes, plan };
  }

  #call(action: FunctionAction, source: Pick<Call, 'file' | 'isInline'>): Omit<Call, 'scratch'> {
    const { export: name, input } = action;
    const cache = `${this.#folder}/cache`;
    return { ...source, export: name, input, cache, compiler: compilerFile };
  }

  #plan(action: FunctionAction, compiled: string | null, workspace: Workspace): ProcessPlan {
    const { directory, work } = workspace;
    const module = `${directory}/main.mjs`;
    const path = `${directory}/call.json`;
    const isInline = compiled !== null;
    const source = { file: isInline ? module : (action.file ?? ''), isInline };
    const scratch = `${work}/.skein-function.mjs`;
    const call: Call = { ...this.#call(action, source), scratch };
    return {
      argv: [...this.#words('run'), path],
      script: compiled === null ? undefined : { path: module, content: compiled },
      input: { path, content: JSON.stringify(call) },
    };
  }

  /** A call that failed by itself has left word of it. */
  #explain(event: RunEvent, output: string, observe: Observe): void {
    if (event.kind !== 'ended' || event.result.exitCode !== failedCode || output === '') {
      observe(event);
      return;
    }
    const { result } = event;
    const range = { offset: 0, bytesMax: failureBytesMax };
    this.#tools.files.readPart(output, range, (read) => {
      const failure = read.ok && read.value !== undefined ? failureIn(read.value.bytes) : undefined;
      observe({ kind: 'ended', result: { ...result, ...failure } });
    });
  }
}

/** Empty where there is no such thing: then no worker can be told from it, and none stays. */
function namespaceOfProcesses(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

/** What a call waits for: its code, null where it is a file. */
interface Prepared {
  readonly late: LateJob;
  readonly compiled: string | null;
}

const failedCode = 1;
const failureBytesMax = 16 * 1024;

/** The function may have written anything there. */
function failureIn(bytes: Uint8Array): CallFailure | undefined {
  try {
    const told: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof told !== 'object' || told === null) return undefined;
    if (!('error' in told && 'errorClass' in told && 'retryable' in told)) return undefined;
    const { error, errorClass, retryable } = told;
    if (typeof error !== 'string' || typeof errorClass !== 'string') return undefined;
    if (!/^[\p{L}_$][\p{L}\p{N}_$]{0,99}$/u.test(errorClass)) return undefined;
    return { error, errorClass, retryable: retryable !== false };
  } catch {
    return undefined;
  }
}

function notCompiled(compiled: Exclude<Compiled, { kind: 'compiled' }>) {
  if (compiled.kind === 'broken') {
    const reason = `its code could not be compiled: ${compiled.reason}`;
    return failedWith(reason, { retryable: true, errorClass: 'not_started' });
  }
  const { line, column, message } = compiled.flaw;
  const sentence = `syntax error in its code, line ${line}, column ${column}: ${message}`;
  return failedWith(sentence, { retryable: false, errorClass: 'syntax_error' });
}
