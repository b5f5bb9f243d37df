/**
 * Where a call runs, in a worker: environment, working directory and the files behind its standard
 * streams. A worker becomes what a process would be that was started for the call.
 */
import { closeSync, openSync } from 'node:fs';
import type { Handover } from './call.ts';

/** Every process of an attempt carries it; the worker had it before it knew its attempt. */
const marker = 'SKEIN_ATTEMPT_KEY';

/** The environment becomes this one; each variable that is set anew costs a microsecond. */
export function wear(env: Handover['env']): void {
  for (const name of Object.keys(process.env)) {
    if (name !== marker && !Object.hasOwn(env, name)) delete process.env[name];
  }
  for (const name in env) {
    const value = env[name];
    if (process.env[name] !== value) process.env[name] = value;
  }
}

/**
 * Puts other files behind standard output and error: for native code and for children as well. The
 * system gives the lowest descriptor that is free, which is the one that was just closed; for that,
 * nothing else may be opening files. Throws where it cannot be.
 */
export function redirect({ stdoutFile, stderrFile }: Logs): void {
  reopen(1, stdoutFile);
  reopen(2, stderrFile);
}

type Logs = Pick<Handover, 'stdoutFile' | 'stderrFile'>;

/** What is written between two calls is no attempt's. */
export const nobodys: Logs = { stdoutFile: '/dev/null', stderrFile: '/dev/null' };

function reopen(descriptor: 1 | 2, path: string): void {
  closeSync(descriptor);
  const opened = openSync(path, 'a');
  if (opened !== descriptor) throw new Error(`descriptor ${descriptor} is not to be had`);
}
