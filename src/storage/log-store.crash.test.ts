/**
 * Every storage step of a script that appends, votes, truncates, overwrites and gives up entries,
 * with a crash behind it. What is found afterwards is the log of the acknowledged batches, or with
 * it, whole, the batch that was under way; and it is never refused.
 */
import { describe, expect, it } from 'vitest';
import { StepClock, settled } from '../../test/ports/disk-clock.ts';
import {
  applyBatch,
  type BatchSketch,
  batchOn,
  configurations,
  contentOf,
  cycle,
  digest,
  emptyModel,
  firstMembers,
  type LogModel,
  membersOf,
  opened,
  openLog,
  termRuns,
  writeLog,
} from '../../test/ports/disk-log-model.ts';
import type { Random } from '../base/ports.ts';
import { SeededRandom } from '../base/random.ts';
import { type DurableLog, openLogStore } from './log-store.ts';
import { MemoryDisk } from './memory.ts';

const script: readonly BatchSketch[] = [
  { term: 1, vote: 'a' },
  { append: ['one', 'two'] },
  { append: [membersOf('a', 'b'), 'four'] },
  { term: 2 },
  { term: 2, vote: 'b', truncateFrom: 2, append: ['deux'] },
  { append: ['trois', membersOf('b', 'c'), 'cinq', ''] },
  { purgeTo: 3, append: ['sept'] },
  { term: 4, vote: 'c', truncateFrom: 6, append: ['seis'], purgeTo: 5 },
  { purgeTo: 6 },
  { append: ['siete', membersOf('c')] },
  { term: 5, truncateFrom: 7 },
  { append: ['sieben'] },
];

/** `models[n]` is the log after n batches. */
const models: LogModel[] = [emptyModel];
for (const sketch of script) {
  const before = models.at(-1)!;
  models.push(applyBatch(before, batchOn(before, sketch)));
}

interface Life {
  acknowledged: number;
  open: boolean;
  ended: boolean;
}

/** A process that opens the log, writes the script from batch `from` on, and closes the log. */
function live(disk: MemoryDisk, clock: StepClock, from: number, create: boolean): Life {
  const life: Life = { acknowledged: from, open: false, ended: false };
  const next = (log: DurableLog): void => {
    const sketch = script[life.acknowledged];
    if (sketch === undefined) {
      log.close(() => {
        life.ended = true;
      });
      return;
    }
    log.write(batchOn(models[life.acknowledged]!, sketch), (error) => {
      expect(error).toBeUndefined();
      life.acknowledged += 1;
      // Every second batch comes after a silence, so that confirmations are crashed into as well.
      if (life.acknowledged % 2 === 0) clock.after(100, () => next(log));
      else next(log);
    });
  };
  openLogStore({ disk, clock, create, members: firstMembers }, (result) => {
    life.open = true;
    next(opened(result));
  });
  return life;
}

/** How many batches the reopened log holds; it must be one of the two that the crash allows. */
function recovered(disk: MemoryDisk, clock: StepClock, life: Life): number {
  const log = opened(openLog(disk, clock, !life.open));
  const content = contentOf(log, clock);
  const allowed = [life.acknowledged + 1, life.acknowledged].filter((n) => n < models.length);
  const found = allowed.find((n) => digest(models[n]!) === digest(content));
  if (found === undefined) {
    throw new Error(`after ${life.acknowledged} batches: ${digest(content)}`);
  }
  expect(log.found.terms).toEqual(termRuns(models[found]!));
  expect(log.found.members).toEqual(configurations(models[found]!));
  settled<void>(clock, (done) => log.close(done));
  return found;
}

function crash(disk: MemoryDisk, clock: StepClock, loseUnsynced: boolean): void {
  disk.crash({ loseUnsynced });
  clock.clear();
}

const chances: readonly (() => Random)[] = [
  () => cycle(0),
  () => cycle(0.999),
  () => cycle(0.4),
  () => cycle(0.999, 0.05),
  () => cycle(0, 0.999, 0.1),
  () => cycle(0.5, 0.9, 0.02, 0.3),
  ...[1, 2, 3, 4].map((seed) => () => new SeededRandom(seed)),
];

