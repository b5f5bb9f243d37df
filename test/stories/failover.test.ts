/** What a person relies on when a node dies, told on real processes. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../cluster/problem.ts';
import { beginStory, ended, type Story } from './story-cluster.ts';

let story: Story;
beforeAll(async () => {
  story = await beginStory({ broker: 'embedded' });
});
afterAll(() => story?.end());

/** Tasks that note each start: `run task attempt token`, appended in one write. */
function chainOf(length: number, witness: string): string {
  const tasks = Array.from({ length }, (_, place) => {
    const after = place === 0 ? '' : `, dependsOn: [t${place - 1}]`;
    const note = 'echo "$SKEIN_RUN_ID $SKEIN_TASK_ID $SKEIN_ATTEMPT $SKEIN_TOKEN" >> "$WITNESS"';
    return `  t${place}: { type: shell${after}, command: '${note}; sleep 0.2' }`;
  });
  const head = `id: chain_of_${length}\ndefaults: { env: { WITNESS: "${witness}" } }`;
  return [head, 'tasks:', ...tasks, ''].join('\n');
}

it('a node that has answered a write shows it, also when another one leads', async () => {
  for (let value = 0; value < 20; value++) {
    for (const { api } of story.cluster.nodes) {
      const variable = `${api.url}/api/v1/variables/shown`;
      const put = { method: 'PUT', headers: { 'content-type': 'application/json' } };
      const answer = await fetch(variable, { ...put, body: JSON.stringify({ value }) });
      expect(answer.ok).toBe(true);
      const read = await fetch(variable);
      expect(await read.json()).toMatchObject({ value });
      expect((await fetch(variable, { method: 'DELETE' })).ok).toBe(true);
      expect((await fetch(variable)).status).toBe(404);
    }
  }
});

describe('fail-over', () => {
  it('a run goes on when its leader is killed; no token is started twice', async () => {
    const witness = join(story.folder, 'witness');
    writeFileSync(witness, '');
    await story.apply('chain_of_12', chainOf(12, witness));
    const { cluster } = story;
    const { runId } = await cluster.ask((api) => api.startRun('chain_of_12'));
    const started = () => readFileSync(witness, 'utf8').trimEnd().split('\n');
    await until(
      'the third task',
      { withinMs: 20_000, everyMs: 20 },
      () => started().length > 2 || undefined,
    );
    const { killed } = await cluster.killLeader();
    await cluster.restartNode(killed);
    const run = await ended(cluster, runId);
    expect(run.state).toBe('success');
    expect(run.tasks.every(({ state }) => state === 'success')).toBe(true);
    const starts = started();
    expect(new Set(starts).size).toBe(starts.length);
  });

  it('a write that was acknowledged is there after the leader was killed', async () => {
    const { cluster } = story;
    await story.apply('one', 'id: one\ntasks: { only: { type: noop } }\n');
    const runId = 'one.kept';
    await cluster.ask((api) => api.startRun('one', { runId }, { key: runId }));
    const { killed } = await cluster.killLeader();
    const again = await cluster.ask((api) => api.startRun('one', { runId }, { key: runId }));
    expect(again.runId).toBe(runId);
    const { items } = await cluster.ask((api) => api.runs('one'));
    expect(items.map((run) => run.runId)).toEqual([runId]);
    await cluster.restartNode(killed);
  });

  it('a cluster that was stopped in order starts again with everything it knew', async () => {
    const { cluster } = story;
    await Promise.all(cluster.nodes.map(({ child }) => child.stop()));
    for (const { name, child } of cluster.nodes) {
      expect({ name, exit: child.exit }).toEqual({ name, exit: { code: 0, signal: null } });
    }
    for (const { name } of cluster.nodes) cluster.startNode(name);
    await cluster.ready();
    const { items } = await cluster.ask((api) => api.runs('one'));
    expect(items).toHaveLength(1);
  });
});
