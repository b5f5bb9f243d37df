import { expect, test } from 'vitest';
import { logIndex, monotonicMs, term, wallMs } from '../base/brand.ts';
import { DiskError } from '../base/ports.ts';
import { DriverDisk } from './driver-disk.ts';
import { SyncTimes } from './driver-sync-times.ts';
import type { Entry, LogBatch } from './log-store.ts';
import type { Persist, Persisted } from './types.ts';

const entry = (index: number, entryTerm: number): Entry => ({
  index: logIndex(index),
  term: term(entryTerm),
  payload: new Uint8Array(0),
});

function bench() {
  const batches: LogBatch[] = [];
  const answers: Persisted[] = [];
  const errors: DiskError[] = [];
  let finish: (error: DiskError | undefined) => void = () => {};
  const disk = new DriverDisk({
    store: {
      found: { hardState: { term: term(1), vote: undefined }, lastIndex: logIndex(2), terms: [] },
      write: (batch, done) => {
        batches.push(batch);
        finish = done;
      },
      read: () => {},
    },
    clock: {
      monotonicMs: () => monotonicMs(0),
      wallMs: () => wallMs(0),
      after: () => ({ cancel: () => {} }),
      soon: () => {},
    },
    times: new SyncTimes(),
    synced: (answer) => answers.push(answer),
    failed: (error) => errors.push(error),
  });
  let write = 0;
  const persist = (from: number | undefined, ...append: Entry[]): void => {
    write += 1;
    const truncateFrom = from === undefined ? undefined : logIndex(from);
    const output: Persist = { kind: 'persist', write, hardState: undefined, truncateFrom, append };
    disk.gather(output);
    disk.start();
  };
  return { batches, answers, errors, persist, finish: (error?: DiskError) => finish(error) };
}

test('driver: what gathers during a write becomes one batch, answered by its last number', () => {
  const { batches, answers, persist, finish } = bench();
  persist(undefined, entry(3, 1));
  persist(undefined, entry(4, 1));
  persist(undefined, entry(5, 1));
  expect(batches).toHaveLength(1);
  finish();
  expect(batches[1]?.append.map((each) => each.index)).toEqual([4, 5]);
  finish();
  expect(answers.map((answer) => [answer.write, answer.lastIndex])).toEqual([
    [1, 3],
    [3, 5],
  ]);
});

test('driver: a gathered batch equals its writes one after the other', () => {
  const { batches, persist, finish } = bench();
  persist(undefined, entry(3, 1));
  persist(undefined, entry(4, 1), entry(5, 1), entry(6, 1));
  persist(5, entry(5, 2), entry(6, 2));
  finish();
  expect(batches[1]).toMatchObject({ truncateFrom: undefined });
  expect(batches[1]?.append.map((each) => [each.index, each.term])).toEqual([
    [4, 1],
    [5, 2],
    [6, 2],
  ]);
  persist(6, entry(6, 3), entry(7, 3));
  persist(4, entry(4, 4));
  persist(undefined, entry(5, 4));
  finish();
  expect(batches[2]).toMatchObject({ truncateFrom: 4 });
  expect(batches[2]?.append.map((each) => [each.index, each.term])).toEqual([
    [4, 4],
    [5, 4],
  ]);
});

test('driver: after a failed write the disk is not asked again', () => {
  const { batches, answers, errors, persist, finish } = bench();
  persist(undefined, entry(3, 1));
  persist(undefined, entry(4, 1));
  finish(new DiskError('EIO'));
  persist(undefined, entry(5, 1));
  expect([batches.length, answers.length, errors.length]).toEqual([1, 0, 1]);
});
