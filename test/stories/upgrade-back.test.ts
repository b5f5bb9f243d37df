/**
 * The way back to the previous version: open as long as nothing was written that it does not know,
 * and closed from then on, with everything kept.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../cluster/problem.ts';
import { type Frozen, previousVersion, thaw } from '../upgrade/frozen.ts';
import { Load } from '../upgrade/load.ts';
import { MixedCluster, missingRuns } from '../upgrade/mixed-cluster.ts';
import { askForNews, everyNews } from '../upgrade/news.ts';

const names = ['n1', 'n2', 'n3'] as const;

let frozen: Frozen;
beforeAll(() => {
  frozen = thaw(previousVersion);
});
afterAll(() => frozen?.end());

/** Nothing of a directory was set aside. */
function expectKept(mixed: MixedCluster, name: string): void {
  const files = readdirSync(join(mixed.story.folder, 'cluster', name));
  expect(files.filter((file) => file.startsWith('set-aside'))).toEqual([]);
}

describe('the way back to the previous version', () => {
  let mixed: MixedCluster;
  beforeAll(async () => {
    mixed = await MixedCluster.begin(frozen);
    await mixed.story.apply('load', 'id: load\ntasks: { only: { type: noop } }\n');
  });
  afterAll(() => mixed?.story.end());

  it('is open while one node has not been upgraded, whatever runs', async () => {
    const load = new Load(mixed.story.cluster, 'load');
    try {
      await mixed.restartAs('n1', 'this');
      await mixed.restartAs('n2', 'this');
      await mixed.lead('n1');
      await mixed.everyNodeWorks();
      for (const name of ['n1', 'n2']) {
        await mixed.restartAs(name, 'previous');
        await mixed.everyNodeWorks();
      }
    } finally {
      await load.stop();
    }
    const of = previousVersion;
    expect(await mixed.versions()).toEqual({ n1: of, n2: of, n3: of });
    for (const name of names) {
      expect(await missingRuns(mixed.node(name), 'load', load.acknowledged)).toEqual([]);
    }
  });

  it('is open behind the last upgrade as long as nothing new is asked for', async () => {
    for (const name of names) await mixed.restartAs(name, 'this');
    await mixed.everyNodeWorks();
    await mixed.restartAs('n1', 'previous');
    await mixed.everyNodeWorks();
    await mixed.restartAs('n1', 'this');
  });

  it('is closed by the first thing that is new, on every node', async () => {
    await until('news', { withinMs: 30_000, everyMs: 200 }, async () => {
      const { 'a connection': said } = await askForNews(mixed.node('n1'));
      return said === 'done' ? true : undefined;
    });
    await mixed.everyNodeWorks();
    for (const name of names) {
      await mixed.node(name).child.stop();
      expect(await mixed.refusalOf(name)).toEqual({ exit: 70, code: 'LEDGER_TOO_NEW' });
      expectKept(mixed, name);
      mixed.becomes(name, 'this');
      await mixed.story.cluster.restartNode(name);
      await mixed.everyNodeWorks();
    }
  });
});

describe('a node of the previous version, when this one has written what is new', () => {
  let mixed: MixedCluster;
  beforeAll(async () => {
    mixed = await MixedCluster.begin(frozen, { spare: 1 });
  });
  afterAll(() => mixed?.story.end());

  it('stops if it was away meanwhile, and goes on when it is upgraded', async () => {
    await mixed.node('n3').child.stop();
    // Lives that have never heard n3, and take it for dead.
    for (const name of ['n1', 'n2']) await mixed.restartAs(name, 'this');
    await until('news', { withinMs: 30_000, everyMs: 200 }, async () => {
      const { 'a connection': said } = await askForNews(mixed.node('n1'));
      return said === 'done' ? true : undefined;
    });
    expect(await mixed.refusalOf('n3')).toEqual({ exit: 70, code: 'LOG_TOO_NEW' });
    expectKept(mixed, 'n3');
    mixed.becomes('n3', 'this');
    await mixed.story.cluster.restartNode('n3');
    await mixed.everyNodeWorks();
    expect(await askForNews(mixed.node('n3'))).toEqual(everyNews('done'));
  });

  it('stops if it joins, and takes nothing away from the others', async () => {
    expect(await mixed.refusalOf('n4')).toEqual({ exit: 70, code: 'LOG_TOO_NEW' });
    expectKept(mixed, 'n4');
    expect(await askForNews(mixed.node('n1'))).toEqual(everyNews('done'));
    mixed.becomes('n4', 'this');
    await mixed.story.cluster.restartNode('n4');
    await mixed.everyNodeWorks();
  });
});
