import { expect, test } from 'vitest';
import { VirtualClock } from '../../../test/support/virtual-clock.ts';
import { MemoryFiles } from '../memory-files.ts';
import { LogSweep, sweepLimits } from './sweep.ts';

const dayMs = 86_400_000;

/** A node's files and a sweep over them, with 10 days and 10,000 bytes to keep. */
function given() {
  const clock = new VirtualClock();
  const files = new MemoryFiles(clock);
  const live = new Set<string>();
  const shown: string[] = [];
  const sweep = new LogSweep({
    ...{ clock, files, dataDir: '/data', trace: () => {} },
    settings: { keepMs: 10 * dayMs, keepBytes: 10_000 },
    isLive: ({ runId }) => live.has(runId),
    show: ({ directory }) => shown.push(directory.slice('/data/attempts/default/'.length)),
  });
  const write = (root: string, run: string, attempt: string, bytes: number): string => {
    const directory = `/data/${root}/default/${run}/load/0/${attempt}`;
    files.makeDirectory(`${directory}/work`, () => {});
    files.print(`${directory}/stdout`, 'x'.repeat(bytes));
    return `${directory}/stdout`;
  };
  const isThere = (path: string): boolean => files.text(path) !== undefined;
  const pass = (ms: number): void => {
    for (let left = ms; left > 0; left -= dayMs) clock.advance(Math.min(left, dayMs));
  };
  return { clock, files, live, shown, sweep, write, isThere, pass };
}

test('retention: what was last written too long ago goes, with its directories; copies too', () => {
  const { files, write, isThere, pass } = given();
  const old = write('attempts', 'r1', '1-1', 10);
  const copy = write('log-copies', 'r2', '1-2', 10);
  pass(5 * dayMs);
  const young = write('attempts', 'r3', '1-3', 10);
  pass(5 * dayMs + 2 * sweepLimits.everyMs);
  expect([old, copy, young].map(isThere)).toEqual([false, false, true]);
  let names: readonly string[] | undefined;
  files.list('/data/attempts/default', (listed) => {
    names = listed.ok ? listed.value : [];
  });
  pass(1);
  expect(names).toEqual(['r3']);
});

test('retention: a run goes as a whole, when its newest attempt is old', () => {
  const { write, isThere, pass } = given();
  const first = write('attempts', 'r1', '1-1', 10);
  pass(8 * dayMs);
  const second = write('attempts', 'r1', '2-9', 10);
  pass(8 * dayMs);
  expect([first, second].map(isThere)).toEqual([true, true]);
  pass(3 * dayMs);
  expect([first, second].map(isThere)).toEqual([false, false]);
});

test('retention: nothing of a run goes while an attempt of it lives here', () => {
  const { write, isThere, pass, live } = given();
  const old = write('attempts', 'r1', '1-1', 20_000);
  live.add('r1');
  pass(20 * dayMs);
  expect(isThere(old)).toBe(true);
  live.delete('r1');
  pass(2 * sweepLimits.everyMs);
  expect(isThere(old)).toBe(false);
});

test('retention: of too many bytes the runs that were written first go first', () => {
  const { write, isThere, pass, sweep } = given();
  const paths = ['r1', 'r2', 'r3', 'r4'].map((run, at) => {
    pass(1000);
    return write(at % 2 === 0 ? 'attempts' : 'log-copies', run, `1-${at + 1}`, 4_000);
  });
  pass(sweepLimits.firstMs + 1000);
  expect(paths.map(isThere)).toEqual([false, false, true, true]);
  expect(sweep.status).toEqual({ bytes: 8_000, removed: 2 });
});

test('retention: a thousand runs are looked at in pieces', () => {
  const { write, isThere, pass, clock } = given();
  const paths = Array.from({ length: 300 }, (_, at) =>
    write('attempts', `r${at}`, `1-${at + 1}`, 100),
  );
  pass(sweepLimits.firstMs);
  expect(isThere(paths[0]!)).toBe(true);
  clock.advance(10_000);
  expect(paths.filter(isThere).length).toBe(100);
});

test('retention: ended attempts of the last day are shown to whoever copies', () => {
  const { write, pass, shown, sweep } = given();
  write('attempts', 'r1', '1-1', 10);
  pass(2 * dayMs);
  write('attempts', 'r2', '1-2', 10);
  write('attempts', 'r2', '1-3', 0);
  write('log-copies', 'r3', '1-4', 10);
  sweep.lookForUncopied();
  pass(1000);
  expect(shown).toEqual(['r2/load/0/1-2']);
});
