import { expect, test } from 'vitest';
import { taskId } from '../../base/brand.ts';
import type { TaskSpec } from '../../model/dag.ts';
import { behind, spec, task } from '../testing/rows.ts';
import { assumeSuccess } from './assume-success.ts';

const simple = (differs: Partial<TaskSpec>) =>
  assumeSuccess(spec({ a: task(differs) }, { templates: true })).spec.tasks[taskId('a')];

test('assume success: a definition that reads no output is the very same', () => {
  const plain = spec({ a: task({ action: { kind: 'shell', command: 'ls' } }), b: behind(['a']) });
  expect(assumeSuccess(plain)).toEqual({ spec: plain, choices: [], maps: [] });
  expect(assumeSuccess(plain).spec).toBe(plain);
  const dated = { condition: 'params.n > 3', action: { kind: 'noop' } } as const;
  expect(simple(dated)?.condition).toBe('params.n > 3');
});

test('assume success: texts that are rendered when an attempt starts are not needed', () => {
  const command = 'echo {{ tasks.b.output }}';
  const env = { DAY: '{{ ds }}' };
  const made = simple({ action: { kind: 'shell', command }, env });
  expect(made).toMatchObject({ action: { kind: 'noop' }, env: {} });
});

test('assume success: inputs that nobody will have left hold nobody up', () => {
  const inputs = { model: { task: taskId('b'), name: 'model' } };
  expect(simple({ inputs, artifacts: { a: 'a' } })).not.toHaveProperty('inputs');
});

test('assume success: keys and assets that are made of outputs hold nobody up', () => {
  const concurrency = { key: '{{ tasks.b.output.host }}', max: 1 };
  const rate = { key: 'api', max: 3, perMs: 1_000 };
  const produces = ['s3://a', 's3://{{ tasks.b.output }}'];
  const made = simple({ concurrency, rate, produces });
  expect(made).not.toHaveProperty('concurrency');
  expect(made).toMatchObject({ rate, produces: ['s3://a'] });
});

test('assume success: what was taken for granted is named', () => {
  const content = spec(
    {
      a: task({ condition: 'tasks.z.state == "success"' }),
      b: task({ branches: true }),
      c: task({ condition: 'params.n > 3' }),
      m: task({ map: 'm', env: { X: '{{ item }}' } }),
    },
    {
      maps: {
        m: {
          ...{ over: { item: 'tasks.a.output' }, members: [taskId('m')] },
          ...{ dependsOn: [taskId('a')], triggerRule: 'all_success', activeMax: null },
        },
      },
    },
  );
  const assumed = assumeSuccess(content);
  expect(assumed).toMatchObject({ choices: ['a', 'b'], maps: ['m'] });
  expect(assumed.spec.maps?.m?.over).toEqual({ item: '[null]' });
  expect(assumeSuccess(content)).toBe(assumed);
});
