/** Both list schedulers on hand-made loads, and that neither ever gives more than there is. */
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../src/base/random.ts';
import { makespanBoundMs } from './bound.ts';
import { bestFit, fifo, type Schedule } from './list-schedule.ts';
import { type Load, type LoadTask, memoryBytesOf } from './load.ts';
import { loadWith, part } from './testing-loads.ts';

const startsOf = ({ starts }: Schedule) => starts.map(({ atMs }) => atMs);

/** A long task of 2 cores, then one of 3 that has to wait for it, then a short one of 1. */
const wideInTheMiddle = [part({ ms: 30, cores: 2 }), part({ cores: 3 }), part({ ms: 5 })];

describe('fifo', () => {
  it('lets nobody overtake a task that fits nowhere', () => {
    const schedule = fifo(loadWith(wideInTheMiddle));
    expect(startsOf(schedule)).toEqual([0, 30, 30]);
    expect(schedule.makespanMs).toBe(40);
  });

  it('serves those first who became ready first', () => {
    const whole = { cores: 4 };
    const load = loadWith([
      part({ ...whole, ms: 5 }),
      part({ ...whole, after: [0] }),
      part({ ...whole }),
    ]);
    // The child of the first becomes ready while the third waits already.
    expect(startsOf(fifo(load))).toEqual([0, 15, 5]);
  });

  it('takes the first node that has room', () => {
    const load = loadWith([part({ cores: 3 }), part({ cores: 2 }), part()], {
      nodes: 2,
      coresPerNode: 4,
    });
    expect(fifo(load).starts.map(({ node }) => node)).toEqual(['n0001', 'n0002', 'n0001']);
  });
});

describe('best fit', () => {
  it('passes over a task that fits nowhere', () => {
    const schedule = bestFit(loadWith(wideInTheMiddle));
    expect(startsOf(schedule)).toEqual([0, 30, 0]);
    expect(schedule.makespanMs).toBe(40);
  });

  it('keeps nothing free: a wide task waits until those who came later leave it room', () => {
    const narrow = [10, 20, 30, 40].map((ms) => part({ ms }));
    const more = Array.from({ length: 8 }, () => part({ ms: 40 }));
    const load = loadWith([...narrow, part({ cores: 2 }), ...more]);
    const [wideBestFit, wideFifo] = [bestFit(load), fifo(load)].map(({ starts }) => starts[4]);
    expect(wideFifo?.atMs).toBe(20);
    expect(wideBestFit?.atMs).toBe(100);
  });

  it('takes the fullest node that has room', () => {
    const load = loadWith([part({ cores: 2 }), part({ cores: 3 }), part()], {
      nodes: 2,
      coresPerNode: 4,
    });
    expect(bestFit(load).starts.map(({ node }) => node)).toEqual(['n0001', 'n0002', 'n0002']);
  });

  it('starts the children of a task of no time at once', () => {
    const load = loadWith([part({ ms: 0 }), part({ ms: 0, after: [0] }), part({ after: [1] })]);
    expect(startsOf(bestFit(load))).toEqual([0, 0, 0]);
  });
});

describe('both', () => {
  const random = new SeededRandom(11);
  const upTo = (most: number): number => 1 + Math.floor(random.fraction() * most);
  const loads = Array.from({ length: 40 }, () => {
    const tasks: LoadTask[] = [];
    for (let place = 0; place < 40; place++) {
      const after = tasks.flatMap((_, before) => (random.fraction() < 0.05 ? [before] : []));
      const memoryBytes = upTo(16) * 2 ** 30;
      tasks.push(part({ after, ms: upTo(50) - 1, cores: upTo(4), memoryBytes }));
    }
    return loadWith(tasks, { nodes: 2, coresPerNode: 4 });
  });

  for (const [name, schedule] of Object.entries({ fifo, bestFit })) {
    it(`${name}: starts no task before its parents end, and gives no more than there is`, () => {
      for (const load of loads) {
        const { starts } = schedule(load);
        load.tasks.forEach(({ parents }, place) => {
          for (const parent of parents) {
            const endMs = (starts[parent]?.atMs ?? Number.NaN) + (load.tasks[parent]?.ms ?? 0);
            expect(starts[place]?.atMs).toBeGreaterThanOrEqual(endMs);
          }
        });
        expect(mostUsed(load, starts)).toBeLessThanOrEqual(1);
      }
    });

    it(`${name}: never ends before the bound`, () => {
      for (const load of loads) {
        expect(schedule(load).makespanMs).toBeGreaterThanOrEqual(makespanBoundMs(load) - 1e-6);
      }
    });
  }
});

/** The largest share of a node's cores or memory that is in use at the start of some task. */
function mostUsed({ tasks, cluster }: Load, starts: Schedule['starts']): number {
  let most = 0;
  for (const { atMs, node } of starts) {
    const there = tasks.filter(({ ms }, place) => {
      const start = starts[place];
      const isOn = start?.node === node && start.atMs <= atMs;
      return isOn && start.atMs + ms > atMs;
    });
    const cores = there.reduce((sum, task) => sum + task.cores, 0);
    const memory = there.reduce((sum, task) => sum + task.memoryBytes, 0);
    most = Math.max(most, cores / cluster.coresPerNode, memory / memoryBytesOf(cluster));
  }
  return most;
}
