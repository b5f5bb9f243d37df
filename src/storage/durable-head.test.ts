import { describe, expect, it } from 'vitest';
import { StepClock, settled } from '../../test/ports/disk-clock.ts';
import { logIndex, nodeId, term } from '../base/brand.ts';
import { type DiskError, type OpenedSlots, slotBytesMax } from '../base/ports.ts';
import { SeededRandom } from '../base/random.ts';
import type { Result } from '../base/result.ts';
import { type HeadRecord, judge, type OpenedHead, openDurableHead } from './durable-head.ts';
import { emptyMark, type LogMark, logStart } from './log-mark.ts';
import { MemoryDisk } from './memory.ts';
import { seal, unseal } from './seal.ts';

const mark = (generation: number, vote = 'a'): LogMark => ({
  generation,
  term: term(1),
  vote: nodeId(vote),
  lastIndex: logIndex(generation),
  lastTerm: term(1),
  chain: 7,
  base: logStart,
});

const record = (acknowledged: number, writing: number): HeadRecord => ({
  sequence: 1,
  acknowledged: mark(acknowledged),
  writing,
});

const newDisk = () => {
  const clock = new StepClock();
  return { clock, disk: new MemoryDisk({ clock, random: new SeededRandom(1) }) };
};

function open(disk: MemoryDisk, clock: StepClock): OpenedHead {
  const result = settled<Result<OpenedHead, DiskError>>(clock, (done) =>
    openDurableHead({ disk, clock, name: 'head', create: true }, done),
  );
  if (!result.ok) throw result.error;
  return result.value;
}

describe('durable head', () => {
  it.each([
    ['a new directory', undefined, emptyMark, 'agrees'],
    ['no valid slot beside a log', undefined, mark(1), 'corrupt'],
    ['a log as acknowledged', record(5, 6), mark(5), 'agrees'],
    ['the batch under way is in the log', record(5, 6), mark(6), 'agrees'],
    ['the log is one ahead of a torn slot', record(5, 6), mark(7), 'agrees'],
    ['the log is too far ahead', record(5, 6), mark(8), 'corrupt'],
    ['the log lost an acknowledged batch', record(5, 6), mark(4), 'rolled-back'],
    ['the log is empty', record(5, 5), emptyMark, 'rolled-back'],
    ['another vote under the same generation', record(5, 6), mark(5, 'b'), 'corrupt'],
  ] as const)('%s', (_, head, log, kind) => {
    expect(judge(head, log).kind).toBe(kind);
  });

  it('a base that moved without the head is not the log that was acknowledged', () => {
    const moved = { ...mark(5), base: { index: logIndex(3), term: term(1), chain: 5 } };
    expect(judge(record(5, 6), moved).kind).toBe('corrupt');
  });

  it('a record of an older version, which knows of no base, is read as a log from 0', () => {
    const { disk, clock } = newDisk();
    const { base: _, ...old } = mark(4);
    const opened = settled<Result<OpenedSlots, DiskError>>(clock, (done) =>
      disk.openSlots('head', { create: true }, done),
    );
    if (!opened.ok) throw opened.error;
    const bytes = seal({ sequence: 1, acknowledged: old, writing: 4 });
    settled<unknown>(clock, (done) => opened.value.slots.write(0, bytes, done));
    expect(judge(open(disk, clock).found, mark(4)).kind).toBe('agrees');
  });

  it('the largest record fits into a slot', () => {
    const most = Number.MAX_SAFE_INTEGER;
    const place = { index: logIndex(most), term: term(most), chain: 0xffff_ffff };
    const acknowledged: LogMark = {
      generation: most,
      term: term(most),
      vote: nodeId('n'.repeat(64)),
      lastIndex: place.index,
      lastTerm: place.term,
      chain: place.chain,
      base: place,
    };
    const bytes = seal({ sequence: most, acknowledged, writing: most } satisfies HeadRecord);
    expect(bytes.length).toBeLessThan(slotBytesMax);
  });

  it('the newest record counts, and each write goes into the other slot', () => {
    const { disk, clock } = newDisk();
    const { head, found } = open(disk, clock);
    expect(found).toBeUndefined();
    for (let generation = 0; generation < 6; generation++) {
      settled<unknown>(clock, (done) => head.begin(mark(generation), done));
      const { slots } = disk.backup();
      const touched = [...slots.get('head')!].map((slot) => unseal<HeadRecord>(slot)?.sequence);
      expect(touched.sort()).toEqual(
        generation === 0 ? [1, undefined] : [generation, generation + 1],
      );
    }
    disk.crash({ loseUnsynced: true });
    expect(open(disk, clock).found).toMatchObject({ sequence: 6, acknowledged: mark(5) });
  });

  it('a torn slot leaves the record before it', () => {
    for (const torn of [0, 1] as const) {
      const { disk, clock } = newDisk();
      const { head } = open(disk, clock);
      settled<unknown>(clock, (done) => head.begin(mark(1), done));
      settled<unknown>(clock, (done) => head.begin(mark(2), done));
      const opened = settled<Result<OpenedSlots, DiskError>>(clock, (done) =>
        disk.openSlots('head', { create: false }, done),
      );
      if (!opened.ok) throw opened.error;
      const half = opened.value.found[torn].slice(0, 20);
      settled<unknown>(clock, (done) => opened.value.slots.write(torn, half, done));
      const { head: again, found } = open(disk, clock);
      expect(found?.acknowledged).toEqual(mark(torn === 1 ? 1 : 2));
      settled<unknown>(clock, (done) => again.begin(mark(3), done));
      expect(open(disk, clock).found?.acknowledged).toEqual(mark(3));
    }
  });

  it('a confirmation comes after a silence, and not when the next batch comes first', () => {
    const { disk, clock } = newDisk();
    const { head } = open(disk, clock);
    head.confirmLater(mark(1));
    settled<unknown>(clock, (done) => head.begin(mark(1), done));
    clock.runAll();
    expect(open(disk, clock).found).toMatchObject({ sequence: 1, writing: 2 });
    head.confirmLater(mark(2));
    clock.runAll();
    expect(open(disk, clock).found).toMatchObject({ acknowledged: mark(2), writing: 2 });
  });

  it('a batch that begins during a confirmation waits for it', () => {
    const { disk, clock } = newDisk();
    const { head } = open(disk, clock);
    const order: string[] = [];
    head.confirm(mark(1), () => order.push('confirmed'));
    head.begin(mark(1), () => order.push('begun'));
    clock.runAll();
    expect(order).toEqual(['confirmed', 'begun']);
    expect(open(disk, clock).found).toMatchObject({ sequence: 2, writing: 2 });
  });

  it('a confirmation that fails is the answer to the next batch', () => {
    const { disk, clock } = newDisk();
    const { head } = open(disk, clock);
    head.confirmLater(mark(1));
    disk.failNextSync();
    clock.runAll();
    const error = settled<DiskError | undefined>(clock, (done) => head.begin(mark(1), done));
    expect(error?.message).toContain('EIO');
  });
});
