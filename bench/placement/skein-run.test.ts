/** The real leader in virtual time: small workloads, and what it must come to. */
import { describe, expect, it } from 'vitest';
import type { Workload, WorkTask } from '../workload-file.ts';
import { makespanBoundMs } from './bound.ts';
import { loadOf } from './load.ts';
import { runOnSkein } from './skein-run.ts';

const task = (id: string, differs: Partial<WorkTask> = {}): WorkTask => ({
  ...{ id, parents: [], seconds: 60, cores: 1, memoryBytes: null },
  ...differs,
});

const workload = (tasks: readonly WorkTask[], copies = 1): Workload => ({
  name: 'small',
  dags: [{ id: 'w.small', tasks, copies }],
  tighterSeconds: null,
});

const cluster = { nodes: 2, coresPerNode: 4 };

describe('a workload on the real leader in virtual time', () => {
  it('takes its longest chain, and a commit for each step of it', () => {
    const chain = workload([
      task('a'),
      task('b', { parents: ['a'], seconds: 0 }),
      task('c', { parents: ['b'], seconds: 30 }),
    ]);
    // The start of the run is one turn with the first assignment; each end is one with the next.
    expect(runOnSkein(chain, cluster, 'cold')).toMatchObject({ attempts: 3, makespanMs: 90_003 });
  });

  it('runs the copies of a workflow side by side, as far as there is room', () => {
    const copies = workload([task('a', { cores: 4 })], 4);
    const { attempts, makespanMs } = runOnSkein(copies, cluster, 'cold');
    expect(attempts).toBe(4);
    expect(makespanMs).toBeGreaterThan(120_000);
    expect(makespanMs).toBeLessThan(120_010);
  });

  it('gives a task that is wider than a node a whole one', () => {
    const wide = workload([task('a', { cores: 6 }), task('b', { cores: 6 }), task('c')]);
    const load = loadOf(wide, cluster);
    expect(load).toMatchObject({ clamped: 2, unmeasured: 3 });
    const { makespanMs } = runOnSkein(wide, cluster, 'cold');
    expect(makespanMs).toBeGreaterThanOrEqual(makespanBoundMs(load));
    expect(makespanMs).toBeLessThan(120_010);
  });

  it('begins with what takes longest when it has learnt what tasks take', () => {
    const short = Array.from({ length: 7 }, (_, place) => task(`a${place}`, { seconds: 30 }));
    const load = workload([...short, task('z', { seconds: 60 })]);
    const [cold, warm] = (['cold', 'warm'] as const).map((knowledge) =>
      runOnSkein(load, { nodes: 1, coresPerNode: 3 }, knowledge),
    );
    expect(warm?.makespanMs).toBeLessThan(cold?.makespanMs ?? 0);
    expect(warm?.attempts).toBe(8);
  });

  it('is the same each time', () => {
    const tasks = Array.from({ length: 30 }, (_, place) =>
      task(`t${place}`, { seconds: place, cores: 1 + (place % 3) }),
    );
    const [first, second] = [0, 1].map(() => runOnSkein(workload(tasks, 3), cluster, 'warm'));
    expect(first).toEqual(second);
  });
});
