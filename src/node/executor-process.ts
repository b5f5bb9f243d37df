/**
 * The executor process as its peer sees it: started and configured over its channel, or found alive
 * and adopted over its socket; told of the cluster, stopped or handed over at the end. If it ends
 * by itself, so does the node: a new executor started now would inherit descriptors of the open
 * databases (`executor-succession.ts` has the one that was started before).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { FailpointOrder } from '../api/test-hooks.ts';
import { fail, ok, type Result } from '../base/result.ts';
import type { HeartbeatFigures } from '../executor/heartbeat-watch.ts';
import type { LogStatus } from '../executor/logs/desk.ts';
import type { Adopted } from './adoption-door.ts';
import {
  channelLink,
  type ExecutorConfig,
  type ExecutorWays,
  type FromExecutor,
  isFromExecutor,
  type Link,
} from './executor-link.ts';
import { growthFlag } from './young-space.ts';

export interface ExecutorProcess extends ExecutorWays {
  readonly pid: number;
  isAlive(): boolean;
  /** As it said last; undefined before the first time. */
  logs(): LogStatus | undefined;
  /** The same. */
  heartbeats(): HeartbeatFigures | undefined;
  bind(clusterId: string): void;
  /** False when the process has gone. */
  arm(order: FailpointOrder): boolean;
  /** Ends tasks and process, politely first. */
  stop(done: () => void): void;
  /** Leaves it and its tasks to the next peer; `done(false)`: it cannot wait for one. */
  handOver(done: (waits: boolean) => void): void;
  /** Ends it and its tasks at once, whether or not this process lives on. */
  kill(): void;
}

/** Beside this file, in whatever folder the build has put both. */
const entry = fileURLToPath(new URL('./executor-main.js', import.meta.url));

/**
 * The thread pool is shared by everything in a process. So many threads would have many arenas of
 * memory, each with what was freed in it; their number is a setting of glibc.
 */
const threadPool = { UV_THREADPOOL_SIZE: '16', MALLOC_ARENA_MAX: '2' };

/** One that does not answer is taken to wait: it sees the link end, and has its lease. */
const handOverMsMax = 2_000;

/** A process that waits to be configured: until then it starts nothing and connects to nobody. */
export interface SpareExecutor {
  /** `ended` is called if the process ends without having been asked to. */
  configure(
    config: ExecutorConfig,
    ended: (why: string) => void,
  ): Promise<Result<ExecutorProcess, string>>;
  /** Ends it unless it was configured. */
  dismiss(): void;
}

/** To be called before any database is opened. */
export function spawnExecutor(): SpareExecutor {
  // Secrets reach it over the channel; no task may find them in an environment.
  const { SKEIN_SECRET: _secret, SKEIN_ENCRYPTION_KEY: _key, ...inherited } = process.env;
  const env = { ...inherited, ...threadPool };
  const stdio = ['ignore', 'inherit', 'inherit', 'ipc'] as const;
  const args = [growthFlag(1), entry];
  const child = spawn(process.execPath, args, { env, stdio: [...stdio], detached: true });
  const link = channelLink(child);
  let startError: Error | undefined;
  child.on('error', (error) => {
    startError ??= error;
  });
  return {
    configure: (config, ended) => {
      if (startError !== undefined) return Promise.resolve(fail(notStarted(startError)));
      return configured(child, link, { config, ended });
    },
    dismiss: () => link.close(),
  };
}

const notStarted = ({ message }: Error): string => `the executor did not start: ${message}`;

function configured(
  child: ChildProcess,
  link: Link,
  { config, ended }: { readonly config: ExecutorConfig; readonly ended: (why: string) => void },
): Promise<Result<ExecutorProcess, string>> {
  return new Promise((resolve) => {
    const executor = new LinkedExecutor(link, {
      pid: child.pid ?? 0,
      ways: undefined,
      ready: () => resolve(ok(executor)),
      released: () => child.unref(),
      ended: (why) => {
        resolve(fail(why));
        ended(why);
      },
    });
    child.on('error', (error) => executor.gone(notStarted(error)));
    const exited = (code: number | null, signal: NodeJS.Signals | null): void =>
      executor.gone(`the executor process ended (${signal ?? `exit code ${code}`})`);
    if (child.exitCode === null && child.signalCode === null) child.on('exit', exited);
    else exited(child.exitCode, child.signalCode);
    link.send({ kind: 'configure', config });
  });
}

