/**
 * A rolling upgrade, told on real processes: nodes of the previous version, which a frozen build
 * runs, become nodes of this one while the cluster works. And the way back, as long as it is open.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiError } from '../../cluster/api.ts';
import type { LocalNode } from '../../cluster/local-cluster.ts';
import { checkout } from '../../cluster/places.ts';
import { until } from '../../cluster/problem.ts';
import { type Frozen, previousVersion, thaw } from '../upgrade/frozen.ts';
import { Load } from '../upgrade/load.ts';
import { beginStory, ended, type Story } from './story-cluster.ts';

const thisVersion = join(checkout, 'bin', 'skein');
const noop = (id: string, more = ''): string =>
  `id: ${id}\n${more}tasks: { only: { type: noop } }\n`;

let frozen: Frozen;
beforeAll(() => {
  frozen = thaw(previousVersion);
});
afterAll(() => frozen?.end());

/** Ends a node and starts it again by whatever launcher is its own now. */
async function restart(story: Story, name: string, signal?: 'SIGKILL'): Promise<void> {
  const { child } = story.cluster.node(name);
  if (signal === undefined) await child.stop();
  else child.kill(signal);
  await child.exited;
  await story.cluster.restartNode(name);
}

/** Which version a node is of: the previous one does not say whether it is a member. */
const isOfThisVersion = async ({ api }: LocalNode): Promise<boolean> =>
  (await api.node()).member !== 'none';

/** Hands leadership to `name`, which may take more than one attempt while the cluster is busy. */
async function lead(story: Story, name: string): Promise<void> {
  await until(`${name} to lead`, { withinMs: 30_000, everyMs: 200 }, async () => {
    // A leader of the previous version does not hear what this version asks it through others.
    const leader = await story.cluster.leader();
    if (leader.name === name) return true;
    await leader.api.transfer(name).catch(refused('TRANSFER_FAILED'));
    return undefined;
  });
}

/** Swallows one refusal. */
const refused = (code: string) => (error: unknown) => {
  if (!(error instanceof ApiError) || error.code !== code) throw error;
};

/** Every node takes a run, every node answers a linearizable read about it, and it ends. */
async function everyNodeWorks(story: Story): Promise<void> {
  for (const writer of story.cluster.nodes) {
    const { runId } = await until('a run', { withinMs: 20_000, everyMs: 100 }, () =>
      writer.api.startRun('one').catch(weather),
    );
    for (const reader of story.cluster.nodes) {
      const read = `${reader.api.url}/api/v1/runs/${runId}?consistency=linearizable`;
      const status = await until('a read', { withinMs: 20_000, everyMs: 100 }, async () => {
        const response = await fetch(read);
        return response.status < 500 ? response.status : undefined;
      });
      expect({ reader: reader.name, status }).toEqual({ reader: reader.name, status: 200 });
    }
    expect((await ended(story.cluster, runId)).state).toBe('success');
  }
}

function weather(error: unknown): undefined {
  if (!(error instanceof ApiError) || (error.status > 0 && error.status < 500)) throw error;
}

/** Asks the newest node for a change that must not be written, and gets the code of its refusal. */
async function codeOfChange(node: LocalNode, victim: string): Promise<string> {
  return until('an answer about members', { withinMs: 20_000, everyMs: 200 }, async () => {
    try {
      await node.api.changeMembers({ action: 'demote', node: victim });
      return 'done';
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return error.code === 'NOT_READY' || error.code === 'CHANGE_PENDING' ? undefined : error.code;
    }
  });
}

/** Ids of all runs of a DAG, as one node sees them. */
async function runsOf({ api }: LocalNode, dagId: string) {
  const found = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof api.runs>> = await api.runs(dagId, cursor);
    found.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== null);
  return found;
}

/** Digests of the state at the newest multiple of 1,000 entries, once all nodes are at the same. */
const digests = (story: Story) =>
  until('digests of one index', { withinMs: 60_000, everyMs: 50 }, async () => {
    const all = await Promise.all(story.cluster.nodes.map(({ api }) => api.node()));
    const [first] = all;
    const isCommon = all.every(({ digestIndex }) => digestIndex === first?.digestIndex);
    return isCommon && first !== undefined && first.digestIndex > 0
      ? all.map(({ digest }) => digest)
      : undefined;
  });

