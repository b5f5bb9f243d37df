import { expect, test } from 'vitest';
import { nodeFiles } from '../node-files.ts';
import { EarlyFlush, flushStepBytes } from './early-flush.ts';

const step = flushStepBytes;

/** A disk whose flushes end when the test says so. */
function stage() {
  const flushes: { readonly path: string; readonly done: (error?: string) => void }[] = [];
  const flush = new EarlyFlush({
    ...nodeFiles,
    flush: (path, done) => void flushes.push({ path, done }),
  });
  /** Ends the oldest flush and gives its path. */
  const endFlush = (error?: string): string | undefined => {
    const oldest = flushes.shift();
    oldest?.done(error);
    return oldest?.path;
  };
  return { flushes, flush, endFlush };
}

test('early flush: a stream is flushed in steps while it grows', () => {
  const { flushes, flush, endFlush } = stage();
  flush.reaches('out', step - 1);
  expect(flushes).toEqual([]);
  flush.reaches('out', step + 5);
  flush.reaches('out', 2 * step + 4);
  expect(flushes.map(({ path }) => path)).toEqual(['out']);
  // It grows on while the disk is at work.
  flush.reaches('out', 3 * step);
  flush.over('out');
  expect([endFlush(), flush.flushedBytes]).toEqual(['out', step + 5]);
  expect([endFlush(), flush.flushedBytes]).toEqual(['out', 3 * step]);
  expect(flushes).toEqual([]);
  // Of what is over nothing is known: a stream of that name is a new one.
  flush.reaches('out', step);
  expect([endFlush(), flush.flushedBytes]).toEqual(['out', 4 * step]);
});

test('early flush: one at a time, and a disk that refuses is not asked again for nothing', () => {
  const { flushes, flush, endFlush } = stage();
  for (const path of ['a', 'b', 'c']) flush.reaches(path, step);
  expect(flushes.map(({ path }) => path)).toEqual(['a']);
  expect([endFlush('input/output error'), endFlush(), endFlush()]).toEqual(['a', 'b', 'c']);
  flush.reaches('a', step + 1);
  expect([flushes.length, flush.flushedBytes]).toEqual([0, 2 * step]);
});
