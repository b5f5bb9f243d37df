/** What the stories of `examples` share: to apply a file as it is, and to see what became of it. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { z } from 'zod';
import { ApiError, type RunDetail, type TaskDetail } from '../../cluster/api.ts';
import { checkout } from '../../cluster/places.ts';
import { until } from '../../cluster/problem.ts';
import type { contract } from '../../src/api/contract.ts';
import type { Endpoint } from '../../src/api/contract-kit.ts';
import { ended, type Story } from './story-cluster.ts';

export const patience = { withinMs: 60_000, everyMs: 50 };

type ListedRun = Omit<
  RunDetail,
  'counts' | 'tasks' | 'tasksLeftOut' | 'maps' | 'notes' | 'payload'
>;
type StartRun = z.input<typeof contract.startRun.body>;

interface Call {
  /** Of the path. */
  readonly at?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** `12-some-name.yaml` defines `some_name`. */
export const idOf = (file: string): string =>
  file.replace(/^\d+-|\.yaml$/g, '').replaceAll('-', '_');

export const textOf = (file: string): string =>
  readFileSync(join(checkout, 'examples', file), 'utf8');

/** The examples on one cluster. */
export class Examples {
  readonly story: Story;

  constructor(story: Story) {
    this.story = story;
  }

  /** Applies a file, as it is or changed a little, and gives the id of the DAG. */
  async apply(file: string, change: (text: string) => string = (text) => text): Promise<string> {
    const text = change(textOf(file));
    const id = /^id: (\S+)$/m.exec(text)?.[1] ?? idOf(file);
    await this.story.apply(id, text);
    return id;
  }

  async start(dagId: string, request: StartRun = {}): Promise<string> {
    return (await this.story.cluster.ask((api) => api.startRun(dagId, request))).runId;
  }

  /** Applies a file and runs it once. */
  async run(file: string, params: NonNullable<StartRun['params']> = {}): Promise<RunDetail> {
    return this.ended(await this.start(await this.apply(file), { params }));
  }

  ended(runId: string): Promise<RunDetail> {
    return ended(this.story.cluster, runId);
  }

  look(runId: string): Promise<RunDetail> {
    return this.story.cluster.ask((api) => api.run(runId));
  }

  /** Waits until a run looks as it should. */
  when(what: string, runId: string, isSo: (run: RunDetail) => boolean): Promise<RunDetail> {
    return until(what, patience, async () => {
      const run = await this.look(runId);
      return isSo(run) ? run : undefined;
    });
  }

  /**
   * Waits until a DAG has so many runs of the wanted kind, and for their ends; the oldest first.
   */
  async endedRuns(
    dagId: string,
    atLeast: number,
    isWanted: (run: ListedRun) => boolean = () => true,
  ): Promise<readonly RunDetail[]> {
    const runs = await until(`${atLeast} runs of ${dagId}`, patience, async () => {
      const { items } = await this.story.cluster.ask((api) => api.runs(dagId));
      const wanted = items.filter(isWanted).toReversed();
      return wanted.length >= atLeast ? wanted : undefined;
    });
    return Promise.all(runs.map(({ runId }) => this.ended(runId)));
  }

  log({ runId }: Pick<RunDetail, 'runId'>, task: string): Promise<string> {
    return this.story.cluster.ask((api) => api.log(runId, task));
  }

  /** Null where there is none. */
  async output({ runId }: Pick<RunDetail, 'runId'>, task: string): Promise<unknown> {
    return (await this.story.cluster.ask((api) => api.task(runId, task))).output;
  }

  /** Calls any endpoint as a client would; reads see every write that was answered. */
  call<S extends z.ZodType>(
    endpoint: Endpoint & { readonly reply: S },
    { at = {}, query = {}, headers = {}, body }: Call = {},
  ): Promise<z.output<S>> {
    const reads = endpoint.method === 'GET' ? { consistency: 'linearizable' } : {};
    const path = endpoint.path.replace(/\{(\w+)\}/g, (_, name: string) => at[name] ?? 'default');
    const search = new URLSearchParams({ ...reads, ...query });
    return this.story.cluster.ask(async (api) => {
      const response = await fetch(`${api.url}${path}?${search}`, {
        method: endpoint.method,
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }).catch((error: unknown) => {
        throw new ApiError(0, 'UNREACHABLE', String(error));
      });
      const text = await response.text();
      api.hasSeen(response);
      if (response.ok) return endpoint.reply.parse(JSON.parse(text));
      throw new ApiError(response.status, /"code":"(\w+)"/.exec(text)?.[1] ?? '', text);
    });
  }

  /** What `bin/skein` prints; it fails as the program does. */
  async skein(...args: readonly string[]): Promise<string> {
    const server = this.story.cluster.alive.map(({ api }) => api.url).join(',');
    const child = spawn(process.execPath, [join(checkout, 'bin/skein'), ...args], {
      env: { ...process.env, SKEIN_SERVER: server, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    child.stdout.on('data', (bytes) => (said += String(bytes)));
    child.stderr.on('data', (bytes) => (said += String(bytes)));
    const code = await new Promise((resolve) => child.once('close', resolve));
    if (code !== 0) throw new Error(`skein ${args.join(' ')}: exit code ${code}\n${said}`);
    return said;
  }
}

/** `{ load: 'success', 'each[1]': 'failed' }`: items of maps one by one. */
export function instancesOf({ tasks }: RunDetail): Readonly<Record<string, string>> {
  const mapped = new Set(tasks.filter(({ mapIndex }) => mapIndex > 0).map(({ taskId }) => taskId));
  return Object.fromEntries(
    tasks.map(({ taskId, mapIndex, state }) => [
      mapped.has(taskId) ? `${taskId}[${mapIndex}]` : taskId,
      state,
    ]),
  );
}

export function taskOf({ tasks }: RunDetail, id: string, mapIndex = 0): TaskDetail {
  const found = tasks.find((task) => task.taskId === id && task.mapIndex === mapIndex);
  if (found === undefined) throw new Error(`the run has no task ${id}`);
  return found;
}

/** From the start of the first attempt to the end of the last, in milliseconds since 1970. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export const spanOf = ({ attempts }: TaskDetail): Span => ({
  from: Date.parse(attempts[0]?.assignedAt ?? ''),
  to: Date.parse(attempts.at(-1)?.endedAt ?? ''),
});

/** How many were under way at once, at most. */
export function mostAtOnce(spans: readonly Span[]): number {
  const counts = spans.map(
    ({ from }) => spans.filter((it) => it.from <= from && from < it.to).length,
  );
  return Math.max(0, ...counts);
}

export interface Heard {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Somebody who is told: every request is answered with 200 and kept. */
export async function startListener() {
  const heard: Heard[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (bytes) => (body += String(bytes)));
    request.on('end', () => {
      heard.push({ path: request.url ?? '', headers: request.headers, body });
      response.end('well\n');
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, heard, close: () => server.close() };
}
