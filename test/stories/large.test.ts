/** Large workflows on real processes: read beside the node, run to the end, stopped half-way. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { largeDags } from '../../bench/large.ts';
import { until } from '../../cluster/problem.ts';
import { beginStory, ended, type Story } from './story-cluster.ts';

let story: Story;
beforeAll(async () => {
  story = await beginStory({ broker: 'embedded' });
});
afterAll(() => story?.end());

const dags = largeDags({ layers: 10, width: 100, items: 1_000, links: 200 });

async function apply(id: string, file: object): Promise<void> {
  const text = JSON.stringify(file);
  await story.cluster.ask((api) => api.applyDag(id, { type: 'json', text }));
}

describe('large workflows', () => {
  it.each(Object.keys(dags))('%s: every instance succeeds once', async (id) => {
    const dag = dags[id];
    if (dag === undefined) throw new Error(`there is no ${id}`);
    await apply(id, dag.file);
    const run = await story.run(id);
    expect(run.state).toBe('success');
    expect(run.counts).toEqual({ success: dag.instances });
    expect(run.tasks.length + run.tasksLeftOut).toBe(dag.instances);
    expect(run.tasks.every(({ attempts }) => attempts.length === 1)).toBe(true);
  });

  it('a mistake in a large file is told with its place', async () => {
    const tasks = Array.from({ length: 1_000 }, (_, at) => `  t${at}: { type: noop }`);
    tasks[700] = '  t700: { type: noop, retries: -1 }';
    const text = ['id: broken', 'tasks:', ...tasks, ''].join('\n');
    const applied = story.cluster.ask((api) => api.applyDag('broken', { type: 'yaml', text }));
    await expect(applied).rejects.toThrow(/703:\d+ tasks\.t700\.retries/);
  });

  it('a large run that is cancelled closes every task that had not begun', async () => {
    const waiting = Array.from({ length: 1_500 }, (_, at) => [
      `t${at}`,
      { type: 'noop', dependsOn: ['gate'] },
    ]);
    const gate = { type: 'wait', for: '1h' };
    await apply('stopped', { id: 'stopped', tasks: { gate, ...Object.fromEntries(waiting) } });
    const { cluster } = story;
    const { runId } = await cluster.ask((api) => api.startRun('stopped'));
    await until('the gate', { withinMs: 20_000, everyMs: 50 }, async () => {
      const run = await cluster.ask((api) => api.run(runId));
      return run.counts.deferred === 1 || undefined;
    });
    await until('the cancelling', { withinMs: 20_000, everyMs: 50 }, async () => {
      const [node] = cluster.alive;
      const path = `/api/v1/runs/${runId}/cancel`;
      const answer = await fetch(`${node?.api.url}${path}`, { method: 'POST' });
      return answer.ok || undefined;
    });
    const run = await ended(cluster, runId);
    expect(run.state).toBe('cancelled');
    expect(run.counts).toEqual({ cancelled: 1_501 });
  });
});
