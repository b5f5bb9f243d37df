import { describe, expect, it } from 'vitest';
import type { RunDetail } from '../cluster/api.ts';
import { percentile } from './figures.ts';
import { checkRuns, edgeLatenciesMs } from './run-checks.ts';
import { coreSeconds, criticalPathSeconds, type WorkTask } from './workload-file.ts';

const at = (ms: number): string => new Date(ms).toISOString();

/** A task that succeeded at its first attempt, from `from` to `to`. */
const task = (
  taskId: string,
  token: number,
  [from, to]: [number, number],
  dependsOn: string[],
) => ({
  taskId,
  state: 'success',
  dependsOn,
  attempts: [
    { state: 'success', token, startedAt: at(from), endedAt: at(to), assignedAt: at(from) },
  ],
});

const run = (...tasks: readonly object[]): RunDetail =>
  ({ runId: 'r', state: 'success', tasks }) as unknown as RunDetail;

const good = run(task('a', 1, [0, 10], []), task('b', 2, [14, 20], ['a']));

describe('run checks', () => {
  it('finds nothing wrong with a run whose tasks succeeded once', () => {
    expect(checkRuns([good], ['r a 1 1', 'r b 1 2'])).toEqual([]);
  });

  it('finds a token that was started twice', () => {
    expect(checkRuns([good], ['r a 1 1', 'r b 1 2', 'r b 1 2'])).toEqual([
      'token started twice: r b 1 2',
    ]);
  });

  it('finds a success that was never started', () => {
    expect(checkRuns([good], ['r a 1 1', 'r b 1 3'])).toEqual([
      'r b: the attempt that succeeded was never started',
    ]);
  });

  it('finds a task that is not done, and a run that is not', () => {
    const failed = { ...run({ ...task('a', 1, [0, 1], []), state: 'failed', attempts: [] }) };
    expect(checkRuns([{ ...failed, state: 'failed' }], [])).toEqual([
      'run r is failed',
      'r a is failed',
      'r a has 0 successes',
    ]);
  });

  it('measures from the end of the last parent to the start', () => {
    const join = run(
      task('a', 1, [0, 10], []),
      task('b', 2, [0, 30], []),
      task('c', 3, [32, 40], ['a', 'b']),
    );
    expect(edgeLatenciesMs([join])).toEqual([2]);
  });
});

describe('figures', () => {
  it('percentiles are values that occurred', () => {
    expect([0, 0.5, 0.99, 1].map((share) => percentile([5, 1, 3, 2, 4], share))).toEqual([
      1, 3, 5, 5,
    ]);
  });

  it('bounds: the longest path, and the work', () => {
    const work = (id: string, seconds: number, parents: string[]): WorkTask => ({
      id,
      seconds,
      parents,
      cores: 2,
      memoryBytes: null,
    });
    const tasks = [work('a', 3, []), work('b', 4, ['a']), work('c', 5, [])];
    expect(criticalPathSeconds(tasks)).toBe(7);
    expect(coreSeconds(tasks)).toBe(24);
  });
});
