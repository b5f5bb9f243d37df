/** The examples of tasks that run code of their authors, on one real cluster. */
import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Examples, instancesOf, taskOf } from './examples-kit.ts';
import { beginStory, type Story } from './story-cluster.ts';

let story: Story;
let examples: Examples;
beforeAll(async () => {
  story = await beginStory();
  examples = new Examples(story);
});
afterAll(() => story?.end());

describe.concurrent('examples: code', () => {
  it('script: words reach any interpreter as they are', async () => {
    const run = await examples.run('53-script.yaml');
    expect(run.state).toBe('success');
    expect(await examples.log(run, 'say')).toBe('one two; $(three): 3 words\n');
  });

  it('python: a function of a module, and an item that is skipped', async () => {
    const run = await examples.run('54-python-callable.yaml');
    expect(run.state).toBe('success');
    expect(instancesOf(run)).toMatchObject({ 'count[0]': 'success', 'count[1]': 'skipped' });
  });

  it('function: TypeScript, and an error that is not tried again', async () => {
    const run = await examples.run('55-function.yaml');
    expect(run.state).toBe('success');
    expect(await examples.log(run, 'check')).toBe('6 of 10\n');
    const bad = await examples.run('55-function.yaml', { rows: [7, 8] });
    expect(taskOf(bad, 'check').state).toBe('failed');
    expect(taskOf(bad, 'check').attempts).toHaveLength(1);
    expect(taskOf(bad, 'check').reason).toContain('TooMuch: 15 is more than 10');
    const empty = await examples.run('55-function.yaml', { rows: [] });
    expect(taskOf(empty, 'check').state).toBe('skipped');
  });

  it('function with reuse: a worker makes many calls, each with its own output', async () => {
    const orders = Array.from({ length: 30 }, (_, pieces) => ({ item: 'pen', pieces }));
    const run = await examples.run('61-reused-function.yaml', { orders });
    expect(run.state).toBe('success');
    const { cost, callsOfOneWorker } = Object(await examples.output(run, 'total'));
    expect(cost).toBe(30 * 29);
    expect(callsOfOneWorker).toBeGreaterThan(1);
  });

  it('broadcast: once on every node; shards: each its part', async () => {
    const run = await examples.run('56-broadcast-and-shards.yaml');
    expect(run.state).toBe('success');
    const nodes = [0, 1, 2].map((at) => taskOf(run, 'free', at).attempts.at(-1)?.node);
    expect(nodes).toEqual(['n1', 'n2', 'n3']);
    expect(instancesOf(run)).toMatchObject({ 'parts[3]': 'success' });
    expect(await examples.output(run, 'total')).toEqual({ nodes: 3, last: 100 });
  });

  it('http: credentials arrive, and a retry waits as long as the server wants it to', async () => {
    const asked: { readonly at: number; readonly who: string | undefined }[] = [];
    const server = createServer((request, response) => {
      asked.push({ at: Date.now(), who: request.headers.authorization });
      if (asked.length === 1) response.writeHead(503, { 'retry-after': '1' }).end();
      else response.end('{"orders": 4}');
    });
    await new Promise<void>((listening) => server.listen(8097, '127.0.0.1', listening));
    try {
      const run = await examples.run('57-http-auth-and-later.yaml');
      expect(run.state).toBe('success');
      expect(await examples.log(run, 'tell')).toBe('4 orders\n');
      const expected = `Basic ${Buffer.from(`reader:${run.runId}`).toString('base64')}`;
      expect(asked.map(({ who }) => who)).toEqual([expected, expected]);
      const [first, second] = asked;
      expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(1000);
    } finally {
      server.close();
    }
  });
});
