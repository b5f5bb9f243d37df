/**
 * The executor process as its peer sees it: started first, configured over its channel, told of the
 * cluster, stopped last. If it ends by itself, so does the node: a new executor started now would
 * inherit descriptors of the open databases.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { FailpointOrder } from '../api/test-hooks.ts';
import { fail, ok, type Result } from '../base/result.ts';
import type { LogStatus } from '../executor/logs/desk.ts';
import {
  type ExecutorConfig,
  type ExecutorWays,
  isFromExecutor,
  type ToExecutor,
} from './executor-link.ts';

export interface ExecutorProcess extends ExecutorWays {
  readonly pid: number;
  isAlive(): boolean;
  /** As it said last; undefined before the first time. */
  logs(): LogStatus | undefined;
  bind(clusterId: string): void;
  /** False when the process has gone. */
  arm(order: FailpointOrder): boolean;
  /** Ends tasks and process, politely first. */
  stop(done: () => void): void;
}

/** Beside this file, in whatever folder the build has put both. */
const entry = fileURLToPath(new URL('./executor-main.js', import.meta.url));

/** The thread pool is shared by everything in a process. */
const threadPool = { UV_THREADPOOL_SIZE: '16' };

/** `ended` is called if the process ends without having been asked to. */
export function startExecutorProcess(
  config: ExecutorConfig,
  ended: (why: string) => void,
): Promise<Result<ExecutorProcess, string>> {
  const { promise, resolve } = withResolvers<Result<ExecutorProcess, string>>();
  // Secrets reach it over the channel; no task may find them in an environment.
  const { SKEIN_SECRET: _secret, SKEIN_ENCRYPTION_KEY: _key, ...inherited } = process.env;
  const env = { ...inherited, ...threadPool };
  const stdio = ['ignore', 'inherit', 'inherit', 'ipc'] as const;
  const child = spawn(process.execPath, [entry], { env, stdio: [...stdio], detached: true });
  let stopping = false;
  let why = '';
  let logs: LogStatus | undefined;
  const tell = (message: ToExecutor): void => {
    if (child.connected) child.send(message);
  };
  child.on('message', (message) => {
    if (!isFromExecutor(message)) return;
    if (message.kind === 'failed') why = message.why;
    if (message.kind === 'logs') logs = message.logs;
    if (message.kind !== 'ready') return;
    const { containment, limits, controllers } = message;
    const ways = { containment, limits, controllers };
    const willStop = (): void => {
      stopping = true;
    };
    resolve(ok(handleOf(child, { ways, tell, willStop, logs: () => logs })));
  });
  child.on('error', (error) => resolve(fail(`the executor did not start: ${error.message}`)));
  child.on('exit', (code, signal) => {
    const reason = why || `the executor process ended (${signal ?? `exit code ${code}`})`;
    resolve(fail(reason));
    if (!stopping) ended(reason);
  });
  tell({ kind: 'configure', config });
  return promise;
}

function handleOf(
  child: ChildProcess,
  parts: {
    readonly ways: ExecutorWays;
    readonly tell: (message: ToExecutor) => void;
    readonly willStop: () => void;
    readonly logs: ExecutorProcess['logs'];
  },
): ExecutorProcess {
  const isAlive = (): boolean => child.exitCode === null && child.signalCode === null;
  return {
    ...parts.ways,
    pid: child.pid ?? 0,
    isAlive,
    logs: parts.logs,
    bind: (clusterId) => parts.tell({ kind: 'bind', clusterId }),
    arm: (order) => {
      parts.tell({ kind: 'failpoint', order });
      return isAlive();
    },
    stop: (done) => {
      parts.willStop();
      if (!isAlive()) done();
      else child.once('exit', done);
      parts.tell({ kind: 'stop' });
    },
  };
}

interface Resolvers<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
}

/** `Promise.withResolvers`, which Node 20 does not have. */
function withResolvers<T>(): Resolvers<T> {
  let resolve: ((value: T) => void) | undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve: (value) => resolve?.(value) };
}
