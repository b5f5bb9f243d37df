import fc from 'fast-check';
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
  type LogModel,
  membersOf,
  opened,
  openLog,
  termRuns,
  writeLog,
} from '../../test/ports/disk-log-model.ts';
import { InvariantError } from '../base/assert.ts';
import { logIndex, term } from '../base/brand.ts';
import { type Disk, DiskError, type Store } from '../base/ports.ts';
import { SeededRandom } from '../base/random.ts';
import { ok, type Result } from '../base/result.ts';
import type { Entry } from '../raft/log-store.ts';
import { confirmDelayMs } from './durable-head.ts';
import { entryKey, markKey } from './keyspace.ts';
import { describeLogFault } from './log-fault.ts';
import type { DurableLog } from './log-store.ts';
import { MemoryDisk } from './memory.ts';

const newDisk = (seed = 1) => {
  const clock = new StepClock();
  return { clock, disk: new MemoryDisk({ clock, random: new SeededRandom(seed) }) };
};

/** Writes `sketches`, closes the log, and gives the model behind each batch. */
function writeAll(
  disk: MemoryDisk,
  clock: StepClock,
  sketches: readonly BatchSketch[],
): LogModel[] {
  const log = opened(openLog(disk, clock, true));
  const models = [contentOf(log, clock)];
  for (const sketch of sketches) {
    const batch = batchOn(models.at(-1)!, sketch);
    expect(writeLog(log, clock, batch)).toBeUndefined();
    models.push(applyBatch(models.at(-1)!, batch));
  }
  close(log, clock);
  return models;
}

const close = (log: DurableLog, clock: StepClock): void =>
  settled<void>(clock, (done) => log.close(done));

const refusal = (disk: MemoryDisk, clock: StepClock): string => {
  const result = openLog(disk, clock);
  if (result.ok) return 'opened';
  return result.error.kind;
};

const sketches: readonly BatchSketch[] = [
  { term: 1, vote: 'a' },
  { append: ['one', 'two'] },
  { append: ['three', 'four', 'five'] },
  { term: 2, vote: 'b' },
  { term: 2, vote: 'b', truncateFrom: 4, append: ['quatre'] },
  { append: ['cinq', 'six'] },
];

