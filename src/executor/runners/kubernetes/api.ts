/**
 * The API of a Kubernetes cluster. The official client reads the configuration and signs requests
 * (certificates, tokens that expire, programs that fetch them); the requests are ours, so that a
 * stream has back-pressure, and its failure is a value and not an uncaught error.
 *
 * The client is loaded with the first task that needs it, and need not be installed before.
 */
import { type IncomingMessage, request as plainRequest } from 'node:http';
import { type RequestOptions, request as secureRequest } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { isJsonObject, type JsonObject, parseJson } from '../../../model/json.ts';

export type KubernetesFault =
  /** The API server does not answer, or not now: another attempt may be luckier. */
  | 'kubernetes_unavailable'
  /** The server says that this may not be, or cannot be. */
  | 'kubernetes_refused'
  /** This node lacks the client, or a configuration. */
  | 'kubernetes_not_set_up';

export class KubernetesError extends Error {
  override readonly name = 'KubernetesError';
  readonly fault: KubernetesFault;
  /** Of the API server's answer; null where it has not answered. */
  readonly status: number | null;
  /** Of what is not there, in the words of the API server. */
  readonly absentName: string | null;
  /** It has not reached the API server: what was asked for was not done. */
  readonly isUnsent: boolean;

  constructor(
    message: string,
    about: {
      readonly fault: KubernetesFault;
      readonly status?: number;
      readonly absentName?: string | null;
      readonly isUnsent?: boolean;
    },
  ) {
    super(message);
    this.fault = about.fault;
    this.status = about.status ?? null;
    this.absentName = about.absentName ?? null;
    this.isUnsent = about.isUnsent ?? false;
  }
}

export interface KubernetesPlace {
  /** Path of a kubeconfig; null: KUBECONFIG, the pod's own account, or `~/.kube/config`. */
  readonly kubeconfig: string | null;
  readonly context: string | null;
  /** Null: that of the context, or `default`. */
  readonly namespace: string | null;
}

export interface Call {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

const callMs = 30_000;
/** Routers and balancers forget a connection on which nothing is said for a few minutes. */
const keepAliveMs = 30_000;
/** A program that fetches them has so long; many a one is slow to start. */
const credentialsMs = 10_000;
const answerBytesMax = 16 * 1024 * 1024;
/** Of a refusal. */
const messageCharacters = 1_000;

export class KubernetesApi {
  readonly #config: KubeConfig;
  readonly namespace: string;
  /** What is being fetched, for all who wait for it. */
  #credentials: Promise<RequestOptions> | undefined;

  constructor(config: KubeConfig, namespace: string) {
    this.#config = config;
    this.namespace = namespace;
  }

  /** The answer, as JSON of the shape that its path promises. Throws a `KubernetesError`. */
  async call<T>(call: Call): Promise<T> {
    const signal = AbortSignal.timeout(callMs);
    const answer = await this.#ask(call, signal);
    const text = await textOf(answer, signal);
    try {
      const value: T = JSON.parse(text);
      return value;
    } catch {
      throw new KubernetesError('the API server did not answer with JSON', {
        fault: 'kubernetes_unavailable',
      });
    }
  }

  /** An answer that comes bit by bit: a log, a watch. `signal` ends it. */
  stream(call: Call, signal: AbortSignal): Promise<IncomingMessage> {
    return this.#ask(call, signal);
  }

  async #ask(call: Call, signal: AbortSignal): Promise<IncomingMessage> {
    const { method, path, query, body } = call;
    const server = this.#config.getCurrentCluster()?.server;
    if (server === undefined) throw notSetUp('its kubeconfig names no cluster');
    const url = new URL(server.replace(/\/$/, '') + path);
    for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value);
    const text = body === undefined ? undefined : JSON.stringify(body);
    this.#credentials ??= this.#fetchCredentials().finally(() => {
      this.#credentials = undefined;
    });
    const options = { ...(await this.#credentials), method, signal };
    const answer = await send(url, withBody(options, text), text);
    const status = answer.statusCode ?? 0;
    if (status >= 200 && status < 300) return answer;
    throw refused(status, await textOf(answer, AbortSignal.timeout(callMs)));
  }

  async #fetchCredentials(): Promise<RequestOptions> {
    const options: RequestOptions = { headers: { accept: 'application/json' } };
    const fetched = this.#config.applyToHTTPSOptions(options).catch((error: unknown) => {
      throw notSetUp(`its credentials cannot be had: ${textOfError(error)}`);
    });
    await unlessLate(fetched);
    return options;
  }
}

/** The program that hangs is left to itself: the next call starts it anew. */
async function unlessLate(credentials: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, giveUp) => {
    timer = setTimeout(() => giveUp(credentialsLate()), credentialsMs);
  });
  await Promise.race([credentials, late]).finally(() => clearTimeout(timer));
}

const credentialsLate = (): KubernetesError =>
  new KubernetesError(`its credentials have not come within ${credentialsMs / 1000} s`, {
    fault: 'kubernetes_unavailable',
    isUnsent: true,
  });

