/**
 * Peers that come and go while their executors live: tasks go on, each in one process from its
 * start to its end, and nothing is left behind by a node that does not come back.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../cluster/problem.ts';
import { present } from '../../src/base/assert.ts';
import { executorAt } from '../../src/node/adoption-place.ts';
import { allProcesses, readProcess } from '../support/tasks/real-bench.ts';
import { beginStory, ended, type Story } from './story-cluster.ts';

/** Time enough to start a node on a machine that has much to do. */
const leaseMs = 15_000;
const names = ['n1', 'n2', 'n3'] as const;
const patience = { withinMs: 30_000, everyMs: 50 };

let story: Story;
beforeAll(async () => {
  const nodeEnv = {
    SKEIN_SLOTS: '40',
    SKEIN_CPU: '40',
    SKEIN_TASKS_ON_STOP: 'keep',
    SKEIN_TUNING_LEASE_MS: String(leaseMs),
    SKEIN_TUNING_GRACE_MS: '1000',
  };
  story = await beginStory({ broker: 'embedded', nodeEnv });
});
afterAll(() => story?.end());

const dataOf = (name: string): string => join(story.folder, 'cluster', name);
const executors = (): readonly (number | undefined)[] =>
  names.map((name) => executorAt(dataOf(name)));

/** Tasks that note their start, wait until the gate is opened, and note their end. */
class Waiters {
  readonly id: string;
  readonly count: number;
  runId = '';
  readonly #witness: string;
  readonly #gate: string;

