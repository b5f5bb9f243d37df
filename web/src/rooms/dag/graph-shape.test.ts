import { expect, it } from 'vitest';
import type { DagSpec } from '../../../../src/model/dag.ts';
import { shapeOfSpec } from './graph-shape.ts';

it('graph of a version: tasks, edges, and groups inside of groups', () => {
  const task = (dependsOn: readonly string[], group?: string) => ({
    ...{ action: { kind: 'shell', command: '' }, dependsOn },
    ...(group !== undefined && { group }),
  });
  const tasks = { a: task([]), b: task(['a'], 'load.inner') };
  const spec = { tasks, groups: ['load', 'load.inner'] } as unknown as DagSpec;
  expect(shapeOfSpec(spec)).toEqual({
    nodes: [
      { id: 'a', kind: 'shell', group: null },
      { id: 'b', kind: 'shell', group: 'group:load.inner' },
    ],
    edges: [{ from: 'a', to: 'b' }],
    groups: [
      { id: 'group:load', label: 'load', parent: null },
      { id: 'group:load.inner', label: 'inner', parent: 'group:load' },
    ],
  });
});