/** The store's sync and the head's take turns: either may be the first to be durable. */
const latencies: readonly (readonly number[])[] = [
  [3, 1],
  [1, 3],
];

const scenarios = [true, false].flatMap((loseUnsynced) =>
  latencies.flatMap((latency) => chances.map((chance) => ({ loseUnsynced, latency, chance }))),
);

function begin(scenario: (typeof scenarios)[number]): { disk: MemoryDisk; clock: StepClock } {
  const clock = new StepClock();
  let turn = 0;
  const syncLatencyMs = (): number => scenario.latency[turn++ % 2] ?? 0;
  return { clock, disk: new MemoryDisk({ clock, random: scenario.chance(), syncLatencyMs }) };
}

describe('log store: crashes', () => {
  it('a crash behind any step leaves what was acknowledged, or one whole batch more', () => {
    let crashes = 0;
    for (const scenario of scenarios) {
      for (let steps = 0; ; steps++) {
        const { disk, clock } = begin(scenario);
        const life = live(disk, clock, 0, true);
        for (let step = 0; step < steps; step++) clock.step();
        if (life.ended) break;
        crash(disk, clock, scenario.loseUnsynced);
        const found = recovered(disk, clock, life);
        // The node goes on from there, and ends with the whole script.
        const rest = live(disk, clock, found, !life.open);
        clock.runAll();
        expect(rest.ended).toBe(true);
        expect(recovered(disk, clock, rest)).toBe(script.length);
        crashes += 1;
      }
    }
    expect(crashes).toBeGreaterThan(1000);
  });

  it('a second crash, behind any step of the recovery, loses nothing either', () => {
    for (const scenario of scenarios.filter((_, i) => i % 3 === 0)) {
      for (let steps = 0; ; steps += 2) {
        const { disk, clock } = begin(scenario);
        const life = live(disk, clock, 0, true);
        for (let step = 0; step < steps; step++) clock.step();
        if (life.ended) break;
        crash(disk, clock, scenario.loseUnsynced);
        const medium = disk.backup();
        const written = recovered(disk, clock, life);
        for (let more = 1; more < 12; more++) {
          disk.restore(medium);
          const second = live(disk, clock, written, !life.open);
          for (let step = 0; step < more; step++) clock.step();
          crash(disk, clock, scenario.loseUnsynced);
          expect(recovered(disk, clock, second)).toBeGreaterThanOrEqual(life.acknowledged);
        }
      }
    }
  });

  it('a failed sync ends all writing, reads go on, and the batch is there or not', () => {
    for (const scenario of scenarios) {
      const { disk, clock } = begin(scenario);
      const log = opened(openLog(disk, clock, true));
      expect(writeLog(log, clock, batchOn(models[0]!, script[0]!))).toBeUndefined();
      expect(writeLog(log, clock, batchOn(models[1]!, script[1]!))).toBeUndefined();
      disk.failNextSync();
      expect(writeLog(log, clock, batchOn(models[2]!, script[2]!))?.message).toContain('EIO');
      const never = batchOn(models[2]!, { append: ['never'] });
      expect(writeLog(log, clock, never)?.message).toContain('EIO');
      clock.runAll();
      expect(contentOf(log, clock).hardState).toEqual(models[0]!.hardState);
      crash(disk, clock, scenario.loseUnsynced);
      const found = recovered(disk, clock, { acknowledged: 2, open: true, ended: false });
      expect([2, 3]).toContain(found);
    }
  });

  it('a full disk ends all writing until the log was opened again', () => {
    const { disk, clock } = begin(scenarios[0]!);
    const log = opened(openLog(disk, clock, true));
    disk.setFull(true);
    expect(writeLog(log, clock, batchOn(models[0]!, script[0]!))?.message).toContain('ENOSPC');
    disk.setFull(false);
    expect(writeLog(log, clock, batchOn(models[0]!, script[0]!))?.message).toContain('ENOSPC');
    crash(disk, clock, true);
    const again = opened(openLog(disk, clock));
    const model = contentOf(again, clock);
    expect(writeLog(again, clock, batchOn(model, { append: ['after'] }))).toBeUndefined();
  });
});
