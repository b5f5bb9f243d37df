import { describe, expect, it } from 'vitest';
import { canCancel, canRerun, type Listed, mergedRuns, spanMs } from './run-list.ts';

const run = (runId: string, minute: number, state: Listed['state'] = 'success'): Listed => ({
  ...{ runId, namespace: 'default', dagId: 'd', state },
  createdAt: new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString(),
});

const filter = { namespace: 'default', states: [], dag: '', sinceMs: null, words: '' };
const ids = (runs: readonly Listed[]) => runs.map(({ runId }) => runId);

describe('the list of runs', () => {
  const pages = [run('c', 3, 'running'), run('b', 2)];

  it('has live rows on top, and each run once as it is now', () => {
    const live = [run('d', 4, 'queued'), run('c', 3, 'failed')];
    const merged = mergedRuns(pages, live, { filter, isWhole: true });
    expect(merged.map(({ runId, state }) => [runId, state])).toEqual([
      ['d', 'queued'],
      ['c', 'failed'],
      ['b', 'success'],
    ]);
  });

  it('leaves what is older than its last page to the next one', () => {
    const live = [run('a', 1, 'running')];
    expect(ids(mergedRuns(pages, live, { filter, isWhole: false }))).toEqual(['c', 'b']);
    expect(ids(mergedRuns(pages, live, { filter, isWhole: true }))).toEqual(['c', 'b', 'a']);
  });

  it('takes a run out that no longer fits', () => {
    const only = { ...filter, states: ['running'] };
    const live = [run('c', 3, 'success'), { ...run('x', 5, 'running'), namespace: 'other' }];
    expect(ids(mergedRuns(pages, live, { filter: only, isWhole: true }))).toEqual([]);
  });

  it('knows what can be done to which', () => {
    expect([run('a', 1, 'queued'), run('b', 1)].map(canCancel)).toEqual([true, false]);
    expect([run('a', 1, 'failed'), run('b', 1)].map(canRerun)).toEqual([true, false]);
    expect([spanMs('24h'), spanMs('7d'), spanMs('x')]).toEqual([86_400_000, 604_800_000, null]);
  });
});
