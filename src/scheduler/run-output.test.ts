import { describe, expect, it } from 'vitest';
import { dagId, taskId } from '../base/brand.ts';
import type { DagSpec } from '../model/dag.ts';
import { outputBytesMax } from '../model/output.ts';
import { Decider, rowsOf, tasksIn } from './testing/decider.ts';
import { behind, dagFacts, nodes, runningRun, spec, task } from './testing/rows.ts';

const action = { kind: 'subdag', dagId: dagId('c'), params: {}, wait: true } as const;

/** A run whose task waits for a run of this content. */
function waiting(child: DagSpec) {
  const story = new Decider(
    ...dagFacts('c', child),
    ...runningRun(spec({ sub: task({ action }) })),
    ...nodes('n1'),
  );
  story.wake();
  story.assign();
  const [live] = [...story.state.runs()].filter(({ run }) => run.dagId === 'c');
  return { story, run: live?.run.runId ?? '' };
}

const outputIn = ({ facts }: ReturnType<Decider['when']>): unknown =>
  JSON.parse(rowsOf('output', facts).find((row) => row?.taskId === 'sub')?.json ?? 'null');

describe('the end of a run that a task waits for', () => {
  it('is the end of the task, with the outputs of its last tasks', () => {
    const { story, run } = waiting(spec({ a: task(), b: behind(['a']), c: task() }));
    story.when(story.ends('a', 'success', { run, output: '1' }));
    story.assign();
    story.when(story.ends('b', 'success', { run, output: '{"rows": 3}' }));
    const end = story.when(story.ends('c', 'success', { run }));
    expect(tasksIn(end.facts)).toEqual(['c: success', 'sub: success']);
    expect(outputIn(end)).toEqual({ runId: run, state: 'success', outputs: { b: { rows: 3 } } });
  });

  it('a mapped task gives a list', () => {
    const maps = {
      m: {
        over: { item: '[1, 2]' },
        members: [taskId('a')],
        dependsOn: [],
        triggerRule: 'all_success',
        activeMax: null,
      },
    } as const;
    const { story, run } = waiting(spec({ a: task({ map: 'm' }) }, { maps }));
    story.when(story.ends('a[1]', 'success', { run, output: '"two"' }));
    const end = story.when(story.ends('a', 'success', { run }));
    expect(outputIn(end)).toMatchObject({ outputs: { a: [null, 'two'] } });
  });

  it('outputs that are too many together are left out', () => {
    const tasks = Object.fromEntries(['a', 'b'].map((name) => [name, task()]));
    const { story, run } = waiting(spec(tasks));
    const output = JSON.stringify('x'.repeat(outputBytesMax / 2));
    story.when(story.ends('a', 'success', { run, output }));
    const end = story.when(story.ends('b', 'success', { run, output }));
    expect(outputIn(end)).toEqual({ runId: run, state: 'success' });
  });

  it('a run that failed fails its task', () => {
    const { story, run } = waiting(spec({ a: task() }));
    const end = story.when(story.ends('a', 'failed', { run }));
    expect(tasksIn(end.facts)).toEqual(['a: failed', 'sub: failed']);
  });
});