describe('log store: damage', () => {
  it('a log that was rolled back by any number of batches is refused', () => {
    for (let count = 1; count <= sketches.length; count++) {
      const { disk, clock } = newDisk();
      writeAll(disk, clock, sketches);
      disk.store('log').rollBack(count);
      expect(refusal(disk, clock)).toBe('rolled-back');
    }
  });

  it('a log whose newest batch was confirmed after a silence is refused without it', () => {
    const { disk, clock } = newDisk();
    const log = opened(openLog(disk, clock, true));
    writeLog(log, clock, batchOn(emptyModel, { term: 1, vote: 'a' }));
    const before = clock.monotonicMs();
    clock.runAll();
    expect(clock.monotonicMs() - before).toBe(confirmDelayMs);
    disk.crash({ loseUnsynced: true });
    disk.store('log').rollBack(1);
    expect(refusal(disk, clock)).toBe('rolled-back');
  });

  it('a hole of any size is refused, unless what it took was replaced later anyway', () => {
    for (let fromEnd = 2; fromEnd <= sketches.length; fromEnd++) {
      for (let count = 1; count < fromEnd; count++) {
        const { disk, clock } = newDisk();
        const whole = writeAll(disk, clock, sketches).at(-1)!;
        disk.store('log').dropBatches(fromEnd, count);
        const result = openLog(disk, clock);
        if (result.ok) expect(digest(contentOf(result.value, clock))).toBe(digest(whole));
        else expect(result.error.kind).toBe('corrupt');
      }
    }
  });

  it('an overwritten entry that came back is refused, though index and term fit', () => {
    const { disk, clock } = newDisk();
    writeAll(disk, clock, [
      { term: 1, append: ['one', 'two', 'three'] },
      { term: 2, truncateFrom: 2, append: ['deux'] },
      { append: ['trois'] },
    ]);
    disk.store('log').dropBatches(2, 1);
    expect(refusal(disk, clock)).toBe('corrupt');
  });

  it('any bit that flips in an entry or in the mark is found at open', () => {
    const { disk, clock } = newDisk();
    const whole = writeAll(disk, clock, sketches).at(-1)!;
    const medium = disk.backup();
    const keys = [...whole.entries.map((entry) => entryKey(entry.index)), markKey];
    let flips = 0;
    for (const key of keys) {
      const bits = 8 * disk.store('log').rows().get(key)!.length;
      for (let bit = 0; bit < bits; bit++) {
        disk.restore(medium);
        disk.store('log').flipBit(key, bit);
        expect(refusal(disk, clock)).toBe('corrupt');
        flips += 1;
      }
    }
    expect(flips).toBeGreaterThan(1000);
  });

  it('a lost store and a lost head are refused, with create as without', () => {
    for (const create of [true, false]) {
      const { disk, clock } = newDisk();
      writeAll(disk, clock, sketches);
      const { files, slots, stores } = disk.backup();
      disk.restore({ files, slots, stores: new Map() });
      const withoutStore = openLog(disk, clock, create);
      expect(withoutStore.ok || withoutStore.error.kind).toBe(create ? 'rolled-back' : 'corrupt');
      disk.restore({ files, slots: new Map(), stores });
      const withoutHead = openLog(disk, clock, create);
      expect(withoutHead.ok || withoutHead.error.kind).toBe('corrupt');
    }
  });

  it('a head that is older than the log by several batches is refused', () => {
    const { disk, clock } = newDisk();
    writeAll(disk, clock, sketches.slice(0, 2));
    const { slots } = disk.backup();
    writeAll(disk, clock, sketches.slice(3));
    disk.restore({ ...disk.backup(), slots });
    expect(refusal(disk, clock)).toBe('corrupt');
  });

  it('a log that another process uses is refused as locked', () => {
    const { disk, clock } = newDisk();
    opened(openLog(disk, clock, true));
    const result = openLog(disk, clock);
    expect(result.ok || result.error.kind).toBe('locked');
    expect(result.ok || describeLogFault(result.error)).toContain('Stop that process');
  });

  it('a refusal leaves nothing open: the next attempt is refused for the same reason', () => {
    const { disk, clock } = newDisk();
    writeAll(disk, clock, sketches);
    disk.store('log').rollBack(2);
    expect([refusal(disk, clock), refusal(disk, clock)]).toEqual(['rolled-back', 'rolled-back']);
  });

  it('an entry that comes back wrong while the node runs is neither read nor built upon', () => {
    const { disk, clock } = newDisk();
    const model = writeAll(disk, clock, sketches).at(-1)!;
    const faults = { flip: false };
    const log = opened(openLog(rotting(disk, faults), clock));
    faults.flip = true;
    const range = { from: logIndex(1), to: logIndex(4), maxBytes: 100 };
    const read = settled<Result<readonly Entry[], DiskError>>(clock, (done) =>
      log.read(range, done),
    );
    expect(read.ok || read.error.message).toContain(entryKey(logIndex(1)));
    const batch = batchOn(model, { term: 3, truncateFrom: 3, append: ['drei'] });
    expect(writeLog(log, clock, batch)?.message).toContain(entryKey(logIndex(2)));
  });
});

/** A disk whose stores return every value with one bit changed while `faults.flip` is set. */
function rotting(disk: Disk, faults: { readonly flip: boolean }): Disk {
  const flipped = (value: Uint8Array): Uint8Array => {
    const copy = new Uint8Array(value);
    if (faults.flip) copy[copy.length - 1]! ^= 1;
    return copy;
  };
  return {
    openStore: (name, options, done) =>
      disk.openStore(name, options, (result) => {
        if (!result.ok) return done(result);
        const store = result.value;
        const rotten: Store = {
          write: (operations, how, end) => store.write(operations, how, end),
          get: (key, end) =>
            store.get(key, (got) => end(got.ok && got.value ? ok(flipped(got.value)) : got)),
          scan: (range, end) =>
            store.scan(range, (rows) =>
              end(
                rows.ok
                  ? ok(rows.value.map((row) => ({ key: row.key, value: flipped(row.value) })))
                  : rows,
              ),
            ),
          view: () => store.view(),
          close: (end) => store.close(end),
        };
        done(ok(rotten));
      }),
    removeStore: (name, done) => disk.removeStore(name, done),
    setAside: (names, folder, done) => disk.setAside(names, folder, done),
    readFile: (name, done) => disk.readFile(name, done),
    writeFile: (name, bytes, done) => disk.writeFile(name, bytes, done),
    openSlots: (name, options, done) => disk.openSlots(name, options, done),
  };
}

