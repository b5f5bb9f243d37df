import { expect, it } from 'vitest';
import type { DagSpec } from '../../../../src/model/dag.ts';
import { definitionText } from './definition-text.ts';

const spec = {
  ...{ description: '', owners: [], tags: ['etl'], catchUp: null, activeRunsMax: 1, params: {} },
  tasks: { a: { action: { kind: 'shell', command: 'echo "<b>"' }, dependsOn: [], retries: 0 } },
} as unknown as DagSpec;

it('source: what a version does not say is left out', () => {
  expect(definitionText('d', spec, 'yaml')).toBe(
    [
      ...['id: d', 'tags:', '  - etl', 'activeRunsMax: 1', 'tasks:', '  a:', '    action:'],
      ...['      kind: shell', `      command: 'echo "<b>"'`, '    retries: 0', ''],
    ].join('\n'),
  );
  expect(JSON.parse(definitionText('d', spec, 'json'))).toEqual({
    ...{ id: 'd', tags: ['etl'], activeRunsMax: 1 },
    tasks: { a: { action: { kind: 'shell', command: 'echo "<b>"' }, retries: 0 } },
  });
});