  constructor(id: string, count: number) {
    this.id = id;
    this.count = count;
    this.#witness = join(story.folder, `${id}-witness`);
    this.#gate = join(story.folder, `${id}-gate`);
    writeFileSync(this.#witness, '');
  }

  async start(): Promise<void> {
    const say = (what: string): string =>
      `echo "${what} $SKEIN_TASK_ID $SKEIN_ATTEMPT $SKEIN_TOKEN" >>"${this.#witness}"`;
    const wait = `while [ ! -e "${this.#gate}" ]; do sleep 0.5; done`;
    const tasks = Array.from(
      { length: this.count },
      (_, each) =>
        `  t${each}: { type: shell, command: '${say('start')}; ${wait}; ${say('end')}' }`,
    );
    await story.apply(this.id, [`id: ${this.id}`, 'tasks:', ...tasks, ''].join('\n'));
    this.runId = (await story.cluster.ask((api) => api.startRun(this.id))).runId;
    await until('all of them to run', patience, async () => {
      const { tasks: seen } = await story.cluster.ask((api) => api.run(this.runId));
      const running = seen.filter(({ state }) => state === 'running');
      return this.said('start').length === this.count && running.length === this.count
        ? true
        : undefined;
    });
  }

  said(what: 'start' | 'end'): readonly string[] {
    const lines = readFileSync(this.#witness, 'utf8').trim().split('\n');
    return lines.filter((line) => line.startsWith(`${what} `));
  }

  /** Where each runs. */
  async places(): Promise<readonly string[]> {
    const { tasks } = await story.cluster.ask((api) => api.run(this.runId));
    return tasks.map(({ node }) => present(node, 'it runs somewhere'));
  }

  /** Lets them end; none was killed, and none was begun twice. */
  async endUndisturbed(): Promise<void> {
    expect(this.said('end')).toEqual([]);
    writeFileSync(this.#gate, '');
    const run = await ended(story.cluster, this.runId);
    expect(run.state).toBe('success');
    expect(run.tasks.map(({ attempts }) => attempts.length)).toEqual(run.tasks.map(() => 1));
    const bare = (line: string): string => line.replace(/^\w+ /, '');
    expect(this.said('start').map(bare).sort()).toEqual(this.said('end').map(bare).sort());
    expect(this.said('start')).toHaveLength(this.count);
    expect(this.said('start').every((line) => line.split(' ')[2] === '1')).toBe(true);
  }
}

/** Everything that belongs to a node, tasks included: their environment or arguments name it. */
const processesOf = (name: string): readonly number[] =>
  allProcesses().filter(
    (pid) =>
      readProcess(pid, 'environ').includes(`${dataOf(name)}/`) ||
      readProcess(pid, 'cmdline').includes(dataOf(name)),
  );

const capacityOf = async (name: string): Promise<number> => {
  const { members } = await story.cluster.ask((api) => api.cluster());
  const member = members.find(({ node }) => node === name);
  return member?.capacity.slots ?? -1;
};

describe('a peer that comes back', () => {
  it('finds its tasks as it handed them over: node by node, under 50 tasks', async () => {
    const tasks = new Waiters('handed-over', 50);
    await tasks.start();
    expect(new Set(await tasks.places()).size).toBeGreaterThan(1);
    const before = executors();
    for (const [name, signal] of [
      ['n1', 'SIGUSR2'],
      ['n2', 'SIGTERM'],
      ['n3', 'SIGUSR2'],
    ] as const) {
      const { child } = story.cluster.node(name);
      child.kill(signal);
      expect(await child.exited).toEqual({ code: 0, signal: null });
      await story.cluster.restartNode(name);
    }
    expect(executors()).toEqual(before);
    await tasks.endUndisturbed();
  });

  it('finds them when it was killed, and is back within the lease', async () => {
    const tasks = new Waiters('killed', 50);
    await tasks.start();
    const before = executors();
    for (const name of names) {
      story.cluster.node(name).child.kill('SIGKILL');
      await story.cluster.restartNode(name);
    }
    expect(executors()).toEqual(before);
    await tasks.endUndisturbed();
    // What was adopted works on.
    const more = new Waiters('afterwards', 6);
    await more.start();
    await more.endUndisturbed();
  });

  it('with another configuration has the old executor retire, and then a new one', async () => {
    const tasks = new Waiters('retiring', 50);
    await tasks.start();
    const [name = ''] = await tasks.places();
    const old = executorAt(dataOf(name));
    const { child } = story.cluster.node(name);
    child.kill('SIGUSR2');
    await child.exited;
    await story.cluster.restartNode(name, { SKEIN_SLOTS: '17', SKEIN_LABELS: 'role=new' });
    // It offers nothing, and its tasks go on.
    await until('nothing to be offered', patience, async () =>
      (await capacityOf(name)) === 0 ? true : undefined,
    );
    expect(executorAt(dataOf(name))).toBe(old);
    await tasks.endUndisturbed();
    await until('the new one to offer its room', patience, async () =>
      (await capacityOf(name)) === 17 ? true : undefined,
    );
    expect(executorAt(dataOf(name))).not.toBe(old);
    // A task that only the new one may have.
    const task = '{ type: shell, command: "true", labels: { role: new } }';
    await story.apply('pinned', `id: pinned\ntasks: { only: ${task} }\n`);
    expect((await story.run('pinned')).state).toBe('success');
  });

  it('that does not come back leaves nothing behind after the lease', async () => {
    // Nobody comes back within it, so it may be short: on a node that does not lead, because the
    // leader goes by its own.
    const leaseMs = 6_000;
    const leader = await story.cluster.leader();
    const name = present(
      names.find((each) => each !== leader.name),
      'not all of them lead',
    );
    const old = executorAt(dataOf(name));
    await story.cluster.node(name).child.stop();
    await story.cluster.restartNode(name, { SKEIN_TUNING_LEASE_MS: String(leaseMs) });
    await until('another executor', patience, () =>
      [undefined, old].includes(executorAt(dataOf(name))) ? undefined : true,
    );
    const tasks = new Waiters('abandoned', 30);
    await tasks.start();
    expect(await tasks.places()).toContain(name);
    const { child } = story.cluster.node(name);
    expect(processesOf(name).length).toBeGreaterThan(1);
    child.kill('SIGKILL');
    await child.exited;
    const killedMs = performance.now();
    expect(executorAt(dataOf(name))).toBeDefined();
    await until('the end of all of it', patience, () =>
      processesOf(name).length === 0 ? true : undefined,
    );
    const tookMs = performance.now() - killedMs;
    expect(tookMs).toBeLessThan(leaseMs + 2_000);
    expect(tookMs).toBeGreaterThan(leaseMs / 2);
    await story.cluster.restartNode(name);
  });
});
