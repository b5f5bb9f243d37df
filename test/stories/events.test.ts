/** What starts a run besides the clock and people, on one real cluster. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, headers, type NatsConnection } from 'nats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunDetail } from '../../cluster/api.ts';
import { until } from '../../cluster/problem.ts';
import { beginStory, ended, type Story } from './story-cluster.ts';

let story: Story;
let nats: NatsConnection;
beforeAll(async () => {
  story = await beginStory();
  nats = await connect({ servers: story.cluster.nats.url.replace('nats://', '') });
});
afterAll(async () => {
  await nats?.close();
  await story?.end();
});

const patience = { withinMs: 30_000, everyMs: 50 };
const secret = 'a secret of this story';

const post = (path: string, body: unknown, more: Record<string, string> = {}): Promise<Response> =>
  story.cluster.ask((api) =>
    fetch(api.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...more },
      body: JSON.stringify(body),
    }),
  );

const runsOf = async (dagId: string): Promise<readonly { readonly runId: string }[]> =>
  (await story.cluster.ask((api) => api.runs(dagId))).items;

/** Waits until a DAG has so many runs, and gives the newest, ended. */
async function nthRun(dagId: string, count: number): Promise<RunDetail> {
  const runs = await until(`${count} runs of ${dagId}`, patience, async () => {
    const found = await runsOf(dagId);
    return found.length >= count ? found : undefined;
  });
  expect(runs).toHaveLength(count);
  return ended(story.cluster, runs[0]?.runId ?? '');
}

const logOf = ({ runId }: RunDetail, task: string): Promise<string> =>
  story.cluster.ask((api) => api.log(runId, task));

describe('events', () => {
  it('a webhook starts a run, for who knows the secret, once for each delivery', async () => {
    await story.apply(
      'hooked',
      `
params: { order: { type: integer } }
tasks: { say: { type: shell, command: "echo order {{ params.order }}" } }
triggers:
  - name: order
    webhook: { secret: ${secret} }
    params: { order: "{{ trigger.payload.id }}" }
`,
    );
    const path = '/api/v1/hooks/default/hooked/order';
    expect((await post(path, { id: 7 })).status).toBe(401);
    expect((await post(path, { id: 7 }, { 'x-skein-secret': 'no' })).status).toBe(401);
    const delivery = { 'x-skein-secret': secret, 'x-event-id': 'delivery-1' };
    const first = await post(path, { id: 7 }, delivery);
    expect([first.status, await first.json()]).toMatchObject([202, { known: 0 }]);
    const again = await post(path, { id: 7 }, delivery);
    expect([again.status, await again.json()]).toMatchObject([202, { runs: [], known: 1 }]);
    const run = await nthRun('hooked', 1);
    expect(run).toMatchObject({ state: 'success', trigger: 'event', params: { order: 7 } });
    expect(await logOf(run, 'say')).toBe('order 7\n');
  });

  it('a delivery that is repeated after the leader was killed starts nothing', async () => {
    await story.cluster.killLeader();
    const path = '/api/v1/hooks/default/hooked/order';
    const delivery = { 'x-skein-secret': secret, 'x-event-id': 'delivery-1' };
    const again = await until('an answer', patience, async () => {
      const response = await post(path, { id: 7 }, delivery);
      return response.status === 202 ? response.json() : undefined;
    });
    expect(again).toMatchObject({ runs: [], known: 1 });
    expect(await runsOf('hooked')).toHaveLength(1);
  });

  it('a NATS message starts one run, whichever nodes listen, if the filter wants it', async () => {
    await story.apply(
      'subscribed',
      `
tasks: { a: { type: noop } }
triggers: [{ name: order, subject: "orders.*", filter: "trigger.payload.total > 100" }]
`,
    );
    const publish = (key: string, total: number): void => {
      const named = headers();
      named.set('Nats-Msg-Id', key);
      nats.publish('orders.new', JSON.stringify({ total }), { headers: named });
    };
    // It is published until somebody listens; under one key it is one message.
    await until('the run', patience, async () => {
      publish('small', 5);
      publish('large', 500);
      return (await runsOf('subscribed')).length > 0 ? true : undefined;
    });
    const run = await nthRun('subscribed', 1);
    expect(run.state).toBe('success');
  });

  it('a task that waits for a message ends with what it says', async () => {
    await story.apply('waiting', 'tasks: { w: { type: sensor, subject: go.now } }\n');
    const { runId } = await story.cluster.ask((api) => api.startRun('waiting'));
    const run = await until(`the end of ${runId}`, patience, async () => {
      nats.publish('go.now', '{"by":"ada"}');
      const found = await story.cluster.ask((api) => api.run(runId));
      return found.state === 'success' ? found : undefined;
    });
    const { output } = await story.cluster.ask((api) => api.task(run.runId, 'w'));
    expect(output).toEqual({ by: 'ada' });
  });

  it('a file that arrives starts one run, although every node sees it', async () => {
    const inbox = join(story.folder, 'inbox');
    await story.apply(
      'filed',
      `
params: { path: { type: string } }
tasks: { read: { type: shell, command: "cat {{ params.path }}" } }
triggers:
  - { name: csv, file: "${inbox}/*.csv", params: { path: "{{ trigger.payload.path }}" } }
`,
    );
    mkdirSync(inbox);
    writeFileSync(join(inbox, 'one.csv'), 'a,b\n');
    expect(await logOf(await nthRun('filed', 1), 'read')).toBe('a,b\n');
    writeFileSync(join(inbox, 'two.csv'), 'c,d\n');
    expect(await logOf(await nthRun('filed', 2), 'read')).toBe('c,d\n');
  });

  it('the end of a run, and an asset, start what waits for them', async () => {
    await story.apply('after_up', 'tasks: { a: { type: noop } }\ntriggers: [{ dag: up }]\n');
    await story.apply(
      'needs_raw',
      'tasks: { a: { type: noop } }\ntriggers: [{ asset: "asset://raw" }]\n',
    );
    await story.apply('up', 'tasks: { load: { type: noop, produces: ["asset://raw"] } }\n');
    await story.run('up');
    expect((await nthRun('after_up', 1)).state).toBe('success');
    expect((await nthRun('needs_raw', 1)).state).toBe('success');
    const assets = await story.cluster.ask((api) => fetch(`${api.url}/api/v1/assets`));
    const raw = {
      uri: 'asset://raw',
      producers: [{ dagId: 'up', taskId: 'load' }],
      consumers: [{ dagId: 'needs_raw', trigger: 'trigger-1' }],
    };
    expect(await assets.json()).toMatchObject({ items: [raw] });
  });

  it('of a combination all must have come, and events of a pause are kept', async () => {
    await story.apply(
      'combined',
      `
params: { note: { type: string } }
tasks: { say: { type: shell, command: "echo {{ params.note }}" } }
triggers:
  - name: both
    all: [{ webhook: {} }, { asset: "asset://clean" }]
    window: 1h
    params: { note: "{{ trigger.payload[0].by }}" }
`,
    );
    await post('/api/v1/hooks/default/combined/both', { by: 'ada' });
    expect(await runsOf('combined')).toEqual([]);
    await story.cluster.ask((api) => api.pauseDag('combined'));
    await post('/api/v1/events/send', { kind: 'asset', uri: 'asset://clean', key: 'k' });
    expect(await runsOf('combined')).toEqual([]);
    await post('/api/v1/dags/combined/unpause', {});
    const run = await nthRun('combined', 1);
    expect(await logOf(run, 'say')).toBe('ada\n');
  });
});
