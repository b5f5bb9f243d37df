import { expect, test } from 'vitest';
import { readText } from './dag-text.ts';
import { edgesOf } from './text-graph.ts';

const edges = (text: string): readonly string[] => {
  const read = readText(text);
  return read.ok ? edgesOf(read.model).map(({ from, to }) => `${from}>${to}`) : [];
};

test('text graph: tasks depend on tasks, and unknown names are nothing', () => {
  expect(edges('tasks: { a: {}, b: { dependsOn: [a, nobody] }, c: { dependsOn: b } }')).toEqual([
    'a>b',
    'b>c',
  ]);
});

test('text graph: a group stands for its first or its last tasks', () => {
  const text = `tasks:
  before: { type: noop }
  g:
    type: group
    dependsOn: [before]
    tasks:
      x: { type: noop }
      y: { type: noop, dependsOn: [x] }
  after: { type: noop, dependsOn: [g] }
`;
  expect(edges(text)).toEqual(
    ['x>y'].map((it) => `g.${it.replace('>', '>g.')}`).concat(['g.y>after', 'before>g.x']),
  );
});
