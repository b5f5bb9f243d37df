/** Giving up the front of the log: what is left, what is read meanwhile, and what it costs. */
import { describe, expect, it } from 'vitest';
import { StepClock, settled } from '../../test/ports/disk-clock.ts';
import {
  applyBatch,
  type BatchSketch,
  batchOn,
  contentOf,
  digest,
  emptyModel,
  firstMembers,
  type LogModel,
  membersOf,
  opened,
  openLog,
  writeLog,
} from '../../test/ports/disk-log-model.ts';
import { logIndex } from '../base/brand.ts';
import { encode } from '../base/codec.ts';
import type { Disk, DiskError, Store, StoreOperation } from '../base/ports.ts';
import { SeededRandom } from '../base/random.ts';
import { ok, type Result } from '../base/result.ts';
import type { Entry, LogBase } from '../raft/log-store.ts';
import { baseKey, entryKey, markKey } from './keyspace.ts';
import { describeLogFault } from './log-fault.ts';
import type { LogMark } from './log-mark.ts';
import { purgeEntriesMax } from './log-plan.ts';
import { encodeEntry } from './log-rows.ts';
import type { DurableLog } from './log-store.ts';
import { MemoryDisk } from './memory.ts';
import { seal, unseal } from './seal.ts';

const many = (count: number): string[] => Array.from({ length: count }, (_, i) => `e${i + 1}`);

/** A log, its model, and what both are told. */
class Bench {
  readonly clock = new StepClock();
  readonly disk = new MemoryDisk({ clock: this.clock, random: new SeededRandom(1) });
  log: DurableLog = opened(openLog(this.disk, this.clock, true));
  model: LogModel = emptyModel;

  write(sketch: BatchSketch): void {
    const batch = batchOn(this.model, sketch);
    expect(writeLog(this.log, this.clock, batch)).toBeUndefined();
    this.model = applyBatch(this.model, batch);
  }

  close(): void {
    settled<void>(this.clock, (done) => this.log.close(done));
  }

  /** Proves that what is on disk equals the model. */
  reopen(): void {
    this.close();
    this.log = opened(openLog(this.disk, this.clock));
    expect(digest(contentOf(this.log, this.clock))).toBe(digest(this.model));
  }

  refusal(): string {
    const result = openLog(this.disk, this.clock);
    return result.ok ? 'opened' : describeLogFault(result.error);
  }

  read(from: number, to: number): Result<readonly Entry[], DiskError> {
    return settled(this.clock, (done) =>
      this.log.read({ from: logIndex(from), to: logIndex(to), maxBytes: 1e6 }, done),
    );
  }

  positionAt(index: number): LogBase | undefined {
    const result = settled<Result<LogBase | undefined, DiskError>>(this.clock, (done) =>
      this.log.positionAt(logIndex(index), done),
    );
    if (!result.ok) throw result.error;
    return result.value;
  }

  /** Changes rows behind the log's back; it must be closed. */
  tamper(operations: readonly StoreOperation[]): void {
    const store = settled<Result<Store, DiskError>>(this.clock, (done) =>
      this.disk.openStore('log', { create: false }, done),
    );
    if (!store.ok) throw store.error;
    settled<unknown>(this.clock, (done) => store.value.write(operations, { sync: true }, done));
    settled<void>(this.clock, (done) => store.value.close(done));
  }
}

const indexes = (result: Result<readonly Entry[], DiskError>): number[] => {
  if (!result.ok) throw result.error;
  return result.value.map((entry) => entry.index);
};