describe('log store: reading and writing', () => {
  const texts = (result: Result<readonly Entry[], DiskError>): string[] => {
    if (!result.ok) throw result.error;
    return result.value.map((entry) => new TextDecoder().decode(entry.payload));
  };
  const read = (log: DurableLog, clock: StepClock, from: number, to: number, maxBytes = 1000) =>
    texts(
      settled<Result<readonly Entry[], DiskError>>(clock, (done) =>
        log.read({ from: logIndex(from), to: logIndex(to), maxBytes }, done),
      ),
    );
  const many = (count: number, mark = ''): string[] =>
    Array.from({ length: count }, (_, i) => `${mark}${i + 1}`);

  it('a read is cut by bytes, but never below one entry, and by the end of the log', () => {
    const { disk, clock } = newDisk();
    writeAll(disk, clock, [{ term: 1, append: ['aaa', 'bbb', 'ccc', 'ddd'] }]);
    const log = opened(openLog(disk, clock));
    expect(read(log, clock, 1, 4, 6)).toEqual(['aaa', 'bbb']);
    expect(read(log, clock, 2, 4, 1)).toEqual(['bbb']);
    expect(read(log, clock, 3, 9)).toEqual(['ccc', 'ddd']);
    expect(read(log, clock, 5, 9)).toEqual([]);
  });

  it('a long log is opened and read page by page', () => {
    const { disk, clock } = newDisk();
    writeAll(disk, clock, [
      { term: 1, append: many(100) },
      { term: 3, append: many(100) },
    ]);
    const log = opened(openLog(disk, clock));
    expect(log.found.lastIndex).toBe(200);
    expect(log.found.terms).toEqual([
      { first: 1, term: 1 },
      { first: 101, term: 3 },
    ]);
    expect(read(log, clock, 1, 200, 10_000)).toEqual([...many(100), ...many(100)]);
  });

  it('a truncation that overtakes a read ends it early, without an entry of two histories', () => {
    for (let steps = 0; steps < 6; steps++) {
      const { disk, clock } = newDisk();
      const before = writeAll(disk, clock, [{ term: 1, append: many(200, 'old') }]).at(-1)!;
      const log = opened(openLog(disk, clock));
      const answers: Result<readonly Entry[], DiskError>[] = [];
      log.read({ from: logIndex(1), to: logIndex(200), maxBytes: 10_000 }, (result) =>
        answers.push(result),
      );
      for (let step = 0; step < steps; step++) clock.step();
      const batch = batchOn(before, { term: 2, truncateFrom: 30, append: many(150, 'new') });
      expect(writeLog(log, clock, batch)).toBeUndefined();
      clock.runAll();
      const old = texts(answers[0]!).filter((text) => text.startsWith('old'));
      expect(texts(answers[0]!)).toEqual(old);
      expect(read(log, clock, 29, 30)).toEqual(['old29', 'new1']);
    }
  });

  it('our own broken promises are caught before they reach the disk', () => {
    const { disk, clock } = newDisk();
    const model = writeAll(disk, clock, [{ term: 3, vote: 'a', append: ['one'] }]).at(-1)!;
    const wrong: readonly BatchSketch[] = [{ term: 2 }, { term: 3, vote: 'b' }, { term: 3 }];
    for (const sketch of wrong) {
      const log = opened(openLog(disk, clock));
      expect(() => log.write(batchOn(model, sketch), () => {})).toThrow(InvariantError);
      disk.crash({ loseUnsynced: true });
    }
    const gap = { index: logIndex(3), term: term(3), payload: new Uint8Array() };
    const log = opened(openLog(disk, clock));
    expect(() =>
      log.write(
        { hardState: undefined, truncateFrom: undefined, append: [gap], purgeTo: undefined },
        () => {},
      ),
    ).toThrow('L2');
  });

  it('two writes at once are a broken promise of the driver', () => {
    const { disk, clock } = newDisk();
    const log = opened(openLog(disk, clock, true));
    log.write(batchOn(emptyModel, { term: 1 }), () => {});
    expect(() => log.write(batchOn(emptyModel, { term: 2 }), () => {})).toThrow('L1');
  });
});

