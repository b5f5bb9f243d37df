/** Many seeds of the adversary; after each the cluster has to heal and agree. */
import { expect, test } from 'vitest';
import { Adversary } from './adversary.ts';

const firstSeed = Number(process.env.SKEIN_RAFT_SEED ?? 1);
const seeds = Number(process.env.SKEIN_RAFT_SEEDS ?? 60);
const events = Number(process.env.SKEIN_RAFT_EVENTS ?? 2500);

test('raft: the core keeps its invariants under an adversary and agrees when faults stop', () => {
  const totals = { reads: 0, committed: 0, changes: 0, snapshots: 0, wipes: 0 };
  for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
    const adversary = new Adversary(seed);
    try {
      adversary.run(events);
      expect(adversary.heal(), 'the cluster heals').toBe(true);
    } catch (error) {
      throw new Error(`SKEIN_RAFT_SEED=${seed} SKEIN_RAFT_SEEDS=1 repeats it`, { cause: error });
    }
    const { checker, snapshots, wipes } = adversary.cluster;
    totals.reads += checker.readsAnswered;
    totals.committed += checker.committed.length;
    totals.changes += checker.changes;
    totals.snapshots += snapshots;
    totals.wipes += wipes;
  }
  expect(totals.reads).toBeGreaterThan(seeds);
  expect(totals.committed).toBeGreaterThan(10 * seeds);
  expect(totals.changes).toBeGreaterThan(seeds);
  expect(totals.snapshots).toBeGreaterThan(seeds / 4);
  expect(totals.wipes).toBeGreaterThan(seeds / 4);
  if (process.env.SKEIN_RAFT_VERBOSE) console.log(totals);
});
