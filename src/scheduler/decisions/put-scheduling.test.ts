import { describe, expect, it } from 'vitest';
import type { ClusterCommand } from '../../model/command.ts';
import { defaultScheduling } from '../../model/scheduling.ts';
import { Decider, rowsOf } from '../testing/decider.ts';
import { asks, start } from '../testing/rows.ts';

type Put = Extract<ClusterCommand, { readonly kind: 'put-scheduling' }>;

const put = (differs: Partial<Put>): Put => ({
  ...{ kind: 'put-scheduling', order: null, fairShare: null, classAgeingMs: null },
  ...differs,
});

/** The rows that the command wrote, and what was answered. */
function told(story: Decider, differs: Partial<Put>) {
  const { facts, answer } = story.when(asks(put(differs)));
  const outcome = answer?.ok === true && 'outcome' in answer.value ? answer.value.outcome : null;
  return { outcome, rows: rowsOf('scheduling', facts) };
}

describe('scheduling', () => {
  it('is changed in part: what is not said stays as it is', () => {
    const story = new Decider();
    const updated = { updatedAt: start, updatedBy: 'ada' };
    expect(told(story, { order: 'sjf' })).toEqual({
      outcome: 'changed',
      rows: [{ ...defaultScheduling, order: 'sjf', ...updated }],
    });
    expect(told(story, { fairShare: 'dags', classAgeingMs: 60_000 }).rows).toEqual([
      { order: 'sjf', fairShare: 'dags', classAgeingMs: 60_000, ...updated },
    ]);
  });

  it('is not written when it is so already, from the first day on', () => {
    const story = new Decider();
    const nothing = { outcome: 'unchanged', rows: [] };
    expect(told(story, {})).toEqual(nothing);
    expect(told(story, defaultScheduling)).toEqual(nothing);
    told(story, { order: 'fcfs' });
    expect(told(story, { order: 'fcfs' })).toEqual(nothing);
  });
});