function withBody(options: RequestOptions, text: string | undefined): RequestOptions {
  if (text === undefined) return options;
  const about = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
  return { ...options, headers: { ...headersOf(options), ...about } };
}

const headersOf = ({ headers }: RequestOptions) => (Array.isArray(headers) ? {} : headers);

function send(url: URL, options: RequestOptions, body: string | undefined) {
  return new Promise<IncomingMessage>((resolve, reject) => {
    // The agent that the client makes is one for TLS.
    const { agent: _agent, ...plain } = options;
    const asked = url.protocol === 'http:' ? plainRequest(url, plain) : secureRequest(url, options);
    asked.setSocketKeepAlive(true, keepAliveMs);
    asked.once('response', resolve);
    asked.on('error', (error) => reject(unreachableServer(error)));
    asked.end(body);
  });
}

async function textOf(answer: IncomingMessage, signal: AbortSignal): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  const cut = (): void => void answer.destroy();
  signal.addEventListener('abort', cut);
  try {
    for await (const part of answer) {
      bytes += part.length;
      if (bytes > answerBytesMax) throw new Error(`more than ${answerBytesMax} bytes of answer`);
      parts.push(part);
    }
  } catch (error) {
    throw unreachableServer(error);
  } finally {
    signal.removeEventListener('abort', cut);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** Before a connection is there, nothing was asked of anybody. */
const unsentCodes: ReadonlySet<unknown> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN']);

function unreachableServer(error: unknown): KubernetesError {
  if (error instanceof KubernetesError) return error;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return new KubernetesError(`the API server cannot be reached: ${textOfError(error)}`, {
    fault: 'kubernetes_unavailable',
    isUnsent: unsentCodes.has(code),
  });
}

/** Too many requests, and what a server says of itself, pass; the rest is an answer. */
function refused(code: number, text: string): KubernetesError {
  const said = statusIn(text);
  if (said === undefined) return interposed(code, text);
  const isPassing = code === 429 || code >= 500;
  return new KubernetesError(`the API server answered ${code}: ${excerpt(said.message)}`, {
    fault: isPassing ? 'kubernetes_unavailable' : 'kubernetes_refused',
    status: code,
    absentName: code === 404 && said.reason === 'NotFound' ? said.name : null,
  });
}

/**
 * A proxy or a balancer has pages of its own while the API server is away: whatever they say, it is
 * no verdict. With 500 and more the request may have been passed on before.
 */
const interposed = (code: number, text: string): KubernetesError =>
  new KubernetesError(`something in front of the API server answered ${code}: ${excerpt(text)}`, {
    fault: 'kubernetes_unavailable',
    isUnsent: code < 500,
  });

const excerpt = (text: string): string =>
  text.replace(/\s+/g, ' ').trim().slice(0, messageCharacters);

/** In every refusal of an API server is a `Status`. */
function statusIn(text: string) {
  const { kind, reason, message, details } = objectIn(text);
  if (kind !== 'Status') return undefined;
  const name = details !== undefined && isJsonObject(details) ? details.name : undefined;
  return { reason, message: String(message ?? ''), name: typeof name === 'string' ? name : null };
}

function objectIn(text: string): JsonObject {
  const said = parseJson(text);
  return said.ok && isJsonObject(said.value) ? said.value : {};
}

export async function connectKubernetes(place: KubernetesPlace): Promise<KubernetesApi> {
  const { KubeConfig } = await loadClient();
  const config = new KubeConfig();
  try {
    if (place.kubeconfig === null) config.loadFromDefault();
    else config.loadFromFile(place.kubeconfig);
    if (place.context !== null) config.setCurrentContext(place.context);
  } catch (error) {
    throw notSetUp(`its kubeconfig cannot be read: ${textOfError(error)}`);
  }
  if (isNothing(config)) {
    const where = '`containers.kubeconfig`, KUBECONFIG and ~/.kube/config';
    throw notSetUp(`there is no kubeconfig (${where} were looked for), and it is in no pod`);
  }
  const context = config.getContextObject(config.getCurrentContext());
  return new KubernetesApi(config, place.namespace ?? context?.namespace ?? 'default');
}

/** Where it finds nothing, the client makes up a server that nobody has spoken of. */
const isNothing = (config: KubeConfig): boolean =>
  config.getCurrentContext() === 'loaded-context' &&
  config.getCurrentCluster()?.server === 'http://localhost:8080';

async function loadClient(): Promise<typeof import('@kubernetes/client-node')> {
  try {
    return await import('@kubernetes/client-node');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') {
      throw notSetUp('install the package @kubernetes/client-node beside Skein');
    }
    throw error;
  }
}

const notSetUp = (why: string): KubernetesError =>
  new KubernetesError(`this node cannot run Jobs: ${why}`, { fault: 'kubernetes_not_set_up' });

const textOfError = (error: unknown): string =>
  error instanceof Error ? error.message || error.name : String(error);
