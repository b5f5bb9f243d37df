/**
 * The executor of a node from its start to its end: the one that an earlier peer has left, if it
 * can go on; or that one until it has retired, and then one of our own; or one of our own at once.
 *
 * What may have to take over is started before the databases are opened, and waits without a
 * configuration: it starts nothing, connects to nobody, and tells the leader nothing, so that the
 * leader never hears of two lives of one node at a time.
 *
 * S1  A new executor is configured only when the one before it is gone (A1).
 */
import type { FailpointOrder } from '../api/test-hooks.ts';
import { fail, ok, type Result } from '../base/result.ts';
import type { Trace } from '../base/trace.ts';
import type { HeartbeatFigures } from '../executor/heartbeat-watch.ts';
import type { LogStatus } from '../executor/logs/desk.ts';
import { papersOf } from './adoption-proof.ts';
import { seekExecutor } from './adoption-seek.ts';
import { type Ending, exitCodes } from './ending.ts';
import type { ExecutorConfig } from './executor-link.ts';
import {
  adoptedExecutor,
  type ExecutorProcess,
  type SpareExecutor,
  spawnExecutor,
} from './executor-process.ts';
import { softwareVersion } from './software-version.ts';

export interface SuccessionOptions {
  readonly config: ExecutorConfig;
  readonly trace: Trace;
  /** One that was started already, for whatever is needed. */
  readonly spare: SpareExecutor | undefined;
  /** Somebody has to go first. */
  readonly waits: () => void;
  /** The node is asked to end: nobody is waited for any more. */
  readonly givesUp: () => boolean;
  /** The node has no executor any more, and is to end. */
  readonly ended: (why: string) => void;
}

/** To be called before any database is opened. */
export async function beginExecutor(
  options: SuccessionOptions,
): Promise<Result<ExecutorProcess, Ending>> {
  const { config, trace, waits, givesUp, ended } = options;
  const { dataDir, key } = config;
  const papers = papersOf(config, softwareVersion);
  const found = await seekExecutor({ dataDir, key, papers, trace, waits, givesUp });
  if (found.kind === 'stuck') {
    options.spare?.dismiss();
    return fail({ code: exitCodes.configuration, why: `EXECUTOR_STUCK: ${found.why}` });
  }
  const spare = (): SpareExecutor => options.spare ?? spawnExecutor();
  if (found.kind === 'nobody') {
    const started = await spare().configure(config, ended);
    return started.ok ? started : fail(executorEnded(started.error));
  }
  const { link, said } = found;
  trace('info', 'node.adopts_executor', { fit: said.fit, pid: said.pid });
  if (said.fit === 'same') {
    options.spare?.dismiss();
    return ok(adoptedExecutor(link, said, ended));
  }
  return ok(new Succession(options, spare(), (gone) => adoptedExecutor(link, said, gone)));
}

export const executorEnded = (why: string): Ending => ({
  code: exitCodes.passing,
  why: `EXECUTOR_ENDED: ${why}`,
});

class Succession implements ExecutorProcess {
  readonly #options: SuccessionOptions;
  readonly #spare: SpareExecutor;
  #now: ExecutorProcess;
  #clusterId: string | undefined;
  #isOver = false;
  #phase: 'old' | 'between' | 'new' = 'old';

  constructor(
    options: SuccessionOptions,
    spare: SpareExecutor,
    old: (gone: () => void) => ExecutorProcess,
  ) {
    this.#options = options;
    this.#spare = spare;
    this.#now = old(() => void this.#succeed());
  }

  get pid(): number {
    return this.#now.pid;
  }

  get containment(): string {
    return this.#now.containment;
  }

  get limits(): string {
    return this.#now.limits;
  }

  get controllers(): readonly string[] {
    return this.#now.controllers;
  }

  isAlive(): boolean {
    return this.#phase === 'between' || this.#now.isAlive();
  }

  logs(): LogStatus | undefined {
    return this.#now.logs();
  }

  heartbeats(): HeartbeatFigures | undefined {
    return this.#now.heartbeats();
  }

  bind(clusterId: string): void {
    this.#clusterId = clusterId;
    this.#now.bind(clusterId);
  }

  arm(order: FailpointOrder): boolean {
    return this.#now.arm(order);
  }

  stop(done: () => void): void {
    this.#end();
    this.#now.stop(done);
  }

  handOver(done: (waits: boolean) => void): void {
    this.#end();
    this.#now.handOver(done);
  }

  kill(): void {
    this.#end();
    this.#now.kill();
  }

  /** Nobody succeeds any more. */
  #end(): void {
    this.#isOver = true;
    if (this.#phase !== 'new') this.#spare.dismiss();
  }

  /** S1: the old one is gone. */
  async #succeed(): Promise<void> {
    const { config, trace, ended } = this.#options;
    if (this.#isOver) return;
    this.#phase = 'between';
    const started = await this.#spare.configure(config, ended);
    if (!started.ok) return ended(started.error);
    // The node ends, and was not told of this one.
    if (this.#isOver) return started.value.kill();
    this.#phase = 'new';
    this.#now = started.value;
    trace('info', 'node.replaced_executor', { pid: this.#now.pid });
    if (this.#clusterId !== undefined) this.#now.bind(this.#clusterId);
  }
}
