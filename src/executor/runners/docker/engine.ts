/**
 * The container engine of a node, by its API: Docker's, or Podman's, which speaks the same. The one
 * file that knows the client; what goes wrong leaves it as an `EngineError` with a class.
 *
 * The client is loaded when the first container is asked for: most nodes never need it.
 */
import { readFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type Dockerode from 'dockerode';
import { nothingHeard, pullSilenceMs, scanPull } from './pull-progress.ts';

export type EngineFault =
  /** Nobody answers: another attempt may find the engine again. */
  | 'docker_unavailable'
  | 'image_missing'
  /** The engine has answered, and will not. */
  | 'not_started';

export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly fault: EngineFault;
  /** Of the answer; null where there was none. */
  readonly status: number | null;

  constructor(message: string, about: { readonly fault: EngineFault; readonly status?: number }) {
    super(message);
    this.fault = about.fault;
    this.status = about.status ?? null;
  }
}

export interface Inspected {
  readonly running: boolean;
  /** Of its first process, as this machine counts if the engine is here; 0 when it has ended. */
  readonly pid: number;
  readonly exitCode: number;
  readonly oomKilled: boolean;
  /** The signal that the image wants to be stopped with. */
  readonly stopSignal: string;
}

export interface Found {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Of one call that answers at once; an engine that takes longer counts as gone. */
const callMsDefault = 60_000;
/** Of a call that asks for the end of something: a sooner answer matters more than the answer. */
const stopCallMs = 10_000;

export class Engine {
  readonly #client: Dockerode;
  readonly #callMs: number;
  #cores: number | undefined;

  constructor(client: Dockerode, callMs = callMsDefault) {
    this.#client = client;
    this.#callMs = callMs;
  }

  /** How many cores the engine may give to a container. */
  async cores(): Promise<number> {
    if (this.#cores !== undefined) return this.#cores;
    const info: { readonly NCPU?: number } = await this.#calling(this.#client.info());
    this.#cores = Math.max(1, info.NCPU ?? 1);
    return this.#cores;
  }

  async hasImage(image: string): Promise<boolean> {
    try {
      await this.#calling(this.#client.getImage(image).inspect());
      return true;
    } catch (error) {
      if (error instanceof EngineError && error.status === 404) return false;
      throw error;
    }
  }

  /**
   * Fetches an image. `signal` gives up; so does silence. An engine may say only inside of the
   * progress that it has failed (Podman), or in its answer's status (Docker).
   */
  async pull(image: string, signal: AbortSignal): Promise<void> {
    const tagged = /[:@][^/]*$/.test(image) ? image : `${image}:latest`;
    const progress = await this.#askForPull(tagged, signal).catch((error: unknown) => {
      throw pullFault(image, engineError(error));
    });
    const error = await scanPull(progress, signal);
    if (error !== undefined) {
      throw pullFault(image, new EngineError(error, { fault: 'not_started' }));
    }
  }

