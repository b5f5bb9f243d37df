/** Why something waits, asked of real nodes: the leader knows, and every node answers. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../cluster/problem.ts';
import { beginStory, ended, type Story } from './story-cluster.ts';

const yaml = `
id: guarded
tasks:
  a: { type: shell, command: "while ! test -f {{ params.file }}; do sleep 0.1; done", pool: gate }
  b: { type: noop, pool: gate }
  c: { type: noop, dependsOn: [a, b] }
params:
  file: { type: string, default: /nowhere }
`;

let story: Story;
beforeAll(async () => {
  story = await beginStory({ broker: 'embedded' });
  await story.apply('guarded', yaml);
});
afterAll(() => story?.end());

const codes = (why: { readonly gates: readonly { readonly code: string }[] }): readonly string[] =>
  why.gates.map(({ code }) => code);

async function ask(path: string, node = story.cluster.alive[0]) {
  const response = await fetch(`${node?.api.url}/api/v1/${path}`);
  return { status: response.status, body: JSON.parse(await response.text()) };
}

describe('why', () => {
  it('every node tells what the leader knows, and what opens the gate opens it', async () => {
    const { cluster } = story;
    const put = { method: 'PUT', headers: { 'content-type': 'application/json' } };
    const pool = (slots: number) =>
      fetch(`${cluster.alive[0]?.api.url}/api/v1/pools/gate`, {
        ...put,
        body: JSON.stringify({ slots }),
      });
    const { runId } = await cluster.ask((api) => api.startRun('guarded', {}));
    const missing = await ask(`why/${runId}/a?eta=false`);
    expect(codes(missing.body)).toEqual(['NO_POOL']);
    await pool(1);
    await until('one of them to hold the slot', { withinMs: 20_000, everyMs: 50 }, async () => {
      const run = await cluster.ask((api) => api.run(runId));
      return run.tasks.find(({ taskId, state }) => taskId === 'a' && state === 'running');
    });
    for (const node of cluster.alive) {
      const { body } = await ask(`why/${runId}/b?eta=false`, node);
      expect(codes(body)).toEqual(['POOL_FULL']);
      expect(body.gates[0].values.holders).toMatchObject([{ runId, taskId: 'a' }]);
      const run = await ask(`why/${runId}`, node);
      expect(run.body).toMatchObject({ running: 1, waiting: 2 });
    }
    const running = await ask(`why/${runId}/a`);
    expect(running.body.gates).toEqual([]);
    expect(running.body.placement.chosen).toMatchObject({ nodes: 3, fitting: 3 });
    await pool(2);
    await until('b to be done', { withinMs: 20_000, everyMs: 50 }, async () => {
      const { body } = await ask(`why/${runId}/b`);
      return body.state === 'success' ? body : undefined;
    });
    await fetch(`${cluster.alive[0]?.api.url}/api/v1/runs/${runId}/cancel`, { method: 'POST' });
    await ended(cluster, runId);
    const over = await ask(`why/${runId}/b`);
    expect(over.body.summary).toContain('the run has ended: cancelled');
  });

  it('a new leader tells the same', async () => {
    const { cluster } = story;
    await cluster.ask((api) => api.startRun('guarded', { runId: 'again' }));
    const before = await until('a and b to be under way', { withinMs: 20_000, everyMs: 50 }, () =>
      ask('why/again/c?eta=false').then(({ body }) =>
        body.gates?.length === 1 ? body : undefined,
      ),
    );
    expect(codes(before)).toEqual(['UPSTREAM']);
    const { name } = await cluster.leader();
    const other = cluster.alive.find((node) => node.name !== name)?.name ?? name;
    await cluster.ask((api) => api.transfer(other));
    // Until it has heard the executors no node has room for anything, and it says so.
    await until('the new leader to tell the same', { withinMs: 20_000, everyMs: 50 }, () =>
      ask('why/again/c?eta=false').then(({ body }) =>
        codes(body).join() === 'UPSTREAM' ? true : undefined,
      ),
    );
  });
});
