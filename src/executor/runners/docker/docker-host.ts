/**
 * What the docker runner keeps for a life of the executor: the engine, the guard, and what earlier
 * lives have left behind.
 *
 * Invariants:
 *   D1  No container is made before those of earlier lives are removed.
 *   D2  What could not be removed is looked for again before the next container is made.
 */
import { access, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type ContainerOwner, labelKeys } from '../container-owner.ts';
import { connectEngine, type Engine, EngineError, engineError } from './engine.ts';
import { ContainerGuard } from './guard.ts';

export interface DockerHostOptions {
  readonly owner: ContainerOwner;
  /** The node's data directory; absolute. */
  readonly dataDir: string;
  /** `unix:///var/run/docker.sock`, `tcp://host:2376`; null: DOCKER_HOST, or Docker's own. */
  readonly dockerHost: string | null;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const hostDefault = 'unix:///var/run/docker.sock';

export class DockerHost {
  readonly guard = new ContainerGuard();
  readonly owner: ContainerOwner;
  readonly #options: DockerHostOptions;
  /** Tokens of attempts that have ended, and whose containers may still be with the engine. */
  readonly #left = new Set<string>();
  /** Says that this directory's node has had containers: only then an engine is asked at start. */
  readonly #mark: string;
  #engine: Promise<Engine> | undefined;
  #sweeping: Promise<void> | undefined;
  #isSwept = false;

  constructor(options: DockerHostOptions) {
    this.#options = options;
    this.owner = options.owner;
    this.#mark = join(options.dataDir, 'containers-made');
  }

  /** Removes what earlier lives left, if there ever was anything. What fails is done later (D1). */
  async begin(): Promise<void> {
    try {
      await access(this.#mark);
      await this.engine();
    } catch {
      // No container was ever made here, or there is no engine now: the next attempt sees to it.
    }
  }

  /** The engine, where nothing of earlier lives is left. Throws an `EngineError`. */
  async engine(): Promise<Engine> {
    const { dockerHost, env } = this.#options;
    const host = dockerHost ?? env.DOCKER_HOST ?? hostDefault;
    // Certificates that cannot be read now may be there for the next attempt.
    this.#engine ??= connectEngine(host, env).catch((error: unknown) => {
      this.#engine = undefined;
      throw engineError(error);
    });
    const engine = await this.#engine;
    if (this.#isSwept) return engine;
    this.#sweeping ??= this.#sweep(engine).finally(() => {
      this.#sweeping = undefined;
    });
    await this.#sweeping;
    return engine;
  }

  /** To be called before the first container is made. */
  async mark(): Promise<void> {
    await mkdir(dirname(this.#mark), { recursive: true });
    await writeFile(this.#mark, '');
  }

  /** A container of this life is dead, or was never heard of, and could not be removed (D2). */
  leave(token: string): void {
    this.#left.add(token);
    this.#isSwept = false;
  }

  async #sweep(engine: Engine): Promise<void> {
    const { cluster, node } = this.owner;
    const found = await engine.find({ [labelKeys.cluster]: cluster, [labelKeys.node]: node });
    const left = [...this.#left];
    for (const { id, labels } of found) {
      const isOurs = labels[labelKeys.life] === this.owner.life;
      if (!isOurs || left.includes(labels[labelKeys.token] ?? ''))
        await removeOrSeeDead(engine, id);
    }
    for (const token of left) this.#left.delete(token);
    this.#isSwept = this.#left.size === 0;
  }
}

/** What is dead and cannot be removed is no reason to run nothing any more. */
async function removeOrSeeDead(engine: Engine, id: string): Promise<void> {
  try {
    await engine.remove(id);
  } catch (error) {
    const isAnswer = error instanceof EngineError && error.status !== null;
    if (!isAnswer || (await engine.inspect(id)).running) throw error;
  }
}