describe('log store: giving up entries', () => {
  it('the log begins behind the base, with the configuration as of it', () => {
    const bench = new Bench();
    bench.write({ term: 1, append: ['one', membersOf('a', 'b'), 'three', membersOf('b')] });
    bench.write({ purgeTo: 1 });
    bench.reopen();
    expect(bench.log.found.base).toMatchObject({ index: 1, term: 1, members: firstMembers });
    bench.write({ purgeTo: 3, append: ['five'] });
    expect(bench.log.baseIndex).toBe(3);
    bench.reopen();
    expect(bench.log.found.base.members).toEqual(membersOf('a', 'b'));
    expect(bench.log.found.members).toEqual([{ index: 4, members: membersOf('b') }]);
    expect(bench.log.found.terms).toEqual([{ first: 4, term: 1 }]);
  });

  it('a log may give up all that it has, and goes on behind it', () => {
    const bench = new Bench();
    bench.write({ term: 2, vote: 'a', append: ['one', 'two'] });
    bench.write({ purgeTo: 2 });
    bench.reopen();
    expect(bench.log.found).toMatchObject({ lastIndex: 2, terms: [] });
    bench.write({ append: ['three'] });
    bench.write({ term: 3, truncateFrom: 3, append: ['drei'] });
    bench.reopen();
  });

  it('what is behind the base already is given up without an effect', () => {
    const bench = new Bench();
    bench.write({ term: 1, append: many(5) });
    bench.write({ purgeTo: 4 });
    bench.write({ purgeTo: 2, append: ['six'] });
    expect(bench.log.baseIndex).toBe(4);
    bench.reopen();
  });

  it('only what is durable is given up, and what was given up is not cut', () => {
    const bench = new Bench();
    bench.write({ term: 1, append: many(5) });
    const early = batchOn(bench.model, { append: ['six'], purgeTo: 6 });
    expect(writeLog(bench.log, bench.clock, early)).toBeUndefined();
    expect(bench.log.baseIndex).toBe(5);
    bench.model = applyBatch(bench.model, { ...early, purgeTo: logIndex(5) });
    bench.reopen();
    const late = batchOn(bench.model, { truncateFrom: 5 });
    expect(() => bench.log.write(late, () => {})).toThrow('L5');
    const both = batchOn(bench.model, { truncateFrom: 6, purgeTo: 6 });
    expect(() => bench.log.write(both, () => {})).toThrow('L5');
  });

  it('much is given up a limited number of keys at a time, while appends go on', () => {
    const bench = new Bench();
    const total = 10_000;
    bench.write({ term: 1, append: many(total) });
    bench.close();
    const counts: number[] = [];
    bench.log = opened(openLog(counting(bench.disk, counts), bench.clock));
    let batches = 0;
    while (bench.log.baseIndex < total) {
      const before = bench.log.baseIndex;
      bench.write({ purgeTo: total, append: ['more'] });
      expect(bench.log.baseIndex - before).toBeLessThanOrEqual(purgeEntriesMax);
      batches += 1;
    }
    expect(batches).toBe(Math.ceil(total / purgeEntriesMax));
    // The deletes, one entry, the base and the mark.
    expect(Math.max(...counts)).toBe(purgeEntriesMax + 3);
    expect(counts).toHaveLength(batches);
    bench.reopen();
  });
});

/** A disk that notes how many operations each batch of a store has. */
function counting(disk: Disk, counts: number[]): Disk {
  return {
    openStore: (name, options, done) =>
      disk.openStore(name, options, (result) => {
        if (!result.ok) return done(result);
        const store = result.value;
        done(
          ok({
            write: (operations, how, end) => {
              counts.push(operations.length);
              store.write(operations, how, end);
            },
            get: (key, end) => store.get(key, end),
            scan: (range, end) => store.scan(range, end),
            view: () => store.view(),
            close: (end) => store.close(end),
          }),
        );
      }),
    removeStore: (name, done) => disk.removeStore(name, done),
    setAside: (names, folder, done) => disk.setAside(names, folder, done),
    readFile: (name, done) => disk.readFile(name, done),
    writeFile: (name, bytes, done) => disk.writeFile(name, bytes, done),
    openSlots: (name, options, done) => disk.openSlots(name, options, done),
  };
}