describe('an upgrade from the previous version, node by node and under load', () => {
  let story: Story;
  let load: Load;
  let chain: string;
  const upgraded = new Set<string>();
  /** Seconds of the wall clock at which a node was about to end, or was back. */
  const restarts: number[] = [];
  const witness = (): string => join(story.folder, 'witness');
  const gate = (step: number): string => join(story.folder, `gate-${step}`);
  const steps = 4;

  beforeAll(async () => {
    story = await beginStory({
      broker: 'embedded',
      launcherOf: (name) => (upgraded.has(name) ? thisVersion : frozen.launcher),
      // The previous version does not know the setting; this one gives up its log at once.
      nodeEnv: { SKEIN_STORAGE_LOG_KEEP_ENTRIES: '200' },
    });
    writeFileSync(witness(), '');
    await story.apply('one', noop('one'));
    await story.apply('load', noop('load'));
    const everySecond = 'schedule: { cron: "* * * * * *" }\ncatchup: true\n';
    await story.apply('clockwork', noop('clockwork', everySecond));
    await story.apply('chain', chainOfGates());
    chain = (await story.cluster.ask((api) => api.startRun('chain'))).runId;
    load = new Load(story.cluster, 'load');
  });
  afterAll(async () => {
    await load?.stop().catch(() => {});
    await story?.end();
  });

  /** Each step notes that it starts, and ends when the story opens its gate. */
  function chainOfGates(): string {
    const tasks = Array.from({ length: steps }, (_, step) => {
      const after = step === 0 ? '' : `, dependsOn: [t${step - 1}]`;
      const note = 'echo "$SKEIN_TASK_ID $SKEIN_ATTEMPT $SKEIN_TOKEN" >> "$WITNESS"';
      const wait = `while [ ! -e "${gate(step)}" ]; do sleep 0.1; done`;
      return `  t${step}: { type: shell${after}, command: '${note}; ${wait}' }`;
    });
    const head = `id: chain\ndefaults: { env: { WITNESS: "${witness()}" } }`;
    return [head, 'tasks:', ...tasks, ''].join('\n');
  }

  async function upgrade(name: string, signal?: 'SIGKILL'): Promise<void> {
    upgraded.add(name);
    restarts.push(Date.now() / 1000);
    await restart(story, name, signal);
    restarts.push(Date.now() / 1000);
    expect(await isOfThisVersion(story.cluster.node(name))).toBe(true);
  }

  /** Lets the chain go on, and waits until its next step runs. */
  async function openGate(step: number): Promise<void> {
    writeFileSync(gate(step), '');
    const next = `t${step + 1} `;
    await until(`step ${next}`, { withinMs: 30_000, everyMs: 50 }, () =>
      readFileSync(witness(), 'utf8').includes(next) ? true : undefined,
    );
  }

  /** The instants that cron has started, in order, once there is one behind `after`. */
  const firedSince = (after: number): Promise<readonly number[]> =>
    until('cron to fire', { withinMs: 30_000, everyMs: 200 }, async () => {
      const node = await story.cluster.leader();
      const runs = await runsOf(node, 'clockwork').catch(weather);
      const seconds = runs?.map(({ logicalDate }) => Date.parse(logicalDate ?? '') / 1000) ?? [];
      seconds.sort((left, right) => left - right);
      return (seconds.at(-1) ?? 0) > after ? seconds : undefined;
    });

  it('three nodes of the previous version work', async () => {
    for (const node of story.cluster.nodes) expect(await isOfThisVersion(node)).toBe(false);
    await everyNodeWorks(story);
    await openGate(0);
    await firedSince(0);
  });

  it('one node of this version follows a leader of the previous one', async () => {
    await upgrade('n1');
    await lead(story, 'n2');
    await everyNodeWorks(story);
  });

  it('one node of this version leads followers of the previous one', async () => {
    await lead(story, 'n1');
    await everyNodeWorks(story);
    expect(await codeOfChange(story.cluster.node('n1'), 'n3')).toBe('MIXED_VERSIONS');
    await openGate(1);
  });

  it('one node of the previous version leads followers of this one', async () => {
    await upgrade('n2', 'SIGKILL');
    await lead(story, 'n3');
    await everyNodeWorks(story);
  });

  it('one node of the previous version follows a leader of this one', async () => {
    await lead(story, 'n2');
    await everyNodeWorks(story);
    expect(await codeOfChange(story.cluster.node('n1'), 'n3')).toBe('MIXED_VERSIONS');
    await openGate(2);
  });

  it('behind the last restart members can be changed, and the log is cut', async () => {
    await upgrade('n3');
    await everyNodeWorks(story);
    expect(await codeOfChange(story.cluster.node('n1'), 'n3')).toBe('done');
    await until('n3 to vote again', { withinMs: 30_000, everyMs: 200 }, () =>
      story.cluster
        .ask((api) => api.changeMembers({ action: 'promote', node: 'n3' }))
        .catch(refused('MEMBER_BEHIND')),
    );
    for (const { name, api } of story.cluster.nodes) {
      await until(`${name} to cut its log`, { withinMs: 30_000, everyMs: 100 }, async () =>
        (await api.node()).snapshotIndex > 0 ? true : undefined,
      );
    }
  });

  it('nothing was lost, doubled or forked', async () => {
    writeFileSync(gate(steps - 1), '');
    expect((await ended(story.cluster, chain)).state).toBe('success');
    const starts = readFileSync(witness(), 'utf8').trimEnd().split('\n');
    expect(new Set(starts).size).toBe(starts.length);
    const [first, ...others] = await digests(story);
    for (const digest of others) expect(digest).toBe(first);
    await load.stop();
    for (const node of story.cluster.nodes) {
      const known = new Set((await runsOf(node, 'load')).map(({ runId }) => runId));
      expect(load.acknowledged.filter((runId) => !known.has(runId))).toEqual([]);
      expect(known.size).toBe(load.acknowledged.length);
    }
    expect(load.acknowledged.length).toBeGreaterThan(100);
  });

  it('cron has fired once for every second, before, during and behind the upgrade', async () => {
    const seconds = await firedSince(restarts.at(-1) ?? 0);
    const [first = 0] = seconds;
    expect(first).toBeLessThan(restarts[0] ?? 0);
    expect(seconds).toEqual(seconds.map((_, place) => first + place));
  });
});

