/** The bound on hand-made loads whose best schedule can be told by looking at them. */
import { describe, expect, it } from 'vitest';
import { makespanBoundMs } from './bound.ts';
import { fourCores, loadWith, part } from './testing-loads.ts';

describe('the bound on the makespan', () => {
  it('is the longest chain when there is room for everything', () => {
    const load = loadWith([part({ ms: 3 }), part({ ms: 4, after: [0] }), part({ ms: 5 })]);
    expect(makespanBoundMs(load)).toBe(7);
  });

  it('is the work over the cores when nobody waits for anybody', () => {
    const load = loadWith(Array.from({ length: 12 }, () => part({ ms: 10 })));
    expect(makespanBoundMs(load)).toBe(30);
  });

  it('adds what comes before all of a set, and what comes behind it', () => {
    const middle = Array.from({ length: 8 }, () => part({ ms: 10, after: [0] }));
    const last = part({ ms: 5, after: middle.map((_, place) => place + 1) });
    // 3 before, 80 ms of work on 4 cores, 5 behind.
    expect(makespanBoundMs(loadWith([part({ ms: 3 }), ...middle, last]))).toBe(28);
  });

  it('takes the parents from wherever they stand in the file', () => {
    const load = loadWith([part({ ms: 4, after: [2] }), part({ ms: 1 }), part({ ms: 3 })]);
    expect(makespanBoundMs(load)).toBe(7);
  });

  it('counts tasks of more than half a node as whole nodes', () => {
    const load = loadWith(Array.from({ length: 4 }, () => part({ ms: 10, cores: 3 })));
    // By their cores alone it would be 30.
    expect(makespanBoundMs(load)).toBe(40);
  });

  it('counts narrow tasks with the wide ones that they fit beside', () => {
    const wide = Array.from({ length: 2 }, () => part({ ms: 10, cores: 3 }));
    const narrow = Array.from({ length: 2 }, () => part({ ms: 10, cores: 2 }));
    // Beside 3 of 4 cores there is no room for 2, and two of 2 fill a node.
    expect(makespanBoundMs(loadWith([...wide, ...narrow]))).toBe(30);
  });

  it('counts by how many fit on a node when the cores do not divide evenly', () => {
    const cluster = { nodes: 1, coresPerNode: 8 };
    const load = loadWith(
      Array.from({ length: 4 }, () => part({ ms: 10, cores: 3 })),
      cluster,
    );
    expect(makespanBoundMs(load)).toBe(20);
  });

  it('counts memory as well', () => {
    const memoryBytes = 8 * 2 ** 30;
    const load = loadWith(Array.from({ length: 4 }, () => part({ ms: 10, memoryBytes })));
    // A node of 4 cores has 16 GiB: two at a time.
    expect(makespanBoundMs(load)).toBe(20);
  });

  it('does not divide a task: five of one length on four cores take two rounds', () => {
    const load = loadWith([...Array.from({ length: 5 }, () => part({ ms: 10 })), part({ ms: 1 })]);
    // The work over the cores is 12.75.
    expect(makespanBoundMs(load)).toBe(20);
  });

  it('adds to the rounds what comes before all of them, and what comes behind', () => {
    const middle = Array.from({ length: 9 }, () => part({ ms: 10, after: [0] }));
    const last = part({ ms: 5, after: middle.map((_, place) => place + 1) });
    expect(makespanBoundMs(loadWith([part({ ms: 3 }), ...middle, last]))).toBe(38);
  });

  it('counts rounds of wide tasks by how many of them run at once', () => {
    const wide = Array.from({ length: 3 }, () => part({ ms: 10, cores: 2 }));
    expect(makespanBoundMs(loadWith([...wide, part({ ms: 1 })]))).toBe(20);
  });

  it('shares the work among the nodes', () => {
    const load = loadWith(
      Array.from({ length: 4 }, () => part({ ms: 10, cores: 3 })),
      { ...fourCores, nodes: 2 },
    );
    expect(makespanBoundMs(load)).toBe(20);
  });
});
