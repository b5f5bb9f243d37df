/**
 * A log that is behind a snapshot, opened at the snapshot's end, with a crash behind every step. It
 * is found as it was or as it must be, and becomes what it must be whenever it is opened again.
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
import { logIndex, term } from '../base/brand.ts';
import type { DiskError, Random } from '../base/ports.ts';
import { SeededRandom } from '../base/random.ts';
import type { Result } from '../base/result.ts';
import type { LogBase } from '../raft/log-store.ts';
import { describeLogFault } from './log-fault.ts';
import { type DurableLog, openLogStore } from './log-store.ts';
import { MemoryDisk } from './memory.ts';

const snapshotMembers = membersOf('a', 'b', 'd');

/** Ends at entry 4 of term 2; `chain` fits only the log that was asked for it. */
const snapshotAt = (index: number, of: number, chain: number): LogBase => ({
  index: logIndex(index),
  term: term(of),
  chain,
  members: snapshotMembers,
});

interface Case {
  readonly before: readonly BatchSketch[];
  /** Given the log's own places, so that a snapshot can be of the same history. */
  readonly startAt: (own: (index: number) => LogBase) => LogBase;
  readonly keepsTail: boolean;
}

const history: readonly BatchSketch[] = [
  { term: 1, vote: 'a', append: ['one', 'two'] },
  { term: 2, append: [membersOf('a', 'b'), 'four', membersOf('b', 'c'), 'six'] },
];

const cases: Readonly<Record<string, Case>> = {
  'a new log': {
    before: [],
    startAt: () => snapshotAt(40, 3, 77),
    keepsTail: false,
  },
  'a log that ends before the snapshot': {
    before: [...history, { term: 5, vote: 'b' }],
    startAt: () => snapshotAt(40, 3, 77),
    keepsTail: false,
  },
  'a log that ends where the snapshot ends': {
    before: history,
    startAt: (own) => ({ ...own(6), members: snapshotMembers }),
    keepsTail: true,
  },
  'a log that goes on behind the snapshot': {
    before: history,
    startAt: (own) => ({ ...own(4), members: snapshotMembers }),
    keepsTail: true,
  },
  'a log with another entry of the same term there': {
    before: history,
    startAt: (own) => ({ ...own(4), chain: 1, members: snapshotMembers }),
    keepsTail: false,
  },
  'a log with an entry of another term there': {
    before: [...history, { term: 5, vote: 'c' }],
    startAt: (own) => ({ ...own(4), term: term(4), members: snapshotMembers }),
    keepsTail: false,
  },
  'a log that gave up its front before': {
    before: [...history, { purgeTo: 3, append: ['seven'] }],
    startAt: (own) => ({ ...own(5), members: snapshotMembers }),
    keepsTail: true,
  },
};

const chances: readonly (() => Random)[] = [
  () => cycle(0),
  () => cycle(0.999),
  () => cycle(0.4),
  () => cycle(0.5, 0.9, 0.02, 0.3),
  ...[1, 2, 3, 4].map((seed) => () => new SeededRandom(seed)),
];

const modes = [true, false].flatMap((loseUnsynced) =>
  chances.map((chance) => ({ loseUnsynced, chance })),
);

const close = (log: DurableLog, clock: StepClock): void =>
  settled<void>(clock, (done) => log.close(done));

interface Stage {
  readonly clock: StepClock;
  readonly disk: MemoryDisk;
  readonly before: LogModel;
  readonly after: LogModel;
  readonly startAt: LogBase;
}

function prepare({ before: sketches, startAt: make, keepsTail }: Case, chance: Random): Stage {
  const clock = new StepClock();
  const disk = new MemoryDisk({ clock, random: chance, syncLatencyMs: () => 1 });
  const log = opened(openLog(disk, clock, true));
  let before = emptyModel;
  for (const sketch of sketches) {
    const batch = batchOn(before, sketch);
    expect(writeLog(log, clock, batch)).toBeUndefined();
    before = applyBatch(before, batch);
  }
  const startAt = make((index) => {
    const place = settled<Result<LogBase | undefined, DiskError>>(clock, (done) =>
      log.positionAt(logIndex(index), done),
    );
    if (!place.ok || place.value === undefined) throw new Error(`no entry ${index}`);
    return place.value;
  });
  close(log, clock);
  const { index, term: of, members } = startAt;
  const entries = keepsTail ? before.entries.filter((entry) => entry.index > index) : [];
  const isOld = before.hardState.term < of;
  const hardState = isOld ? { term: of, vote: undefined } : before.hardState;
  return {
    clock,
    disk,
    before,
    after: { hardState, base: { index, term: of, members }, entries },
    startAt,
  };
}

