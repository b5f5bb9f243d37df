/**
 * A rolling upgrade, told on real processes: nodes of the previous version, which a frozen build
 * runs, become nodes of this one while the cluster works. Nothing new is written before the last of
 * them is upgraded, and then all of it can be.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkout } from '../../cluster/places.ts';
import { until } from '../../cluster/problem.ts';
import { type Frozen, previousVersion, thaw } from '../upgrade/frozen.ts';
import { Load } from '../upgrade/load.ts';
import { MixedCluster, missingRuns, runsOf, weather } from '../upgrade/mixed-cluster.ts';
import { askForNews, everyNews } from '../upgrade/news.ts';
import { ended } from './story-cluster.ts';

/** As it is released; every node says it of itself. */
const thisVersion: string = JSON.parse(
  readFileSync(join(checkout, 'package.json'), 'utf8'),
).version;

const noop = (id: string, more = ''): string =>
  `id: ${id}\n${more}tasks: { only: { type: noop } }\n`;

describe('an upgrade from the previous version, node by node and under load', () => {
  let frozen: Frozen;
  let mixed: MixedCluster;
  let load: Load;
  let chain: string;
  /** Seconds of the wall clock at which a node was about to end, or was back. */
  const restarts: number[] = [];
  const witness = (): string => join(mixed.story.folder, 'witness');
  const gate = (step: number): string => join(mixed.story.folder, `gate-${step}`);
  const steps = 4;

  beforeAll(async () => {
    frozen = thaw(previousVersion);
    // The log is cut short, so that snapshots pass between the versions.
    const nodeEnv = { SKEIN_STORAGE_LOG_KEEP_ENTRIES: '200' };
    mixed = await MixedCluster.begin(frozen, { spare: 1, nodeEnv });
    const { story } = mixed;
    writeFileSync(witness(), '');
    await story.apply('load', noop('load'));
    const everySecond = 'schedule: { cron: "* * * * * *" }\ncatchup: true\n';
    await story.apply('clockwork', noop('clockwork', everySecond));
    await story.apply('chain', chainOfGates());
    chain = (await story.cluster.ask((api) => api.startRun('chain'))).runId;
    load = new Load(story.cluster, 'load');
  });
  afterAll(async () => {
    await load?.stop().catch(() => {});
    await mixed?.story.end();
    frozen?.end();
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
    restarts.push(Date.now() / 1000);
    await mixed.restartAs(name, 'this', signal);
    restarts.push(Date.now() / 1000);
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
      const node = await mixed.story.cluster.leader();
      const runs = await runsOf(node, 'clockwork').catch(weather);
      const seconds = runs?.map(({ logicalDate }) => Date.parse(logicalDate ?? '') / 1000) ?? [];
      seconds.sort((left, right) => left - right);
      return (seconds.at(-1) ?? 0) > after ? seconds : undefined;
    });

  /** Digests of the state at the newest multiple of 1,000 entries, once all are at the same. */
  const digests = () =>
    until('digests of one index', { withinMs: 60_000, everyMs: 50 }, async () => {
      const all = await Promise.all(mixed.story.cluster.nodes.map(({ api }) => api.node()));
      const [first] = all;
      const isCommon = all.every(({ digestIndex }) => digestIndex === first?.digestIndex);
      return isCommon && first !== undefined && first.digestIndex > 0
        ? all.map(({ digest }) => digest)
        : undefined;
    });

  it('three nodes of the previous version work', async () => {
    const of = previousVersion;
    expect(await mixed.versions()).toEqual({ n1: of, n2: of, n3: of });
    await mixed.everyNodeWorks();
    await openGate(0);
    await firedSince(0);
  });

  it('one node of this version follows a leader of the previous one', async () => {
    await upgrade('n1');
    await mixed.lead('n2');
    await mixed.everyNodeWorks();
  });

  it('a leader of the previous version does nothing that it does not know', async () => {
    const { 'a connection': said } = await askForNews(mixed.node('n1'));
    // Its word for it is another one. A definition it takes, without what it cannot read.
    expect(said).not.toBe('done');
    await mixed.everyNodeWorks();
  });

  it('one node of this version leads, and writes nothing that the others do not know', async () => {
    await mixed.lead('n1');
    await mixed.everyNodeWorks();
    expect(await askForNews(mixed.node('n1'))).toEqual(everyNews('MIXED_VERSIONS'));
    await openGate(1);
  });

  it('one node of the previous version leads followers of this one', async () => {
    await upgrade('n2', 'SIGKILL');
    await mixed.lead('n3');
    await mixed.everyNodeWorks();
  });

  it('a node of the previous version that joins takes a snapshot of this one', async () => {
    await mixed.lead('n2');
    const { cluster } = mixed.story;
    cluster.startNode('n4');
    await until('n4 to learn', { withinMs: 60_000, everyMs: 100 }, async () => {
      const status = await mixed.node('n4').api.node().catch(weather);
      return status?.member === 'learner' && status.snapshotIndex > 0 ? true : undefined;
    });
    await mixed.everyNodeWorks();
    expect((await mixed.versions()).n4).toBe(previousVersion);
    await openGate(2);
  });

  it('a learner that is not upgraded yet is enough for nothing new to be written', async () => {
    await upgrade('n3');
    await mixed.lead('n3');
    await mixed.everyNodeWorks();
    expect(await askForNews(mixed.node('n1'))).toEqual(everyNews('MIXED_VERSIONS'));
    expect(mixed.node('n4').child.exit).toBeUndefined();
  });

  it('behind the last restart everything new works', async () => {
    await upgrade('n4');
    await until('n4 to have said what it speaks', { withinMs: 20_000, everyMs: 100 }, async () => {
      const { 'a connection': said } = await askForNews(mixed.node('n4'));
      return said === 'done' ? true : undefined;
    });
    expect(await askForNews(mixed.node('n2'))).toEqual(everyNews('done'));
    expect((await mixed.story.run('scripted')).state).toBe('success');
    const { state, tasks } = await mixed.story.run('everywhere');
    expect(state).toBe('success');
    const nodes = tasks.map(({ attempts }) => attempts.at(-1)?.node);
    expect(nodes.toSorted()).toEqual(['n1', 'n2', 'n3', 'n4']);
    for (const { child } of mixed.story.cluster.nodes) expect(child.exit).toBeUndefined();
    const of = thisVersion;
    expect(await mixed.versions()).toEqual({ n1: of, n2: of, n3: of, n4: of });
  });

  it('nothing was lost, doubled or forked', async () => {
    const { cluster } = mixed.story;
    writeFileSync(gate(steps - 1), '');
    expect((await ended(cluster, chain)).state).toBe('success');
    const starts = readFileSync(witness(), 'utf8').trimEnd().split('\n');
    expect(new Set(starts).size).toBe(starts.length);
    const [first, ...others] = await digests();
    for (const digest of others) expect(digest).toBe(first);
    await load.stop();
    for (const node of cluster.nodes) {
      expect(await missingRuns(node, 'load', load.acknowledged)).toEqual([]);
      expect((await runsOf(node, 'load')).length).toBe(load.acknowledged.length);
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