describe('log store: reading beside a purge', () => {
  it('what was given up is read as nothing, and never as damage', () => {
    const bench = new Bench();
    bench.write({ term: 1, append: many(10) });
    bench.write({ purgeTo: 4 });
    expect(indexes(bench.read(1, 10))).toEqual([]);
    expect(indexes(bench.read(4, 10))).toEqual([]);
    expect(indexes(bench.read(5, 7))).toEqual([5, 6, 7]);
  });

  it('a purge that overtakes a read ends it early, at whatever step', () => {
    const lengths = new Set<number>();
    for (let steps = 0; steps < 8; steps++) {
      const bench = new Bench();
      bench.write({ term: 1, append: many(300) });
      const answers: Result<readonly Entry[], DiskError>[] = [];
      const range = { from: logIndex(1), to: logIndex(300), maxBytes: 1e6 };
      bench.log.read(range, (result) => answers.push(result));
      for (let step = 0; step < steps; step++) bench.clock.step();
      bench.write({ purgeTo: 250 });
      bench.clock.runAll();
      const found = indexes(answers[0]!);
      expect(found).toEqual(many(found.length).map((_, i) => i + 1));
      lengths.add(found.length);
    }
    expect(lengths.size).toBeGreaterThan(1);
  });

  it('damage behind the base is damage, also while a purge goes on', () => {
    const bench = new Bench();
    bench.write({ term: 1, append: many(100) });
    bench.close();
    const rotten = new MemoryDisk({ clock: bench.clock, random: new SeededRandom(1) });
    rotten.restore(bench.disk.backup());
    bench.log = opened(openLog(losing(rotten, entryKey(logIndex(90))), bench.clock));
    const answers: Result<readonly Entry[], DiskError>[] = [];
    const range = { from: logIndex(80), to: logIndex(100), maxBytes: 1e6 };
    bench.log.read(range, (result) => answers.push(result));
    bench.write({ purgeTo: 50 });
    bench.clock.runAll();
    expect(answers[0]?.ok || answers[0]?.error.message).toContain('entry 90 should');
  });
});

/** A disk that stops finding the row `key` when the log has been opened. */
function losing(disk: Disk, key: string): Disk {
  let scans = 0;
  const inner = counting(disk, []);
  return {
    ...inner,
    openStore: (name, options, done) =>
      inner.openStore(name, options, (result) => {
        if (!result.ok) return done(result);
        const store = result.value;
        done(
          ok({
            ...store,
            scan: (range, end) => {
              scans += 1;
              const isOpening = scans <= 2;
              store.scan(range, (rows) =>
                end(rows.ok && !isOpening ? ok(rows.value.filter((row) => row.key !== key)) : rows),
              );
            },
          }),
        );
      }),
  };
}

describe('log store: the place of an entry', () => {
  it('is told for the base and all behind it, with the members as of it', () => {
    const bench = new Bench();
    bench.write({ term: 1, append: ['one', membersOf('a', 'b'), 'three'] });
    bench.write({ term: 4, append: [membersOf('b'), 'five'] });
    const before = [1, 2, 3, 4, 5].map((index) => bench.positionAt(index));
    expect(before.map((place) => place?.term)).toEqual([1, 1, 1, 4, 4]);
    expect(before.map((place) => place?.members.voters.length)).toEqual([3, 2, 2, 1, 1]);
    expect(bench.positionAt(0)).toMatchObject({ index: 0, chain: 0, members: firstMembers });
    bench.write({ purgeTo: 3 });
    const after = [1, 2, 3, 4, 5, 6].map((index) => bench.positionAt(index));
    expect(after).toEqual([undefined, undefined, before[2], before[3], before[4], undefined]);
    expect(bench.log.baseIndex).toBe(3);
    bench.reopen();
    expect(bench.log.found.base).toEqual(before[2]);
  });

  it('is not told any more when a truncation or a purge came first', () => {
    for (const sketch of [{ purgeTo: 4 }, { term: 2, truncateFrom: 3, append: ['x', 'y'] }]) {
      for (let steps = 0; steps < 5; steps++) {
        const bench = new Bench();
        bench.write({ term: 1, append: many(5) });
        const place = bench.positionAt(3);
        const answers: Result<LogBase | undefined, DiskError>[] = [];
        bench.log.positionAt(logIndex(3), (result) => answers.push(result));
        for (let step = 0; step < steps; step++) bench.clock.step();
        bench.write(sketch);
        bench.clock.runAll();
        const answer = answers[0]!;
        if (!answer.ok) throw answer.error;
        expect([undefined, place]).toContainEqual(answer.value);
      }
    }
  });
});

