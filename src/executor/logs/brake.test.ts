import { expect, test } from 'vitest';
import { VirtualClock } from '../../../test/support/virtual-clock.ts';
import { LogBrake } from './brake.ts';

const mib = 2 ** 20;

/** Programs that write as much as the processor time they are given allows. */
function stage(rate: number) {
  const clock = new VirtualClock();
  const brake = new LogBrake(clock, rate);
  const paces = new Map<string, number | undefined>();
  const begin = (name: string): void =>
    brake.began(
      name,
      (milli) => void (milli === undefined ? paces.delete(name) : paces.set(name, milli)),
    );
  /** `speeds`: bytes a second with a whole core. Gives what was written. */
  const run = (forMs: number, speeds: Readonly<Record<string, number>>): number => {
    let written = 0;
    for (let ms = 0; ms < forMs; ms += 20) {
      clock.advance(20);
      for (const [name, speed] of Object.entries(speeds)) {
        const bytes = speed * 0.02 * Math.min(1, (paces.get(name) ?? 1000) / 1000);
        written += bytes;
        brake.grew(name, bytes);
      }
    }
    return written;
  };
  return { clock, brake, paces, begin, run };
}

test('brake: together they write what is allowed, and who writes little is left alone', () => {
  const { brake, paces, begin, run } = stage(64 * mib);
  for (const name of ['fast', 'faster', 'slow']) begin(name);
  // The first steps are too much: nobody knows yet.
  expect(run(500, { fast: 200 * mib, faster: 400 * mib, slow: mib }) / mib).toBeLessThan(80);
  const seconds = 10;
  const written = run(seconds * 1000, { fast: 200 * mib, faster: 400 * mib, slow: mib });
  expect(written / mib / seconds).toBeGreaterThan(40);
  expect(written / mib / seconds).toBeLessThan(70);
  expect(paces.has('slow')).toBe(false);
  expect(brake.pacedMs).toBeGreaterThan(9_000);
});

test('brake: two hundred together are held to the same', () => {
  const { begin, run } = stage(64 * mib);
  const speeds = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`w${i}`, 10 * mib]));
  for (const name of Object.keys(speeds)) begin(name);
  run(1000, speeds);
  expect(run(5000, speeds) / mib / 5).toBeLessThan(80);
});

test('brake: who stops writing has all processors again within half a second', () => {
  const { paces, begin, run } = stage(mib);
  begin('flood');
  run(1000, { flood: 500 * mib });
  expect(paces.get('flood')).toBe(10);
  run(500, { flood: 0 });
  expect(paces.has('flood')).toBe(false);
});

test('brake: who has ended or cannot be paced is let be, and all are without a limit', () => {
  const { brake, paces, begin, run, clock } = stage(mib);
  begin('over');
  brake.ended('over');
  brake.began('container', undefined);
  run(1000, { over: 1e9, container: 1e9, unknown: 1e9 });
  expect(paces.size).toBe(0);
  begin('late');
  run(1000, { late: 1e9 });
  expect(paces.has('late')).toBe(true);
  brake.stop();
  clock.advance(1000);
  expect(paces.size).toBe(0);
  const free = stage(0);
  free.begin('any');
  free.run(1000, { any: 1e12 });
  expect(free.paces.size).toBe(0);
});