/** Opens without and then with the snapshot's end; both must find what they may find. */
function proveRecovery({ clock, disk, before, after, startAt }: Stage): void {
  const found = opened(openLog(disk, clock));
  const content = digest(contentOf(found, clock));
  expect([digest(before), digest(after)]).toContain(content);
  close(found, clock);
  proveAdopted({ clock, disk, before, after, startAt });
}

function proveAdopted({ clock, disk, after, startAt }: Stage): void {
  const log = opened(openLog(disk, clock, false, startAt));
  expect(digest(contentOf(log, clock))).toBe(digest(after));
  expect(log.found.base).toEqual(startAt);
  expect(log.baseIndex).toBe(startAt.index);
  expect(log.found.terms).toEqual(termRuns(after));
  expect(log.found.members).toEqual(configurations(after));
  close(log, clock);
}

describe.each(Object.entries(cases))('log store: a snapshot installed over %s', (_, given) => {
  it('is where the log begins, with the same term and vote, and again at every open', () => {
    const stage = prepare(given, cycle(0.5));
    proveAdopted(stage);
    proveAdopted(stage);
    const { clock, disk, after, startAt } = stage;
    const log = opened(openLog(disk, clock));
    expect(digest(contentOf(log, clock))).toBe(digest(after));
    // It goes on from there, and an older snapshot than its base is no news to it.
    const batch = batchOn(after, { term: 9, vote: 'c', append: ['next', 'last'] });
    expect(writeLog(log, clock, batch)).toBeUndefined();
    const purge = batchOn(applyBatch(after, batch), { purgeTo: batch.append[0]!.index });
    expect(writeLog(log, clock, purge)).toBeUndefined();
    close(log, clock);
    const model = applyBatch(applyBatch(after, batch), purge);
    const again = opened(openLog(disk, clock, false, startAt));
    expect(digest(contentOf(again, clock))).toBe(digest(model));
  });

  it('a crash behind any step leaves the log before it or after it', () => {
    let crashes = 0;
    for (const { loseUnsynced, chance } of modes) {
      for (let steps = 0; ; steps++) {
        const stage = prepare(given, chance());
        let ended = false;
        openLogStoreAt(stage, () => {
          ended = true;
        });
        for (let step = 0; step < steps && !ended; step++) stage.clock.step();
        if (ended) break;
        stage.disk.crash({ loseUnsynced });
        stage.clock.clear();
        proveRecovery(stage);
        crashes += 1;
      }
    }
    expect(crashes).toBeGreaterThan(modes.length * 4);
  });

  it('a sync that fails at any step is a refusal, and the next open installs it', () => {
    for (let failures = 1; failures <= 4; failures++) {
      const stage = prepare(given, cycle(0.3));
      let result: Result<DurableLog, unknown> | undefined;
      openLogStoreAt(stage, (opening) => {
        result = opening;
      });
      for (let step = 0; result === undefined; step++) {
        if (step === failures) stage.disk.failNextSync();
        stage.clock.step();
      }
      stage.disk.crash({ loseUnsynced: true });
      stage.clock.clear();
      proveRecovery(stage);
    }
  });
});

function openLogStoreAt(
  { disk, clock, startAt }: Stage,
  done: (result: Result<DurableLog, unknown>) => void,
): void {
  openLogStore({ disk, clock, create: false, members: firstMembers, startAt }, done);
}

describe('log store: a snapshot that cannot be', () => {
  it('a base at the same index but of another history is damage', () => {
    const stage = prepare(cases['a new log']!, cycle(0.5));
    proveAdopted(stage);
    const other = { ...stage.startAt, chain: stage.startAt.chain + 1 };
    const result = openLog(stage.disk, stage.clock, false, other);
    expect(result.ok || describeLogFault(result.error)).toContain('its base');
  });
});
