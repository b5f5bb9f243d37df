/**
 * A small Kubernetes for tests: the part of the API that Jobs and pods need, over HTTP, and a
 * "kubelet" that runs the container of a pod as a process of this machine. It has no scheduler, no
 * admission, no roles and no images; `kubectl` agrees with the shapes that it speaks.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import {
  absent,
  answer,
  discover,
  expand,
  type FakeJob,
  type FakePod,
  headOf,
  matches,
  pageOf,
  placeOf,
  status,
} from './fake-kubernetes-wire.ts';

interface LogLine {
  readonly stamp: string;
  readonly text: string;
}

interface Pod {
  object: FakePod;
  readonly log: LogLine[];
  process: ChildProcess | undefined;
  isOver: boolean;
}

/** How a pod comes to be, where it is not simply run. */
export type PodPlot =
  | { readonly kind: 'waits'; readonly reason: string; readonly message: string }
  | { readonly kind: 'fails'; readonly reason: string; readonly message: string };

export class FakeKubernetes {
  readonly root = mkdtempSync(join(tmpdir(), 'skein-kubernetes-'));
  readonly kubeconfig = join(this.root, 'kubeconfig');
  readonly jobs = new Map<string, FakeJob>();
  readonly pods = new Map<string, Pod>();
  readonly secrets = new Map<string, Readonly<Record<string, string>>>();
  /** Requests as `METHOD path`, the oldest first. */
  readonly requests: string[] = [];
  /** Answers a request in the place of the server; false: it does not. */
  intercept: (request: IncomingMessage, response: ServerResponse) => boolean = () => false;
  plot: PodPlot | undefined;
  /** A pod that was deleted, and has ended, can be seen for so long. */
  lingerMs = 0;
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  readonly #sockets = new Set<Socket>();
  readonly #changed = new Set<() => void>();
  #events: { readonly version: number; readonly type: string; readonly object: FakePod }[] = [];
  #version = 1;
  #made = 0;
  #lines = 0;
  #port = 0;

