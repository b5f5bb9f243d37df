import { describe, expect, it } from 'vitest';
import { type DagInput, type DagOutput, dagModel } from './dag-model.ts';
import { search } from './search.ts';

type Step = readonly [DagInput, DagOutput];

const apply = (versionId: string, outcome: 'created' | 'changed' | 'unchanged'): Step => [
  { kind: 'apply', versionId },
  { kind: 'applied', outcome },
];
const pause = (paused: boolean, kind: 'done' | 'missing' = 'done'): Step => [
  { kind: 'pause', paused },
  { kind },
];
const remove: Step = [{ kind: 'delete' }, { kind: 'done' }];
const get = (versionId: string, paused: boolean): Step => [
  { kind: 'get' },
  { kind: 'dag', versionId, paused },
];
const none: Step = [{ kind: 'get' }, { kind: 'missing' }];

const judge = (...steps: readonly Step[]): string => {
  const history = steps.map(([input, output], at) => {
    const times = { call: 2 * at, return: 2 * at + 1 };
    return { client: 'a', key: 'd', input, output, ...times };
  });
  return search(history, dagModel).status;
};

describe('linear: DAGs', () => {
  it('a DAG is created, changed, paused, deleted and created anew', () => {
    const life = [none, pause(true, 'missing'), apply('v1', 'created'), get('v1', false)];
    const change = [pause(true), apply('v2', 'changed'), get('v2', true), apply('v2', 'unchanged')];
    const again = [remove, none, apply('v1', 'created'), get('v1', false)];
    expect(judge(...life, ...change, ...again)).toBe('linearizable');
  });

  const broken: Readonly<Record<string, readonly Step[]>> = {
    'a pause that is acknowledged and forgotten': [
      apply('v1', 'created'),
      pause(true),
      get('v1', false),
    ],
    'an old version that comes back': [
      apply('v1', 'created'),
      apply('v2', 'changed'),
      get('v1', false),
    ],
    'two clients that both create it': [apply('v1', 'created'), apply('v2', 'created')],
    'a change that a repeated apply undoes unseen': [
      apply('v1', 'created'),
      apply('v2', 'changed'),
      apply('v1', 'unchanged'),
    ],
    'a DAG that is missing after it was created': [apply('v1', 'created'), none],
    'a DAG that is there after it was deleted': [apply('v1', 'created'), remove, get('v1', false)],
    'a change of version that loses the pause': [
      apply('v1', 'created'),
      pause(true),
      apply('v2', 'changed'),
      get('v2', false),
    ],
    'a pause of what is not there': [pause(true)],
    'a delete of what is not there': [remove],
  };
  for (const [name, steps] of Object.entries(broken)) {
    it(`sees ${name}`, () => expect(judge(...steps)).toBe('broken'));
  }
});