describe('log store: a damaged base', () => {
  const compacted = (): Bench => {
    const bench = new Bench();
    bench.write({ term: 1, append: ['one', membersOf('a', 'b'), 'three'] });
    bench.write({ purgeTo: 1 });
    bench.write({ purgeTo: 2, append: ['four'] });
    return bench;
  };

  it('any bit that flips in its row, or the loss of it, is found at open', () => {
    const bench = compacted();
    bench.close();
    const medium = bench.disk.backup();
    const bits = 8 * bench.disk.store('log').rows().get(baseKey)!.length;
    for (let bit = 0; bit < bits; bit++) {
      bench.disk.restore(medium);
      bench.disk.store('log').flipBit(baseKey, bit);
      expect(bench.refusal()).toContain('its base');
    }
    bench.disk.restore(medium);
    bench.tamper([{ kind: 'delete', key: baseKey }]);
    expect(bench.refusal()).toContain('its base');
  });

  it('a purge that LevelDB lost again is refused: old entries, or an old base, came back', () => {
    for (const fromEnd of [1, 2]) {
      const bench = compacted();
      bench.write({ append: ['five'] });
      bench.close();
      bench.disk.store('log').dropBatches(fromEnd + 1, 1);
      expect(bench.refusal()).toContain('damaged');
    }
  });

  it('a directory of version 0.1, whose marks know of no base, opens as it is', () => {
    const bench = new Bench();
    bench.write({ term: 3, vote: 'b', append: ['one', 'two'] });
    bench.close();
    const row = bench.disk.store('log').rows().get(markKey)!;
    const { base: _, ...old } = unseal<LogMark>(row)!;
    bench.tamper([{ kind: 'put', key: markKey, value: seal(old) }]);
    bench.log = opened(openLog(bench.disk, bench.clock));
    expect(digest(contentOf(bench.log, bench.clock))).toBe(digest(bench.model));
    bench.write({ purgeTo: 1 });
    bench.reopen();
  });

  it('a configuration of a newer version is refused as such, and not as damage', () => {
    const bench = new Bench();
    const payload = Buffer.concat([Buffer.of(0xc1), encode({ version: 99, members: {} })]);
    bench.write({ term: 1, append: ['one'] });
    bench.close();
    const mark = unseal<LogMark>(bench.disk.store('log').rows().get(markKey)!)!;
    const entry = { index: logIndex(2), term: mark.term, payload };
    const { row, chain } = encodeEntry(entry, mark.chain);
    const newer = { ...mark, generation: mark.generation + 1, lastIndex: entry.index, chain };
    bench.tamper([
      { kind: 'put', key: entryKey(entry.index), value: row },
      { kind: 'put', key: markKey, value: seal(newer) },
    ]);
    expect(bench.refusal()).toContain('configuration of version 99');
    expect(bench.refusal()).not.toContain('damaged');
  });
});

describe('log store: its mark', () => {
  it('is one that version 0.1 reads until the log holds a configuration', () => {
    const bench = new Bench();
    const stored = (): object => {
      bench.close();
      const row = bench.disk.store('log').rows().get(markKey)!;
      bench.reopen();
      return unseal<object>(row)!;
    };
    bench.write({ term: 1, append: ['one'] });
    expect(stored()).toMatchObject({ lastIndex: 1 });
    bench.write({ append: [membersOf('a', 'b')] });
    expect(stored()).toMatchObject({ format: 2, mark: { lastIndex: 2 } });
    bench.write({ truncateFrom: 2 });
    expect(stored()).toMatchObject({ lastIndex: 1 });
  });
});
