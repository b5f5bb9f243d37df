import { expect, it } from 'vitest';
import { nodeId, taskId } from '../base/brand.ts';
import type { Artifact } from '../model/artifact.ts';
import { specVersionOf } from '../model/newness.ts';
import { outputReference } from '../model/output.ts';
import { begun } from './testing/begun.ts';
import type { Decided } from './testing/decider.ts';
import { asks, behind, rerun, spec, task } from './testing/rows.ts';

const artifact = (name: string, digit: string): Artifact => ({
  ...{ name, sha256: digit.repeat(64), bytes: 7, kind: 'file', nodes: [nodeId('n1')] },
});

const leaves = { artifacts: { model: 'out/model' } };
const given = { inputs: { 'in/model': { task: taskId('train'), name: 'model' } } };

const dispatches = ({ effects }: Decided) =>
  effects.flatMap((effect) => (effect.kind === 'dispatch' ? [effect.dispatch] : []));

it('given inputs: a task is told what it leaves, and given what the last success has left', () => {
  const story = begun({ train: task(leaves), use: behind(['train'], given) });
  expect(dispatches(story.assign())[0]).toMatchObject({ artifacts: { model: 'out/model' } });
  const { sha256, bytes, kind, nodes } = artifact('model', 'a');
  story.when(story.ends('train', 'success', { artifacts: [artifact('model', 'a')] }));
  expect(story.row('train')?.attempts[0]?.artifacts).toEqual([artifact('model', 'a')]);
  const [dispatch] = dispatches(story.assign());
  expect(dispatch?.inputs).toEqual([{ path: 'in/model', sha256, bytes, kind, nodes }]);
  expect(dispatch).not.toHaveProperty('artifacts');
});

it('given inputs: a rerun leaves artifacts of its own', () => {
  const story = begun({ train: task(leaves), use: behind(['train'], given) });
  story.assign();
  story.when(story.ends('train', 'success', { artifacts: [artifact('model', 'a')] }));
  story.assign();
  story.when(story.ends('use'));
  const again = rerun('r1', { tasks: [taskId('train')], downstream: true });
  story.when(asks(again));
  story.assign();
  story.when(story.ends('train', 'success', { artifacts: [artifact('model', 'b')] }));
  expect(dispatches(story.assign())[0]?.inputs).toMatchObject([{ sha256: 'b'.repeat(64) }]);
});

it('given inputs: a task whose input nobody has left fails, and says why', () => {
  const rule = { ...given, triggerRule: 'all_done' } as const;
  const story = begun({ train: task(leaves), use: behind(['train'], rule) });
  story.assign();
  story.when(story.ends('train', 'failed'));
  expect(dispatches(story.assign())).toEqual([]);
  expect(story.row('use')).toMatchObject({
    ...{ status: 'failed', attempts: [] },
    reason:
      'its input "in/model" is not there: task "train" has left no artifact "model" in this run',
  });
});

it('given inputs: outside of its map a mapped task has one of each item, inside its own', () => {
  const mapped = { map: taskId('train') };
  const maps = {
    train: {
      ...{ over: { item: '[1, 2, 3]' }, members: [taskId('train')], dependsOn: [] },
      ...({ triggerRule: 'all_success', activeMax: null } as const),
    },
  };
  const tasks = {
    train: task({ ...leaves, ...mapped }),
    use: behind(['train'], { ...given, triggerRule: 'all_done' }),
  };
  const story = begun(tasks, { dag: { maps } });
  story.assign();
  story.when(story.ends('train[0]', 'success', { artifacts: [artifact('model', 'a')] }));
  story.when(story.ends('train[1]', 'failed'));
  story.when(story.ends('train[2]', 'success', { artifacts: [artifact('model', 'c')] }));
  expect(dispatches(story.assign())[0]?.inputs).toMatchObject([
    { path: 'in/model/0', sha256: 'a'.repeat(64) },
    { path: 'in/model/2', sha256: 'c'.repeat(64) },
  ]);
});

it('given inputs: a definition with artifacts is for those who know them', () => {
  expect(specVersionOf(spec({ a: task(leaves) }))).toBe(4);
  expect(specVersionOf(spec({ a: task(given) }))).toBe(4);
  expect(specVersionOf(spec({ a: task() }))).toBe(1);
});

it('given inputs: an output that only says what it is comes with where it is', () => {
  const story = begun({ train: task(), use: behind(['train']) });
  story.assign();
  const large = artifact('output', 'a');
  const output = outputReference(large);
  story.when(story.ends('train', 'success', { output, artifacts: [large] }));
  const { sha256, bytes, kind, nodes } = large;
  expect(dispatches(story.assign())[0]).toMatchObject({
    upstream: { train: `{"$artifact":"${sha256}","bytes":7}` },
    upstreamObjects: { train: { sha256, bytes, kind, nodes } },
  });
});
