import { describe, expect, it } from 'vitest';
import { Chance } from './chance.ts';
import { couldHold } from './checkers/fitting.ts';
import { makeDag } from './dag-maker.ts';
import { features } from './features.ts';
import { makeTraits } from './traits.ts';

const nodes = makeTraits(new Chance(1, 'traits'), 6, { isVaried: true, isNarrow: false });

const wishes = {
  ...{ name: 'dag1', tasksMax: 30, scheduled: true, features: new Set(features) },
  ...{ above: ['dag0'], below: ['dag2'], nodes },
};
const made = (seed: number) => makeDag(new Chance(seed, 'dag'), wishes);

describe('random workflows', () => {
  it('are files that the reader takes, and the same ones for the same seed', () => {
    for (let seed = 0; seed < 50; seed++) {
      expect(made(seed).versionId).toBe(made(seed).versionId);
    }
  });

  it('use every part of the language', () => {
    const words = new Set<string>();
    for (let seed = 0; seed < 120; seed++) {
      const { spec } = made(seed);
      for (const each of spec.schedules) words.add(each.kind);
      for (const { sources } of spec.triggers ?? [])
        for (const { kind } of sources) words.add(kind);
      for (const { action, role, ...task } of Object.values(spec.tasks)) {
        words.add(action.kind);
        if (role !== undefined) words.add(role.kind);
        for (const key of Object.keys(task)) words.add(key);
        const spread = spec.maps?.[task.map ?? '']?.spread;
        if (spread !== undefined) words.add(spread.kind);
        for (const key of Object.keys(task.affinity ?? {})) words.add(key);
        for (const name of Object.keys(task.resources)) words.add(name);
      }
    }
    const wanted = 'noop shell file branch wait approval subdag await teardown hook compensation';
    const times = 'cron every after once webhook subject dag asset time';
    const keys = 'map group condition branches repeat delayMs sensor compensate pool concurrency';
    const more = 'broadcast shards rate priority retryOn noRetryOn slaMs produces';
    const places = 'nodePool queue tolerations labels require forbid prefer near apart limits gpu';
    const turns = 'licence maxConcurrency preemptible priorityClass';
    expect([...words]).toEqual(
      expect.arrayContaining(`${wanted} ${times} ${keys} ${more} ${places} ${turns}`.split(' ')),
    );
  });

  it('ask for nothing that no node has when it is empty', () => {
    for (let seed = 0; seed < 20; seed++) {
      for (const task of Object.values(made(seed).spec.tasks)) {
        if (Object.keys(task.resources).length === 0) continue;
        expect(nodes.some((node) => couldHold(node, task))).toBe(true);
      }
    }
  });

  it('start only runs of DAGs below them, so that no chain goes on for ever', () => {
    for (let seed = 0; seed < 50; seed++) {
      for (const { action } of Object.values(made(seed).spec.tasks)) {
        if (action.kind === 'subdag') expect(action.dagId).toBe('dag2');
      }
    }
  });
});