  async start(): Promise<void> {
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    await new Promise<void>((done) => this.#server.listen(this.#port, '127.0.0.1', done));
    this.#port = (this.#server.address() as AddressInfo).port;
    const cluster = { server: `http://127.0.0.1:${this.#port}`, 'insecure-skip-tls-verify': true };
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'fake', cluster }],
      users: [{ name: 'fake', user: { token: 'secret-token' } }],
      contexts: [{ name: 'fake', context: { cluster: 'fake', user: 'fake', namespace: 'work' } }],
      'current-context': 'fake',
    };
    writeFileSync(this.kubeconfig, JSON.stringify(config));
  }

  /** The server goes; its pods do not notice. */
  async goAway(): Promise<void> {
    const closed = new Promise((done) => this.#server.close(done));
    this.cut();
    await closed;
  }

  /** All connections break. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    for (const pod of this.pods.values()) pod.process?.kill('SIGKILL');
    if (this.#server.listening) await this.goAway();
    rmSync(this.root, { recursive: true, force: true });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
    const url = new URL(request.url ?? '', 'http://fake');
    this.requests.push(`${request.method} ${url.pathname}`);
    let text = '';
    for await (const part of request) text += part;
    if (this.intercept(request, response)) return undefined;
    // It sends no token where nothing is encrypted.
    const isKubectl = request.headers['user-agent']?.startsWith('kubectl') === true;
    if (!isKubectl && request.headers.authorization !== 'Bearer secret-token') {
      return answer(response, 401, status(401, 'Unauthorized'));
    }
    const place = placeOf(url.pathname);
    if (place === undefined) return answer(response, ...discover(url.pathname));
    const { namespace, kind, name, log } = place;
    const body = text === '' ? {} : JSON.parse(text);
    const about = { namespace, name, url, body, response };
    if (kind === 'secrets') {
      this.secrets.set(body.metadata.name, body.stringData);
      this.#wake();
      return answer(response, 201, body);
    }
    if (kind === 'jobs') return this.#serveJobs(request.method ?? '', about);
    if (log) return this.#serveLog(about);
    return this.#servePods(request.method ?? '', about);
  }

  #serveJobs(method: string, { namespace, name, url, body, response }: About): unknown {
    if (method === 'POST') return this.#createJob(namespace, body, response);
    if (name === '') {
      const items = [...this.jobs.values()].filter((job) => matches(job, url, namespace));
      return answer(response, 200, this.#list('batch/v1', 'JobList', pageOf(url, items)));
    }
    const job = this.jobs.get(`${namespace}/${name}`);
    if (job === undefined) return answer(response, 404, absent('jobs', name));
    if (method !== 'DELETE') return answer(response, 200, job);
    answer(response, 200, job);
    this.#deleteJob(job);
    return undefined;
  }

  #createJob(namespace: string, body: FakeJob, response: ServerResponse): unknown {
    const { name } = body.metadata;
    const key = `${namespace}/${name}`;
    if (this.jobs.has(key)) {
      return answer(response, 409, status(409, `jobs.batch "${name}" already exists`));
    }
    const job = {
      ...body,
      metadata: { ...body.metadata, ...this.#identity(namespace) },
      status: {},
    };
    this.jobs.set(key, job);
    answer(response, 201, job);
    const pod = this.#makePod(job);
    const { plot } = this;
    if (plot === undefined) this.#runPod(pod);
    else this.#play(pod, plot);
    return undefined;
  }

  #identity(namespace: string) {
    this.#made += 1;
    const creationTimestamp = new Date().toISOString().replace(/\.\d+/, '');
    const resourceVersion = String(this.#version);
    return { namespace, uid: `uid-${this.#made}`, creationTimestamp, resourceVersion };
  }

  #makePod(job: FakeJob): Pod {
    const { metadata, spec } = job.spec.template;
    const name = `${job.metadata.name}-x${this.#made}`;
    const labels = { ...metadata.labels, 'job-name': job.metadata.name };
    const object = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { ...metadata, name, labels, ...this.#identity(job.metadata.namespace) },
      spec,
      status: { phase: 'Pending' },
    };
    const pod: Pod = { object, log: [], process: undefined, isOver: false };
    this.pods.set(`${job.metadata.namespace}/${name}`, pod);
    this.#note('ADDED', pod);
    return pod;
  }

  #play(pod: Pod, plot: PodPlot): void {
    const { reason, message } = plot;
    if (plot.kind === 'fails') this.#setStatus(pod, { phase: 'Failed', reason, message });
    else {
      const waits = [{ name: 'task', state: { waiting: { reason, message } } }];
      this.#setStatus(pod, { phase: 'Pending', containerStatuses: waits });
    }
  }

  #runPod(pod: Pod): void {
    const { metadata, spec } = pod.object;
    const wanted = spec.containers[0]?.env.find(({ valueFrom }) => valueFrom !== undefined);
    if (wanted !== undefined && !this.secrets.has(wanted.valueFrom?.secretKeyRef.name ?? '')) {
      this.#waitForSecret(pod);
      return;
    }
    const folder = join(this.root, metadata.uid);
    mkdirSync(join(folder, 'context'), { recursive: true });
    const context = metadata.annotations?.['skein.dev/context'] ?? '';
    writeFileSync(join(folder, 'context', 'context.json'), context);
    const [task] = spec.containers;
    if (task === undefined) return;
    const inside = (text: string): string => expand(text).replace(/^\/skein\//, `${folder}/`);
    const env = Object.fromEntries(
      task.env.map(({ name, value, valueFrom: from }) => {
        const secret = this.secrets.get(from?.secretKeyRef.name ?? '')?.[name];
        return [name, secret ?? inside(value ?? '')];
      }),
    );
    const argv = [...(task.command ?? []), ...(task.args ?? [])].map(expand);
    const child = spawn(argv[0] ?? '', argv.slice(1), {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    pod.process = child;
    const output = inside(task.terminationMessagePath);
    for (const input of [child.stdout, child.stderr]) {
      createInterface({ input }).on('line', (line) => this.#log(pod, line));
    }
    child.on('spawn', () => {
      const running = { startedAt: new Date().toISOString() };
      const containerStatuses = [{ name: 'task', state: { running } }];
      this.#setStatus(pod, { phase: 'Running', containerStatuses });
    });
    child.on('close', (code, signal) => {
      const exitCode = code ?? (signal === 'SIGTERM' ? 143 : 137);
      this.#endPod(pod, { exitCode, message: headOf(output) });
    });
  }

  #waitForSecret(pod: Pod): void {
    const waiting = { reason: 'CreateContainerConfigError', message: 'secret not found' };
    this.#setStatus(pod, { containerStatuses: [{ name: 'task', state: { waiting } }] });
    const retry = (): void => {
      if (this.secrets.size === 0) return;
      this.#changed.delete(retry);
      this.#runPod(pod);
    };
    this.#changed.add(retry);
  }

  #log(pod: Pod, text: string): void {
    this.#lines += 1;
    // Nanoseconds, as a container runtime has them: no two lines are of the same one.
    const nanos = String(this.#lines % 1_000_000).padStart(6, '0');
    pod.log.push({ stamp: new Date().toISOString().replace('Z', `${nanos}Z`), text });
    this.#wake();
  }

  #endPod(pod: Pod, ended: { readonly exitCode: number; readonly message: string }): void {
    pod.isOver = true;
    const reason = ended.exitCode === 0 ? 'Completed' : 'Error';
    const terminated = { ...ended, reason };
    const phase = ended.exitCode === 0 ? 'Succeeded' : 'Failed';
    this.#setStatus(pod, { phase, containerStatuses: [{ name: 'task', state: { terminated } }] });
    if (pod.object.metadata.deletionTimestamp === undefined) return;
    setTimeout(() => this.#removePod(pod), this.lingerMs);
  }

  #setStatus(pod: Pod, said: object): void {
    pod.object = { ...pod.object, status: { ...pod.object.status, ...said } };
    this.#note('MODIFIED', pod);
  }

  #deleteJob(job: FakeJob): void {
    job.metadata.deletionTimestamp = new Date().toISOString();
    for (const pod of this.#podsOf(job)) this.#deletePod(pod);
    this.#finishJob(job);
  }

  #podsOf(job: FakeJob): readonly Pod[] {
    const { name } = job.metadata;
    return [...this.pods.values()].filter(
      ({ object }) => object.metadata.labels['job-name'] === name,
    );
  }

  /** Deleted in the foreground, it is the last to go. */
  #finishJob(job: FakeJob): void {
    const { namespace, name, deletionTimestamp } = job.metadata;
    const isLeft = deletionTimestamp === undefined || this.#podsOf(job).length > 0;
    if (!isLeft) this.jobs.delete(`${namespace}/${name}`);
  }

  /** Who empties a node deletes its pods, and asks nobody. */
  drain(): void {
    for (const pod of this.pods.values()) this.#deletePod(pod);
  }

  #deletePod(pod: Pod): void {
    pod.object = {
      ...pod.object,
      metadata: { ...pod.object.metadata, deletionTimestamp: new Date().toISOString() },
    };
    this.#note('MODIFIED', pod);
    if (pod.isOver || pod.process === undefined) this.#removePod(pod);
    else pod.process.kill('SIGTERM');
  }

  #removePod(pod: Pod): void {
    const { namespace, name, labels } = pod.object.metadata;
    this.pods.delete(`${namespace}/${name}`);
    this.#note('DELETED', pod);
    const job = this.jobs.get(`${namespace}/${labels['job-name']}`);
    if (job !== undefined) this.#finishJob(job);
  }

  #servePods(method: string, { namespace, name, url, body, response }: About): unknown {
    if (name === '') {
      if (url.searchParams.get('watch') !== null) return this.#watch(url, namespace, response);
      const items = [...this.pods.values()].map(({ object }) => object);
      const chosen = items.filter((pod) => matches(pod, url, namespace));
      return answer(response, 200, this.#list('v1', 'PodList', pageOf(url, chosen)));
    }
    const pod = this.pods.get(`${namespace}/${name}`);
    if (pod === undefined) return answer(response, 404, absent('pods', name));
    answer(response, 200, pod.object);
    if (method !== 'DELETE') return undefined;
    this.#deletePod(pod);
    if ((body.gracePeriodSeconds ?? 30) <= 1) pod.process?.kill('SIGKILL');
    return undefined;
  }

  #watch(url: URL, namespace: string, response: ServerResponse): void {
    let from = Number(url.searchParams.get('resourceVersion') ?? this.#version);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    const push = (): void => {
      for (const { version, type, object } of this.#events) {
        if (version <= from || !matches(object, url, namespace)) continue;
        response.write(`${JSON.stringify({ type, object })}\n`);
      }
      from = this.#version;
    };
    push();
    this.#changed.add(push);
    const seconds = Number(url.searchParams.get('timeoutSeconds') ?? 60);
    const timer = setTimeout(() => response.end(), seconds * 1000);
    response.on('close', () => {
      clearTimeout(timer);
      this.#changed.delete(push);
    });
  }

  #serveLog({ namespace, name, url, response }: About): unknown {
    const pod = this.pods.get(`${namespace}/${name}`);
    if (pod === undefined) return answer(response, 404, absent('pods', name));
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.flushHeaders();
    // The real one reads it as a time of whole seconds, too.
    const since = Date.parse(url.searchParams.get('sinceTime') ?? '') || 0;
    const isStamped = url.searchParams.get('timestamps') === 'true';
    let at = 0;
    const push = (): void => {
      for (; at < pod.log.length; at += 1) {
        const { stamp, text } = pod.log[at]!;
        if (Date.parse(stamp) < Math.floor(since / 1000) * 1000) continue;
        response.write(isStamped ? `${stamp} ${text}\n` : `${text}\n`);
      }
      if (pod.isOver || url.searchParams.get('follow') !== 'true') response.end();
    };
    this.#changed.add(push);
    response.on('close', () => this.#changed.delete(push));
    push();
    return undefined;
  }

  #list(apiVersion: string, kind: string, { items, ...next }: { readonly items: object[] }) {
    const metadata = { resourceVersion: String(this.#version), ...next };
    return { apiVersion, kind, metadata, items };
  }

  #note(type: string, pod: Pod): void {
    this.#version += 1;
    const resourceVersion = String(this.#version);
    pod.object = { ...pod.object, metadata: { ...pod.object.metadata, resourceVersion } };
    this.#events = [...this.#events, { version: this.#version, type, object: pod.object }];
    this.#wake();
  }

  #wake(): void {
    for (const push of this.#changed) push();
  }
}

interface About {
  readonly namespace: string;
  readonly name: string;
  readonly url: URL;
  readonly body: FakeJob & { readonly gracePeriodSeconds?: number };
  readonly response: ServerResponse;
}
