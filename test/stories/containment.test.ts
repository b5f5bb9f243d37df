/**
 * Tasks that harm, on a real cluster: they are ended and told what they did, other tasks go on, no
 * node is lost over it, and what a killed node has left behind is gone.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { harmfulTasks } from '../../cluster/harmful-tasks.ts';
import { until } from '../../cluster/problem.ts';
import { allProcesses, readProcess } from '../support/tasks/real-bench.ts';
import { beginStory, ended, type Story } from './story-cluster.ts';

const { hog, bomb, flood } = harmfulTasks;
const shell = ({ command, limits }: typeof hog | typeof bomb | typeof flood) => ({
  ...{ type: 'shell', command, limits },
});
const harmful = JSON.stringify({
  id: 'harmful',
  tasks: {
    hog: shell(hog),
    bomb: { ...shell(bomb), timeout: '3s' },
    flood: shell(flood),
    daemon: { type: 'shell', command: 'setsid sleep 1000 & (setsid sleep 1000 &); exit 0' },
  },
});
const peaceful = 'id: peaceful\ntasks: { a: { type: shell, command: "echo fine" } }\n';
/** Times that nobody else sleeps. */
const seconds = { lasting: 100_000 + process.pid, reusing: 10_000_000 + process.pid };
const sleeping = (dag: keyof typeof seconds): readonly number[] =>
  allProcesses().filter((pid) => readProcess(pid, 'cmdline') === `sleep\0${seconds[dag]}\0`);

const nap = `sleep ${seconds.lasting}`;
const lasting = `
id: lasting
tasks:
  a: { type: shell, command: "trap '' TERM; setsid ${nap} & ${nap} & ${nap}" }
`;

const start = `spawn('setsid', ['sh', '-c', 'trap "" TERM; $NAP & $NAP'])`;
const reusing = JSON.stringify({
  id: 'reusing',
  tasks: {
    a: {
      ...{ type: 'function', reuse: true, env: { NAP: `sleep ${seconds.reusing}` } },
      code: `import { spawn } from 'node:child_process';
        export default () => new Promise(() => ${start});`,
    },
  },
});

let story: Story;
/** Whether this machine can hold a bomb. */
let limited = false;
beforeAll(async () => {
  const nodeEnv = { SKEIN_TASKS_PROCESSES_MAX: '64' };
  story = await beginStory({ broker: 'embedded', nodeEnv });
  await story.apply('harmful', harmful);
  await story.apply('peaceful', peaceful);
  await story.apply('lasting', lasting);
  await story.apply('reusing', reusing);
  const { executor } = await statusOf(0);
  limited = executor.controllers.includes('pids') && executor.controllers.includes('memory');
});
afterAll(() => story?.end());

async function statusOf(index: number) {
  const response = await fetch(`${story.cluster.alive[index]?.api.url}/api/v1/node`);
  return JSON.parse(await response.text());
}

const elections = async (): Promise<number> => {
  const statuses = await Promise.all(story.cluster.alive.map((_, index) => statusOf(index)));
  return Math.max(...statuses.map(({ term }) => term));
};

describe('tasks that harm', () => {
  it('are ended for what they did, while others go on and nobody elects', async (context) => {
    // Nobody lights a bomb where nothing holds it.
    if (!limited) return context.skip();
    const termBefore = await elections();
    const { runId } = await story.cluster.ask((api) => api.startRun('harmful', {}));
    const others = await Promise.all(Array.from({ length: 5 }, () => story.run('peaceful')));
    expect(others.map(({ state }) => state)).toEqual(others.map(() => 'success'));
    const { tasks } = await ended(story.cluster, runId);
    const newest = (taskId: string) =>
      tasks.find((task) => task.taskId === taskId)?.attempts.at(-1);
    expect(newest('hog')?.error).toContain('ran out of memory: the limit is 160Mi');
    expect(newest('bomb')).toMatchObject({ state: 'timed_out' });
    expect(newest('flood')?.error).toContain('its working directory held');
    expect(newest('daemon')).toMatchObject({ state: 'success' });
    expect(newest('hog')?.usage?.memoryBytesMax).toBeGreaterThan(128 * 2 ** 20);
    expect(await elections()).toBe(termBefore);
    expect(story.cluster.alive).toHaveLength(3);
  });

  it.each([
    ['lasting', 3],
    ['reusing', 2],
  ] as const)('leave nothing behind when their node is killed (%s)', async (dag, count) => {
    const { cluster } = story;
    const { runId } = await cluster.ask((api) => api.startRun(dag, {}));
    const name = await until('its start', { withinMs: 20_000, everyMs: 50 }, async () => {
      const { tasks } = await cluster.ask((api) => api.run(runId));
      return tasks[0]?.state === 'running' ? (tasks[0].node ?? undefined) : undefined;
    });
    await until('its processes', { withinMs: 5000, everyMs: 20 }, async () =>
      sleeping(dag).length === count ? true : undefined,
    );
    const { child } = cluster.node(name);
    child.kill('SIGKILL');
    await child.exited;
    // The executor waits for another peer for as long as a lease, and nothing survives it.
    await until('the end of them', { withinMs: 12_000, everyMs: 20 }, async () =>
      sleeping(dag).length === 0 ? true : undefined,
    );
    await cluster.restartNode(name);
  });
});