  /** An engine may answer only when the registry does; that is silence like any other. */
  async #askForPull(tagged: string, signal: AbortSignal): Promise<NodeJS.ReadableStream> {
    const silence = new AbortController();
    const alarm = setTimeout(() => silence.abort(), pullSilenceMs);
    const abortSignal = AbortSignal.any([signal, silence.signal]);
    try {
      return await this.#client.pull(tagged, { abortSignal });
    } catch (error) {
      throw silence.signal.aborted
        ? new EngineError(nothingHeard, { fault: 'not_started' })
        : error;
    } finally {
      clearTimeout(alarm);
    }
  }

  async create(options: Dockerode.ContainerCreateOptions): Promise<string> {
    const made = await this.#calling(
      this.#client.createContainer({ ...options, ...within(this.#callMs) }),
    );
    return made.id;
  }

  /** What the container writes, both streams in frames (`log-frames.ts`); ends when it does. */
  async attach(id: string, signal: AbortSignal): Promise<AsyncIterable<unknown>> {
    const options = { stream: true, stdout: true, stderr: true, logs: false, abortSignal: signal };
    const stream: unknown = await this.#calling(this.#client.getContainer(id).attach(options));
    if (!isReadable(stream)) {
      throw new EngineError('its output cannot be read', { fault: 'not_started' });
    }
    return chunksOf(stream);
  }

  async start(id: string): Promise<void> {
    await this.#calling(this.#client.getContainer(id).start(within(this.#callMs)));
  }

  async inspect(id: string): Promise<Inspected> {
    const found = await this.#calling(this.#client.getContainer(id).inspect(within(this.#callMs)));
    const { State: state, Config: config } = found;
    return {
      running: state.Running,
      pid: state.Pid,
      exitCode: state.ExitCode,
      oomKilled: state.OOMKilled,
      stopSignal: stopSignalOf(config) ?? 'SIGTERM',
    };
  }

  /** One that has ended already is fine. Rejects where it may not have heard of it. */
  async kill(id: string, signal: string): Promise<void> {
    try {
      await this.#calling(this.#client.getContainer(id).kill({ signal, ...within(stopCallMs) }));
    } catch (error) {
      const status = error instanceof EngineError ? error.status : null;
      if (status === 404 || status === 409) return;
      // Podman says 500 of one that is not running; so does Docker of one that it could not kill.
      if (status === null || (await this.inspect(id)).running) throw error;
    }
  }

  /** Kills it where it still runs; with its anonymous volumes. One that is not there is fine. */
  async remove(id: string): Promise<void> {
    try {
      const options = { force: true, v: true, ...within(this.#callMs) };
      await this.#calling(this.#client.getContainer(id).remove(options));
    } catch (error) {
      if (!(error instanceof EngineError) || error.status !== 404) throw error;
    }
  }

  /** Running or not, those that carry all of these labels. */
  async find(labels: Readonly<Record<string, string>>): Promise<readonly Found[]> {
    const label = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
    const options = { all: true, filters: { label }, ...within(this.#callMs) };
    const found = await this.#calling(this.#client.listContainers(options));
    return found.map(({ Id: id, Labels: own }) => ({ id, labels: own }));
  }

  /** For calls that the client cannot break off, too: nobody waits for those any longer. */
  async #calling<T>(call: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, giveUp) => {
      timer = setTimeout(() => giveUp(noAnswer()), this.#callMs);
    });
    try {
      return await Promise.race([call, late]);
    } catch (error) {
      throw engineError(error);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** `unix:///path`, `tcp://host:port` (TLS where DOCKER_CERT_PATH says with what), or a path. */
export async function connectEngine(
  host: string,
  env: Readonly<Record<string, string | undefined>>,
  callMs?: number,
): Promise<Engine> {
  const { default: Client } = await import('dockerode');
  // A connection that was kept would be a dead one after a restart of the engine.
  const common = { ...unsaid, agent: new Agent({ keepAlive: false }) };
  const socketPath = socketOf(host);
  if (socketPath !== undefined) {
    return new Engine(new Client({ ...common, socketPath, protocol: 'http' }), callMs);
  }
  const { hostname, port } = addressOf(host);
  const folder = env.DOCKER_CERT_PATH;
  if (folder === undefined) {
    const plain = { host: hostname, port: port || 2375, protocol: 'http' } as const;
    return new Engine(new Client({ ...common, ...plain }), callMs);
  }
  const read = (name: string): Buffer => readFileSync(join(folder, name));
  const tls = { ca: read('ca.pem'), cert: read('cert.pem'), key: read('key.pem') };
  const options = { host: hostname, port: port || 2376, protocol: 'https', ...tls } as const;
  return new Engine(new Client({ ...unsaid, ...options }), callMs);
}

/**
 * What is not said here, the client would take from its own environment (DOCKER_HOST,
 * DOCKER_CLIENT_TIMEOUT, ...). A timeout there would end the log of a container that is quiet.
 */
const unsaid = {
  host: undefined,
  timeout: undefined,
  ca: undefined,
  cert: undefined,
  key: undefined,
};

/** The path of the engine's socket, if it listens on one of this machine. */
export function socketOf(host: string): string | undefined {
  if (host.startsWith('unix://')) return host.slice('unix://'.length);
  return host.startsWith('/') ? host : undefined;
}

function addressOf(host: string): URL {
  if (!URL.canParse(host)) {
    throw new EngineError(`${host} is no address of an engine`, { fault: 'docker_unavailable' });
  }
  const address = new URL(host);
  if (address.protocol !== 'ssh:') return address;
  const forward = `ssh -N -L /run/engine.sock:/var/run/docker.sock ${host}`;
  const instead = `forward its socket (${forward}) and name unix:///run/engine.sock`;
  const error = `Skein does not speak to engines by ssh: ${instead}`;
  throw new EngineError(error, { fault: 'docker_unavailable' });
}

/** What breaks on the way is the engine's, not the reader's. */
async function* chunksOf(stream: Readable): AsyncGenerator<unknown> {
  try {
    for await (const chunk of stream) yield chunk;
  } catch (error) {
    throw engineError(error);
  }
}

const within = (ms: number) => ({ abortSignal: AbortSignal.timeout(ms) });

/** What the client threw: an answer of the engine, or the lack of one. */
export function engineError(error: unknown): EngineError {
  if (error instanceof EngineError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const status = statusOf(error);
  if (status === undefined) return isTimeout(error) ? noAnswer() : unreached(text);
  const said = text.replace(/^\(HTTP code \d+\) [^-]*- /, '').trim();
  return new EngineError(said, { fault: 'not_started', status });
}

const unreached = (reason: string): EngineError =>
  new EngineError(`the container engine cannot be reached: ${reason}`, {
    fault: 'docker_unavailable',
  });

const noAnswer = (): EngineError => unreached('it does not answer');

function pullFault(image: string, error: EngineError): EngineError {
  if (error.fault === 'docker_unavailable') return error;
  return new EngineError(`image ${image} cannot be pulled: ${error.message}`, {
    fault: 'image_missing',
    ...(error.status !== null && { status: error.status }),
  });
}

const statusOf = (error: unknown): number | undefined =>
  error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number'
    ? error.statusCode
    : undefined;

const isTimeout = (error: unknown): boolean =>
  error instanceof Error && ['TimeoutError', 'AbortError'].includes(error.name);

/** The types of the client do not know it. */
function stopSignalOf(config: object): string | undefined {
  if (!('StopSignal' in config) || typeof config.StopSignal !== 'string') return undefined;
  return config.StopSignal || undefined;
}

const isReadable = (value: unknown): value is Readable =>
  typeof value === 'object' && value !== null && 'pipe' in value && 'destroy' in value;
