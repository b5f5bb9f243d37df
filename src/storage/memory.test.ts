import { describe, expect, it } from 'vitest';
import { StepClock, settled } from '../../test/ports/disk-clock.ts';
import { cycle } from '../../test/ports/disk-log-model.ts';
import type { DiskError, Random, Store, StoreOperation } from '../base/ports.ts';
import { SeededRandom } from '../base/random.ts';
import type { Result } from '../base/result.ts';
import { MemoryDisk } from './memory.ts';

const put = (key: string): StoreOperation => ({
  kind: 'put',
  key,
  value: new TextEncoder().encode(key),
});

class Bench {
  readonly clock = new StepClock();
  readonly disk: MemoryDisk;

  constructor(random: Random, syncLatencyMs = 1, original?: MemoryDisk) {
    const options = { clock: this.clock, random, syncLatencyMs: () => syncLatencyMs };
    this.disk = original?.clone(options) ?? new MemoryDisk(options);
  }

  open(): Store {
    const result = settled<Result<Store, DiskError>>(this.clock, (done) =>
      this.disk.openStore('log', { create: true }, done),
    );
    if (!result.ok) throw result.error;
    return result.value;
  }

  write(store: Store, key: string, sync: boolean): DiskError | undefined {
    return settled(this.clock, (done) => store.write([put(key)], { sync }, done));
  }

  keys(store: Store): string {
    const rows = settled<Parameters<Parameters<Store['scan']>[1]>[0]>(this.clock, (done) =>
      store.scan({ from: ' ', to: '~', limit: 1000 }, done),
    );
    if (!rows.ok) throw rows.error;
    return rows.value.map((row) => row.key).join('');
  }

  /** What is found after the process ended, and with it the power if `loseUnsynced`. */
  afterCrash(loseUnsynced: boolean): string {
    this.disk.crash({ loseUnsynced });
    this.clock.clear();
    return this.keys(this.open());
  }
}

