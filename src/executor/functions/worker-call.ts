/**
 * What a call is made of, in a worker: the module is loaded, the function called with
 * `(input, context)`, and what it returns becomes the output. What goes wrong is left in a file for
 * the executor, and its stack on stderr for people.
 */
import { accessSync, constants, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { type Call, type CallFailure, failureCharactersMax } from './call.ts';
import { bundleOf, isTypeScript, type SyntaxFlaw, syntaxFlawOf } from './worker-bundle.ts';

/** As the task process contract has them. */
const exitCodes = { failed: 1, retry: 99, failForGood: 100, skipped: 101 } as const;

/** Thrown on purpose, by `context.skip` and its like. */
class Ending extends Error {
  readonly exitCode: number;

  constructor(name: string, reason: string, exitCode: number) {
    super(reason);
    this.name = name;
    this.exitCode = exitCode;
  }
}

/** Something of ours to say, without a stack of ours. */
class Flaw extends Error {
  readonly failure: CallFailure;

  constructor(error: string, errorClass: string, retryable: boolean) {
    super(error);
    this.failure = { error, errorClass, retryable };
  }
}

/** A module, and the files whose change makes it another one. */
export interface Loaded {
  readonly module: object;
  readonly files: readonly string[];
}

/** Calls the function of a module with the input and the context of this call. */
export async function invoke(call: Call, { module }: Loaded, context: object): Promise<unknown> {
  const called = exported(module, call.export);
  if (typeof called !== 'function') {
    const what = `its module has no function "${call.export}"`;
    throw new Flaw(what, 'no_such_function', false);
  }
  return called(call.input, context);
}

export async function load(call: Call): Promise<Loaded> {
  const { file } = call;
  accessSync(file, constants.R_OK);
  if (isTypeScript(file)) return loadCompiled(call);
  try {
    return { module: await loadModule(file), files: [realpathSync(file)] };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const flaw = await syntaxFlawOf(call);
    throw flaw === undefined ? error : syntaxError(file, flaw);
  }
}

/** A TypeScript file is compiled into a module that lies there only until it is loaded. */
async function loadCompiled(call: Call): Promise<Loaded> {
  const bundle = await bundleOf(call);
  if (!bundle.ok) throw syntaxError(bundle.error.file, bundle.error);
  const { code, inputs } = bundle.value;
  writeFileSync(call.scratch, code);
  try {
    return { module: await loadModule(call.scratch), files: Object.keys(inputs) };
  } finally {
    rmSync(call.scratch);
  }
}

async function loadModule(path: string): Promise<object> {
  const module: object = await import(pathToFileURL(path).href);
  return module;
}

function syntaxError(file: string, { line, column, message }: SyntaxFlaw): Flaw {
  const text = `syntax error in ${file}, line ${line}, column ${column}: ${message}`;
  return new Flaw(text, 'syntax_error', false);
}

/** A CommonJS module gives all that it exports as its default. */
function exported(module: object, name: string): unknown {
  const own = member(module, name);
  const all = member(module, 'default');
  if (typeof own === 'function' || typeof all !== 'object' || all === null) return own;
  return member(all, name);
}

const member = (from: object, name: string): unknown => Reflect.get(from, name);

export interface CallContext {
  readonly context: object;
  /** The call is over: signals are no longer its concern. */
  close(): void;
}

/**
 * The content of the SKEIN_CONTEXT file, which may be at hand, and ways to end that are neither
 * success nor failure.
 */
export function openContext(content?: string): CallContext {
  const text = content ?? readFileSync(process.env.SKEIN_CONTEXT ?? '', 'utf8');
  const { given: _, ...told }: Record<string, unknown> = JSON.parse(text);
  let stopping: AbortController | undefined;
  const abort = (): void => stopping?.abort();
  const context = {
    ...told,
    /** Throws: the task is skipped. */
    skip(reason = ''): never {
      throw new Ending('Skip', reason, exitCodes.skipped);
    },
    /** Throws: the task failed, and another attempt is wanted. */
    retry(reason = ''): never {
      throw new Ending('Retry', reason, exitCodes.retry);
    },
    /** Throws: the task failed, and another attempt would fail too. */
    fail(reason = ''): never {
      throw new Ending('Fail', reason, exitCodes.failForGood);
    },
    /** Aborted when the task is asked to stop. Who never asks for it is stopped by the signal. */
    get signal(): AbortSignal {
      if (stopping === undefined) process.on('SIGTERM', abort);
      stopping ??= new AbortController();
      return stopping.signal;
    },
  };
  return { context, close: () => process.off('SIGTERM', abort) };
}

/** `undefined` leaves what the function has written there by itself. */
export function keepOutput(value: unknown): undefined {
  const text = outputText(value);
  if (text !== undefined) writeFileSync(process.env.SKEIN_OUTPUT ?? '', text);
}

/** Undefined of undefined. */
export function outputText(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    throw new Flaw(`what it returned is not JSON: ${textOf(error)}`, 'output_invalid', true);
  }
  if (text === undefined) {
    throw new Flaw(`what it returned is a ${typeof value}, not JSON`, 'output_invalid', true);
  }
  return text;
}

/** Nothing is left that could ever settle the promise: better told than waited for. */
export const neverSettled = (): Error =>
  new Flaw('its promise never settled: nothing was left to do', 'never_settled', true);

/** Says how a call went wrong, to people and to the executor; the exit code that it means. */
export function tellFailure(error: unknown): number {
  if (error instanceof Ending) {
    process.stderr.write(`${error.name}: ${error.message}\n`);
    return error.exitCode;
  }
  const failure = error instanceof Flaw ? error.failure : failureOf(error);
  process.stderr.write(`${error instanceof Flaw ? error.message : stackOf(error)}\n`);
  try {
    writeFileSync(process.env.SKEIN_OUTPUT ?? '', JSON.stringify(failure));
  } catch {
    // What stands on stderr has to be enough.
  }
  return exitCodes.failed;
}

/** Whatever was thrown may be anything, getters that throw included. */
function failureOf(error: unknown): CallFailure {
  const name = error instanceof Error ? error.name : 'thrown';
  const errorClass = /^[\p{L}_$][\p{L}\p{N}_$]{0,99}$/u.test(name) ? name : 'Error';
  const text = textOf(error);
  return {
    error: (error instanceof Error ? `${errorClass}: ${text}` : text).slice(
      0,
      failureCharactersMax,
    ),
    errorClass,
    retryable: true,
  };
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const stackOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);
