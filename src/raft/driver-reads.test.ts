import { expect, test } from 'vitest';
import { StepClock } from '../../test/ports/disk-clock.ts';
import { logIndex } from '../base/brand.ts';
import { SeededRandom } from '../base/random.ts';
import { DriverReads } from './driver-reads.ts';

/** Whoever asks is told by hand; `told` is what each caller got, by name. */
function bench() {
  const clock = new StepClock();
  const asked: number[] = [];
  const told: Record<string, unknown> = {};
  const reads = new DriverReads({
    clock,
    random: new SeededRandom(1),
    timeoutMs: 5000,
    maxPending: 10,
    ask: (id) => asked.push(id),
    leaderKnown: () => true,
  });
  const read = (name: string): void => {
    reads.read((result) => {
      told[name] = result.ok ? result.value : result.error;
    });
    clock.runAll();
  };
  return { clock, asked, told, reads, read };
}

test('N1: a late answer to a question that was given up answers nobody', () => {
  const { clock, asked, told, reads, read } = bench();
  read('early');
  reads.leaderChanged();
  read('late');
  clock.runAll();
  const [first = 0, second = 0] = asked;
  expect(asked).toHaveLength(2);
  // The index of the first answer may be older than what the late caller has seen acknowledged.
  reads.ready(first, logIndex(7));
  expect(told).toEqual({});
  reads.ready(second, logIndex(9));
  expect(told).toEqual({ early: 9, late: 9 });
});

test('N1: an answer that comes twice is given once', () => {
  const { asked, told, reads, read } = bench();
  read('one');
  reads.ready(asked[0] ?? 0, logIndex(7));
  reads.ready(asked[0] ?? 0, logIndex(9));
  expect(told).toEqual({ one: 7 });
});

test('N2: reads of one moment share a question, and too many are refused', () => {
  const { clock, asked, told, reads } = bench();
  for (let caller = 0; caller < 11; caller++) {
    reads.read((result) => {
      told[caller] = result.ok ? result.value : result.error;
    });
  }
  clock.runAll();
  expect(asked).toHaveLength(1);
  expect(told).toEqual({ 10: 'overloaded' });
});
