/**
 * A client of one node for the tools of this checkout: one request, one answer, no repetition.
 * Clients that share a `Seen` read what any of them has written or read, on whichever node.
 */
import type { z } from 'zod';
import { contract } from '../src/api/contract.ts';
import type { Endpoint } from '../src/api/contract-kit.ts';

export type RunDetail = z.output<typeof contract.getRun.reply>;
export type TaskDetail = RunDetail['tasks'][number];
export type ClusterDetail = z.output<typeof contract.getCluster.reply>;

/** A node that refused, or did not answer (`status` 0). */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

interface Call {
  /** `/api/v1/…`, query included. */
  readonly path: string;
  readonly body?: { readonly type: string; readonly text: string };
  /** Makes a write repeatable. */
  readonly key?: string;
  readonly timeoutMs?: number;
}

const timeoutMsDefault = 10_000;

/** The newest log index that an answer reflected. */
export interface Seen {
  index: number;
}

export class Api {
  readonly url: string;
  readonly #seen: Seen;

  constructor(url: string, seen: Seen = { index: 0 }) {
    this.url = url;
    this.#seen = seen;
  }

  async isReady(): Promise<boolean> {
    const call = { path: '/readyz', timeoutMs: 1_000 };
    return this.#send(contract.ready, call).then(
      () => true,
      () => false,
    );
  }

  cluster(timeoutMs?: number): Promise<ClusterDetail> {
    return this.#call(contract.getCluster, { path: '/api/v1/cluster', ...time(timeoutMs) });
  }

  node() {
    return this.#call(contract.getNode, { path: '/api/v1/node' });
  }

  changeMembers(request: z.input<typeof contract.changeMembers.body>) {
    const body = { type: 'application/json', text: JSON.stringify(request) };
    return this.#call(contract.changeMembers, { path: '/api/v1/cluster/members', body });
  }

  transfer(to: string) {
    const body = { type: 'application/json', text: JSON.stringify({ to }) };
    return this.#call(contract.transfer, { path: '/api/v1/cluster/transfer', body });
  }

  /** Answered by a leader that a majority has confirmed, or not at all. */
  async confirmLeader(timeoutMs: number): Promise<void> {
    const path = '/api/v1/dags?limit=1&consistency=linearizable';
    await this.#call(contract.listDags, { path, timeoutMs });
  }

  applyDag(id: string, definition: { readonly type: 'yaml' | 'json'; readonly text: string }) {
    const body = { type: `application/${definition.type}`, text: definition.text };
    return this.#call(contract.applyDag, { path: `/api/v1/dags/${id}`, body });
  }

  /** The first page of them: up to a thousand. */
  dags() {
    return this.#call(contract.listDags, { path: '/api/v1/dags?limit=1000' });
  }

  startRun(
    dagId: string,
    request: z.input<typeof contract.startRun.body> = {},
    how: { readonly key?: string; readonly timeoutMs?: number } = {},
  ) {
    const path = `/api/v1/dags/${dagId}/runs`;
    const body = { type: 'application/json', text: JSON.stringify(request) };
    return this.#call(contract.startRun, { path, body, ...how });
  }

  run(runId: string): Promise<RunDetail> {
    return this.#call(contract.getRun, { path: `/api/v1/runs/${runId}` });
  }

  /** A page of the runs of one DAG, newest first. */
  runs(dagId: string, cursor: string | null = null, limit = 1000) {
    const after = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const path = `/api/v1/runs?dag=${dagId}&limit=${limit}${after}`;
    return this.#call(contract.listRuns, { path });
  }

  /** A page of the facts of a run, oldest first. */
  runHistory(runId: string, cursor: string | null = null) {
    const after = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const path = `/api/v1/runs/${runId}/history?limit=1000${after}`;
    return this.#call(contract.runHistory, { path });
  }

  /** Runs of one DAG that have not ended; one of them is enough to know that there are some. */
  liveRuns(dagId: string) {
    const path = `/api/v1/runs?dag=${dagId}&state=queued,running,cancelling&limit=1`;
    return this.#call(contract.listRuns, { path });
  }

  task(runId: string, taskId: string) {
    return this.#call(contract.getTask, { path: `/api/v1/runs/${runId}/tasks/${taskId}` });
  }

  async log(runId: string, taskId: string): Promise<string> {
    const path = `/api/v1/runs/${runId}/tasks/${taskId}/attempts/latest/log`;
    return (await this.#send(contract.getLog, { path })).text();
  }

  pauseDag(dagId: string) {
    return this.#call(contract.pauseDag, { path: `/api/v1/dags/${dagId}/pause` });
  }

  /** Reads from now on see at least what an answer, which may be to another client, reflects. */
  hasSeen(answer: Response): void {
    const index = Number(answer.headers.get('x-skein-index') ?? 0);
    this.#seen.index = Math.max(this.#seen.index, index);
  }

  async #call<S extends z.ZodType>(
    endpoint: Endpoint & { readonly reply: S },
    call: Call,
  ): Promise<z.output<S>> {
    const response = await this.#send(endpoint, call);
    return endpoint.reply.parse(await response.json());
  }

  /** A read asks for what has been seen; a node that is behind waits for it. */
  #after(endpoint: Endpoint, path: string): string {
    if (!Object.hasOwn(endpoint.query.shape, 'minIndex') || this.#seen.index === 0) return path;
    return `${path}${path.includes('?') ? '&' : '?'}minIndex=${this.#seen.index}`;
  }

  async #send(endpoint: Endpoint, call: Call): Promise<Response> {
    const { body, key } = call;
    const response = await fetch(this.url + this.#after(endpoint, call.path), {
      method: endpoint.method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': body.type }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      ...(body === undefined ? {} : { body: body.text }),
      signal: AbortSignal.timeout(call.timeoutMs ?? timeoutMsDefault),
    }).catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      throw new ApiError(0, 'UNREACHABLE', `${this.url}: ${why}`);
    });
    if (!response.ok) throw refusal(response.status, await response.text());
    this.hasSeen(response);
    return response;
  }
}

const time = (timeoutMs: number | undefined) => (timeoutMs === undefined ? {} : { timeoutMs });

/** The problem document as one sentence, with what to do next. */
function refusal(status: number, text: string): ApiError {
  const problem = parseJson(text);
  const field = (name: string): string => {
    const value = Object.entries(problem).find(([key]) => key === name)?.[1];
    return typeof value === 'string' ? value : '';
  };
  const message = `${field('detail') || text} ${field('next')}`.trim();
  return new ApiError(status, field('code') || `HTTP_${status}`, message);
}

function parseJson(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