describe('log store: touched', () => {
  const touch = (log: DurableLog, clock: StepClock): DiskError | undefined =>
    settled<DiskError | undefined>(clock, (done) => log.touch(done));

  it('a touch changes nothing, whatever is lost afterwards', () => {
    const { disk, clock } = newDisk();
    const log = opened(openLog(disk, clock, true));
    const batch = batchOn(emptyModel, { term: 1, vote: 'a', append: ['one'] });
    writeLog(log, clock, batch);
    for (let count = 0; count < 5; count++) expect(touch(log, clock)).toBeUndefined();
    disk.crash({ loseUnsynced: true });
    const again = opened(openLog(disk, clock));
    expect(digest(contentOf(again, clock))).toBe(digest(applyBatch(emptyModel, batch)));
  });

  it('a disk that fails a touch is written to no more (L4)', () => {
    const { disk, clock } = newDisk();
    const log = opened(openLog(disk, clock, true));
    disk.failNextSync();
    expect(touch(log, clock)).toBeInstanceOf(DiskError);
    expect(writeLog(log, clock, batchOn(emptyModel, { term: 1 }))).toBeInstanceOf(DiskError);
    expect(touch(log, clock)).toBeInstanceOf(DiskError);
  });

  it('a touch during a write is a broken promise of the driver', () => {
    const { disk, clock } = newDisk();
    const log = opened(openLog(disk, clock, true));
    log.write(batchOn(emptyModel, { term: 1 }), () => {});
    expect(() => log.touch(() => {})).toThrow('L1');
  });
});

describe('log store: any history', () => {
  const step = fc.oneof(
    fc.record({
      kind: fc.constant('append' as const),
      texts: fc.array(fc.string(), { maxLength: 4 }),
    }),
    fc.record({ kind: fc.constant('term' as const), by: fc.integer({ min: 1, max: 3 }) }),
    fc.record({
      kind: fc.constant('overwrite' as const),
      keep: fc.double({ min: 0, max: 1, noNaN: true }),
      texts: fc.array(fc.string(), { maxLength: 4 }),
    }),
    fc.record({
      kind: fc.constant('purge' as const),
      keep: fc.double({ min: 0, max: 1, noNaN: true }),
      voter: fc.constantFrom('a', 'b', 'c'),
    }),
    fc.record({ kind: fc.constant('reopen' as const) }),
    fc.record({
      kind: fc.constant('crash' as const),
      steps: fc.nat({ max: 4 }),
      loseUnsynced: fc.boolean(),
    }),
  );

  it('equals a plain array, through truncations, crashes and restarts', () => {
    const history = fc.property(fc.array(step, { maxLength: 40 }), fc.nat(), (steps, seed) => {
      const clock = new StepClock();
      const random = new SeededRandom(seed);
      const latency = cycle(0.3, 0.8, 0.1, 0.9, 0.5);
      const syncLatencyMs = (): number => latency.fraction() * 10;
      const disk = new MemoryDisk({ clock, random, syncLatencyMs });
      let log = opened(openLog(disk, clock, true));
      let model: LogModel = emptyModel;
      const reopen = (): LogModel => {
        log = opened(openLog(disk, clock));
        const content = contentOf(log, clock);
        expect(log.found.terms).toEqual(termRuns(content));
        expect(log.found.members).toEqual(configurations(content));
        return content;
      };
      const place = (part: number): number =>
        model.base.index + Math.floor(part * model.entries.length);
      for (const next of steps) {
        if (next.kind === 'reopen') {
          close(log, clock);
          expect(digest(reopen())).toBe(digest(model));
          continue;
        }
        if (next.kind === 'crash') {
          const batch = batchOn(model, { term: model.hardState.term + 1, append: ['lost?'] });
          log.write(batch, () => {
            model = applyBatch(model, batch);
          });
          for (let i = 0; i < next.steps; i++) clock.step();
          disk.crash({ loseUnsynced: next.loseUnsynced });
          clock.clear();
          const found = reopen();
          const ahead = digest(applyBatch(model, batch));
          if (digest(found) !== ahead) expect(digest(found)).toBe(digest(model));
          model = found;
          continue;
        }
        const sketchOf = (): BatchSketch => {
          const newer = model.hardState.term + 1;
          switch (next.kind) {
            case 'append':
              return { append: next.texts };
            case 'term':
              return { term: newer + next.by, vote: 'a' };
            case 'overwrite':
              return { term: newer, truncateFrom: 1 + place(next.keep), append: next.texts };
            case 'purge':
              return { purgeTo: place(next.keep), append: [membersOf(next.voter)] };
          }
        };
        const batch = batchOn(model, sketchOf());
        expect(writeLog(log, clock, batch)).toBeUndefined();
        model = applyBatch(model, batch);
      }
      close(log, clock);
      expect(digest(reopen())).toBe(digest(model));
    });
    fc.assert(history, { numRuns: 300 });
  });
});
