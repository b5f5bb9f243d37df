import { describe, expect, it } from 'vitest';
import { namespace } from '../../base/brand.ts';
import type { Command } from '../../model/command.ts';
import { namespaceFact } from '../../model/fact.ts';
import type { Quota } from '../../model/namespace-row.ts';
import { objectLimits } from '../../model/object-limits.ts';
import { Decider } from '../testing/decider.ts';
import { asks, later, start } from '../testing/rows.ts';

const sales = namespace('sales');

const put = (quota: Quota, weight = 1): Command => ({
  ...{ kind: 'put-namespace', namespace: sales },
  ...{ weight, quota, description: '' },
});
const remove: Command = { kind: 'delete-namespace', namespace: sales };

/** The outcome of a command, or the code of its refusal, and whether it wrote a row. */
function told(story: Decider, command: Command): readonly [unknown, boolean] {
  const { answer, facts } = story.when(asks(command));
  const wrote = facts.some(({ table }) => table === 'namespace');
  if (answer?.ok !== true) return [answer?.error.code, wrote];
  return ['outcome' in answer.value ? answer.value.outcome : answer.value.kind, wrote];
}

describe('namespaces', () => {
  it('are created, changed, and left alone when nothing is new', () => {
    const story = new Decider();
    expect(told(story, put({ cpu: 4000, dags: 2 }))).toEqual(['created', true]);
    expect(told(story.wait(5), put({ dags: 2, cpu: 4000 }))).toEqual(['unchanged', false]);
    expect(story.state.namespace(sales)).toMatchObject({ updatedAt: start, updatedBy: 'ada' });
    expect(told(story, put({ cpu: 4000, dags: 2 }, 3))).toEqual(['changed', true]);
    expect(story.state.namespace(sales)).toMatchObject({ weight: 3, updatedAt: later(5) });
  });

  it('lose the limits that are not said again', () => {
    const story = new Decider();
    told(story, put({ cpu: 4000, dags: 2 }));
    expect(told(story, put({ dags: 2 }))).toEqual(['changed', true]);
    expect(story.state.namespace(sales)?.quota).toEqual({ dags: 2 });
  });

  it('have no row any more once they are deleted, and can be deleted once', () => {
    const story = new Decider();
    told(story, put({}));
    expect(told(story, remove)).toEqual(['object-deleted', true]);
    expect(story.state.namespace(sales)).toBeUndefined();
    expect(told(story, remove)).toEqual(['OBJECT_NOT_FOUND', false]);
  });

  it('are so many and no more; those that are there can be changed all the same', () => {
    const said = { weight: 1, quota: {}, description: '', updatedAt: start, updatedBy: 'ada' };
    const names = Array.from({ length: objectLimits.namespaces }, (_, nth) => `n${nth}`);
    const rows = names.map((name) => namespaceFact({ namespace: namespace(name), ...said }));
    const story = new Decider(...rows);
    expect(told(story, put({}))).toEqual(['LIMIT_REACHED', false]);
    const known = { ...put({ dags: 1 }), namespace: namespace('n7') } as Command;
    expect(told(story, known)).toEqual(['changed', true]);
  });
});
