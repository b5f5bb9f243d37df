import { describe, expect, it } from 'vitest';
import type { ClusterCommand } from '../../model/command.ts';
import { nodePoolFact } from '../../model/fact.ts';
import { nodePoolsMax } from '../../model/node-pool.ts';
import { Decider } from '../testing/decider.ts';
import { asks, start } from '../testing/rows.ts';

type Rules = Extract<ClusterCommand, { readonly kind: 'put-node-pool' }>['rules'];

const rules: Rules = {
  ...{ min: 1, max: 5, up: 80, down: 30, waitMsMax: null, cooldownMs: 60_000 },
  provider: { kind: 'local-process' },
};

const put = (differs: Partial<Rules> = {}, name = 'batch'): ClusterCommand => ({
  kind: 'put-node-pool',
  name,
  rules: { ...rules, ...differs },
});
const remove: ClusterCommand = { kind: 'delete-node-pool', name: 'batch' };

const told = (story: Decider, command: ClusterCommand): unknown => {
  const { answer } = story.when(asks(command));
  if (answer?.ok !== true) return answer?.error.code;
  return 'outcome' in answer.value ? answer.value.outcome : answer.value.kind;
};

describe('node pools', () => {
  it('are created, changed, and left alone when nothing is new', () => {
    const story = new Decider();
    expect(told(story, put())).toBe('created');
    expect(told(story, put())).toBe('unchanged');
    expect(told(story, put({ max: 9 }))).toBe('changed');
    const kubernetes = { kind: 'kubernetes', namespace: 'skein', statefulSet: 'batch' } as const;
    expect(told(story, put({ max: 9, provider: kubernetes }))).toBe('changed');
    expect(story.state.nodePool('batch')).toMatchObject({ max: 9, provider: kubernetes });
  });

  it('remember what was decided when their rules change', () => {
    const scaling = { at: start, from: 1, to: 3, reason: 'cpu 95 %', outcome: null };
    const past = { wanted: 3, scalings: [scaling], updatedAt: start, updatedBy: 'ada' };
    const story = new Decider(nodePoolFact({ name: 'batch', ...rules, ...past }));
    expect(told(story, put())).toBe('unchanged');
    expect(told(story, put({ up: 90 }))).toBe('changed');
    expect(story.state.nodePool('batch')).toMatchObject({ wanted: 3, scalings: [scaling], up: 90 });
  });

  it('have no rules any more once they are deleted, and can be deleted once', () => {
    const story = new Decider();
    told(story, put());
    expect(told(story, remove)).toBe('object-deleted');
    expect(story.state.nodePool('batch')).toBeUndefined();
    expect(told(story, remove)).toBe('OBJECT_NOT_FOUND');
  });

  it('are so many and no more', () => {
    const story = new Decider();
    for (let nth = 0; nth < nodePoolsMax; nth += 1) told(story, put({}, `p${nth}`));
    expect(told(story, put())).toBe('LIMIT_REACHED');
    expect(told(story, put({ max: 2 }, 'p7'))).toBe('changed');
  });
});