describe('disk in memory', () => {
  it('a power loss takes batches after the last sync, and none before it', () => {
    const outcomes = new Set<string>();
    for (let seed = 0; seed < 50; seed++) {
      const bench = new Bench(new SeededRandom(seed));
      const store = bench.open();
      bench.write(store, 'a', false);
      bench.write(store, 'b', true);
      bench.write(store, 'c', false);
      bench.write(store, 'd', false);
      outcomes.add(bench.afterCrash(true));
    }
    expect([...outcomes].sort()).toEqual(['ab', 'abc', 'abcd']);
  });

  it('a killed process loses nothing that had ended, synced or not', () => {
    const bench = new Bench(cycle(0));
    const store = bench.open();
    bench.write(store, 'a', true);
    bench.write(store, 'b', false);
    expect(bench.afterCrash(false)).toBe('ab');
  });

  it('what was under way at a crash may be there or not, and is never answered', () => {
    const outcomes = new Set<string>();
    for (let seed = 0; seed < 20; seed++) {
      const bench = new Bench(new SeededRandom(seed));
      const store = bench.open();
      let answered = false;
      store.write([put('a'), put('b')], { sync: true }, () => {
        answered = true;
      });
      outcomes.add(bench.afterCrash(true));
      expect(answered).toBe(false);
    }
    expect([...outcomes].sort()).toEqual(['', 'ab']);
  });

  it('what survived a crash once is durable: opening makes it so', () => {
    const bench = new Bench(cycle(0.999));
    const store = bench.open();
    bench.write(store, 'a', false);
    expect(bench.afterCrash(true)).toBe('a');
    expect(bench.afterCrash(true)).toBe('a');
  });

  it('a handle of an earlier life does nothing', () => {
    const bench = new Bench(cycle(0));
    const before = bench.open();
    bench.disk.crash({ loseUnsynced: true });
    const after = bench.open();
    before.write([put('a')], { sync: true }, () => {
      throw new Error('answered');
    });
    bench.clock.runAll();
    expect(bench.keys(after)).toBe('');
  });

  it('a failed sync is for ever, reads go on, and the rejected batch is back later', () => {
    const bench = new Bench(cycle(0.999));
    const store = bench.open();
    bench.write(store, 'a', true);
    bench.disk.failNextSync();
    expect(bench.write(store, 'b', true)?.message).toContain('EIO');
    expect(bench.write(store, 'c', true)?.message).toContain('EIO');
    expect(bench.keys(store)).toBe('a');
    expect(bench.afterCrash(false)).toBe('ab');
  });

  it('a full disk fails unsynced writes too, until the store is opened again', () => {
    const bench = new Bench(cycle(0));
    const store = bench.open();
    bench.disk.setFull(true);
    expect(bench.write(store, 'a', false)?.message).toContain('ENOSPC');
    bench.disk.setFull(false);
    expect(bench.write(store, 'b', true)?.message).toContain('ENOSPC');
    bench.disk.crash({ loseUnsynced: true });
    const again = bench.open();
    expect(bench.write(again, 'c', true)).toBeUndefined();
    expect(bench.keys(again)).toBe('c');
  });

  it('a sync takes the virtual time that the latency says', () => {
    const bench = new Bench(cycle(0), 7);
    const store = bench.open();
    bench.write(store, 'a', true);
    expect(bench.clock.monotonicMs()).toBe(7);
    bench.write(store, 'b', false);
    expect(bench.clock.monotonicMs()).toBe(7);
  });

  it('a backup restored brings back what was, and a wipe leaves nothing', () => {
    const bench = new Bench(cycle(0));
    bench.write(bench.open(), 'a', true);
    const backup = bench.disk.backup();
    bench.disk.crash({ loseUnsynced: true });
    bench.write(bench.open(), 'b', true);
    bench.disk.crash({ loseUnsynced: true });
    bench.disk.restore(backup);
    expect(bench.keys(bench.open())).toBe('a');
    bench.disk.crash({ loseUnsynced: true });
    bench.disk.wipe();
    expect(bench.keys(bench.open())).toBe('');
  });

  it('a clone has what the original had, and goes its own way', () => {
    const bench = new Bench(cycle(0));
    bench.write(bench.open(), 'a', true);
    const clone = new Bench(cycle(0), 1, bench.disk);
    clone.write(clone.open(), 'b', true);
    expect(clone.afterCrash(true)).toBe('ab');
    expect(bench.afterCrash(true)).toBe('a');
  });

  it('the silent faults: a hole, a roll-back, a foreign value, an empty store', () => {
    const bench = new Bench(cycle(0));
    const store = bench.open();
    for (const key of ['a', 'b', 'c', 'd']) bench.write(store, key, true);
    bench.disk.crash({ loseUnsynced: true });
    const image = bench.disk.store('log');
    expect(image.batches).toBe(4);
    image.dropBatches(3, 1);
    expect(bench.afterCrash(true)).toBe('acd');
    bench.disk.crash({ loseUnsynced: true });
    image.rollBack(1);
    image.setValue('a', new Uint8Array([7]));
    const again = bench.open();
    expect(bench.keys(again)).toBe('ac');
    const value = settled<unknown>(bench.clock, (done) => again.get('a', done));
    expect(value).toEqual({ ok: true, value: new Uint8Array([7]) });
    bench.disk.crash({ loseUnsynced: true });
    image.empty();
    expect(bench.keys(bench.open())).toBe('');
  });

  it('a store whose removal was cut short is whole, damaged or gone', () => {
    const outcomes = new Set<string>();
    for (let seed = 0; seed < 30; seed++) {
      const bench = new Bench(new SeededRandom(seed));
      bench.write(bench.open(), 'a', true);
      bench.disk.crash({ loseUnsynced: true });
      bench.disk.removeStore('log', () => {
        throw new Error('answered');
      });
      bench.disk.crash({ loseUnsynced: true });
      const { stores } = bench.disk.backup();
      outcomes.add(stores.has('log') ? bench.keys(bench.open()) : 'gone');
    }
    expect([...outcomes].sort()).toEqual(['', 'a', 'gone']);
  });

  it('what is set aside while the process ends is moved in part, and the rest by a repeat', () => {
    const counts = new Set<number>();
    for (let seed = 0; seed < 30; seed++) {
      const bench = new Bench(new SeededRandom(seed));
      bench.write(bench.open(), 'a', true);
      bench.disk.crash({ loseUnsynced: true });
      const names = ['log', 'nothing'];
      bench.disk.setAside(names, 'aside', () => {});
      bench.disk.crash({ loseUnsynced: true });
      counts.add(Number(bench.disk.backup().stores.has('aside/log')));
      settled<unknown>(bench.clock, (done) => bench.disk.setAside(names, 'aside', done));
      expect([...bench.disk.backup().stores.keys()]).toEqual(['aside/log']);
    }
    expect(counts.size).toBe(2);
  });

  it('old batches are folded together without changing what is read', () => {
    const bench = new Bench(cycle(0));
    const store = bench.open();
    for (let i = 0; i < 300; i++) {
      const key = String.fromCharCode(97 + (i % 26));
      const operation: StoreOperation = i % 3 === 0 ? { kind: 'delete', key } : put(key);
      settled<unknown>(bench.clock, (done) => store.write([operation], { sync: true }, done));
    }
    const before = bench.keys(store);
    expect(before.length).toBeGreaterThan(10);
    expect(bench.afterCrash(true)).toBe(before);
  });
});
