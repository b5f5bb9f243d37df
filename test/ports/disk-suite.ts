/**
 * What every body of the Disk port promises. Run by `disk.test.ts` on the real and the simulated.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Disk, DiskError, type OpenedSlots, type Store } from '../../src/base/ports.ts';
import type { Result } from '../../src/base/result.ts';
import { failureKind } from '../../src/storage/disk-failure.ts';

export interface DiskBench {
  readonly disk: Disk;
  /** Calls `start` and waits for its callback, in real or in virtual time. */
  ask<T>(start: (done: (value: T) => void) => void): Promise<T>;
  /** Removes everything; all stores are closed. */
  end(): Promise<void>;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (value: Uint8Array | undefined): string | undefined =>
  value === undefined ? undefined : new TextDecoder().decode(value);
const put = (key: string, value: string) => ({ kind: 'put', key, value: bytes(value) }) as const;

export function diskSuite(name: string, make: () => Promise<DiskBench>): void {
  describe(`disk (${name})`, () => {
    let bench: DiskBench;
    const opened: Store[] = [];

    beforeEach(async () => {
      bench = await make();
    });
    afterEach(async () => {
      for (const store of opened.splice(0)) await close(store);
      await bench.end();
    });

    const open = (store: string, create: boolean): Promise<Result<Store, DiskError>> =>
      bench.ask((done) => bench.disk.openStore(store, { create }, done));
    const openNew = async (): Promise<Store> => {
      const result = await open('log', true);
      if (!result.ok) throw result.error;
      opened.push(result.value);
      return result.value;
    };
    const close = (store: Store): Promise<unknown> =>
      bench.ask((done) => store.close(() => done(undefined)));
    const reopen = async (store: Store): Promise<Store> => {
      await close(store);
      opened.splice(opened.indexOf(store), 1);
      return openNew();
    };
    const write = (store: Store, ...operations: Parameters<Store['write']>[0]) =>
      bench.ask<DiskError | undefined>((done) => store.write(operations, { sync: true }, done));
    const get = async (store: Store, key: string): Promise<string | undefined> => {
      const result = await bench.ask<Result<Uint8Array | undefined, DiskError>>((done) =>
        store.get(key, done),
      );
      if (!result.ok) throw result.error;
      return text(result.value);
    };
    const scan = async (
      store: Pick<Store, 'scan'>,
      range: Parameters<Store['scan']>[0],
    ): Promise<string[]> => {
      const result = await bench.ask<Parameters<Parameters<Store['scan']>[1]>[0]>((done) =>
        store.scan(range, done),
      );
      if (!result.ok) throw result.error;
      return result.value.map((row) => `${row.key}=${text(row.value)}`);
    };
    const openSlots = (create: boolean): Promise<Result<OpenedSlots, DiskError>> =>
      bench.ask((done) => bench.disk.openSlots('head', { create }, done));
    const readFile = async (): Promise<string | undefined> => {
      const result = await bench.ask<Result<Uint8Array | undefined, DiskError>>((done) =>
        bench.disk.readFile('identity', done),
      );
      if (!result.ok) throw result.error;
      return text(result.value);
    };

    it('a batch is applied whole, in order, and is there when the store is reopened', async () => {
      const store = await openNew();
      await write(store, put('a', '1'), put('b', '2'), put('a', '3'));
      await write(store, { kind: 'delete', key: 'b' }, put('c', ''));
      const again = await reopen(store);
      expect([await get(again, 'a'), await get(again, 'b'), await get(again, 'c')]).toEqual([
        '3',
        undefined,
        '',
      ]);
    });

    it('writes that overlap end in the order in which they were issued', async () => {
      const store = await openNew();
      const order: number[] = [];
      await bench.ask<void>((done) => {
        for (let i = 0; i < 8; i++) {
          store.write([put('a', `${i}`)], { sync: i % 2 === 0 }, (error) => {
            order.push(error === undefined ? i : -1);
            if (order.length === 8) done();
          });
        }
      });
      expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
      expect(await get(store, 'a')).toBe('7');
    });

    it('a scan takes the lower bound, not the upper one, and obeys order and limit', async () => {
      const store = await openNew();
      await write(store, ...['e/0a', 'e/09', 'e/10', 'm', 'd'].map((key) => put(key, key)));
      const range = { from: 'e/09', to: 'm', limit: 9 };
      expect(await scan(store, range)).toEqual(['e/09=e/09', 'e/0a=e/0a', 'e/10=e/10']);
      expect(await scan(store, { ...range, limit: 2 })).toEqual(['e/09=e/09', 'e/0a=e/0a']);
      expect(await scan(store, { ...range, limit: 2, reverse: true })).toEqual([
        'e/10=e/10',
        'e/0a=e/0a',
      ]);
      expect(await scan(store, { ...range, limit: 0 })).toEqual([]);
      expect(await scan(store, { from: 'x', to: 'a', limit: 9 })).toEqual([]);
    });

    it('a scan is one view: a write issued after it is not seen', async () => {
      const store = await openNew();
      await write(store, put('a', 'old'));
      const rows = scan(store, { from: 'a', to: 'z', limit: 9 });
      const written = write(store, put('a', 'new'), put('b', 'new'));
      expect(await rows).toEqual(['a=old']);
      expect(await written).toBeUndefined();
    });

    it('a view is the store as it was, page by page, whatever is written meanwhile', async () => {
      const store = await openNew();
      await write(store, put('a', 'old'), put('b', 'old'), put('c', 'old'));
      const view = store.view();
      await write(store, put('a', 'new'), { kind: 'delete', key: 'b' }, put('d', 'new'));
      const range = { from: 'a', to: 'z', limit: 2 };
      expect(await scan(view, range)).toEqual(['a=old', 'b=old']);
      await write(store, { kind: 'delete', key: 'c' });
      expect(await scan(view, { ...range, from: 'b~' })).toEqual(['c=old']);
      expect(await scan(view, { ...range, limit: 1, reverse: true })).toEqual(['c=old']);
      expect(await scan(store, { ...range, limit: 9 })).toEqual(['a=new', 'd=new']);
      view.close();
    });

    it('views are apart from each other, and one may be closed before a younger one', async () => {
      const store = await openNew();
      await write(store, put('a', '1'));
      const first = store.view();
      await write(store, put('a', '2'));
      const second = store.view();
      await write(store, put('a', '3'));
      const range = { from: 'a', to: 'z', limit: 9 };
      expect([await scan(first, range), await scan(second, range)]).toEqual([['a=1'], ['a=2']]);
      first.close();
      expect(await scan(second, range)).toEqual(['a=2']);
      second.close();
      expect(await scan(store, range)).toEqual(['a=3']);
    });

    it('a view holds a batch that is under way as it is taken whole or not at all', async () => {
      const store = await openNew();
      const pair = (value: string) => [put('a', value), put('b', value)];
      await write(store, ...pair('0'));
      for (let round = 1; round < 20; round++) {
        const written = write(store, ...pair(`${round}`));
        const view = store.view();
        const [a, b] = await scan(view, { from: 'a', to: 'z', limit: 9 });
        expect([`a=${round - 1}`, `a=${round}`]).toContain(a);
        expect(b).toBe(a?.replace('a', 'b'));
        view.close();
        expect(await written).toBeUndefined();
      }
    });

    it('a scan that is under way ends well when its view is closed', async () => {
      const store = await openNew();
      await write(store, put('a', '1'), put('b', '2'));
      const view = store.view();
      const rows = scan(view, { from: 'a', to: 'z', limit: 9 });
      view.close();
      expect(await rows).toEqual(['a=1', 'b=2']);
    });

    it('the bytes of a value may be reused as soon as the write has ended', async () => {
      const store = await openNew();
      const value = Buffer.from('kept');
      await write(store, { kind: 'put', key: 'a', value });
      value.fill(0);
      expect(await get(store, 'a')).toBe('kept');
    });

    it('a store that is not there is refused without create, and not made', async () => {
      for (let attempt = 0; attempt < 2; attempt++) {
        const result = await open('log', false);
        expect(result.ok ? 'opened' : failureKind(result.error)).toBe('missing');
        expect(result.ok || result.error instanceof DiskError).toBe(true);
      }
    });

    it('a store that is open already is refused as locked', async () => {
      await openNew();
      const result = await open('log', true);
      expect(result.ok ? 'opened' : failureKind(result.error)).toBe('locked');
      expect(result.ok ? '' : result.error.message).toContain('another process uses');
    });

    it('two stores of one disk do not see each other', async () => {
      const store = await openNew();
      const other = await open('ledger', true);
      if (!other.ok) throw other.error;
      opened.push(other.value);
      await write(store, put('a', '1'));
      expect(await get(other.value, 'a')).toBeUndefined();
    });

    it('a removed store is gone, and one of that name begins empty', async () => {
      const store = await openNew();
      await write(store, put('a', '1'));
      await close(store);
      opened.splice(0);
      const remove = () => bench.ask((done) => bench.disk.removeStore('log', done));
      expect(await remove()).toBe(undefined);
      const gone = await open('log', false);
      expect(gone.ok ? 'opened' : failureKind(gone.error)).toBe('missing');
      expect(await remove()).toBe(undefined);
      expect(await get(await openNew(), 'a')).toBeUndefined();
    });

    it('what is set aside is gone from its place, as far as it was there', async () => {
      const { disk, ask } = bench;
      const store = await openNew();
      await write(store, put('a', '1'));
      await close(store);
      opened.splice(0);
      expect(await ask((done) => disk.writeFile('identity', bytes('me'), done))).toBe(undefined);
      const slots = await openSlots(true);
      if (!slots.ok) throw slots.error;
      await ask((done) => slots.value.slots.close(() => done(undefined)));
      const setAside = (folder: string) =>
        ask((done) => disk.setAside(['log', 'head', 'nothing', 'identity'], folder, done));
      expect(await setAside('set-aside-1')).toBe(undefined);
      expect(await readFile()).toBeUndefined();
      for (const found of [await open('log', false), await openSlots(false)]) {
        expect(found.ok ? 'opened' : failureKind(found.error)).toBe('missing');
      }
      expect(await setAside('set-aside-1')).toBe(undefined);
      expect(await get(await openNew(), 'a')).toBeUndefined();
    });

    it('what was set aside before is not overwritten', async () => {
      const { disk, ask } = bench;
      const write = (content: string) =>
        ask<DiskError | undefined>((done) => disk.writeFile('identity', bytes(content), done));
      const setAside = () =>
        ask<DiskError | undefined>((done) => disk.setAside(['identity'], 'aside', done));
      await write('first');
      expect(await setAside()).toBe(undefined);
      await write('second');
      expect((await setAside())?.message).toContain('is there already');
      expect(await readFile()).toBe('second');
    });

    it('a file is absent, then whole, then replaced', async () => {
      const { disk, ask } = bench;
      expect(await readFile()).toBeUndefined();
      for (const content of ['first and longer', 'second', '']) {
        expect(await ask((done) => disk.writeFile('identity', bytes(content), done))).toBe(
          undefined,
        );
        expect(await readFile()).toBe(content);
      }
    });

    it('replacements of one file that overlap end in order', async () => {
      const { disk, ask } = bench;
      await ask<void>((done) => {
        disk.writeFile('identity', bytes('first'), () => {});
        disk.writeFile('identity', bytes('second'), () => done());
      });
      expect(await readFile()).toBe('second');
    });

    it('new slots are zero, and each keeps what was written to it last', async () => {
      const first = await openSlots(true);
      if (!first.ok) throw first.error;
      expect(first.value.found.every((slot) => slot.every((byte) => byte === 0))).toBe(true);
      const { slots } = first.value;
      for (const [slot, content] of [
        [0, 'longer'],
        [1, 'one'],
        [0, 'zero'],
      ] as const) {
        expect(await bench.ask((done) => slots.write(slot, bytes(content), done))).toBe(undefined);
      }
      await bench.ask((done) => slots.close(() => done(undefined)));
      const second = await openSlots(false);
      if (!second.ok) throw second.error;
      expect(second.value.found.map((slot) => text(slot)?.replaceAll('\0', ''))).toEqual([
        'zero',
        'one',
      ]);
      await bench.ask((done) => second.value.slots.close(() => done(undefined)));
    });

    it('a slot file that is not there is refused without create', async () => {
      const result = await openSlots(false);
      expect(result.ok ? 'opened' : failureKind(result.error)).toBe('missing');
    });
  });
}
