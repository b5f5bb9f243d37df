/**
 * What work costs a real cluster, in the counts that its nodes keep. The exact guard is
 * `test/sim/costs.test.ts`; this one says that real disks and a real NATS server cost no more than
 * what is simulated. Some of it is sent by the clock, so a slow machine is allowed its share.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { beginStory, type Story } from './story-cluster.ts';

let story: Story;
beforeAll(async () => {
  story = await beginStory();
});
afterAll(() => story?.end());

const times = 3;

/** At most; of one task, all nodes together but for the syncs, which are those of one node. */
interface Costs {
  readonly entries: number;
  readonly syncs: number;
  readonly messages: number;
  readonly bytes: number;
}

/** What a second costs, whatever is done: the leader tries its disk, heartbeats are answered. */
const perSecond: Costs = { entries: 0, syncs: 5, messages: 50, bytes: 10_000 };

/** Runs it a few times, once before that to warm up; what is above the limits, in words. */
async function above(max: Costs, dagId: string, taskCount: number): Promise<readonly string[]> {
  const { cluster } = story;
  await story.run(dagId);
  const read = () => Promise.all(cluster.nodes.map(({ api }) => api.node()));
  const before = await read();
  const beganMs = performance.now();
  for (let run = 0; run < times; run++) expect((await story.run(dagId)).state).toBe('success');
  const seconds = (performance.now() - beganMs) / 1000;
  const after = await read();
  const more = (name: string): readonly number[] =>
    after.map(({ counters }, at) => (counters[name] ?? 0) - (before[at]?.counters[name] ?? 0));
  const last = (nodes: typeof after): number => Math.max(...nodes.map(({ commit }) => commit));
  const sum = (counts: readonly number[]): number => counts.reduce((all, one) => all + one, 0);
  const costs: Costs = {
    entries: last(after) - last(before),
    syncs: Math.max(...more('logSyncs')),
    messages: sum(more('messagesSent')),
    bytes: sum(more('bytesSent')),
  };
  return (['entries', 'syncs', 'messages', 'bytes'] as const).flatMap((what) => {
    expect(costs[what]).toBeGreaterThan(0);
    const is = (costs[what] - perSecond[what] * seconds) / (times * taskCount);
    return is > max[what] ? [`${what} of a task: ${is.toFixed(3)}, at most ${max[what]}`] : [];
  });
}

const dag = (id: string, tasks: readonly string[]): string =>
  [`id: ${id}`, 'tasks:', ...tasks, ''].join('\n');

it('an edge of an idle chain is one entry, and one sync on each node', async () => {
  const length = 100;
  const tasks = Array.from({ length }, (_, place) => {
    const after = place === 0 ? '' : `, dependsOn: [t${place - 1}]`;
    return `  t${place}: { type: noop${after} }`;
  });
  await story.apply('chain', dag('chain', tasks));
  // Where an edge takes longer than 5 ms, a notice of the commit comes on top of five messages.
  const max = { entries: 1.27, syncs: 1.27, messages: 7.5, bytes: 2_700 };
  expect(await above(max, 'chain', length)).toEqual([]);
});

it('tasks of a wide run share entries, syncs and messages', async () => {
  const width = 1_000;
  const tasks = Array.from({ length: width }, (_, place) => `  t${place}: { type: noop }`);
  await story.apply('wide', dag('wide', tasks));
  // How many share a turn depends on the machine: three times what an idle one needs.
  const max = { entries: 0.035, syncs: 0.035, messages: 0.2, bytes: 620 };
  expect(await above(max, 'wide', width)).toEqual([]);
});
