import { expect, test } from 'vitest';
import { logIndex, monotonicMs, type NodeId, nodeId, term, wallMs } from '../base/brand.ts';
import { DiskError } from '../base/ports.ts';
import { DriverDisk } from './driver-disk.ts';
import { SyncTimes } from './driver-sync-times.ts';
import type { Entry, LogBatch } from './log-store.ts';
import { noMembers } from './members.ts';
import type { Persist, Persisted } from './types.ts';

const entry = (index: number, entryTerm: number): Entry => ({
  index: logIndex(index),
  term: term(entryTerm),
  payload: new Uint8Array(0),
});

function bench() {
  const batches: LogBatch[] = [];
  /** Behind how many batches each of them came. */
  const touches: number[] = [];
  const answers: Persisted[] = [];
  const errors: DiskError[] = [];
  const syncs: (number | undefined)[] = [];
  let finish: (error: DiskError | undefined) => void = () => {};
  let base = 0;
  const disk = new DriverDisk({
    store: {
      found: {
        hardState: { term: term(1), vote: undefined },
        base: { index: logIndex(0), term: term(0), chain: 0, members: noMembers },
        lastIndex: logIndex(2),
        terms: [],
        members: [],
      },
      get baseIndex() {
        return logIndex(base);
      },
      write: (batch, done) => {
        batches.push(batch);
        finish = (error) => {
          if (batch.purgeTo !== undefined) base = Math.min(base + 2, batch.purgeTo);
          done(error);
        };
      },
      touch: (done) => {
        touches.push(batches.length);
        finish = done;
      },
      read: () => {},
      positionAt: () => {},
    },
    clock: {
      monotonicMs: () => monotonicMs(0),
      wallMs: () => wallMs(0),
      after: () => ({ cancel: () => {} }),
      soon: () => {},
    },
    times: new SyncTimes(),
    watch: {
      syncBegan: () => {},
      syncEnded: (last) => syncs.push(last),
    },
    synced: (answer) => answers.push(answer),
    failed: (error) => errors.push(error),
  });
  let write = 0;
  const persist = (from: number | undefined, ...append: Entry[]): void => {
    write += 1;
    const truncateFrom = from === undefined ? undefined : logIndex(from);
    const nothing = { hardState: undefined, purgeTo: undefined } as const;
    const output: Persist = { kind: 'persist', write, truncateFrom, append, ...nothing };
    disk.gather(output);
    disk.start();
  };
  const purge = (to: number): void => {
    write += 1;
    const nothing = { hardState: undefined, truncateFrom: undefined, append: [] } as const;
    disk.gather({ kind: 'persist', write, purgeTo: logIndex(to), ...nothing });
    disk.start();
  };
  const seen = { batches, touches, answers, errors, syncs };
  return { ...seen, disk, persist, purge, finish: (error?: DiskError) => finish(error) };
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

test('driver: a term that gathers with later entries is written with them', () => {
  const { batches, disk, persist, finish } = bench();
  persist(undefined, entry(3, 1));
  const nothing = { truncateFrom: undefined, append: [], purgeTo: undefined } as const;
  const promise = (write: number, vote: NodeId | undefined): void =>
    disk.gather({ kind: 'persist', write, hardState: { term: term(2), vote }, ...nothing });
  promise(2, undefined);
  promise(3, nodeId('b'));
  disk.gather({ kind: 'persist', write: 4, hardState: undefined, ...nothing });
  disk.start();
  finish();
  expect(batches[1]).toMatchObject({ hardState: { term: 2, vote: 'b' } });
});

test('driver: after a failed write the disk is not asked again', () => {
  const { batches, answers, errors, persist, finish } = bench();
  persist(undefined, entry(3, 1));
  persist(undefined, entry(4, 1));
  finish(new DiskError('EIO'));
  persist(undefined, entry(5, 1));
  expect([batches.length, answers.length, errors.length]).toEqual([1, 0, 1]);
});

test('driver: old entries leave with the batches that come, and then with their own', () => {
  const { batches, answers, persist, purge, finish } = bench();
  purge(5);
  persist(undefined, entry(3, 1));
  finish();
  expect(batches[1]).toMatchObject({ purgeTo: 5 });
  expect(batches[1]?.append).toHaveLength(1);
  finish();
  expect(batches[2]).toMatchObject({ purgeTo: 5, append: [] });
  finish();
  expect(batches).toHaveLength(3);
  expect(answers.map((answer) => answer.write)).toEqual([1, 2]);
  persist(undefined, entry(4, 1));
  expect(batches[3]).toMatchObject({ purgeTo: undefined });
});

test('driver: an idle disk is touched without a batch, and nobody is told', () => {
  const { batches, touches, answers, syncs, disk, finish } = bench();
  disk.touch();
  expect(touches).toEqual([0]);
  finish();
  expect(batches).toEqual([]);
  expect(answers).toEqual([]);
  expect(syncs).toEqual([undefined]);
});

test('driver: a busy disk needs no touch, and what gathers during a touch is written next', () => {
  const { batches, touches, syncs, disk, persist, finish } = bench();
  disk.touch();
  disk.touch();
  persist(undefined, entry(3, 1));
  expect(batches).toEqual([]);
  finish();
  expect(batches[0]?.append).toHaveLength(1);
  disk.touch();
  expect(touches).toEqual([0]);
  finish();
  expect(syncs).toEqual([undefined, 3]);
});

test('driver: a touch that fails ends all writing', () => {
  const { batches, errors, disk, persist, finish } = bench();
  disk.touch();
  finish(new DiskError('EIO'));
  expect(errors).toHaveLength(1);
  persist(undefined, entry(3, 1));
  expect(batches).toEqual([]);
});