describe('the way back to the previous version', () => {
  let story: Story;
  const back = new Set<string>();
  beforeAll(async () => {
    story = await beginStory({
      broker: 'embedded',
      launcherOf: (name) => (back.has(name) ? frozen.launcher : thisVersion),
    });
    await story.apply('one', noop('one'));
    await story.apply('load', noop('load'));
  });
  afterAll(() => story?.end());

  it('is open until members are changed, the log is cut or a snapshot is taken', async () => {
    const load = new Load(story.cluster, 'load');
    try {
      for (const { name } of story.cluster.nodes) {
        back.add(name);
        await restart(story, name);
        expect(await isOfThisVersion(story.cluster.node(name))).toBe(false);
        await everyNodeWorks(story);
      }
    } finally {
      await load.stop();
    }
    for (const node of story.cluster.nodes) {
      const known = new Set((await runsOf(node, 'load')).map(({ runId }) => runId));
      expect(load.acknowledged.filter((runId) => !known.has(runId))).toEqual([]);
    }
    expect(existsSync(join(story.folder, 'cluster', 'n1', 'ledger-place'))).toBe(false);
  });

  it('is closed behind a change of members, and the way forth stays open', async () => {
    const { cluster } = story;
    for (const { name } of cluster.nodes) {
      back.delete(name);
      await restart(story, name);
    }
    expect(await codeOfChange(cluster.node('n1'), 'n3')).toBe('done');
    await cluster.node('n3').child.stop();
    back.add('n3');
    const { child } = cluster.startNode('n3');
    expect((await child.exited).code).toBe(70);
    expect(child.lastWords()).toContain('LOG_CORRUPT');
    back.delete('n3');
    await cluster.restartNode('n3');
    expect((await cluster.node('n3').api.node()).setAside).toBe(0);
    await everyNodeWorks(story);
  });
});