/** One that another peer has started, and that has taken this one for its peer. */
export function adoptedExecutor(
  link: Link,
  said: Adopted,
  ended: (why: string) => void,
): ExecutorProcess {
  const { pid } = said;
  const nothing = (): void => {};
  const parts = { pid, ways: said, ready: nothing, released: nothing, ended };
  const executor = new LinkedExecutor(link, parts);
  // It ends with its process.
  const gone = (): void => executor.gone('the executor process ended');
  link.onEnd(gone);
  if (!link.isOpen) setImmediate(gone);
  return executor;
}

interface LinkedParts {
  readonly pid: number;
  /** Undefined: it will say so when it is ready. */
  readonly ways: ExecutorWays | undefined;
  readonly ready: () => void;
  /** It is the next peer's from now on. */
  readonly released: () => void;
  /** Called at most once, and not for an end that was asked for. */
  readonly ended: (why: string) => void;
}

class LinkedExecutor implements ExecutorProcess {
  readonly pid: number;
  readonly #link: Link;
  readonly #parts: LinkedParts;
  #ways: ExecutorWays | undefined;
  #logs: LogStatus | undefined;
  #heartbeats: HeartbeatFigures | undefined;
  #why = '';
  #isGone = false;
  /** It was stopped or handed over: its end is no news. */
  #isOver = false;
  #stopped: (() => void)[] = [];
  #handedOver: ((waits: boolean) => void) | undefined;

  constructor(link: Link, parts: LinkedParts) {
    this.#link = link;
    this.#parts = parts;
    this.pid = parts.pid;
    this.#ways = parts.ways;
    link.onMessage((message) => {
      if (isFromExecutor(message)) this.#hear(message);
    });
  }

  get containment(): string {
    return this.#ways?.containment ?? 'none';
  }

  get limits(): string {
    return this.#ways?.limits ?? 'none';
  }

  get controllers(): readonly string[] {
    return this.#ways?.controllers ?? [];
  }

  isAlive(): boolean {
    return !this.#isGone;
  }

  logs(): LogStatus | undefined {
    return this.#logs;
  }

  heartbeats(): HeartbeatFigures | undefined {
    return this.#heartbeats;
  }

  bind(clusterId: string): void {
    this.#link.send({ kind: 'bind', clusterId });
  }

  arm(order: FailpointOrder): boolean {
    this.#link.send({ kind: 'failpoint', order });
    return this.isAlive();
  }

  stop(done: () => void): void {
    this.#isOver = true;
    if (this.#isGone) {
      done();
      return;
    }
    this.#stopped.push(done);
    this.#link.send({ kind: 'stop' });
  }

  handOver(done: (waits: boolean) => void): void {
    const patience = setTimeout(() => this.#answered(true), handOverMsMax);
    this.#handedOver = (waits) => {
      clearTimeout(patience);
      done(waits);
    };
    if (this.#isGone) this.#answered(false);
    else this.#link.send({ kind: 'hand-over' });
  }

  kill(): void {
    if (this.#isGone || this.pid <= 0) return;
    try {
      process.kill(this.pid, 'SIGKILL');
    } catch {
      // It has just ended.
    }
  }

  gone(reason: string): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#answered(false);
    for (const stopped of this.#stopped) stopped();
    if (!this.#isOver) this.#parts.ended(this.#why || reason);
  }

  #hear(message: FromExecutor): void {
    switch (message.kind) {
      case 'ready':
        this.#ways = message;
        this.#parts.ready();
        return;
      case 'failed':
        this.#why = message.why;
        return;
      case 'logs':
        this.#logs = message.logs;
        this.#heartbeats = message.heartbeats;
        return;
      case 'waits':
        this.#answered(message.does);
        return;
      case 'stopped':
        // Its end follows, and says the same.
        return;
    }
  }

  #answered(waits: boolean): void {
    const handedOver = this.#handedOver;
    this.#handedOver = undefined;
    if (handedOver === undefined) return;
    if (waits) {
      this.#isOver = true;
      this.#link.close();
      this.#parts.released();
    }
    handedOver(waits);
  }
}
