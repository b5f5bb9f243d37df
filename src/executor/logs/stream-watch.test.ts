import { expect, test } from 'vitest';
import { VirtualClock } from '../../../test/support/virtual-clock.ts';
import { ok } from '../../base/result.ts';
import type { Files } from '../files.ts';
import { nodeFiles } from '../node-files.ts';
import { StreamWatch } from './stream-watch.ts';

/** Files that are sizes alone, and what was told of them. */
function stage() {
  const clock = new VirtualClock();
  const sizes = new Map<string, number>();
  const looks: string[] = [];
  const told: unknown[] = [];
  const files: Files = {
    ...nodeFiles,
    stat: (path, done) => {
      looks.push(path);
      const sizeBytes = sizes.get(path) ?? 0;
      const stat = { isFile: true, sizeBytes, diskBytes: 0, changedAt: clock.wallMs() };
      clock.soon(() => done(ok(sizes.has(path) ? stat : undefined)));
    },
  };
  const listener = {
    reaches: (stream: string, sizeBytes: number) => told.push(['reaches', stream, sizeBytes]),
    over: (stream: string) => told.push(['over', stream]),
    grew: (attempt: string, bytes: number) => bytes > 0 && told.push(['grew', attempt, bytes]),
  };
  return { clock, sizes, looks, told, watch: new StreamWatch({ clock, files, listener }) };
}

test('stream watch: growth is told while it is written, and the rest of it at the end', () => {
  const { clock, sizes, told, watch } = stage();
  watch.began('a', ['out', 'err']);
  sizes.set('out', 5);
  clock.advance(50);
  sizes.set('out', 12);
  clock.advance(50);
  clock.advance(500);
  sizes.set('out', 20);
  watch.ended('a');
  clock.advance(1);
  expect(told).toEqual([
    ['grew', 'a', 5],
    ['reaches', 'out', 5],
    ['grew', 'a', 7],
    ['reaches', 'out', 12],
    ['reaches', 'out', 20],
    ['over', 'out'],
  ]);
});

test('stream watch: who ends at once is never looked at, and many take turns', () => {
  const { clock, looks, watch } = stage();
  for (let i = 0; i < 1000; i++) {
    watch.began(`short-${i}`, [`short-${i}`]);
    clock.advance(19);
    watch.ended(`short-${i}`);
  }
  expect(looks).toEqual([]);
  for (let i = 0; i < 100; i++) watch.began(`long-${i}`, [`long-${i}`]);
  clock.advance(400);
  expect(new Set(looks).size).toBe(100);
  const before = looks.length;
  clock.advance(1000);
  // They have written nothing: ten looks a second are enough.
  expect(looks.length - before).toBeLessThanOrEqual(10 * 32);
  watch.stop();
  clock.advance(1000);
  expect(looks.length - before).toBeLessThanOrEqual(10 * 32);
});
