/** What the tests of the server share. */
import type { Hono } from 'hono';
import type { TestHooks } from '../../src/api/test-hooks.ts';
import { silentTrace } from '../../src/base/trace.ts';
import { createApp } from '../../src/http/app.ts';
import { type HttpLimits, httpLimits } from '../../src/http/limits.ts';
import { Streams } from '../../src/http/streams.ts';
import { FakeService } from './fake-service.ts';

export interface Kit {
  readonly service: FakeService;
  readonly streams: Streams;
  readonly lifelines: Streams;
  readonly app: Hono;
}

export function kit(limits: Partial<HttpLimits> = {}, testHooks: TestHooks | null = null): Kit {
  const service = new FakeService();
  const all = { ...httpLimits, ...limits };
  const streams = new Streams(all.streamsMax);
  const lifelines = new Streams(all.lifelinesMax);
  const options = { service, streams, lifelines, testHooks, limits: all, trace: silentTrace };
  return { service, streams, lifelines, app: createApp(options) };
}

export const chainYaml = `
id: chain
tasks:
  a: { type: shell, command: echo a }
  b: { type: shell, command: echo b, dependsOn: [a] }
  c: { type: noop, dependsOn: [b] }
`;

export const putDag = (app: Hono, id: string, text: string, query = ''): Promise<Response> =>
  Promise.resolve(
    app.request(`/api/v1/dags/${id}${query}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/yaml' },
      body: text,
    }),
  );

export const post = (app: Hono, path: string, body?: unknown, headers = {}): Promise<Response> =>
  Promise.resolve(
    app.request(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
  );

/** The body of a response, as JSON of whatever shape the test expects. */
export const json = async (response: Response) => JSON.parse(await response.text());
